import express, { type Express, type Request } from 'express';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startAuthServer, type AuthServer } from '../server/index';
import type { Assignment, Report, Seen } from './report';

/** The servers of one run of the scenario in one runtime. */
export interface Stage {
  assignment: Assignment;
  /** Resolves when the scenario has sent its report. */
  report: Promise<Report>;
  close(): Promise<void>;
}

/** Requests of the control server that stand for an API: they are seen like those of the reference server. */
interface Late {
  authorization: string[];
  answer: () => void;
  answered: Promise<void>;
}

export async function openStage(
  adapter: Assignment['adapter'],
  /** Pages and scripts for a browser, by path. */
  files: Record<string, string> = {},
): Promise<Stage> {
  const app = express();
  const control = createServer(app);
  control.listen(0, '127.0.0.1');
  await once(control, 'listening');
  const controlUrl = `http://127.0.0.1:${(control.address() as AddressInfo).port}`;
  const server = await startAuthServer({ corsOrigin: controlUrl });
  const assignment: Assignment = { api: server.url, control: controlUrl, adapter };

  let deliver!: (report: Report) => void;
  const report = new Promise<Report>((resolve) => {
    deliver = resolve;
  });
  app.post('/report', express.json({ limit: '1mb' }), (req, res) => {
    deliver(req.body as Report);
    res.json({});
  });
  app.get('/assignment', (_req, res) => void res.json(assignment));
  steer(app, server);
  for (const [path, content] of Object.entries(files)) {
    app.get(path, (_req, res) => {
      res.type(path.endsWith('.js') ? 'js' : 'html').send(content);
    });
  }
  return {
    assignment,
    report,
    async close() {
      control.close();
      control.closeAllConnections();
      await server.close();
    },
  };
}

function steer(app: Express, server: AuthServer): void {
  const { controls } = server;
  let late = createLate();
  const actions: Record<string, () => unknown> = {
    async reset() {
      late.answer();
      late = createLate();
      await controls.reset();
    },
    expire: () => controls.expireAllAccessTokens(),
    hold: () => controls.hold(),
    release: () => controls.release(),
    refuse: () => controls.failRefresh(Infinity, 401),
    'fail-once': () => controls.failRefresh(1, 503),
    clear: () => controls.clearFaults(),
    'answer-late': () => late.answer(),
  };
  for (const [name, act] of Object.entries(actions)) {
    app.post(`/${name}`, async (_req, res) => {
      await act();
      res.json({});
    });
  }
  app.get('/echo', (req, res) => {
    res.json({ authorization: req.get('authorization') ?? null });
  });
  // Refuses the first token that it sees, and only when it is told to answer.
  app.get('/late', async (req, res) => {
    const { authorization, answered } = late;
    authorization.push(authorizationOf(req));
    if (authorization.length > 1 && authorization[0] !== authorizationOf(req)) {
      res.json({});
      return;
    }
    await answered;
    res.status(401).json({ code: 'TOKEN_EXPIRED' });
  });
  app.get('/seen', (_req, res) => void res.json(summary(server, late)));
}

function createLate(): Late {
  let answer!: () => void;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  return { authorization: [], answer, answered };
}

const authorizationOf = (req: Request): string => req.get('authorization') ?? 'none';

function summary({ stats }: AuthServer, late: Late): Seen {
  const requests = stats.seen.filter(({ method }) => method !== 'OPTIONS');
  const authorization: Seen['authorization'] = { '/late': late.authorization };
  for (const { path, authorization: kind } of requests) {
    (authorization[path] ??= []).push(kind);
  }
  return {
    refreshes: stats.refreshes,
    refreshRequests: requests.filter(({ path }) => path === '/auth/refresh').length,
    items: stats.items,
    authorization,
  };
}

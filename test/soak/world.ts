import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import axios from 'axios';
import express, { type RequestHandler } from 'express';
import { createApp } from '../server/app';
import { createGuard } from '../server/authenticate';
import { createContext } from '../server/context';
import { errorHandler } from '../server/error-handler';
import { createRateLimits } from '../server/rate-limits';
import type { AuthServerStats } from '../server/stats';
import { FaultyProxy, type PageFiles } from './faulty-proxy';
import type { Ledger } from './ledger';
import type { Echo } from './protocol';
import { hash } from './random';

/** Everybody may sign in as any of them. */
export const USERS = ['ann', 'ben', 'cem', 'dot', 'eve', 'fay', 'gil', 'hal'];

/** In seconds. */
const ACCESS_TOKEN_LIFETIME = 0.3;

export interface WorldOptions {
  name: string;
  seed: string;
  /** Milliseconds in which the server takes a used refresh token again; 0: reuse ends the session. */
  graceWindow: number;
  ledger: Ledger;
  page: PageFiles;
}

/** The reference server with a route that tells who asks, behind a proxy that is not to be relied on. */
export interface World {
  name: string;
  graceWindow: number;
  proxy: FaultyProxy;
  /** Of the proxy. */
  url: string;
  /** Of the server itself: for what must not fail. */
  directUrl: string;
  stats: AuthServerStats;
  /** Its own faults. */
  noise: string[];
  /** Tokens live as many times longer. */
  slowDown(factor: number): void;
  login(user: string): Promise<{ accessToken: string; refreshToken: string; expiresIn: number }>;
  close(): Promise<void>;
}

export async function startWorld(options: WorldOptions): Promise<World> {
  const { name, graceWindow, ledger } = options;
  const noise: string[] = [];
  const context = await createContext({
    accessTokenLifetime: ACCESS_TOKEN_LIFETIME,
    graceWindow,
    logger: { write: (line) => logged(line, noise) },
    users: USERS.map((username) => ({ username, password: username, roles: ['user'] })),
  });
  const limits = createRateLimits(false);
  const app = express();
  app.disable('etag');
  const guard = createGuard(context);
  const body = express.raw({ type: () => true, limit: '1mb' });
  app.all('/echo/:id', waitIfAnonymous, guard.authenticate, body, async (req, res) => {
    const [, token = ''] = (req.headers.authorization ?? '').split(' ');
    const claims = await context.accessTokens.read(token);
    const { id } = req.params as { id: string };
    const received = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    const echo: Echo = {
      id,
      user: guard.principal(res).user.username,
      family: claims?.familyId ?? '',
      hash: hash(received),
      namesId: received.includes(id),
    };
    if (req.method === 'POST') res.setHeader('x-effect', 'yes');
    await pause(Number(req.query.think));
    const lines = Number(req.query.lines ?? 0);
    const text = Array.from({ length: lines }, (_, n) => JSON.stringify({ id, n, pad: PAD }));
    res.type('text/plain').send([...text, JSON.stringify({ echo })].join('\n'));
  });
  app.use(createApp(context, limits), errorHandler(context));
  const server = createServer(app);
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy = new FaultyProxy({
    ...options,
    port,
    isForgiven: graceWindow > 0,
    familyOf: (token) => context.refreshTokens.familyOf(token)?.id,
  });
  // It keeps a line for each request, for tests that are shorter.
  const forget = setInterval(() => (context.stats.seen.length = 0), 1_000);
  const directUrl = `http://127.0.0.1:${port}`;
  ledger.note({ at: Date.now(), client: name, session: name, what: `listens on ${directUrl}` });
  return {
    name,
    graceWindow,
    proxy,
    url: `http://127.0.0.1:${await proxy.listen()}`,
    directUrl,
    stats: context.stats,
    noise,
    slowDown(factor) {
      context.settings.accessTokenLifetime = ACCESS_TOKEN_LIFETIME * factor;
    },
    async login(username) {
      const credentials = { username, password: username };
      return (await axios.post(`${directUrl}/auth/login`, credentials)).data;
    },
    async close() {
      clearInterval(forget);
      await proxy.close();
      server.close();
      server.closeAllConnections();
      limits.close();
      await context.revocations.close();
    },
  };
}

/** Its own faults only: a refused token is nothing special here. */
function logged(line: string, noise: string[]): void {
  const { level } = JSON.parse(line) as { level: number };
  if (level >= 50) noise.push(line);
}

const PAD = 'x'.repeat(200);

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Else a signed-out session would do nothing but ask. */
const waitIfAnonymous: RequestHandler = async (req, _res, next) => {
  if (req.headers.authorization === undefined) await pause(100);
  next();
};

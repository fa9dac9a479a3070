import type { ServerResponse } from 'node:http';
import type { AxiosRequestConfig } from 'axios';
import { json, startServer } from './http-server';
import {
  holdBy,
  onCleanUp,
  openSession,
  REFRESH_PATH,
  type Arrival,
  type Opened,
  type OpenOptions,
  type Pair,
} from './session';
import { withStepUp, type StepUpHandler } from './step-up';

/** A server whose access tokens differ in what they are good for. Refresh tokens are used once. */
export interface ScopedServer {
  url: string;
  arrivals: Arrival[];
  at(path: string): Arrival[];
  /** Refresh tokens that came a second time, or were never given. */
  reused: number;
  /** A pair that meets the challenges of these names. */
  issue(this: void, ...rights: string[]): Pair;
  /** Every token issued so far is good for nothing in particular from here on (`max_age` is over). */
  demote(): void;
  /** Ends every access token issued so far. */
  expire(): void;
  /** Requests to `path` are judged and answered when the returned function is called. */
  hold(path: string): () => void;
}

/** What the answer says that `/needs/<right>` gives to a token without the right. */
export const challengeFor = (right: string): { status: number; header: string } =>
  right.startsWith('acr-')
    ? {
        status: 401,
        header: `Bearer error="insufficient_user_authentication", acr_values="${right}", max_age="60"`,
      }
    : { status: 403, header: `Bearer realm="a, b", error="insufficient_scope", scope="${right}"` };

export async function startScopedServer(): Promise<ScopedServer> {
  const access = new Map<string, readonly string[]>();
  const refresh = new Map<string, readonly string[]>();
  const gates = new Map<string, Promise<void>>();
  const arrivals: Arrival[] = [];
  let issued = 0;

  function issue(...rights: string[]): Pair {
    const number = ++issued;
    const pair = {
      accessToken: `access-scoped-${number}`,
      refreshToken: `refresh-scoped-${number}`,
    };
    access.set(pair.accessToken, rights);
    refresh.set(pair.refreshToken, rights);
    return pair;
  }

  function rotate(body: string, response: ServerResponse): void {
    const token = /refresh-scoped-\d+/.exec(body)?.[0] ?? '';
    const rights = refresh.get(token);
    if (!refresh.delete(token) || !rights) {
      server.reused++;
      json(response, 400, { error: 'invalid_grant' });
      return;
    }
    json(response, 200, issue(...rights));
  }

  function answer({ path, token, body }: Arrival, response: ServerResponse): void {
    if (path === REFRESH_PATH) {
      rotate(body, response);
      return;
    }
    if (path === '/open') {
      json(response, 200, {});
      return;
    }
    const rights = access.get(token ?? '');
    const right = /^\/needs\/([^/]+)/.exec(path)?.[1];
    if (!rights) {
      json(response, 401, { code: token === undefined ? 'TOKEN_MISSING' : 'TOKEN_EXPIRED' });
    } else if (right !== undefined && !rights.includes(right)) {
      const { status, header } = challengeFor(right);
      json(response, status, { path, needs: right }, { 'www-authenticate': header });
    } else json(response, 200, { path, token, body });
  }

  const { url } = await startServer((request, response) => {
    const path = request.url.replace(/\?.*/, '');
    const token = /access-scoped-\d+/.exec(request.headers.authorization ?? '')?.[0];
    const arrival = { method: request.method, path, token, body: request.body.toString() };
    arrivals.push(arrival);
    const held = gates.get(path);
    if (held) void held.then(() => answer(arrival, response));
    else answer(arrival, response);
  });

  const server: ScopedServer = {
    url,
    arrivals,
    at: (path) => arrivals.filter((arrival) => arrival.path === path),
    reused: 0,
    issue,
    demote() {
      for (const token of access.keys()) access.set(token, []);
    },
    expire: () => access.clear(),
    hold: holdBy(gates),
  };
  return server;
}

/** A question that the step-up handler was asked, and that the test answers. */
export interface Question {
  challenge: Parameters<StepUpHandler>[0];
  context: Parameters<StepUpHandler>[1];
  answer(tokens: Awaited<ReturnType<StepUpHandler>>): void;
  fail(fault: unknown): void;
}

export interface Scoped extends Opened {
  server: ScopedServer;
  /** Every question so far, in order, where the test brings no handler of its own. */
  questions: Question[];
  /** What the logger got. */
  lines: unknown[][];
}

export interface ScopedOptions extends OpenOptions {
  server?: ScopedServer;
  /** The step-up handler. @default adds to `questions` */
  handler?: StepUpHandler;
  /** The time that the handler has, in milliseconds. */
  timeout?: number;
}

/** A session with a token that is good for nothing in particular. */
export async function openScoped(given: ScopedOptions = {}): Promise<Scoped> {
  const { handler, timeout, server = await startScopedServer(), ...options } = given;
  const questions: Question[] = [];
  const lines: unknown[][] = [];
  const note = (...line: unknown[]): void => void lines.push(line);
  const ask: StepUpHandler = (challenge, context) =>
    new Promise((answer, fail) => questions.push({ challenge, context, answer, fail }));
  // Runs after the detaching, so that no answer is used any more.
  onCleanUp(() => {
    for (const { answer } of questions) answer(null);
  });
  const opened = openSession(server, {
    ...withStepUp(handler ?? ask, timeout),
    logger: { debug: note, warn: note, error: note },
    ...options,
  });
  return { server, ...opened, questions, lines };
}

export interface Answer {
  path: string;
  token: string;
  body: string;
}

/** The answer to `/needs/<right>`; a rejection is taken in hand at once. */
export function ask(
  { api }: Pick<Scoped, 'api'>,
  right: string,
  config: AxiosRequestConfig = {},
): Promise<Answer> {
  const answer = api.get<Answer>(`/needs/${right}`, config).then(({ data }) => data);
  answer.catch(() => undefined);
  return answer;
}

import { json, startServer, type Handler } from './http-server';
import { gate } from './outcomes';

export interface Pair {
  [extra: string]: unknown;
  accessToken: string;
  refreshToken: string;
}

export interface Arrival {
  method: string;
  path: string;
  /** The access token of the request; `undefined` where it carried none. */
  token: string | undefined;
  body: string;
}

/** A server whose tokens can be read (`access-alice-1`) and whose every answer can be held back. */
export interface TokenServer {
  url: string;
  /** Every request, in order of arrival, refreshes included. */
  arrivals: Arrival[];
  at(path: string): Arrival[];
  /** How many refreshes were under way at the same time, at most. */
  mostRefreshes: number;
  /** Taken one by one for refreshes; when there is none, the refresh token is rotated. */
  refreshAnswers: Handler[];
  /** Where refreshes go. @default POST to REFRESH_PATH */
  isRefresh(arrival: Arrival): boolean;
  /** The code for an access token that is over. @default 'TOKEN_EXPIRED' */
  overCode: string;
  issue(user?: string): Pair;
  /** Ends every access token issued so far. */
  expire(): void;
  /** Judges requests to `path` on arrival, and answers when the returned function is called. */
  hold(path: string): () => void;
}

const ACCESS = /access-[a-z]+-\d+/;
const REFRESH = /refresh-[a-z]+-\d+/;

export const REFRESH_PATH = '/auth/refresh';

export async function startTokenServer(): Promise<TokenServer> {
  const access = new Set<string>();
  const refresh = new Set<string>();
  const gates = new Map<string, Promise<void>>();
  let issued = 0;
  let refreshing = 0;

  function issue(user = 'alice'): Pair {
    const number = ++issued;
    const pair = {
      accessToken: `access-${user}-${number}`,
      refreshToken: `refresh-${user}-${number}`,
    };
    access.add(pair.accessToken);
    refresh.add(pair.refreshToken);
    return pair;
  }

  const rotate: Handler = ({ url, headers, body }, response) => {
    const token = REFRESH.exec(`${url} ${JSON.stringify(headers)} ${body.toString()}`)?.[0];
    if (token === undefined || !refresh.delete(token)) {
      json(response, 401, { code: 'INVALID_REFRESH_TOKEN' });
      return;
    }
    const pair = issue(token.split('-')[1]);
    const cookie = { 'set-cookie': `refresh=${pair.refreshToken}; Path=/; HttpOnly` };
    json(response, 200, pair, cookie);
  };

  const resource: Handler = ({ url, headers, body }, response) => {
    const token = ACCESS.exec(headers.authorization ?? '')?.[0];
    const user = token !== undefined && access.has(token) ? token.split('-')[1] : null;
    const answer = { path: pathOf(url), user, token, body: body.toString() };
    if (user !== null || answer.path === '/open') json(response, 200, answer);
    else json(response, 401, { code: token === undefined ? 'TOKEN_MISSING' : server.overCode });
  };

  const arrivals: Arrival[] = [];
  const bare = await startServer((request, response, index) => {
    const { method, url, headers, body } = request;
    const path = pathOf(url);
    const token = ACCESS.exec(headers.authorization ?? '')?.[0];
    const arrival = { method, path, token, body: body.toString() };
    arrivals.push(arrival);
    const isRefresh = server.isRefresh(arrival);
    if (isRefresh) server.mostRefreshes = Math.max(server.mostRefreshes, ++refreshing);
    const handler = isRefresh ? (server.refreshAnswers.shift() ?? rotate) : resource;
    const gate = gates.get(path);
    if (!gate) {
      if (isRefresh) response.once('close', () => refreshing--);
      handler(request, response, index);
      return;
    }
    // Decided now, answered later.
    const status: Parameters<typeof response.writeHead>[] = [];
    const ended: unknown[] = [];
    const recorder = Object.create(response) as typeof response;
    recorder.writeHead = ((...given: Parameters<typeof response.writeHead>) => {
      status.push(given);
      return recorder;
    }) as typeof response.writeHead;
    recorder.end = ((text: unknown) => {
      ended.push(text);
      return recorder;
    }) as typeof response.end;
    handler(request, recorder, index);
    if (isRefresh) response.once('close', () => refreshing--);
    void gate.then(() => {
      for (const given of status) response.writeHead(...given);
      response.end(ended[0]);
    });
  });

  const server: TokenServer = {
    url: bare.url,
    arrivals,
    at: (path) => arrivals.filter((arrival) => arrival.path === path),
    mostRefreshes: 0,
    refreshAnswers: [],
    overCode: 'TOKEN_EXPIRED',
    isRefresh: ({ path }) => path === REFRESH_PATH,
    issue,
    expire() {
      access.clear();
    },
    hold: holdBy(gates),
  };
  return server;
}

/** The access tokens of the next refreshes are refused as expired as soon as they are there. */
export function refuseFreshTokens(server: TokenServer, times = 1): void {
  for (let time = 0; time < times; time++) {
    server.refreshAnswers.push((_request, response) => {
      const pair = server.issue();
      server.expire();
      json(response, 200, pair);
    });
  }
}

const pathOf = (url: string): string => url.replace(/\?.*/, '');

/** Keeps the answers on a path back, by its gate, until what this returns is called. */
export function holdBy(gates: Map<string, Promise<void>>): (path: string) => () => void {
  return (path) => {
    const { promise, open } = gate();
    gates.set(path, promise);
    return () => {
      if (gates.get(path) === promise) gates.delete(path);
      open();
    };
  };
}

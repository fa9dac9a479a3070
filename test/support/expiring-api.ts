import type { ServerResponse } from 'node:http';
import type { AxiosInstance, CreateAxiosDefaults } from 'axios';
import type { AuthOptions } from '../../src/index';
import { json, startServer, type TestServer } from './http-server';
import { openSession, settle, type Opened } from './session';

export type ApiRequest = TestServer['requests'][number];

/** A session whose first access token the API takes for expired, over real HTTP. */
export interface ExpiringApi extends Opened {
  url: string;
  /** Every request but the refreshes, in order of arrival, with its whole body. */
  requests: ApiRequest[];
  /** Those that arrived at `path`, whatever their query. */
  at(path: string): ApiRequest[];
  /** Refreshes that arrived. */
  refreshes(): number;
  /** The current access token counts as expired from here on. */
  expire(): void;
  /** Refreshes are not answered until `release`. */
  hold(): void;
  release(): void;
  /** Every refresh is answered with this status from here on. */
  failRefresh(status: number): void;
}

export interface ExpiringApiOptions {
  axios?: CreateAxiosDefaults;
  options?: Partial<AuthOptions>;
  /** How the API answers a request with a good token. @default 200 { url, token } */
  answer?(request: ApiRequest, response: ServerResponse, index: number): unknown;
  /** How it answers one with an expired token. @default 401 { code: 'TOKEN_EXPIRED' } */
  refuse?(response: ServerResponse, request: ApiRequest): void;
  /** Runs between `axios.create` and the attaching. */
  before?(api: AxiosInstance): void;
  /** Runs after the attaching. */
  after?(api: AxiosInstance): void;
}

/** Access tokens are `token-0`, `token-1` …; `token-0` has expired from the start. */
export async function createExpiringApi(given: ExpiringApiOptions = {}): Promise<ExpiringApi> {
  const requests: ApiRequest[] = [];
  const waiting: (() => void)[] = [];
  let refreshes = 0;
  let generation = 1;
  let refreshStatus = 200;
  let held = false;

  const server = await startServer((request, response) => {
    if (request.url === '/open') {
      // Of `settled`: no request of the session.
      json(response, 200, {});
      return;
    }
    if (request.url === '/auth/refresh') {
      refreshes++;
      const answer = (): void => {
        if (refreshStatus !== 200) json(response, refreshStatus, { code: 'INVALID_REFRESH_TOKEN' });
        else json(response, 200, tokensOf(generation));
      };
      if (held) waiting.push(answer);
      else answer();
      return;
    }
    const index = requests.push(request) - 1;
    if (request.headers.authorization !== `Bearer ${tokensOf(generation).accessToken}`) {
      (given.refuse ?? refuseExpired)(response, request);
    } else if (given.answer) given.answer(request, response, index);
    else json(response, 200, { url: request.url, token: request.headers.authorization });
  });

  const { options, axios: defaults, before, after } = given;
  const { api, auth, store } = openSession(
    { url: server.url, issue: () => tokensOf(0) },
    {
      refreshRetries: 0,
      ...options,
      ...(defaults && { axios: defaults }),
      ...(before && { before }),
      ...(after && { after }),
    },
  );

  return {
    api,
    auth,
    store,
    url: server.url,
    requests,
    at: (path) => requests.filter(({ url }) => url.split('?')[0] === path),
    refreshes: () => refreshes,
    expire() {
      generation++;
    },
    hold() {
      held = true;
    },
    release() {
      held = false;
      for (const answer of waiting.splice(0)) answer();
    },
    failRefresh(status) {
      refreshStatus = status;
    },
  };
}

export function tokensOf(generation: number): { accessToken: string; refreshToken: string } {
  return { accessToken: `token-${generation}`, refreshToken: `refresh-${generation}` };
}

export function refuseExpired(response: ServerResponse): void {
  json(response, 401, { code: 'TOKEN_EXPIRED' });
}

/** The bearer token that a request came with. */
export function tokenOf({ headers }: ApiRequest): string | undefined {
  return headers.authorization?.replace('Bearer ', '');
}

/** Waits until whatever the session could send by now has arrived. */
export const settled = (api: AxiosInstance): Promise<void> =>
  settle({ url: String(api.defaults.baseURL) });

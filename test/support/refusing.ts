import type { AxiosRequestConfig, CreateAxiosDefaults } from 'axios';
import { isAuthError } from '../../src/index';
import type { AuthOptions, Verdict } from '../../src/index';
import { attached, type Attached } from './session';
import { startServer, type TestServer } from './http-server';

/** The 401 of a server. A body that is no string or Buffer is sent as JSON. */
export interface Refusal {
  status?: number;
  body?: unknown;
  challenge?: string | string[];
  headers?: Record<string, string | string[]>;
}

export interface Refusing extends Attached {
  server: TestServer;
  refresh: jest.Mock<Promise<{ accessToken: string }>, []>;
}

export interface RefusingOptions {
  axios?: CreateAxiosDefaults;
  options?: Partial<AuthOptions>;
}

const bytesOf = (body: unknown): string | Buffer =>
  typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body ?? null);

/** A server that refuses `access-1` and answers the renewed token with 200. */
export async function refusing(refusal: Refusal, given: RefusingOptions = {}): Promise<Refusing> {
  const { status = 401, body, challenge, headers } = refusal;
  const server = await startServer((request, response) => {
    const renewed = JSON.stringify(request.headers).includes('access-2');
    response.writeHead(renewed ? 200 : status, {
      'content-type': 'application/json',
      ...(challenge !== undefined && !renewed && { 'www-authenticate': challenge }),
      ...(!renewed && headers),
    });
    response.end(renewed ? '{"renewed":true}' : bytesOf(body));
  });
  const refresh = jest.fn(() => Promise.resolve({ accessToken: 'access-2' }));
  const { api, auth } = attached({
    axios: { baseURL: server.url, ...given.axios },
    options: { refresh, ...given.options },
  });
  return { api, auth, server, refresh };
}

/** What a session makes of a refusal, seen from outside. */
export async function verdictOn(
  refusal: Refusal,
  options: Partial<AuthOptions> = {},
  config: AxiosRequestConfig = {},
): Promise<Verdict> {
  const { api, auth, refresh } = await refusing(refusal, { options });
  const error: unknown = await api.get('/', config).then(
    () => undefined,
    (fault: unknown) => fault,
  );
  if (error === undefined && refresh.mock.calls.length === 1) return 'refresh';
  if (refresh.mock.calls.length > 0) throw new Error('It refreshed and failed', { cause: error });
  if (!isAuthError(error) && (await auth.getAccessToken()) === 'access-1') return 'pass';
  if (isAuthError(error) && error.code === 'ERR_AUTH_SESSION_EXPIRED') return 'sign-out';
  throw new Error('No verdict looks like this', { cause: error });
}

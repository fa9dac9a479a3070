import { isAxiosError } from 'axios';
import { AuthError, isAuthError } from '../../src/index';
import { createAuthFetch, type AuthFetch, type AuthFetchOptions } from '../../src/fetch/index';
import { digFor } from '../support/digger';
import { json, startServer } from '../support/http-server';
import { attached, cleanUp, rejection } from '../support/session';
import { watchProcess } from '../support/watched';

afterEach(cleanUp);

const ACCESS = 'access-0123456789-secret';
const REFRESH = 'refresh-0123456789-secret';

/** The server echoes what it got, and the session ends or fails by it. */
async function failing(answer: object, refreshed: () => never | null) {
  const lines: unknown[] = [];
  const note = (...line: unknown[]): void => void lines.push(line);
  const server = await startServer(({ headers, url }, response) =>
    json(response, 401, { ...answer, headers, url }, { 'x-echo': headers.authorization ?? '' }),
  );
  const { auth } = attached({
    tokens: { accessToken: ACCESS, refreshToken: REFRESH },
    options: {
      refresh: () => Promise.resolve().then(refreshed),
      refreshRetries: 0,
      logger: { debug: note, warn: note, error: note },
    },
  });
  auth.subscribe(note);
  const authFetch = createAuthFetch(auth, { allowedOrigins: [server.url] });
  const url = `${server.url}/path?token=${ACCESS}#${REFRESH}`;
  return { lines, server, send: (init?: RequestInit) => authFetch(url, init), url, authFetch };
}

const FAILURES: [string, object, () => never | null][] = [
  ['ERR_AUTH_SESSION_EXPIRED', { code: 'TOKEN_EXPIRED' }, () => null],
  ['ERR_AUTH_SESSION_EXPIRED', { code: 'TOKEN_REVOKED' }, () => null],
  [
    'ERR_AUTH_REFRESH_FAILED',
    { code: 'TOKEN_EXPIRED' },
    () => {
      throw Object.assign(new Error(`it failed with ${REFRESH}`), { response: { status: 503 } });
    },
  ],
];

describe('G33, G34: what an attached fetch rejects with', () => {
  test.each(FAILURES)('is %s after %j, without credentials', async (code, answer, refreshed) => {
    const watch = watchProcess();
    const { send, server, lines, url, authFetch } = await failing(answer, refreshed);
    const init = { method: 'POST', body: REFRESH, headers: { cookie: REFRESH } };
    const errors = [await rejection(send(init))];
    if (code === 'ERR_AUTH_REFRESH_FAILED') {
      errors.push(await rejection(authFetch(new Request(url, { ...init, headers: {} }))));
    }
    for (const error of errors) {
      expect(error).toMatchObject({ code, response: { status: 401 } });
      expect(error).toBeInstanceOf(AuthError);
      expect([isAuthError(error), isAxiosError(error)]).toEqual([true, true]);
      expect(error.config).toMatchObject({ method: 'POST', url: `${server.url}/path` });
    }
    expect(await digFor([ACCESS, REFRESH], [errors, lines])).toEqual([]);
    // G35: no unhandled rejection, no console output, no warning of the process.
    expect(await watch.settled()).toEqual([]);
  });
});

describe('Options of createAuthFetch', () => {
  const { auth } = attached();

  test.each<[string, unknown]>([
    ['allowedOrigins', 'https://api.example.com'],
    ['allowedOrigins', ['https://api.example.com/path']],
    ['allowInsecureHttp', 'yes'],
    ['fetch', 'fetch'],
    ['fetch', null],
    ['baseURL', 'https://api.example.com'],
  ])('%s: %j is a TypeError that names it', (name, value) => {
    const create = (): unknown => createAuthFetch(auth, { [name]: value });
    expect(create).toThrow(TypeError);
    expect(create).toThrow(new RegExp(`^createAuthFetch\\(auth, options\\): .*"${name}"`));
  });

  test.each([undefined, null, {}, 'auth', () => null])('a session that is none: %s', (none) => {
    expect(() => createAuthFetch(none as never)).toThrow(/createAuthFetch.*attachAuthInterceptors/);
  });

  test('options that are undefined are as if left out', () => {
    const options = { allowedOrigins: undefined, fetch: undefined } as never as AuthFetchOptions;
    expect(() => createAuthFetch(auth, options)).not.toThrow();
  });

  test('the result goes wherever a fetch is wanted', () => {
    const authFetch: AuthFetch = createAuthFetch(auth);
    const send: typeof fetch = authFetch;
    const sdk = (options: { fetch: (request: Request) => Promise<Response> }): unknown => options;
    sdk({ fetch: authFetch });
    sdk({ fetch: send });
    // Not called: the types are what is tested.
    const calls = (): unknown[] => [
      authFetch('/a', { skipAuth: true }),
      // @ts-expect-error skipAuth is a boolean
      authFetch('/a', { skipAuth: 'yes' }),
      // @ts-expect-error it is none of fetch
      send('/a', { skipAuth: true }),
    ];
    expect(calls).toBeInstanceOf(Function);
  });
});

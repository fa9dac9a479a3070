import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import axios from 'axios';
import type { AxiosRequestConfig, ResponseType } from 'axios';
import { memoryStore } from '../../src/index';
import type { AuthOptions, AuthSession, Tokens } from '../../src/index';
import { axiosHas } from '../support/axios-features';
import { digFor } from '../support/digger';
import { CODES, provoke } from '../support/failures';
import { startServer } from '../support/http-server';
import { attached, cleanUp, rejection } from '../support/session';
import { realProcess } from '../support/watched';

afterEach(cleanUp);

function form(token: string): FormData {
  const data = new FormData();
  data.append('x', token);
  return data;
}

const ACCESS = 'eyJ0eXAiOiJKV1QifQ.b3BhcXVlLXBheWxvYWQtMDEyMzQ1Njc4OQ.c2lnbmF0dXJlLTAxMjM0NTY3ODk';

const REFRESH = 'r3fr3sh/+0123456789==';

const COOKIE = 'sid-7d1f0c52a9b84e63';

const SECRETS = [ACCESS, REFRESH, COOKIE];

interface Echo {
  write(response: ServerResponse): unknown;
  config?: AxiosRequestConfig;
  options?: Partial<AuthOptions>;
  /** Extra fields are kept as well. */
  tokens?: Tokens & Record<string, unknown>;
  before?(auth: AuthSession): Promise<void>;
}

/** The error of a request that a server ends with what it was given, with the events and log lines. */
async function echoed(echo: Echo): Promise<unknown[]> {
  const { write, config = {}, options = {}, tokens } = echo;
  const server = await startServer((_request, response) => write(response));
  const carried: unknown[] = [];
  const note = (...line: unknown[]): void => void carried.push(line);
  const { api, auth } = attached({
    axios: { baseURL: server.url },
    tokens: tokens ?? { accessToken: ACCESS, refreshToken: REFRESH },
    options: { classify: () => 'sign-out', logger: { debug: note, warn: note }, ...options },
  });
  auth.subscribe(note);
  await echo.before?.(auth);
  const error = await rejection(api.request({ url: '/', ...config }));
  expect(error).toMatchObject({ code: 'ERR_AUTH_SESSION_EXPIRED', response: { status: 401 } });
  carried.push(error);
  return carried;
}

const body =
  (text: string | Buffer, headers: Record<string, string | string[]> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(401, headers).end(text);

const BODIES: [string, string][] = [
  ['JSON', JSON.stringify({ code: 'TOKEN_INVALID', got: ACCESS, deep: [{ also: REFRESH }] })],
  ['text', `Token ${ACCESS} is invalid, and so is ${REFRESH}.`],
  ['a form', new URLSearchParams({ error: 'no', got: ACCESS, also: REFRESH }).toString()],
  ['JSON with escaped slashes', `{"got":"${REFRESH.replaceAll('/', '\\/')}"}`],
  ['JSON in JSON', JSON.stringify({ inner: JSON.stringify({ got: ACCESS }) })],
  ['a token as a key', JSON.stringify({ [ACCESS]: 'revoked' })],
  ['more than 64 KiB', JSON.stringify({ filler: 'x'.repeat(70_000), got: ACCESS })],
];

const TYPES: ['http' | 'fetch', ResponseType][] = [
  ['http', 'json'],
  ['http', 'text'],
  ['http', 'arraybuffer'],
  ['http', 'stream'],
  ['fetch', 'json'],
  ['fetch', 'text'],
  ['fetch', 'arraybuffer'],
  ['fetch', 'blob'],
  ['fetch', 'stream'],
];

describe('G34: no token in what an error, an event or a log line carries', () => {
  describe.each([
    ['http', 'client'],
    ['http', 'instance'],
    ['fetch', 'client'],
    ['fetch', 'instance'],
  ] as const)('with the %s adapter, refreshing through the %s', (adapter, refreshThrough) => {
    test.each(CODES)('%s holds no token and no cookie', async (code) => {
      const { error, secrets } = await provoke(code, { adapter, refreshThrough });
      expect(secrets.length).toBeGreaterThanOrEqual(3);
      expect(await digFor(secrets, error)).toEqual([]);
    });

    test.each(CODES)('nor do the events and the log lines around %s', async (code) => {
      const { rig, lines, secrets } = await provoke(code, { adapter, refreshThrough });
      expect(Math.min(rig.events.length, lines.length)).toBeGreaterThan(0);
      expect(await digFor(secrets, [rig.events, lines])).toEqual([]);
    });
  });

  test('the error that onSignedOut gets holds none either', async () => {
    const onSignedOut = jest.fn();
    const { secrets } = await provoke('ERR_AUTH_SESSION_EXPIRED', { options: { onSignedOut } });
    expect(onSignedOut).toHaveBeenCalledTimes(1);
    expect(await digFor(secrets, onSignedOut.mock.calls)).toEqual([]);
  });

  test('a refresh that throws what it knows is quoted without it', async () => {
    const { error, lines, rig, secrets } = await provoke('ERR_AUTH_REFRESH_FAILED', {
      options: {
        refresh: (tokens) =>
          Promise.reject(
            Object.assign(new Error(`no luck with ${tokens?.refreshToken}`), {
              tokens,
              cause: new Error(String(tokens?.accessToken)),
            }),
          ),
      },
    });
    expect((error as Error).message).toContain('no luck with');
    expect(await digFor(secrets, [error, lines, rig.events])).toEqual([]);
  });

  test.each<[string, (token: string) => unknown]>([
    ['a string', (token) => `failed: ${token}`],
    ['an object', (token) => ({ message: token, code: 'X', token })],
    ['an error with a telling name', (token) => Object.assign(new Error('x'), { name: token })],
    ['an error with a telling code', (token) => Object.assign(new Error('x'), { code: token })],
  ])('so is one that throws %s', async (_what, faultOf) => {
    const { error, lines, rig, secrets } = await provoke('ERR_AUTH_REFRESH_FAILED', {
      options: {
        refresh(tokens) {
          throw faultOf(String(tokens?.refreshToken));
        },
      },
    });
    expect(await digFor(secrets, [error, lines, rig.events])).toEqual([]);
  });

  test('callbacks that throw a token are quoted without it', async () => {
    let token = '';
    const throwing = () => {
      throw new Error(`callback: ${token}`);
    };
    const { error, lines, secrets } = await provoke('ERR_AUTH_SESSION_EXPIRED', {
      options: {
        classify({ response }) {
          token = String(response.config.headers.Authorization).replace('Bearer ', '');
          return throwing();
        },
        onSignedOut: throwing,
      },
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(secrets).toContain(token);
    expect(await digFor(secrets, [error, lines])).toEqual([]);
  });

  describe('the search for secrets itself', () => {
    // Node's own requests warn of some of their getters.
    const { noDeprecation = false } = realProcess;
    beforeAll(() => {
      realProcess.noDeprecation = true;
    });
    afterAll(() => {
      realProcess.noDeprecation = noDeprecation;
    });

    const token = 'secret-0123456789';

    test.each(['http', 'fetch'] as const)(
      'finds the token in an error of axios (%s)',
      async (adapter) => {
        const server = await startServer((_request, response) => {
          response.writeHead(401).end();
        });
        const headers = { Authorization: `Bearer ${token}` };
        const error = await rejection(axios.get(server.url, { adapter, headers }));
        const places = await digFor([token], error);
        const shown = axiosHas.fetchErrorConfig
          ? ['(util.inspect)', '(toJSON)']
          : ['(util.inspect)'];
        expect(places).toEqual(expect.arrayContaining(shown));
        const named = places.some((place) => place.startsWith('.config.headers'));
        expect(named).toBe(axiosHas.fetchErrorConfig || adapter === 'http');
      },
    );

    test.each<[string, unknown]>([
      ['a symbol key', { [Symbol('hidden')]: token }],
      ['a property that is not enumerable', Object.defineProperty({}, 'x', { value: token })],
      ['a prototype', Object.create({ x: token })],
      [
        'a getter of a class',
        new (class {
          get x() {
            return token;
          }
        })(),
      ],
      ['a cause', new Error('x', { cause: new Error(token) })],
      ['a Map', new Map([['x', { y: token }]])],
      ['bytes', Buffer.from(`x${token}x`)],
      ['an ArrayBuffer', new TextEncoder().encode(token).buffer],
      ['a Blob', new Blob([token])],
      ['a form', form(token)],
      ['a function', Object.assign(() => undefined, { x: token })],
      ['a key', { [token]: 1 }],
      ['JSON in JSON', { x: JSON.stringify({ y: `"${token}"` }) }],
    ])('finds it in %s', async (_what, value) => {
      expect(await digFor([token], value)).not.toEqual([]);
    });

    test('finds nothing where nothing is', async () => {
      expect(await digFor([token], new Error('harmless', { cause: [1, 'a', null] }))).toEqual([]);
    });
  });
});

describe('G34: no token that the server or the application repeats', () => {
  describe.each(TYPES)('a 401 through the %s adapter as %s', (adapter, responseType) => {
    test.each(BODIES)('that echoes tokens as %s shows none', async (_what, text) => {
      const carried = await echoed({ write: body(text), config: { adapter, responseType } });
      expect(await digFor(SECRETS, carried)).toEqual([]);
    });
  });

  describe.each(['http', 'fetch'] as const)('with the %s adapter', (adapter) => {
    test('headers of the answer that hold tokens or cookies show none', async () => {
      const headers = {
        'Set-Cookie': [`sid=${COOKIE}; HttpOnly`, `refresh=${REFRESH}`],
        'X-New-Token': ACCESS,
        'X-Debug': `Authorization was Bearer ${ACCESS}`,
        Link: `</login?token=${encodeURIComponent(REFRESH)}>; rel="next"`,
      };
      const carried = await echoed({ write: body('', headers), config: { adapter } });
      expect(await digFor(SECRETS, carried)).toEqual([]);
    });

    test('a challenge that quotes the token shows none', async () => {
      const challenge = `Bearer realm="${ACCESS}", error="invalid_token", error_description="${ACCESS} is over"`;
      const carried = await echoed({
        write: body('', { 'WWW-Authenticate': challenge }),
        config: { adapter },
      });
      expect(await digFor(SECRETS, carried)).toEqual([]);
    });

    test('so does one with a token68', async () => {
      const carried = await echoed({
        write: body('', { 'WWW-Authenticate': `Bearer ${ACCESS}` }),
        config: { adapter },
      });
      expect(await digFor(SECRETS, carried)).toEqual([]);
    });

    test('a reason phrase that quotes the token shows none', async () => {
      const write = (response: ServerResponse) => response.writeHead(401, `No ${ACCESS}`).end();
      expect(await digFor(SECRETS, await echoed({ write, config: { adapter } }))).toEqual([]);
    });
  });

  describe('a request of the application', () => {
    const form = new FormData();
    form.append('access_token', ACCESS);
    const requests: [string, AxiosRequestConfig][] = [
      ['in its URL', { url: `/x?token=${ACCESS}` }],
      ['in its URL, encoded', { url: `/x?token=${encodeURIComponent(REFRESH)}` }],
      ['in its params', { params: { q: ACCESS, list: [REFRESH] } }],
      ['in URLSearchParams as params', { params: new URLSearchParams({ q: REFRESH }) }],
      ['in a JSON body', { method: 'post', data: { a: [{ b: ACCESS }], refreshToken: REFRESH } }],
      ['in a form-encoded body', { method: 'post', data: new URLSearchParams({ t: REFRESH }) }],
      ['in a multipart form', { method: 'post', data: form }],
      ['in a Buffer', { method: 'post', data: Buffer.from(`t=${ACCESS}`) }],
      ['in a large Buffer', { method: 'post', data: Buffer.from(ACCESS.padStart(70_000)) }],
      ['in a typed array', { method: 'post', data: new TextEncoder().encode(ACCESS) }],
      ['in a Blob', { method: 'post', adapter: 'fetch', data: new Blob([ACCESS]) }],
      ['in headers of its own', { headers: { Cookie: `a=${COOKIE}`, 'X-Copy': ACCESS } }],
      [
        'in a field of another library',
        { metadata: { token: ACCESS, at: new Map([[1, ACCESS]]) } } as never,
      ],
      ['in a symbol', { [Symbol('copy')]: ACCESS } as never],
    ];

    test.each(requests)('that has a token %s shows none in its error', async (_what, config) => {
      const carried = await echoed({ write: body(''), config });
      expect(await digFor(SECRETS, carried)).toEqual([]);
    });
  });

  test('with a headerName of its own, a new token under that name is hidden as well', async () => {
    const sliding = 'sliding-98f1c7';
    const carried = await echoed({
      write: body('', { 'X-Key': sliding }),
      options: { headerName: 'X-Key', scheme: '' },
    });
    expect(await digFor([...SECRETS, sliding], carried)).toEqual([]);
  });

  test('what the allow-list lets through stays to be read, and nothing else does', async () => {
    const carried = await echoed({
      write: body(JSON.stringify({ code: 'TOKEN_INVALID', detail: `about ${ACCESS}` })),
      config: { url: '/orders/7', params: { page: 2 }, headers: { 'X-Request-Id': 'r-1' } },
    });
    const text = inspect(carried, { depth: null });
    expect(text).toContain('/orders/7');
    expect(text).toContain('about [redacted]');
    expect(text).not.toContain('page: 2');
    expect(text).not.toContain('r-1');
  });

  test('the type of a token is no secret, and stays to be read', async () => {
    const carried = await echoed({
      write: body('Bearer tokens only', { 'WWW-Authenticate': 'Bearer realm="r"' }),
      tokens: { accessToken: ACCESS, tokenType: 'Bearer', token_type: 'Bearer' },
    });
    const error = carried.at(-1);
    expect(error).toMatchObject({
      challenge: { scheme: 'Bearer' },
      response: { data: 'Bearer tokens only' },
    });
  });

  test('another token that comes into the store later is hidden as well', async () => {
    const idToken = 'id-token-98f1c7';
    const tokens: Tokens & { idToken?: string } = { accessToken: ACCESS, refreshToken: REFRESH };
    const tokenStore = memoryStore(tokens);
    const carried = await echoed({
      write: body(idToken),
      options: { tokenStore },
      before: async (auth) => {
        await auth.getTokens();
        tokenStore.set({ ...tokens, idToken });
      },
    });
    expect(await digFor([idToken], carried)).toEqual([]);
  });
});

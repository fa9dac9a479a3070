import http from 'node:http';
import axios, { getAdapter } from 'axios';
import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import type { AuthOptions } from '../../src/index';
import { attached, recorder } from '../support/attached';
import { rejection } from '../support/outcomes';
import { json, startServer, type TestServer } from '../support/http-server';
import { cleanUp, onCleanUp } from '../support/rig';
import { codeOf } from '../support/token-server';

afterEach(cleanUp);

const answering = (): Promise<TestServer> =>
  startServer((_request, response) => json(response, 200, { ok: true }));

/** What anything that a server was told says of our token. */
const tokensIn = ({ requests }: TestServer): string[] =>
  requests
    .map(({ headers, url }) => JSON.stringify([headers, url]))
    .filter((text) => text.includes('access-'));

/** An instance with a request interceptor that was added before ours, so it runs after it. */
function attachAfter(
  { url }: TestServer,
  change: (config: InternalAxiosRequestConfig) => InternalAxiosRequestConfig,
  options: Partial<AuthOptions>,
): AxiosInstance {
  const api = axios.create({ baseURL: url, adapter: 'http' });
  api.interceptors.request.use(change);
  const auth = attachAuthInterceptors(api, {
    refresh: () => ({ accessToken: 'access-2' }),
    tokenStore: memoryStore({ accessToken: 'access-1' }),
    ...options,
  });
  onCleanUp(() => {
    auth.detach();
  });
  return api;
}

const CUSTOM = { headerName: 'X-Auth-Token', scheme: '' };

describe.each([
  ['Authorization', {}],
  ['a header of another name', CUSTOM],
])('G3: the token in %s goes to no other origin', (_, options) => {
  type Change = (config: InternalAxiosRequestConfig, other: string) => InternalAxiosRequestConfig;
  const CHANGES: [string, Change][] = [
    ['the URL', (config, other) => Object.assign(config, { url: `${other}/a` })],
    ['the baseURL', (config, other) => Object.assign(config, { baseURL: other })],
    [
      'the adapter and the URL',
      (config, other) => Object.assign(config, { url: `${other}/a`, adapter: getAdapter('http') }),
    ],
    [
      'the adapter and the URL, in a copy',
      (config, other) => ({ ...config, url: `${other}/a`, adapter: getAdapter('fetch') }),
    ],
  ];

  test.each(CHANGES)('where a later interceptor changes %s', async (_what, change) => {
    const own = await answering();
    const other = await answering();
    const api = attachAfter(own, (config) => change(config, other.url), options);
    await codeOf(api.get('/a'));
    expect(tokensIn(other)).toEqual([]);
  });

  test('where a URL object is changed in place by a later interceptor', async () => {
    const own = await answering();
    const other = await answering();
    const url = new URL('/a', own.url);
    const { api } = attached({ axios: { baseURL: own.url }, options });
    api.interceptors.request.use((config) => {
      setImmediate(() => (url.port = String(other.port)));
      return new Promise((resolve) => setImmediate(() => setImmediate(() => resolve(config))));
    });
    await codeOf(api.get(url as unknown as string));
    expect(tokensIn(other)).toEqual([]);
  });

  test.each([
    ['transport', http],
    ['beforeRedirect', () => undefined],
  ])('by a redirect, where a later interceptor sets %s', async (name, value) => {
    const other = await answering();
    const own = await startServer((_request, response) => {
      response.writeHead(307, { location: `${other.url}/end` }).end();
    });
    const api = attachAfter(own, (config) => Object.assign(config, { [name]: value }), options);
    await codeOf(api.post('/start', {}));
    expect(tokensIn(other)).toEqual([]);
  });

  test('by a redirect, through an adapter function around fetch', async () => {
    const other = await answering();
    const own = await startServer((_request, response) => {
      response.writeHead(307, { location: `${other.url}/end` }).end();
    });
    const { api } = attached({
      axios: { baseURL: own.url, adapter: (config) => getAdapter('fetch')(config) },
      options,
    });
    await codeOf(api.get('/start'));
    expect(tokensIn(other)).toEqual([]);
  });
});

describe('G3: a polluted Object.prototype', () => {
  test.each([
    ['allowedOrigins', [/./]],
    ['allowInsecureHttp', true],
    ['allowRedirects', true],
  ])('with %s widens nothing', async (name, value) => {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    onCleanUp(() => Reflect.deleteProperty(Object.prototype, name));
    const { adapter, sent } = recorder();
    const { api } = attached({ axios: { baseURL: 'https://api.example.com', adapter } });
    await codeOf(api.get('https://evil.example.test/a'));
    await codeOf(api.get('http://api.example.com/a'));
    expect(JSON.stringify(sent)).not.toContain('access-1');
  });
});

describe('G3: what axios would take from a polluted Object.prototype', () => {
  const pollute = (name: string, value: unknown): void => {
    const field = { value, configurable: true, writable: true, enumerable: true };
    Object.defineProperty(Object.prototype, name, field);
    onCleanUp(() => Reflect.deleteProperty(Object.prototype, name));
  };

  test('is no proxy', async () => {
    const proxy = await answering();
    const { api } = attached({ axios: { baseURL: 'https://api.example.test', adapter: 'http' } });
    pollute('proxy', { protocol: 'http', host: '127.0.0.1', port: proxy.port });
    await codeOf(api.get('/a'));
    expect(tokensIn(proxy)).toEqual([]);
  });

  test('is no transport', async () => {
    const own = await answering();
    const told: unknown[] = [];
    const { api } = attached({ axios: { baseURL: own.url, adapter: 'http' } });
    pollute('transport', {
      request(options: http.RequestOptions, ...rest: []) {
        told.push(options.headers);
        return http.request(options, ...rest);
      },
    });
    await codeOf(api.get('/a'));
    expect(tokensIn(own)).toHaveLength(1);
    expect(JSON.stringify(told)).not.toContain('access-');
  });
});

describe('G3: plain http through a proxy is no loopback', () => {
  test('of the request', async () => {
    const proxy = await answering();
    const { api } = attached({ axios: { baseURL: 'http://localhost:1', adapter: 'http' } });
    const error = await rejection(
      api
        .get('/a', { proxy: { protocol: 'http', host: '127.0.0.1', port: proxy.port } })
        .then(() => {
          throw Object.assign(new Error('it was sent'), { code: 'SENT' });
        }),
    );
    expect(tokensIn(proxy)).toEqual([]);
    expect(['ERR_AUTH_INSECURE_URL', 'ECONNREFUSED']).toContain(error.code);
  });

  test.each([
    ['HTTP_PROXY', undefined],
    ['http_proxy', undefined],
    // axios looks for a proxy in the environment for each of these as well.
    ['HTTP_PROXY', null],
    ['HTTP_PROXY', ''],
    ['HTTP_PROXY', 0],
  ])('of the environment (%s, proxy: %j)', async (name, given) => {
    const proxy = await answering();
    const before = { ...process.env };
    for (const one of ['NO_PROXY', 'no_proxy']) Reflect.deleteProperty(process.env, one);
    process.env[name] = proxy.url;
    onCleanUp(() => {
      Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, before);
    });
    const { api } = attached({ axios: { baseURL: 'http://localhost:1', adapter: 'http' } });
    await codeOf(api.get('/a', { proxy: given as unknown as false }));
    expect(tokensIn(proxy)).toEqual([]);
  });
});

describe('G1: shouldAttach', () => {
  test.each([
    ['resolves to false', () => Promise.resolve(false)],
    ['resolves to true', () => Promise.resolve(true)],
    ['rejects', () => Promise.reject(new Error('boom'))],
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
  ])('that %s counts as false', async (_, shouldAttach) => {
    const { adapter, sent } = recorder();
    const { api } = attached({
      axios: { baseURL: 'https://api.example.com', adapter },
      options: { shouldAttach: shouldAttach as unknown as () => boolean },
    });
    expect(await codeOf(api.get('/a'))).toBe('ok');
    expect(JSON.stringify(sent)).not.toContain('access-1');
  });
});

describe('G3: context.client does not take the refresh token to another origin', () => {
  test.each([307, 308])('by a %i', async (status) => {
    const other = await startServer((_request, response) =>
      json(response, 200, { accessToken: 'access-evil' }),
    );
    const own = await startServer(({ url }, response) => {
      if (url === '/auth/refresh') {
        response.writeHead(status, { location: `${other.url}/steal` }).end();
      } else json(response, 401, { code: 'TOKEN_EXPIRED' });
    });
    for (const adapter of ['http', 'fetch'] as const) {
      const { api, auth } = attached({
        axios: { baseURL: own.url, adapter },
        tokens: { accessToken: 'access-1', refreshToken: 'refresh-1' },
        options: {
          refreshRetries: 0,
          refresh: async (tokens, { client }) =>
            (
              await client.post<{ accessToken: string }>('/auth/refresh', {
                refreshToken: tokens?.refreshToken,
              })
            ).data,
        },
      });
      expect(await codeOf(api.get('/a'))).toMatch(/^ERR_AUTH_/);
      expect((await auth.getTokens())?.accessToken).not.toBe('access-evil');
    }
    const told = other.requests.map(({ body, url }) => `${url} ${body.toString()}`);
    expect(told.filter((text) => text.includes('refresh-1'))).toEqual([]);
  });
});

describe('G3: an answer of another host that a redirect led to is handed on as it is', () => {
  const ANSWERS: [string, number, object, string][] = [
    ['TOKEN_REVOKED', 401, { code: 'TOKEN_REVOKED' }, ''],
    ['TOKEN_EXPIRED', 401, { code: 'TOKEN_EXPIRED' }, ''],
    ['invalid_token', 401, {}, 'Bearer error="invalid_token"'],
  ];
  test.each(ANSWERS)('%s', async (_, status, body, challenge) => {
    const other = await startServer((_request, response) =>
      json(response, status, body, challenge ? { 'www-authenticate': challenge } : {}),
    );
    const own = await startServer((_request, response) => {
      response.writeHead(302, { location: `${other.url}/end` }).end();
    });
    const refresh = jest.fn(() => ({ accessToken: 'access-2' }));
    const { api, auth } = attached({
      axios: { baseURL: own.url, adapter: 'http' },
      options: { refresh },
    });
    const error = await rejection(api.get('/a'));
    expect((error.response as { status: number }).status).toBe(status);
    expect(error.code).toBe('ERR_BAD_REQUEST');
    expect(refresh).not.toHaveBeenCalled();
    expect([auth.status, await auth.getAccessToken()]).toEqual(['signed-in', 'access-1']);
    expect(own.requests).toHaveLength(1);
  });
});

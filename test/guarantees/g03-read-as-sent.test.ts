import axios, { HttpStatusCode } from 'axios';
import type { AxiosRequestConfig, InternalAxiosRequestConfig } from 'axios';
import { answering, startServer, type TestServer } from '../support/http-server';
import { attached, cleanUp, onCleanUp, rejection } from '../support/session';

afterEach(cleanUp);

const CUSTOM = { headerName: 'X-Auth-Token', scheme: '' };

/** What a server was told of our token. */
const tokensIn = ({ requests }: TestServer): string[] =>
  requests
    .map(({ headers, url }) => JSON.stringify([headers, url]))
    .filter((text) => text.includes('access-'));

const redirecting = (to: string): Promise<TestServer> =>
  startServer((_request, response) => response.writeHead(302, { location: to }).end());

/** An adapter of the application around ours, which makes a config of its own. */
const wrap = (config: InternalAxiosRequestConfig): InternalAxiosRequestConfig => {
  const inner = config.adapter as (config: InternalAxiosRequestConfig) => Promise<never>;
  config.adapter = ({ url, method, headers, baseURL }) =>
    inner({ url, method, headers, baseURL } as InternalAxiosRequestConfig);
  return config;
};

/** Requests with a header of another name, to a server that redirects them to another origin. */
async function crossing(
  axiosConfig: AxiosRequestConfig,
  change?: (config: InternalAxiosRequestConfig) => InternalAxiosRequestConfig,
) {
  const other = await answering();
  const own = await redirecting(`${other.url}/end`);
  const { api } = attached({ axios: { baseURL: own.url, ...axiosConfig }, options: CUSTOM });
  if (change) api.interceptors.request.use(change);
  const settled = await api.get('/start').then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(tokensIn(own)).toHaveLength(1);
  expect(tokensIn(other)).toEqual([]);
  return settled;
}

describe('G3: a redirect carries a header of another name to no other origin', () => {
  test('where fetchOptions inherit a mode that axios does not read', async () => {
    const fetchOptions = Object.create({ redirect: 'manual' }) as Record<string, unknown>;
    const error = await crossing({ adapter: 'fetch', fetchOptions });
    expect(error).toMatchObject({ code: 'ERR_AUTH_CONFIG' });
  });

  test.each(['http', 'fetch'] as const)(
    'where an adapter around ours makes a config of its own: %s',
    async (adapter) => {
      await crossing({ adapter }, wrap);
    },
  );

  test('where a beforeRedirect puts the headers of the redirected request in again', async () => {
    const beforeRedirect = (
      { headers }: Record<string, unknown>,
      _answer: unknown,
      before?: { headers: object },
    ): void => void Object.assign(headers as object, before?.headers);
    await crossing({ adapter: 'http', beforeRedirect: beforeRedirect as never });
  });

  test('to loopback through a proxy', async () => {
    const proxy = await answering();
    const own = await answering();
    // As axios' http adapter asks before a redirect of a request to https, after it has set the proxy.
    const beforeRedirect = (options: Record<string, unknown>): void => {
      expect(options.headers).not.toHaveProperty('X-Auth-Token');
      asked = true;
    };
    let asked = false;
    const { api } = attached({
      axios: { baseURL: 'https://api.example.test', beforeRedirect },
      options: { ...CUSTOM, allowedOrigins: ['https://api.example.test', own.url] },
    });
    await api.get('/start', {
      adapter(config) {
        const path = `${own.url}/end`;
        const options = { href: path, path, hostname: '127.0.0.1', port: proxy.port };
        const headers = { ...config.headers };
        expect(headers).toHaveProperty('X-Auth-Token');
        config.beforeRedirect!(
          { ...options, headers },
          { headers: {}, statusCode: HttpStatusCode.Found },
          {} as never,
        );
        return Promise.resolve({ data: 1, status: 200, statusText: '', headers: {}, config });
      },
    });
    expect(asked).toBe(true);
  });
});

test('G3: an adapter around ours cannot send to loopback through a proxy of the environment', async () => {
  const proxy = await answering();
  const own = await answering();
  const { env } = process;
  process.env = { ...env, HTTP_PROXY: proxy.url, http_proxy: proxy.url };
  onCleanUp(() => {
    process.env = env;
  });
  const { api } = attached({ axios: { baseURL: own.url, adapter: 'http' } });
  api.interceptors.request.use(wrap);
  await api.get('/a');
  expect(proxy.requests).toEqual([]);
  expect(tokensIn(own)).toHaveLength(1);
});

test('G2: an adapter around ours leaves the own header of a request to another origin', async () => {
  const own = await answering();
  const other = await answering();
  const { api } = attached({ axios: { baseURL: own.url, adapter: 'http' } });
  api.interceptors.request.use(wrap);
  await api.get(`${other.url}/a`, { headers: { Authorization: 'Basic own' } });
  expect(other.requests[0]?.headers.authorization).toBe('Basic own');
});

test.each(['1.8.0', '1.8.1', '1.8.2'])(
  'G3: an axios of which an adapter knows no allowAbsoluteUrls sends no token elsewhere: %s',
  async (version) => {
    const { VERSION } = axios;
    Object.assign(axios, { VERSION: version });
    onCleanUp(() => {
      Object.assign(axios, { VERSION });
    });
    const { api } = attached({ axios: { baseURL: 'https://api.example.test' } });
    const sent: unknown[] = [];
    const adapter = (config: InternalAxiosRequestConfig): Promise<never> => {
      sent.push(config.headers.Authorization);
      return Promise.reject(new Error('not sent'));
    };
    await rejection(api.get('https://evil.example', { allowAbsoluteUrls: false, adapter }));
    expect(sent).toEqual([undefined]);
  },
);

test.each([false, 0, Number.NaN])(
  'G17: a baseURL of %p is none, as axios has it',
  async (baseURL) => {
    const { api } = attached({ axios: { baseURL: 'https://api.example.test' } });
    const sent: unknown[] = [];
    const adapter = (config: InternalAxiosRequestConfig): Promise<never> => {
      sent.push(config.baseURL);
      return Promise.reject(new Error('not sent'));
    };
    await rejection(api.get('/a', { baseURL: baseURL as never, adapter }));
    expect(sent).toEqual([baseURL]);
  },
);

describe('G3, G39: a Worker that sends Authorization on to another host', () => {
  const asWorker = (strips: boolean): void => {
    const compatibilityFlags = { strip_authorization_on_cross_origin_redirect: strips };
    Object.assign(globalThis, { Cloudflare: { compatibilityFlags } });
    onCleanUp(() => Reflect.deleteProperty(globalThis, 'Cloudflare'));
  };
  const get = async (options: object) => {
    const other = await answering();
    const own = await redirecting(`${other.url}/end`);
    const { api } = attached({ axios: { baseURL: own.url, adapter: 'fetch' }, options });
    return { other, answer: api.get('/start') };
  };

  test('by its compatibility date follows no redirect', async () => {
    asWorker(false);
    const { other, answer } = await get({});
    expect(await rejection(answer)).toMatchObject({ code: 'ERR_AUTH_CONFIG' });
    expect(other.requests).toEqual([]);
  });

  test.each([
    ['of a later date', true, {}],
    ['whose server is trusted', false, { allowRedirects: true }],
  ])('%s follows it', async (_, strips, options) => {
    asWorker(strips);
    const { other, answer } = await get(options);
    await answer;
    expect(other.requests).toHaveLength(1);
  });
});

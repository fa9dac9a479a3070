import axios, { AxiosError } from 'axios';
import type { AxiosAdapter, AxiosInstance, AxiosRequestConfig } from 'axios';
import axiosRetry from 'axios-retry';
import { setupCache } from 'axios-cache-interceptor';
import { isAuthError } from '../../src/index';
import { expectNoCredentials } from '../support/credentials';
import { json, startServer } from '../support/http-server';
import { attached, cleanUp, rejection, until } from '../support/session';
import { watchEscapes } from './escapes';

const escapes = watchEscapes();
afterEach(cleanUp);
afterEach(() => {
  expect(escapes.take()).toEqual([]);
});

const ACCESS = 'access-0123456789-secret';
const REFRESH = 'refresh-0123456789-secret';
const SECRETS = [ACCESS, REFRESH];

/** Answers by the path; `/hang` never. */
async function startApi(): Promise<string> {
  const server = await startServer((request, response) => {
    const status = Number(/\d{3}/.exec(request.url)?.[0] ?? 0);
    if (request.url.startsWith('/hang')) return;
    if (request.url.startsWith('/reset')) response.destroy();
    else if (request.url.startsWith('/cut')) {
      response.writeHead(200, { 'content-length': 99 }).write('{"a":1');
      setImmediate(() => response.destroy());
    } else if (request.url.startsWith('/loop')) {
      response.writeHead(302, { location: '/loop' }).end();
    } else if (request.url.startsWith('/text')) response.end('no JSON');
    else if (status === 401) json(response, 401, { code: 'NO_ACCESS' });
    else json(response, status, { status });
  });
  return server.url;
}

/** Something else that is attached as well, before or after. */
type Prepare = (api: AxiosInstance) => unknown;

interface Failure {
  url: string;
  config?: AxiosRequestConfig;
  before?: Prepare;
  after?: Prepare;
  abort?: boolean;
}

const retrying: Prepare = (api) => {
  axiosRetry(api, { retries: 1, retryCondition: () => true, retryDelay: () => 0 });
};

/** Keeps what it wraps where everybody can see it. */
const wrapping: Prepare = (api) => {
  api.interceptors.request.use((config) => {
    const inner = axios.getAdapter(config.adapter);
    const wrapper: AxiosAdapter = (sent) => inner(sent);
    config.adapter = Object.assign(wrapper, { inner });
    return config;
  });
};

/** Keeps the config as it was at the call, and as another interceptor has left it. */
const remembering: Prepare = (api) => {
  api.interceptors.request.use((config) =>
    Object.assign(config, { original: { ...config, headers: {} } }),
  );
};

const refusing: Prepare = (api) => {
  api.interceptors.request.use((config) => {
    throw new AxiosError('not today', 'ERR_OWN', config);
  });
};

const STRICT = { silentJSONParsing: false };

const FAILURES: [string, Failure][] = [
  ['an answer that is no success', { url: '/404' }],
  ['a 401 that says nothing to the session', { url: '/401' }],
  [
    'a body that is no JSON',
    { url: '/text', config: { transitional: STRICT, responseType: 'json' } },
  ],
  ['a validateStatus of its own', { url: '/200', config: { validateStatus: () => false } }],
  ['a connection that breaks', { url: '/reset' }],
  ['an answer that is cut', { url: '/cut' }],
  ['a timeout', { url: '/hang', config: { timeout: 50 } }],
  ['an abort', { url: '/hang', abort: true }],
  ['too many redirects', { url: '/loop', config: { maxRedirects: 2 } }],
  ['an answer that is too long', { url: '/200', config: { maxContentLength: 3 } }],
  [
    'a body that is too long',
    { url: '/200', config: { maxBodyLength: 1, method: 'post', data: 'long' } },
  ],
  ['a transform that throws', { url: '/200', config: { transformRequest: [thrower] } }],
  [
    'a transform of the answer that throws',
    { url: '/200', config: { transformResponse: [thrower] } },
  ],
  ['a URL of a protocol that is not supported', { url: 'foo://127.0.0.1/' }],
  ['a URL that is none', { url: 'http://[' }],
  ['an interceptor that refuses it, added before', { url: '/200', before: refusing }],
  ['an interceptor that refuses it, added after', { url: '/200', after: refusing }],
  ['axios-retry, set up before', { url: '/404', before: retrying }],
  ['axios-retry, set up after', { url: '/404', after: retrying }],
  ['an adapter that shows what it wraps, put on before', { url: '/404', before: wrapping }],
  ['an adapter that shows what it wraps, put on after', { url: '/404', after: wrapping }],
  ['a copy of the config, made before', { url: '/404', before: remembering }],
  ['a copy of the config, made after', { url: '/404', after: remembering }],
  ['axios-cache-interceptor, set up before', { url: '/404', before: (api) => setupCache(api) }],
  ['axios-cache-interceptor, set up after', { url: '/404', after: (api) => setupCache(api) }],
];

function thrower(): never {
  throw new Error('thrown by the application');
}

describe.each(['http', 'fetch'] as const)(
  'G34, D5 relative: an error of axios over %s',
  (adapter) => {
    test.each(FAILURES)(
      'that comes of %s has the token in its headers only',
      async (_, failure) => {
        const { url, config, before, after, abort } = failure;
        const controller = new AbortController();
        const server = await startApi();
        const api = axios.create({ baseURL: server, adapter });
        before?.(api);
        const { auth } = attached({
          tokens: { accessToken: ACCESS, refreshToken: REFRESH },
          axios: {},
        });
        auth.attach(api);
        after?.(api);
        if (abort) {
          setTimeout(() => {
            controller.abort();
          }, 50);
        }
        const error = await rejection(api.request({ url, signal: controller.signal, ...config }));
        expect(isAuthError(error)).toBe(false);
        await expectNoCredentials(SECRETS, [error]);
      },
    );
  },
);

/** What a user writes before a host, and no error or log line repeats. */
const USER_INFO = ['user-name-3571', 'pass-word-9813'];
const AT = `${USER_INFO.join(':')}@api.example.com`;

/** URLs of one and the same origin, as the platform reads them, with user info. */
const SPELLINGS = [
  `https://${AT}/v1`,
  `https:${AT}/v1`,
  `https:/${AT}/v1`,
  `https:///${AT}/v1`,
  `https:\\\\${AT}/v1`,
  `https:/\\/\\${AT}/v1`,
  `HTTPS://${AT}/v1`,
  ` https://${AT}/v1`,
  `\u0001https://${AT}/v1`,
  `ht\ttps://${AT}/v1`,
  `https:\n//${AT}/v1`,
  `https:/\t/${AT}/v1`,
  `https://a@${AT}/v1`,
  `https://${AT.replace(':', ':\n')}/v1`,
  `https://${AT}?x=/@`,
  `https://${AT}#/@`,
];

describe('G34: no user info of a URL in an AuthError or a log line', () => {
  const refused: AxiosAdapter = (config) =>
    Promise.resolve({ status: 401, statusText: '', data: {}, headers: {}, config });

  /** The AuthError of a request that is refused, with everything that was logged. */
  async function outputsOf(config: AxiosRequestConfig): Promise<unknown[]> {
    const lines: unknown[] = [];
    const log = (...line: unknown[]): void => void lines.push(line);
    const { api } = attached({
      axios: { adapter: refused },
      options: {
        allowedOrigins: ['https://api.example.com'],
        classify: () => 'sign-out',
        logger: { debug: log, warn: log, error: log },
      },
    });
    const error = await rejection(api.request(config));
    expect(error).toMatchObject({ code: 'ERR_AUTH_SESSION_EXPIRED' });
    return [error, lines];
  }

  test.each(SPELLINGS)('written as %j', async (url) => {
    // Otherwise it would be no URL of this origin, and none with user info.
    expect(new URL(url)).toMatchObject({ origin: 'https://api.example.com' });
    expect(new URL(url).username).not.toBe('');
    await expectNoCredentials(USER_INFO, await outputsOf({ url }));
    await expectNoCredentials(USER_INFO, await outputsOf({ baseURL: url, url: '/x' }));
  });

  test.each([`//${AT}/x`, `///${AT}/x`, `\\\\${AT}/x`, `/\\${AT}/x`, `\t//${AT}/x`, `/\t/${AT}/x`])(
    'without a scheme, as %j, in the line about a request to another origin',
    async (url) => {
      const lines: unknown[] = [];
      const { api } = attached({
        axios: { adapter: refused, baseURL: 'https://other.example.com' },
        options: { logger: { debug: (...line: unknown[]) => void lines.push(line) } },
      });
      await api.request({ url, baseURL: '' }).catch(() => undefined);
      await until(() => lines.length > 0);
      await expectNoCredentials(USER_INFO, lines);
    },
  );
});

describe('G34: what a plugin keeps in config.cache', () => {
  test('is not carried, apart from what axios-cache-interceptor asks for', async () => {
    const answer = { headers: { Authorization: `Bearer ${ACCESS}` }, own: 'cookie-value-1234' };
    const cache = {
      methods: ['get'],
      staleIfError: 60,
      etag: ACCESS,
      store: new Map([[1, answer]]),
    };
    const { api } = attached({
      axios: { baseURL: 'https://api.example.com' },
      tokens: { accessToken: ACCESS, refreshToken: REFRESH },
      options: { classify: () => 'sign-out' },
    });
    const adapter: AxiosAdapter = (config) =>
      Promise.resolve({ status: 401, statusText: '', data: {}, headers: {}, config });
    const error = await rejection(api.get('/a', { adapter, cache } as object));
    expect(error.config).toMatchObject({ cache: { methods: ['get'], staleIfError: 60 } });
    await expectNoCredentials([...SECRETS, answer.own], [error]);
  });
});

import axios from 'axios';
import type { AxiosAdapter } from 'axios';
import oldAxios from 'axios-1.7';
import type { Tokens } from '../../src/index';
import { createAuthFetch } from '../../src/fetch/index';
import { oauth2Refresh } from '../../src/oauth2/index';
import { json, startServer, type TestServer } from '../support/http-server';
import {
  cleanUp,
  codeOf,
  onCleanUp,
  openSession,
  turns,
  type Opened,
  type OpenOptions,
} from '../support/session';
import { withStepUp } from '../support/step-up';
import { watchEscapes } from './escapes';

/*
 * Part C of the situations that went wrong in version 1: where the token must not go, and what must not be
 * believed. Each test is a situation of the same kind that was not in the list.
 */
const escapes = watchEscapes();
const foreign: TestServer[] = [];
afterEach(cleanUp);
afterEach(() => {
  const heard = foreign.splice(0).flatMap(({ requests }) => requests);
  const text = JSON.stringify(heard.map((one) => ({ ...one, body: String(one.body) })));
  for (const token of Object.values(TOKENS)) expect(text).not.toContain(token);
  expect(escapes.take()).toEqual([]);
});

const TOKENS = { accessToken: 'access-of-alice', refreshToken: 'refresh-of-alice' };
const CUSTOM = { headerName: 'X-Auth-Token', scheme: '' };
const ADAPTERS = ['http', 'fetch'] as const;

interface Two extends Opened {
  own: TestServer;
  evil: TestServer;
}

/** Two servers; the own one redirects `/away` to the other. Nothing of the session may arrive at that. */
async function openTwo(
  options: OpenOptions = {},
  evilAnswer: [status: number, body: unknown, headers?: Record<string, string>] = [200, {}],
): Promise<Two> {
  const evil = await startServer((_request, response) => {
    const [status, body, headers] = evilAnswer;
    json(response, status, body, headers);
  });
  const own = await startServer(({ url }, response) => {
    if (url.startsWith('/away')) response.writeHead(307, { location: `${evil.url}/got` }).end();
    else if (url.startsWith('/round')) response.writeHead(308, { location: '/away' }).end();
    else if (url.startsWith('/next')) response.writeHead(307, { location: '/a' }).end();
    else json(response, 200, { own: true });
  });
  foreign.push(evil);
  const opened = openSession(own, {
    tokens: TOKENS,
    refresh: () => ({ accessToken: 'access-of-alice-2' }),
    ...options,
  });
  return { own, evil, ...opened };
}

describe.each(ADAPTERS)('C1: what is changed after ours, over %s', (adapter) => {
  const changes: [string, (config: Record<string, unknown>, evil: string) => void][] = [
    ['the baseURL alone', (config, evil) => void (config.baseURL = evil)],
    [
      'the URL, and that absolute ones count',
      (config, evil) => Object.assign(config, { url: `${evil}/x`, allowAbsoluteUrls: true }),
    ],
    ['the URL, by a text object', (config, evil) => void (config.url = new String(`${evil}/x`))],
    ['the URL, by a list', (config, evil) => void (config.url = [`${evil}/x`])],
    [
      'the URL, by an object that says something else each time',
      (config, evil) => {
        let asked = 0;
        config.url = { toString: () => (asked++ % 2 ? `${evil}/x` : '/a') };
      },
    ],
    [
      'the baseURL, by an object that says something else each time',
      (config, evil) => {
        const texts = [config.baseURL, evil];
        config.baseURL = { toString: () => (texts.push(texts.shift()), texts[1]) };
      },
    ],
  ];

  test.each(changes)('C1 relative: %s, by an interceptor', async (_, change) => {
    const { api, evil } = await openTwo({
      axios: { adapter },
      before: ({ interceptors }) =>
        interceptors.request.use((config) => (change(config as never, evil.url), config)),
    });
    await codeOf(api.get('/a'));
  });

  test.each(changes)('C1 relative: %s, by a transform of the application', async (_, change) => {
    const { api, evil } = await openTwo({ axios: { adapter } });
    const transform = function (this: Record<string, unknown>, data: unknown): unknown {
      change(this, evil.url);
      return data;
    };
    await codeOf(api.post('/a', 'x', { transformRequest: [transform as never] }));
  });

  test.each(changes)('C1 relative: %s, by onSend', async (_, change) => {
    const two: Two = await openTwo({
      axios: { adapter },
      onSend: (config) => {
        change(config as never, two.evil.url);
      },
    });
    await codeOf(two.api.get('/a'));
  });
});

describe('C1: a config that cannot be written to', () => {
  test('C1, G33 relative: a URL with a getter alone', async () => {
    const { api, own } = await openTwo({
      before: ({ interceptors }) =>
        interceptors.request.use((config) =>
          Object.defineProperty(config, 'url', { get: () => '/a', enumerable: true }),
        ),
    });
    expect(await codeOf(api.get('/x'))).toBe('ok');
    expect(own.requests.map(({ url }) => url)).toEqual(['/a']);
  });
});

describe('C2: a custom header, and what follows redirects by itself', () => {
  test.each(['/away', '/round', '/next'])(
    'C2 relative: fetch that is told to follow %s',
    async (url) => {
      const { api, evil } = await openTwo({
        axios: { adapter: 'fetch', fetchOptions: { redirect: 'follow' } } as never,
        ...CUSTOM,
      });
      expect(await codeOf(api.get(url))).toBe('ERR_AUTH_CONFIG');
      expect(evil.requests).toEqual([]);
    },
  );

  test.each(['/away', '/round', '/next'])('C2 relative: createAuthFetch, to %s', async (url) => {
    const { auth, own, evil } = await openTwo(CUSTOM);
    const authFetch = createAuthFetch(auth, { allowedOrigins: [own.url] });
    expect(await codeOf(authFetch(own.url + url, { redirect: 'follow' }))).toBe('ERR_AUTH_CONFIG');
    expect(evil.requests).toEqual([]);
  });
});

describe('C3: a custom header on Node, and adapters of the application', () => {
  const http = axios.getAdapter('http');
  const around: [string, AxiosAdapter][] = [
    [
      'a beforeRedirect of its own',
      (config) => http({ ...config, beforeRedirect: () => undefined }),
    ],
    [
      'a beforeRedirect that is taken away',
      (config) => http({ ...config, beforeRedirect: undefined as never }),
    ],
    ['more redirects', (config) => http({ ...config, maxRedirects: 20 })],
  ];

  test.each(around)('C3 relative: an adapter around http with %s', async (_, adapter) => {
    const { api } = await openTwo({ axios: { adapter }, ...CUSTOM });
    await codeOf(api.get('/away'));
    await codeOf(api.get('/round'));
  });

  test.each(around)(
    'C3 relative: the standard header, and an adapter with %s',
    async (_, adapter) => {
      const { api } = await openTwo({ axios: { adapter } });
      await codeOf(api.get('/away'));
      await codeOf(api.get('/round'));
    },
  );
});

describe('C4: what a foreign host answers says nothing about the session', () => {
  const REVOKED: [number, unknown] = [401, { code: 'TOKEN_REVOKED' }];

  test.each(ADAPTERS)('C4 relative: an error of GraphQL with 200, over %s', async (adapter) => {
    const { api, auth, evil } = await openTwo({ axios: { adapter }, statuses: [200, 401] }, [
      200,
      { errors: [{ extensions: { code: 'TOKEN_REVOKED' } }] },
    ]);
    expect(await codeOf(api.get('/away'))).toBe('ok');
    expect([evil.requests.length, auth.status]).toEqual([1, 'signed-in']);
  });

  test.each(ADAPTERS)(
    'C4 relative: a 401 that wants a better sign-in, over %s',
    async (adapter) => {
      const handler = jest.fn(() => null);
      const challenge = { 'www-authenticate': 'Bearer error="insufficient_user_authentication"' };
      const { api } = await openTwo({ axios: { adapter }, ...withStepUp(handler) }, [
        401,
        {},
        challenge,
      ]);
      expect(await codeOf(api.get('/away'))).toBe('ERR_BAD_REQUEST');
      expect(handler).not.toHaveBeenCalled();
    },
  );

  test('C4 relative: to createAuthFetch', async () => {
    const { auth, own } = await openTwo({}, REVOKED);
    const authFetch = createAuthFetch(auth, { allowedOrigins: [own.url] });
    expect((await authFetch(`${own.url}/away`)).status).toBe(401);
    expect(auth.status).toBe('signed-in');
  });

  // Over fetch nobody knows where the answer of such a request came from.
  test('C4 relative: of a request that went past the gate', async () => {
    const { api, auth, own, evil } = await openTwo(
      {
        after: ({ interceptors }) =>
          interceptors.request.use((config) => ({
            ...config,
            adapter: axios.getAdapter('http'),
            transformRequest: [(data: unknown) => data],
          })),
      },
      REVOKED,
    );
    await auth.getTokens();
    expect(await codeOf(api.post('/away', 'once'))).toBe('ERR_BAD_REQUEST');
    expect([own.requests.length, evil.requests.length]).toEqual([1, 1]);
    expect(auth.status).toBe('signed-in');
  });

  test('C4 relative: after the tokens have vanished, nobody is sent to the login by it', async () => {
    const onSignedOut = jest.fn();
    const { api, store, auth } = await openTwo({ onSignedOut }, REVOKED);
    await auth.getTokens();
    await store.clear();
    expect(await codeOf(api.get('/away'))).toBe('ERR_BAD_REQUEST');
    await turns();
    expect(onSignedOut).not.toHaveBeenCalled();
  });
});

describe.each(ADAPTERS)('C5: requests of the refresh and a redirect, over %s', (adapter) => {
  test('C5 relative: by way of another path of the same origin', async () => {
    const { auth, evil } = await openTwo({
      axios: { adapter },
      refreshRetries: 0,
      refresh: async (tokens, { client }) => (await client.post<Tokens>('/round', tokens)).data,
    });
    expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_CONFIG');
    expect(evil.requests).toEqual([]);
  });

  test('C5 relative: the revocation', async () => {
    const lines: unknown[] = [];
    const { auth, own, evil } = await openTwo({ axios: { adapter } });
    auth.detach();
    const oauth2 = { tokenEndpoint: `${own.url}/token`, clientId: 'web' };
    const second = openSession(own, {
      tokens: TOKENS,
      axios: { adapter },
      refresh: oauth2Refresh({ ...oauth2, revocationEndpoint: `${own.url}/away` }),
      logger: { warn: (...line) => void lines.push(line) },
    });
    await second.auth.signOut();
    await turns();
    expect([lines.length, evil.requests.length]).toEqual([1, 0]);
  });

  test('C5 relative: the metadata of the issuer', async () => {
    const { own, evil } = await openTwo({}, [200, { issuer: 'x', token_endpoint: 'x' }]);
    const { auth } = openSession(own, {
      tokens: TOKENS,
      axios: { adapter },
      refresh: oauth2Refresh({ issuer: `${own.url}/away`, clientId: 'web' }),
    });
    expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_CONFIG');
    expect(evil.requests).toEqual([]);
  });

  test('C5 relative: the client of a step-up', async () => {
    const server = await startServer(({ url }, response) => {
      if (url === '/better') response.writeHead(307, { location: `${two.evil.url}/got` }).end();
      else json(response, 403, {}, { 'www-authenticate': 'Bearer error="insufficient_scope"' });
    });
    const two = await openTwo();
    const { api } = openSession(server, {
      tokens: TOKENS,
      axios: { adapter },
      ...withStepUp(async (_challenge, { client, tokens }) => {
        await client.post('/better', tokens);
        return null;
      }),
    });
    expect(await codeOf(api.get('/a'))).toBe('ERR_BAD_REQUEST');
    expect(two.evil.requests).toEqual([]);
  });
});

describe('C6: loopback, and a proxy of the environment', () => {
  const set = (name: string, value: string): void => {
    const before = process.env[name];
    process.env[name] = value;
    onCleanUp(() => {
      if (before === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before;
    });
  };

  const VARIABLES = [
    'http_proxy',
    'HTTP_PROXY',
    'all_proxy',
    'ALL_PROXY',
    'npm_config_proxy',
    'npm_config_http_proxy',
    'NPM_CONFIG_PROXY',
    'NPM_CONFIG_HTTP_PROXY',
  ];

  describe.each<[string, { getAdapter: typeof axios.getAdapter }]>([
    ['of today', axios],
    ['of 1.7', oldAxios as never],
  ])('the http adapter %s', (_, copy) => {
    test.each(VARIABLES)('C6 relative: in %s', async (name) => {
      const proxy = await startServer((_request, response) => json(response, 502, {}));
      foreign.push(proxy);
      for (const no of ['no_proxy', 'NO_PROXY', 'npm_config_no_proxy']) set(no, '');
      const { api, own } = await openTwo({ axios: { adapter: copy.getAdapter('http') } });
      set(name, proxy.url);
      await codeOf(api.get('/a'));
      await codeOf(api.get(`http://app.localhost:${own.port}/b`));
      expect(own.requests.map(({ url }) => url)).toContain('/a');
    });
  });
});

describe('C7: a polluted Object.prototype', () => {
  const pollute = (values: Record<string, unknown>): void => {
    Object.assign(Object.prototype, values);
    onCleanUp(() => {
      for (const key of Object.keys(values)) Reflect.deleteProperty(Object.prototype, key);
    });
  };

  test.each<[string, (evil: string) => unknown]>([
    ['allowedOrigins', (evil) => [evil]],
    ['allowInsecureHttp', () => true],
    ['shouldAttach', () => () => true],
    ['baseURL', (evil) => evil],
    ['headerName', () => 'Host'],
    ['onSend', (evil) => (config: { url: string }) => void (config.url = `${evil}/x`)],
    ['classify', () => () => 'refresh'],
    ['allowRedirects', () => true],
    ['sameUser', () => () => true],
  ])('C7 relative: by %s, before attaching', async (name, valueOf) => {
    const two = await openTwo();
    two.auth.detach();
    pollute({ [name]: valueOf(two.evil.url) });
    const { api } = openSession(two.own, { tokens: TOKENS, refresh: () => null });
    await codeOf(api.get(`${two.evil.url}/x`));
    await codeOf(api.get('http://api.example.test:1/x'));
    await codeOf(api.get('/a'));
    expect(two.own.requests.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${TOKENS.accessToken}`,
    ]);
  });

  test.each<[string, (evil: TestServer) => unknown]>([
    ['baseURL', ({ url }) => url],
    ['url', ({ url }) => url],
    ['proxy', ({ port }) => ({ host: '127.0.0.1', port })],
    ['socketPath', () => '/run/evil.sock'],
    ['beforeRedirect', () => () => undefined],
    ['maxRedirects', () => 5],
    ['allowAbsoluteUrls', () => true],
    ['skipAuth', () => false],
    ['allowedOrigins', ({ url }) => [url]],
    ['responseURL', ({ url }) => url],
  ])('C7 relative: by %s, before a request', async (name, valueOf) => {
    const { api, evil } = await openTwo(CUSTOM);
    pollute({ [name]: valueOf(evil) });
    await codeOf(api.get('/a'));
    await codeOf(api.get('/away'));
    await codeOf(api.get(`${evil.url}/x`));
  });
});

describe('C9: a shouldAttach that gives what is no boolean', () => {
  const of = async (answer: unknown): Promise<boolean> => {
    const { api, own } = await openTwo({ shouldAttach: (() => answer) as () => boolean });
    expect(await codeOf(api.get('/a'))).toBe('ok');
    return own.requests[0]!.headers.authorization !== undefined;
  };

  test.each<[string, unknown]>([
    ['null, as of match()', null],
    ['an empty text', ''],
    ['zero', 0],
    ['NaN', NaN],
    ['a thenable', { then: () => undefined }],
    [
      'a promise that rejects',
      {
        then: (_: unknown, reject: (reason: Error) => void) => {
          reject(new Error('no'));
        },
      },
    ],
  ])('C9 relative: %s is no yes', async (_, answer) => {
    expect(await of(answer)).toBe(false);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a list, as of match()', ['/a']],
    ['a text', 'yes'],
  ])('C9 relative: %s is no no', async (_, answer) => {
    expect(await of(answer)).toBe(true);
  });
});

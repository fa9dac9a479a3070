import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type {
  AxiosAdapter,
  AxiosError,
  AxiosInstance,
  AxiosRequestConfig,
  AxiosStatic,
  CreateAxiosDefaults,
} from 'axios';
import type * as Fetch from '../../src/fetch/index';
import type * as Library from '../../src/index';
import type * as OAuth2 from '../../src/oauth2/index';
import type * as StepUp from '../../src/step-up/index';
import { equal, LeftOut } from '../runtimes/scenario';
import { onCleanUp } from '../support/clean-up';
import { json, startServer, type Handler, type TestServer } from '../support/http-server';

/** axios and the built package, as Node resolves them. */
export interface AxiosPackages {
  axios: AxiosStatic;
  library: typeof Library;
  authFetch: typeof Fetch;
  oauth2: typeof OAuth2;
  stepUp: typeof StepUp;
}

export interface AxiosSetting extends AxiosPackages {
  adapter: 'http' | 'fetch';
}

interface World {
  api: AxiosInstance;
  auth: Library.AuthSession;
  server: TestServer;
}

interface Settings {
  handler?: Handler;
  config?: CreateAxiosDefaults;
  options?: Partial<Library.AuthOptions>;
}

const OLD = { accessToken: 'token-0', refreshToken: 'refresh-0' };
const NEW = { accessToken: 'token-1', refreshToken: 'refresh-1' };

/** Refuses the first token as expired, and answers with what it has got. */
const expiring: Handler = ({ headers, url, body }, response) => {
  if (headers.authorization === 'Bearer token-0') json(response, 401, { code: 'TOKEN_EXPIRED' });
  else json(response, url === '/missing' ? 404 : 200, { url, body: body.toString() });
};

async function open(
  { axios, library, adapter }: AxiosSetting,
  { handler = expiring, config, options }: Settings = {},
): Promise<World> {
  const server = await startServer(handler);
  const api = axios.create({ baseURL: server.url, adapter, ...config });
  const auth = library.attachAuthInterceptors(api, {
    tokenStore: library.memoryStore(OLD),
    refresh: () => NEW,
    refreshAhead: false,
    ...options,
  });
  return { api, auth, server };
}

const authorizations = ({ requests }: TestServer): string[] =>
  requests.map(({ headers }) => headers.authorization ?? 'none');

/** How many of the requests have one of the tokens anywhere. */
const carrying = ({ requests }: TestServer): number =>
  requests.filter(({ headers, body, url }) =>
    /(token|refresh)-\d/.test(JSON.stringify(headers) + body.toString() + url),
  ).length;

const outcome = (request: Promise<{ status: number }>): Promise<unknown> =>
  request.then(
    ({ status }) => status,
    (error: unknown) => (error as AxiosError).code ?? String(error),
  );

const minorOf = ({ VERSION }: AxiosStatic): number => Number(VERSION.split('.')[1]);

/** Redirects to another server; `tokens` says what the other one has got of them. */
async function redirected(
  setting: AxiosSetting,
  options: Partial<Library.AuthOptions>,
  status = 302,
): Promise<{ result: unknown; followed: number; tokens: number }> {
  const other = await startServer((_request, response) => json(response, 200, {}));
  const handler: Handler = (_request, response) =>
    response.writeHead(status, { location: `${other.url}/end` }).end();
  const { api } = await open(setting, { handler, options });
  const result = await outcome(api.get('/start'));
  return { result, followed: other.requests.length, tokens: carrying(other) };
}

export const AXIOS_CHECKS: Record<string, (setting: AxiosSetting) => Promise<void>> = {
  async 'G2: an own header and skipAuth come through the merge of the configs'(setting) {
    const { api, server } = await open(setting);
    await api.get('/', { headers: { Authorization: 'Basic mine' } });
    await api.get('/', { skipAuth: true });
    await api.get('/', { headers: { authorization: '' } });
    equal(authorizations(server), ['Basic mine', 'none', 'Bearer token-0', 'Bearer token-1']);
  },

  async 'G3: no way to spell a URL takes the token to another origin'(setting) {
    const other = await startServer((_request, response) => json(response, 200, {}));
    const { api } = await open(setting);
    const spellings: AxiosRequestConfig[] = [
      { url: other.url },
      { url: other.url, baseURL: '' },
      { url: '/', baseURL: other.url },
      { url: other.url, allowAbsoluteUrls: true },
      { url: other.url, allowAbsoluteUrls: false },
      { url: other.url.replace('http:', '') },
      { url: other.url.replace('http:', 'http:\t') },
    ];
    for (const spelling of spellings) await outcome(api.request(spelling));
    equal([other.requests.length > 0, carrying(other)], [true, 0]);
  },

  async 'G3: a redirect to another origin takes no token along'(setting) {
    for (const status of [302, 307]) {
      equal(await redirected(setting, {}, status), { result: 200, followed: 1, tokens: 0 });
    }
  },

  async 'G3: nor in a header of another name'(setting) {
    const options = { headerName: 'X-Auth-Token', scheme: '' };
    const refused = { result: 'ERR_AUTH_CONFIG', followed: 0, tokens: 0 };
    const followed = { result: 200, followed: 1, tokens: 0 };
    equal(await redirected(setting, options), setting.adapter === 'fetch' ? refused : followed);
  },

  async 'G3: nor the refresh token of a refresh that is redirected'(setting) {
    const other = await startServer((_request, response) => json(response, 200, NEW));
    const handler: Handler = (request, response, index) => {
      if (request.url !== '/refresh') expiring(request, response, index);
      else response.writeHead(307, { location: `${other.url}/end` }).end();
    };
    const options: Partial<Library.AuthOptions> = {
      refresh: async (tokens, { client }) => (await client.post('/refresh', tokens)).data as never,
      refreshRetries: 0,
    };
    const { api } = await open(setting, { handler, options });
    equal(String(await outcome(api.get('/'))).startsWith('ERR_AUTH_'), true);
    equal(carrying(other), 0);
  },

  async 'verdicts: a 401 of another origin that a redirect led to is handed on'(setting) {
    if (setting.adapter === 'fetch' && minorOf(setting.axios) < 12) {
      throw new LeftOut('the adapter fetch tells no final URL before axios 1.12');
    }
    const other = await startServer((_request, response) =>
      json(response, 401, { code: 'TOKEN_EXPIRED' }),
    );
    const handler: Handler = (_request, response) =>
      response.writeHead(302, { location: `${other.url}/end` }).end();
    let refreshes = 0;
    const options = { refresh: () => (refreshes++, NEW) };
    const { api, server } = await open(setting, { handler, options });
    equal(await outcome(api.get('/')), 'ERR_BAD_REQUEST');
    equal([server.requests.length, refreshes], [1, 0]);
  },

  async 'G16: other interceptors and transforms run once'(setting) {
    const seen: string[] = [];
    const note =
      <V>(name: string) =>
      (value: V): V => (seen.push(name), value);
    const { api, server } = await open(setting);
    api.interceptors.request.use(note('request'));
    api.interceptors.response.use(note('response'));
    await api.post('/', 'body', {
      transformRequest: [note('out')],
      transformResponse: [note('in')],
    });
    equal([seen, server.requests.length], [['request', 'out', 'in', 'response'], 2]);
  },

  async 'G17: a saved config is sent again, with the token of now'(setting) {
    const { api, auth, server } = await open(setting);
    await auth.refresh();
    const error = await api.get('/missing').catch((fault: unknown) => fault as AxiosError);
    await auth.signIn({ accessToken: 'token-2' });
    equal(await outcome(api.request((error as AxiosError).config!)), 'ERR_BAD_REQUEST');
    equal(authorizations(server), ['Bearer token-1', 'Bearer token-2']);
  },

  async 'onSend changes each attempt'(setting) {
    const signed: unknown[] = [];
    const { api } = await open(setting, {
      handler: (request, response, index) => {
        signed.push(request.headers['x-signature']);
        expiring(request, response, index);
      },
      options: {
        onSend: (config, { attempt }) => {
          config.headers.set('X-Signature', `attempt ${attempt}`);
        },
      },
    });
    equal(await outcome(api.get('/')), 200);
    equal(signed, ['attempt 1', 'attempt 2']);
  },

  async 'G18: a body that can be read once is not sent twice'(setting) {
    const { api, server } = await open(setting);
    const stream = Readable.from([Buffer.from('once')]);
    const body = setting.adapter === 'fetch' ? Readable.toWeb(stream) : stream;
    const headers = { 'Content-Type': 'text/plain' };
    equal(await outcome(api.post('/', body, { headers })), 'ERR_AUTH_NOT_REPLAYABLE');
    equal(
      server.requests.map(({ body: sent }) => sent.toString()),
      ['once'],
    );
  },

  async 'an expiry is recognised when a stream was asked for'(setting) {
    const { api, server } = await open(setting);
    const { data } = await api.get<Readable>('/', { responseType: 'stream' });
    equal([await text(data), server.requests.length], ['{"url":"/","body":""}', 2]);
  },

  async 'G19: an adapter function, and one that an interceptor puts in'(setting) {
    const { axios, adapter } = setting;
    const send = axios.getAdapter(adapter);
    const own: AxiosAdapter = (config) => send(config);
    const one = await open(setting, { config: { adapter: own } });
    equal(await outcome(one.api.get('/')), 200);
    const other = await open(setting);
    other.api.interceptors.request.use((config) => Object.assign(config, { adapter: own }));
    equal(await outcome(other.api.get('/')), 200);
    equal([one.server.requests.length, other.server.requests.length], [2, 2]);
  },

  async 'G19: over HTTP/2'(setting) {
    const { axios, library, adapter } = setting;
    if (adapter !== 'http' || minorOf(axios) < 13) {
      throw new LeftOut('HTTP/2 came with axios 1.13, for the adapter http');
    }
    const seen: string[] = [];
    const server = createHttp2Server((request, response) => {
      const { authorization = 'none' } = request.headers;
      seen.push(authorization);
      const isOld = authorization === 'Bearer token-0';
      response.writeHead(isOld ? 401 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isOld ? { code: 'TOKEN_EXPIRED' } : {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Some versions of axios keep a session open until its server ends it.
    server.on('session', (session) => {
      onCleanUp(() => {
        session.destroy();
      });
    });
    onCleanUp(() => server.close());
    const { port } = server.address() as AddressInfo;
    const http2 = { httpVersion: 2, http2Options: { sessionTimeout: 100 } } as const;
    const api = axios.create({ baseURL: `http://127.0.0.1:${port}`, adapter, ...http2 });
    library.attachAuthInterceptors(api, {
      tokenStore: library.memoryStore(OLD),
      refresh: () => NEW,
    });
    equal(await outcome(api.post('/', { a: 1 })), 200);
    equal(seen, ['Bearer token-0', 'Bearer token-1']);
  },

  async 'G33: what it rejects with is an error of this axios'(setting) {
    const { axios, library } = setting;
    const { api } = await open(setting, { options: { refresh: () => null } });
    const error = await api.get('/').catch((fault: unknown) => fault);
    const { code, response } = error as AxiosError;
    equal([axios.isAxiosError(error), library.isAuthError(error)], [true, true]);
    equal([error instanceof axios.AxiosError, axios.isCancel(error)], [true, false]);
    equal([code, response?.status], ['ERR_AUTH_SESSION_EXPIRED', 401]);
    equal(JSON.stringify(error).includes('token-0'), false);
  },

  async 'fetch: createAuthFetch shares the renewal'(setting) {
    const { auth, server } = await open(setting);
    const send = setting.authFetch.createAuthFetch(auth, { allowedOrigins: [server.url] });
    const [one, other] = await Promise.all([send(`${server.url}/a`), send(`${server.url}/b`)]);
    equal([one.status, other.status, server.requests.length], [200, 200, 4]);
    equal(await auth.getAccessToken(), 'token-1');
  },

  async 'oauth2: oauth2Refresh renews'(setting) {
    const auth = await startServer((_request, response) =>
      json(response, 200, { access_token: 'token-1', token_type: 'Bearer' }),
    );
    const refresh = setting.oauth2.oauth2Refresh({
      clientId: 'web',
      tokenEndpoint: `${auth.url}/token`,
    });
    const { api } = await open(setting, { options: { refresh } });
    equal(await outcome(api.get('/')), 200);
    const form = new URLSearchParams(auth.requests[0]?.body.toString());
    equal([form.get('grant_type'), form.get('refresh_token')], ['refresh_token', 'refresh-0']);
  },

  async 'step-up: a challenge is put to the handler'(setting) {
    const handler: Handler = ({ headers }, response) => {
      const challenge = 'Bearer error="insufficient_scope", scope="write"';
      if (headers.authorization === 'Bearer token-1') json(response, 200, {});
      else json(response, 403, {}, { 'www-authenticate': challenge });
    };
    const asked: unknown[] = [];
    const stepUp = setting.stepUp.stepUp(({ params }) => (asked.push(params.scope), NEW));
    const { api } = await open(setting, { handler, options: { stepUp } });
    equal(await outcome(api.put('/', {})), 200);
    equal(asked, ['write']);
  },
};

import { AxiosHeaders, getAdapter } from 'axios';
import type { AxiosRequestConfig, InternalAxiosRequestConfig } from 'axios';
import type { AuthOptions } from '../../src/index';
import { answering, json, startServer, type TestServer } from '../support/http-server';
import { attached, cleanUp, codeOf, recorder, rejection } from '../support/session';
import { setGlobal } from '../support/web-globals';

afterEach(cleanUp);

// `fetch` would take a header of another name along to wherever a redirect leads.
const CUSTOM = { headerName: 'X-Auth-Token', scheme: '' };

const STATUSES = [301, 302, 303, 307, 308];

interface Servers {
  own: TestServer;
  other: TestServer;
}

/** `/own` leads to `/end` of the same server, anything else but `/end` to the other one. */
async function twoServers(status = 302): Promise<Servers> {
  const other = await answering();
  const own = await startServer(({ url }, response) => {
    if (url.startsWith('/end')) {
      json(response, 200, { end: true });
      return;
    }
    response.writeHead(status, { location: url === '/own' ? '/end' : `${other.url}/end` }).end();
  });
  return { own, other };
}

const send = (own: TestServer, config: AxiosRequestConfig, options: Partial<AuthOptions> = {}) =>
  attached({
    axios: { adapter: 'fetch', baseURL: own.url },
    options: { ...CUSTOM, ...options },
  }).api.request(config);

const tokensIn = ({ requests }: TestServer): unknown[] =>
  requests.map(({ headers }) => headers['x-auth-token']);

/** It says what happened, and every way out. */
async function expectRefused(request: Promise<unknown>, { own, other }: Servers): Promise<void> {
  const error = await rejection(request);
  expect(error.code).toBe('ERR_AUTH_CONFIG');
  expect(error.message).toMatch(/redirect.*allowRedirects: true/s);
  expect(tokensIn(own)).toEqual(['access-1']);
  expect(other.requests).toEqual([]);
}

describe('G3: with a custom headerName, redirects over fetch fail closed', () => {
  test.each(STATUSES)('a %i to another origin is refused', async (status) => {
    const servers = await twoServers(status);
    await expectRefused(send(servers.own, { url: '/other' }), servers);
  });

  test.each(STATUSES)('a %i within the origin is refused in the same way', async (status) => {
    const servers = await twoServers(status);
    await expectRefused(send(servers.own, { method: 'post', url: '/own', data: {} }), servers);
  });

  test.each<[string, AxiosRequestConfig]>([
    ['the request asks fetch to follow', { fetchOptions: { redirect: 'follow' } }],
    ['the adapter is given as a function', { adapter: getAdapter('fetch') }],
    ['the adapter is given in a list', { adapter: ['xhr', 'fetch'] }],
    ['validateStatus takes every status', { validateStatus: () => true }],
    ['the answer is asked for as a stream', { responseType: 'stream' }],
  ])('also where %s', async (_, config) => {
    const servers = await twoServers();
    await expectRefused(send(servers.own, { url: '/other', ...config }), servers);
  });

  test('also for a replay after a refresh', async () => {
    const other = await answering();
    const own = await startServer((_request, response, index) => {
      if (index === 0) json(response, 401, { code: 'TOKEN_EXPIRED' });
      else response.writeHead(307, { location: `${other.url}/end` }).end();
    });
    expect(await codeOf(send(own, { method: 'post', url: '/start', data: { a: 1 } }))).toBe(
      'ERR_AUTH_CONFIG',
    );
    expect(tokensIn(own)).toEqual(['access-1', 'access-2']);
    expect(other.requests).toEqual([]);
  });

  test('what browsers show of a refused redirect, an answer without a status, is one', async () => {
    const hidden = { type: 'opaqueredirect', status: 0, ok: false, headers: new Headers() };
    const text = (): Promise<string> => Promise.resolve('');
    setGlobal('fetch', () => Promise.resolve({ ...hidden, text, clone: () => hidden }));
    const { api } = attached({
      axios: { adapter: 'fetch', baseURL: 'https://api.example.com' },
      options: CUSTOM,
    });
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_CONFIG');
  });

  test('a request that looks after redirects by itself gets the answer as it came', async () => {
    const { own, other } = await twoServers();
    const fetchOptions = { redirect: 'manual' } as const;
    await expect(send(own, { url: '/other', fetchOptions })).rejects.toMatchObject({
      name: 'AxiosError',
      response: { status: 302 },
    });
    expect(other.requests).toEqual([]);
  });

  test('a request that takes redirects for errors gets the error of fetch', async () => {
    const { own, other } = await twoServers();
    const error = await rejection(send(own, { url: '/own', fetchOptions: { redirect: 'error' } }));
    expect(error.code).toBe('ERR_NETWORK');
    expect([own.requests.length, other.requests.length]).toEqual([1, 0]);
  });

  test('a request without a token follows them', async () => {
    const { own, other } = await twoServers();
    await send(own, { url: '/other', skipAuth: true });
    expect(tokensIn(other)).toStrictEqual([undefined]);
  });

  test('fetchOptions of the request are left as they were', async () => {
    const { own } = await twoServers();
    const fetchOptions = { mode: 'cors', redirect: 'follow' } as const;
    const { config } = await send(own, { url: '/end', fetchOptions });
    expect(fetchOptions).toEqual({ mode: 'cors', redirect: 'follow' });
    expect(config.fetchOptions).toEqual({ mode: 'cors', redirect: 'follow' });
  });

  test.each(['/own', '/other'])('with allowRedirects a redirect to %s is followed', async (url) => {
    const { own } = await twoServers();
    expect((await send(own, { url }, { allowRedirects: true })).status).toBe(200);
  });
});

interface Sent {
  url: string;
  headers: Record<string, string>;
}

/** As in a browser or React Native: an XMLHttpRequest that answers 200, and follows redirects by itself. */
function fakeXhr(): Sent[] {
  const sent: Sent[] = [];
  class FakeXhr {
    readyState = 0;
    status = 0;
    statusText = '';
    responseText = '';
    response = '';
    responseURL = '';
    onloadend: (() => void) | undefined;
    readonly upload = { addEventListener: (): void => undefined };
    readonly #sent: Sent = { url: '', headers: {} };

    open(_method: string, url: string): void {
      this.#sent.url = url;
    }
    setRequestHeader(name: string, value: string): void {
      this.#sent.headers[name.toLowerCase()] = value;
    }
    getAllResponseHeaders(): string {
      return 'content-type: application/json';
    }
    readonly addEventListener = (): void => undefined;
    readonly abort = (): void => undefined;
    send(): void {
      sent.push(this.#sent);
      Object.assign(this, { readyState: 4, status: 200, responseText: '{"ok":true}' });
      this.response = this.responseText;
      setImmediate(() => this.onloadend?.());
    }
  }
  setGlobal('XMLHttpRequest', FakeXhr);
  return sent;
}

/** axios looks once, when it is loaded, whether there is an XMLHttpRequest: it is loaded anew. */
function loadWithXhr(): { attach: typeof attached; sent: Sent[] } {
  const sent = fakeXhr();
  let attach = attached;
  jest.isolateModules(() => {
    attach = jest.requireActual<{ attached: typeof attached }>('../support/session').attached;
  });
  return { attach, sent };
}

describe('G3: with a custom headerName, XHR is not used', () => {
  const open = (options: Partial<AuthOptions>, axiosOptions: AxiosRequestConfig = {}) => {
    const { attach, sent } = loadWithXhr();
    const { api, auth } = attach({
      axios: { adapter: 'xhr', baseURL: 'https://api.example.com', ...axiosOptions } as never,
      options,
    });
    return { api, auth, sent };
  };

  test('the request rejects, and the message names the ways out', async () => {
    const { api, sent } = open(CUSTOM);
    const error = await rejection(api.get('/a'));
    expect(error.code).toBe('ERR_AUTH_CONFIG');
    expect(error.message).toContain("adapter: 'fetch'");
    expect(error.message).toContain('allowRedirects: true');
    expect(error.message).not.toContain('access-1');
    expect(sent).toEqual([]);
  });

  test('also where XHR is the first of a list', async () => {
    const { api, sent } = open(CUSTOM, { adapter: ['xhr', 'fetch'] });
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_CONFIG');
    expect(sent).toEqual([]);
  });

  test('nor the fetch of React Native, which follows as its XHR does', async () => {
    setGlobal('navigator', { product: 'ReactNative' });
    const { api, sent } = open(CUSTOM, { adapter: 'fetch' });
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_CONFIG');
    expect(sent).toEqual([]);
  });

  test('allowRedirects: true sends', async () => {
    const { api, sent } = open({ ...CUSTOM, allowRedirects: true });
    expect((await api.get('/a')).data).toEqual({ ok: true });
    expect(sent).toMatchObject([{ headers: { 'x-auth-token': 'access-1' } }]);
  });

  test('a request without a token is sent', async () => {
    const { api, sent } = open(CUSTOM);
    await api.get('/a', { skipAuth: true });
    expect(sent).toMatchObject([{ url: 'https://api.example.com/a' }]);
    expect(sent[0]?.headers).not.toHaveProperty('x-auth-token');
  });

  test('with Authorization it is sent: the platform takes that away by itself', async () => {
    const { api, sent } = open({});
    await api.get('/a');
    expect(sent).toMatchObject([{ headers: { authorization: 'Bearer access-1' } }]);
  });
});

describe('G3: with a custom headerName, adapters of the application', () => {
  test('are told by fetchOptions not to follow redirects', async () => {
    const modes: unknown[] = [];
    const { adapter, sent } = recorder();
    const { api } = attached({
      axios: {
        baseURL: 'https://api.example.com',
        adapter: (config: InternalAxiosRequestConfig) => {
          modes.push(config.fetchOptions?.redirect);
          return adapter(config);
        },
      },
      options: CUSTOM,
    });
    await api.get('/a');
    expect([modes, sent.length]).toEqual([['manual'], 1]);
  });

  test('that answer with a redirect end in the same error', async () => {
    const { api } = attached({
      axios: {
        baseURL: 'https://api.example.com',
        adapter: (config) =>
          Promise.resolve({
            data: '',
            status: 302,
            statusText: 'Found',
            headers: new AxiosHeaders({ location: 'https://other.example.com' }),
            config,
          }),
      },
      options: CUSTOM,
    });
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_CONFIG');
  });
});

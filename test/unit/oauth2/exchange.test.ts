import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import axios from 'axios';
import type { AxiosAdapter, CreateAxiosDefaults, InternalAxiosRequestConfig } from 'axios';
import { getJson, patient, postForm } from '../../../src/oauth2/exchange';
import { cleanUp } from '../../support/clean-up';
import { startServer } from '../../support/http-server';

afterEach(cleanUp);

const lineOf = (defaults: CreateAxiosDefaults, { signal } = new AbortController()) => ({
  client: axios.create(defaults),
  signal,
});

/** What comes of this answer of an adapter. */
async function read(data: unknown, contentType?: string): Promise<unknown> {
  const headers = contentType === undefined ? {} : { 'content-type': contentType };
  const line = lineOf({
    adapter: (config) => Promise.resolve({ data, status: 200, statusText: '', headers, config }),
  });
  return (await getJson(line, 'https://id.example.com/')).data;
}

describe('what goes to the auth server', () => {
  /** The config that a client with these defaults would send. */
  async function sentWith(defaults: CreateAxiosDefaults): Promise<InternalAxiosRequestConfig> {
    const sent: InternalAxiosRequestConfig[] = [];
    const line = lineOf({
      ...defaults,
      adapter: (config) => {
        sent.push(config);
        return Promise.resolve({ data: '', status: 200, statusText: '', headers: {}, config });
      },
    });
    await postForm(line, 'https://id.example.com/token', { a: '1' }, { 'X-Own': 'own' });
    const [config] = sent;
    if (!config) throw new Error('nothing was sent');
    return config;
  }

  it('goes by the way on which the application reaches other hosts', async () => {
    const transport = {
      httpAgent: new Agent(),
      httpsAgent: new SecureAgent(),
      proxy: { host: 'proxy.example.com', port: 8080 },
      timeout: 1234,
    };
    const { httpAgent, httpsAgent, proxy, timeout } = await sentWith(transport);
    expect(httpAgent).toBe(transport.httpAgent);
    expect(httpsAgent).toBe(transport.httpsAgent);
    expect({ proxy, timeout }).toEqual({ proxy: transport.proxy, timeout: 1234 });
  });

  it('carries nothing that the application tells its own API', async () => {
    const { url, data, headers, ...rest } = await sentWith({
      baseURL: 'https://api.example.com/v1',
      headers: { common: { 'X-Api-Key': 'key' }, post: { 'X-Post': 'post' } },
      params: { debug: '1' },
      auth: { username: 'me', password: 'mine' },
      transformRequest: () => 'of the application',
      transformResponse: () => 'of the application',
      withCredentials: true,
      responseType: 'arraybuffer',
    });
    expect({ url, data }).toEqual({ url: 'https://id.example.com/token', data: 'a=1' });
    expect(headers.toJSON()).toEqual({
      Accept: 'application/json',
      'Content-Type': 'application/x-www-form-urlencoded',
      'X-Own': 'own',
    });
    for (const name of ['baseURL', 'params', 'auth', 'withCredentials', 'responseType']) {
      expect(rest).not.toHaveProperty(name);
    }
  });

  it('names each resource, after the form', async () => {
    const server = await startServer((_request, response) => response.end());
    const line = lineOf({ adapter: 'http' });
    await postForm(line, server.url, { a: '1 2' }, {}, ['https://a.example', 'https://b.example']);
    expect(server.requests[0]?.body.toString()).toBe(
      'a=1+2&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example',
    );
  });

  it('says nothing of axios', async () => {
    const server = await startServer((_request, response) => response.end());
    await getJson(lineOf({ adapter: 'http' }), `${server.url}/metadata`);
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'GET', url: '/metadata' });
    expect(request?.headers).toMatchObject({ accept: 'application/json' });
    expect(request?.headers).not.toHaveProperty('user-agent');
  });
});

/** That of older versions of axios, such as 1.7, looks at no `maxRedirects`. */
const olderFetch: AxiosAdapter = ({ maxRedirects: _, ...config }) =>
  axios.getAdapter('fetch')(config);

describe.each<[string, AxiosAdapter | string]>([
  ['http adapter', 'http'],
  ['fetch adapter', 'fetch'],
  ['fetch adapter of an older axios', olderFetch],
])('by the %s', (_what, adapter) => {
  test.each([301, 302, 303, 307, 308])(
    'G3: a redirect (%i) is an answer, and is not followed',
    async (status) => {
      const elsewhere = await startServer((_request, response) => response.end());
      const headers = { location: elsewhere.url };
      const server = await startServer((_request, response) =>
        response.writeHead(status, headers).end(),
      );
      const answer = await postForm(
        lineOf({ adapter: adapter as 'http' }),
        server.url,
        { a: '1' },
        {},
      );
      expect(answer.status).toBe(status);
      expect([server.requests.length, elsewhere.requests.length]).toEqual([1, 0]);
    },
  );
});

test('an adapter that there is not is a fault of axios, not of ours', async () => {
  const line = lineOf({ adapter: 'carrier-pigeon' as never });
  await expect(getJson(line, 'https://id.example.com/')).rejects.toThrow('carrier-pigeon');
});

describe('the answer', () => {
  const FORM = 'application/x-www-form-urlencoded';

  test.each<[string, unknown, string | undefined, unknown]>([
    ['JSON', '{"a":1}', 'application/json', { a: 1 }],
    ['JSON that says that it is a page', '{"a":1}', 'text/html', { a: 1 }],
    ['JSON that says nothing', '{"a":1}', undefined, { a: 1 }],
    ['a form', 'a=1&b=x+y', FORM, { a: '1', b: 'x y' }],
    ['a form with a charset', 'a=1', `${FORM}; charset=utf-8`, { a: '1' }],
    ['a form that says that it is a page', 'a=1', 'text/html', 'a=1'],
    ['a page', '<h1>No</h1>', 'text/html', '<h1>No</h1>'],
    ['nothing', '', undefined, ''],
    // An adapter of the application may have read it already.
    ['an object', { a: 1 }, 'application/json', { a: 1 }],
    ['an object that was a form', { a: 1 }, FORM, { a: 1 }],
    ['a list', [1], undefined, [1]],
  ])('is read: %s', async (_what, data, contentType, expected) => {
    expect(await read(data, contentType)).toEqual(expected);
  });

  test.each([400, 401, 404, 500])('resolves with any status (%i)', async (status) => {
    const server = await startServer((_request, response) =>
      response.writeHead(status).end('{"error":"a_b"}'),
    );
    const answer = await getJson(lineOf({ adapter: 'http' }), server.url);
    expect({ status: answer.status, data: answer.data }).toEqual({
      status,
      data: { error: 'a_b' },
    });
  });
});

describe('patience', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('ends a request half a minute after the renewal', () => {
    const renewal = new AbortController();
    const line = lineOf({}, renewal);
    const { client, signal } = patient(line);
    expect(client).toBe(line.client);
    jest.advanceTimersByTime(60_000);
    expect(signal.aborted).toBe(false);
    renewal.abort();
    jest.advanceTimersByTime(29_999);
    expect(signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect(signal.aborted).toBe(true);
  });

  it('keeps no process running', () => {
    const renewal = new AbortController();
    patient(lineOf({}, renewal));
    const timers = jest.spyOn(globalThis, 'setTimeout');
    renewal.abort();
    const [timer] = timers.mock.results.map(({ value }) => value as NodeJS.Timeout);
    expect(timer?.hasRef()).toBe(false);
  });

  it('begins no request when the renewal is over', () => {
    expect(() => patient(lineOf({}, { signal: AbortSignal.abort() } as AbortController))).toThrow(
      'the renewal is over',
    );
  });
});

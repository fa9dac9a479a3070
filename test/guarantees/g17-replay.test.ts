import { Agent } from 'node:http';
import axios from 'axios';
import type {
  AxiosProgressEvent,
  AxiosRequestConfig,
  AxiosResponse,
  InternalAxiosRequestConfig,
} from 'axios';
import { createExpiringApi } from '../support/expiring-api';
import { json } from '../support/http-server';
import { expectSameTwice } from '../support/same-request';
import { cleanUp, onCleanUp, rejection, until } from '../support/session';

afterEach(cleanUp);

const adapters = ['http', 'fetch'] as const;

const methods = ['get', 'delete', 'options', 'post', 'put', 'patch', 'query', 'link'];

/** Keeps every config that an attempt was sent with, but for the refreshes. */
function recording() {
  const sent: InternalAxiosRequestConfig[] = [];
  const http = axios.getAdapter('http');
  const adapter = (config: InternalAxiosRequestConfig): Promise<AxiosResponse> => {
    if (config.url !== '/auth/refresh') sent.push(config);
    return http(config);
  };
  return { sent, adapter };
}

const authorizations = (configs: InternalAxiosRequestConfig[]): unknown[] =>
  configs.map(({ headers }) => headers.get('Authorization'));

describe('G17: a replay is the same request', () => {
  describe.each(adapters)('a replay is the same request, with the %s adapter', (adapter) => {
    async function sendTwice(config: AxiosRequestConfig) {
      const rig = await createExpiringApi({
        axios: { adapter, headers: { 'X-Instance': 'of the instance' } },
      });
      await rig.api.request(config);
      expectSameTwice(rig.requests);
      return rig.requests[1]!;
    }

    test.each(methods)('method %s', async (method) => {
      const { method: sent } = await sendTwice({ method, url: '/thing' });
      expect(sent).toBe(method.toUpperCase());
    });

    test('a HEAD request, whose 401 has no body, by its challenge', async () => {
      const { api, requests } = await createExpiringApi({
        axios: { adapter },
        refuse(response) {
          response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' });
          response.end();
        },
        answer: (_request, response) => response.end(),
      });
      await api.head('/thing');
      expectSameTwice(requests);
    });

    test('URL with its query, its escapes and its fragment', async () => {
      const { url } = await sendTwice({ url: '/a%2Fb/%C3%A9?q=a+b&q=%26#fragment' });
      expect(url).toBe('/a%2Fb/%C3%A9?q=a+b&q=%26');
    });

    test('params, once', async () => {
      const params = { q: 'a b&c', list: [1, 2], at: new Date(0), nested: { deep: 'x' }, no: null };
      const { url } = await sendTwice({ url: '/thing?fixed=1', params });
      expect(new URL(url, 'http://any').searchParams.getAll('q')).toEqual(['a b&c']);
    });

    test('params of a URLSearchParams', async () => {
      const { url } = await sendTwice({
        url: '/thing',
        params: new URLSearchParams('a=1&a=2&b=%20'),
      });
      expect(url).toBe('/thing?a=1&a=2&b=+');
    });

    test('params through a paramsSerializer', async () => {
      const serialize = (params: Record<string, unknown>): string =>
        `json=${JSON.stringify(params)}`;
      const { url } = await sendTwice({
        url: '/thing',
        params: { a: [1] },
        paramsSerializer: { serialize },
      });
      expect(decodeURIComponent(url)).toBe('/thing?json={"a":[1]}');
    });

    test('params through a paramsSerializer that is a function', async () => {
      const paramsSerializer = (params: { a: number }): string => `a-is-${params.a}`;
      const { url } = await sendTwice({
        url: '/thing',
        params: { a: 1 },
        paramsSerializer: paramsSerializer as never,
      });
      expect(url).toBe('/thing?a-is-1');
    });

    test('another baseURL on the same origin', async () => {
      const rig = await createExpiringApi({ axios: { adapter } });
      await rig.api.get('thing', { baseURL: `${rig.url}/v2/` });
      expectSameTwice(rig.requests);
      expect(rig.requests[1]!.url).toBe('/v2/thing');
    });

    test('headers of the request and of the instance', async () => {
      const headers = {
        'X-Request': 'a, b',
        'X-Number': 7,
        'X-List': ['a', 'b'],
        'If-Match': '"etag"',
        Accept: 'text/plain',
        Cookie: 'a=b',
        'User-Agent': 'own/1.0',
      };
      const { headers: sent } = await sendTwice({ url: '/thing', headers });
      expect(sent).toMatchObject({
        'x-instance': 'of the instance',
        'x-request': 'a, b',
        'x-number': '7',
        'if-match': '"etag"',
        accept: 'text/plain',
        'user-agent': 'own/1.0',
      });
    });

    test('a header that was taken away stays away', async () => {
      const { headers } = await sendTwice({
        method: 'post',
        url: '/thing',
        data: { a: 1 },
        headers: { 'X-Instance': null },
      });
      expect(headers).not.toHaveProperty('x-instance');
    });

    test('a JSON body', async () => {
      const data = { text: 'größer "als" \u2028', list: [1, null, true], nested: { a: {} } };
      const { headers, body } = await sendTwice({ method: 'post', url: '/thing', data });
      expect(headers['content-type']).toBe('application/json');
      expect(JSON.parse(body.toString())).toEqual(data);
    });

    test('a JSON body that is a string by itself, encoded once', async () => {
      const headers = { 'Content-Type': 'application/json' };
      const { body } = await sendTwice({
        method: 'put',
        url: '/thing',
        data: 'just "text"',
        headers,
      });
      expect(body.toString()).toBe('"just \\"text\\""');
    });

    test('a JSON body of a DELETE', async () => {
      const { body } = await sendTwice({ method: 'delete', url: '/thing', data: { ids: [1, 2] } });
      expect(body.toString()).toBe('{"ids":[1,2]}');
    });

    test('a urlencoded body, made from an object', async () => {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const data = { a: 'b c', list: ['x', 'y'] };
      const { body } = await sendTwice({ method: 'post', url: '/thing', data, headers });
      expect(new URLSearchParams(body.toString()).get('a')).toBe('b c');
    });

    test('a body of text', async () => {
      const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
      const data = 'zwölf\r\n\0\u{1F600}';
      const { body } = await sendTwice({ method: 'post', url: '/thing', data, headers });
      expect(body.toString()).toBe(data);
    });

    test('an empty body', async () => {
      const { body } = await sendTwice({ method: 'post', url: '/thing' });
      expect(body).toHaveLength(0);
    });
  });
});

describe('G17: the config of an attempt', () => {
  describe('what a replay takes along', () => {
    test('the adapter, the signal, the timeout, the agent and options it does not know', async () => {
      const { sent, adapter } = recording();
      const { signal } = new AbortController();
      const httpAgent = new Agent({ keepAlive: true });
      onCleanUp(() => httpAgent.destroy());
      const own = Symbol('own');
      const given = {
        adapter,
        signal,
        httpAgent,
        timeout: 7_000,
        maxRedirects: 3,
        maxBodyLength: 5_000,
        responseType: 'text',
        validateStatus: (status: number) => status < 300,
        extra: { of: 'another library' },
        [own]: 'kept',
      } as const;
      const { api } = await createExpiringApi({
        before(instance) {
          instance.interceptors.request.use((config) => Object.assign(config, { [own]: 'kept' }));
        },
      });
      await api.get('/thing', given);
      expect(sent).toHaveLength(2);
      for (const [key, value] of Object.entries(given)) {
        if (key === 'adapter') continue;
        const [first, second] = sent.map((config) => config[key as keyof typeof config] as unknown);
        expect([key, second]).toEqual([key, value]);
        expect(second).toBe(first);
      }
      expect((sent[1] as unknown as Record<symbol, unknown>)[own]).toBe('kept');
    });

    test('the sockets of its agent', async () => {
      const httpAgent = new Agent({ keepAlive: true, maxSockets: 1 });
      onCleanUp(() => httpAgent.destroy());
      const used: unknown[] = [];
      httpAgent.on('free', (socket) => used.push(socket));
      const { api } = await createExpiringApi({ axios: { httpAgent } });
      await api.get('/thing');
      // The first attempt, the refresh and the replay.
      await until(() => used.length === 3);
      expect(new Set(used).size).toBe(1);
    });

    test.each(['http', 'fetch'])(
      'the progress callbacks, for upload and download (%s)',
      async (adapter) => {
        const uploads: number[] = [];
        const downloads: number[] = [];
        const { api, requests } = await createExpiringApi({
          axios: { adapter },
          answer: (_request, response) => json(response, 200, 'x'.repeat(50_000)),
        });
        await api.post('/thing', 'y'.repeat(40_000), {
          onUploadProgress: ({ loaded }: AxiosProgressEvent) => {
            if (requests.length > 0) uploads.push(loaded);
          },
          onDownloadProgress: ({ loaded }: AxiosProgressEvent) => downloads.push(loaded),
        });
        expect(requests[1]!.body.toString()).toBe('y'.repeat(40_000));
        expect(uploads.at(-1)).toBe(40_000);
        expect(downloads.at(-1)).toBe(50_002);
      },
    );

    test.each([
      ['arraybuffer', (data: unknown) => Buffer.from(data as ArrayBuffer).toString()],
      ['text', (data: unknown) => data as string],
      ['json', (data: unknown) => JSON.stringify(data)],
      ['blob', (data: unknown) => (data as Blob).text()],
    ] as const)('responseType %s', async (responseType, read) => {
      const { api } = await createExpiringApi({
        axios: { adapter: 'fetch' },
        answer: (_request, response) => json(response, 200, { ok: 1 }),
      });
      const { data } = await api.get<unknown>('/thing', { responseType });
      expect(await read(data)).toBe('{"ok":1}');
    });

    test('a timeout of its own, which counts anew for the replay', async () => {
      const { api } = await createExpiringApi({ answer: () => undefined });
      const error = await rejection(api.get('/thing', { timeout: 150 }));
      expect(error).toMatchObject({ code: 'ECONNABORTED', message: 'timeout of 150ms exceeded' });
    });

    test('beforeRedirect', async () => {
      const followed: unknown[] = [];
      const { api } = await createExpiringApi({
        answer({ url }, response) {
          if (url === '/end') json(response, 200, 'there');
          else response.writeHead(302, { location: '/end' }).end();
        },
      });
      const beforeRedirect = ({ path }: Record<string, unknown>): void => void followed.push(path);
      await expect(api.get('/start', { beforeRedirect })).resolves.toMatchObject({ data: 'there' });
      expect(followed).toEqual(['/end']);
    });
  });

  describe('each attempt has a config of its own', () => {
    test('with its own headers, that still show what it sent', async () => {
      const { sent, adapter } = recording();
      const { api } = await createExpiringApi({ axios: { adapter } });
      await api.get('/thing');
      expect(sent[0]).not.toBe(sent[1]);
      expect(sent[0]!.headers).not.toBe(sent[1]!.headers);
      expect(authorizations(sent)).toEqual(['Bearer token-0', 'Bearer token-1']);
    });

    test('with headers that are AxiosHeaders on each attempt', async () => {
      const { sent, adapter } = recording();
      const { api } = await createExpiringApi({ axios: { adapter } });
      await api.get('/thing');
      for (const { headers } of sent) expect(headers).toBeInstanceOf(axios.AxiosHeaders);
    });

    test('so the config of the answer is that of the last attempt', async () => {
      const { api } = await createExpiringApi();
      const { config } = await api.get('/thing');
      expect(config.headers.get('Authorization')).toBe('Bearer token-1');
    });

    test('with the adapter that the caller chose', async () => {
      const { adapter } = recording();
      const { api } = await createExpiringApi();
      expect((await api.get('/recovered', { adapter })).config.adapter).toBe(adapter);
      expect((await api.get('/plain', { adapter })).config.adapter).toBe(adapter);
    });

    test('so is the config of the error, where the replay fails', async () => {
      const { api } = await createExpiringApi({
        answer: (_request, response) => json(response, 500, {}),
      });
      const error = await rejection(api.get('/thing'));
      const { config } = error as { config?: InternalAxiosRequestConfig };
      expect(config?.headers.get('Authorization')).toBe('Bearer token-1');
    });

    test('the config that the caller gave is not touched', async () => {
      const given = { headers: { 'X-Own': 'yes' }, params: { a: 1 } };
      const { api } = await createExpiringApi();
      await api.get('/thing', given);
      expect(given).toEqual({ headers: { 'X-Own': 'yes' }, params: { a: 1 } });
    });

    test('a config that is used for two calls gives each its own token', async () => {
      const { api, requests, expire } = await createExpiringApi();
      const given = { url: '/thing', headers: { 'X-Own': 'yes' } };
      await api.request(given);
      expire();
      await api.request(given);
      expect(requests.map(({ headers }) => headers.authorization)).toEqual([
        'Bearer token-0',
        'Bearer token-1',
        'Bearer token-1',
        'Bearer token-2',
      ]);
    });

    test('the config of an answer can be sent again', async () => {
      const { api, requests, expire } = await createExpiringApi();
      const { config } = await api.post('/thing', { a: 1 });
      expire();
      await api.request(config);
      expect(requests.map(({ body }) => body.toString())).toEqual(Array(4).fill('{"a":1}'));
      expect(requests.at(-1)!.headers.authorization).toBe('Bearer token-2');
    });
  });
});

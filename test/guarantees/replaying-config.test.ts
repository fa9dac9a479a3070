import { Agent } from 'node:http';
import axios from 'axios';
import type { AxiosProgressEvent, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { json } from '../support/http-server';
import { createExpiringApi, rejection, until } from '../support/expiring-api';
import { cleanUp, onCleanUp } from '../support/rig';

afterEach(cleanUp);

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

describe('what a replay takes along', () => {
  it('G17: the adapter, the signal, the timeout, the agent and options it does not know', async () => {
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

  it('G17: the sockets of its agent', async () => {
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

  it.each(['http', 'fetch'])(
    'G17: the progress callbacks, for upload and download (%s)',
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

  it.each([
    ['arraybuffer', (data: unknown) => Buffer.from(data as ArrayBuffer).toString()],
    ['text', (data: unknown) => data as string],
    ['json', (data: unknown) => JSON.stringify(data)],
    ['blob', (data: unknown) => (data as Blob).text()],
  ] as const)('G17: responseType %s', async (responseType, read) => {
    const { api } = await createExpiringApi({
      axios: { adapter: 'fetch' },
      answer: (_request, response) => json(response, 200, { ok: 1 }),
    });
    const { data } = await api.get<unknown>('/thing', { responseType });
    expect(await read(data)).toBe('{"ok":1}');
  });

  it('G17: a timeout of its own, which counts anew for the replay', async () => {
    const { api } = await createExpiringApi({ answer: () => undefined });
    const error = await rejection(api.get('/thing', { timeout: 150 }));
    expect(error).toMatchObject({ code: 'ECONNABORTED', message: 'timeout of 150ms exceeded' });
  });

  it('G17: beforeRedirect', async () => {
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
  it('G17: with its own headers, that still show what it sent', async () => {
    const { sent, adapter } = recording();
    const { api } = await createExpiringApi({ axios: { adapter } });
    await api.get('/thing');
    expect(sent[0]).not.toBe(sent[1]);
    expect(sent[0]!.headers).not.toBe(sent[1]!.headers);
    expect(authorizations(sent)).toEqual(['Bearer token-0', 'Bearer token-1']);
  });

  it('G17: with headers that are AxiosHeaders on each attempt', async () => {
    const { sent, adapter } = recording();
    const { api } = await createExpiringApi({ axios: { adapter } });
    await api.get('/thing');
    for (const { headers } of sent) expect(headers).toBeInstanceOf(axios.AxiosHeaders);
  });

  it('G17: so the config of the answer is that of the last attempt', async () => {
    const { api } = await createExpiringApi();
    const { config } = await api.get('/thing');
    expect(config.headers.get('Authorization')).toBe('Bearer token-1');
  });

  it('G17: with the adapter that the caller chose', async () => {
    const { adapter } = recording();
    const { api } = await createExpiringApi();
    expect((await api.get('/recovered', { adapter })).config.adapter).toBe(adapter);
    expect((await api.get('/plain', { adapter })).config.adapter).toBe(adapter);
  });

  it('G17: so is the config of the error, where the replay fails', async () => {
    const { api } = await createExpiringApi({
      answer: (_request, response) => json(response, 500, {}),
    });
    const error = await rejection(api.get('/thing'));
    const { config } = error as { config?: InternalAxiosRequestConfig };
    expect(config?.headers.get('Authorization')).toBe('Bearer token-1');
  });

  it('G17: what onReplay changes does not show on the first attempt', async () => {
    const { sent, adapter } = recording();
    const { api } = await createExpiringApi({
      axios: { adapter },
      options: {
        onReplay(config) {
          config.headers.set('X-Replay', 'yes');
          config.url = '/replayed';
        },
      },
    });
    await api.get('/thing');
    expect(sent.map(({ url }) => url)).toEqual(['/thing', '/replayed']);
    expect(sent.map(({ headers }) => headers.get('X-Replay'))).toEqual([undefined, 'yes']);
  });

  it('G17: the config that the caller gave is not touched', async () => {
    const given = { headers: { 'X-Own': 'yes' }, params: { a: 1 } };
    const { api } = await createExpiringApi();
    await api.get('/thing', given);
    expect(given).toEqual({ headers: { 'X-Own': 'yes' }, params: { a: 1 } });
  });

  it('G17: a config that is used for two calls gives each its own token', async () => {
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

  it('G17: the config of an answer can be sent again', async () => {
    const { api, requests, expire } = await createExpiringApi();
    const { config } = await api.post('/thing', { a: 1 });
    expire();
    await api.request(config);
    expect(requests.map(({ body }) => body.toString())).toEqual(Array(4).fill('{"a":1}'));
    expect(requests.at(-1)!.headers.authorization).toBe('Bearer token-2');
  });
});

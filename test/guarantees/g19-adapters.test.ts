import axios from 'axios';
import type {
  AxiosInstance,
  AxiosResponse,
  AxiosResponseHeaders,
  InternalAxiosRequestConfig,
} from 'axios';
import { createExpiringApi, tokenOf, tokensOf } from '../support/expiring-api';
import { cleanUp, rejection, until, turns } from '../support/session';

afterEach(cleanUp);

type Config = InternalAxiosRequestConfig;

/** An adapter as applications write them: no AxiosHeaders, no settle, every status an answer. */
function ownAdapter() {
  const sent: string[] = [];
  const adapter = async (config: Config): Promise<AxiosResponse> => {
    const token = String(config.headers.get('Authorization')).replace('Bearer ', '');
    sent.push(token);
    await Promise.resolve();
    const good = token === 'token-1';
    return {
      data: good ? '{"from":"own adapter"}' : '{"code":"TOKEN_EXPIRED"}',
      status: good ? 200 : 401,
      statusText: '',
      headers: { 'X-Plain': 'yes' },
      config,
    };
  };
  return { sent, adapter };
}

const refresh = () => tokensOf(1);

/** Swaps the adapter after ours has run, so that only the response interceptor is left to us. */
const swapping = (adapter: Config['adapter']) => (instance: AxiosInstance) =>
  void instance.interceptors.request.use((config) => Object.assign(config, { adapter }));

type Change = (config: Config) => Config;

const changes: [string, Change][] = [
  ['spreads the config', (config) => ({ ...config })],
  ['copies it with Object.assign', (config) => Object.assign({}, config)],
  [
    'spreads the headers into AxiosHeaders',
    (config) => ({ ...config, headers: axios.AxiosHeaders.from(config.headers.toJSON()) }),
  ],
  [
    'spreads the headers into a plain object',
    (config) => ({ ...config, headers: { ...config.headers.toJSON(), 'X-Own': 'yes' } as never }),
  ],
  [
    'gives a config of another prototype',
    (config) => Object.assign(Object.create({ inherited: true }) as Config, config),
  ],
];

const moments = ['before', 'after'] as const;

const cases = changes.flatMap(([name, change]) =>
  moments.map((moment) => ({ name, moment, change })),
);

const use = (change: Change) => (instance: AxiosInstance) =>
  void instance.interceptors.request.use(change);

describe('G19: every kind of adapter', () => {
  describe('adapters', () => {
    test.each([
      ['http', 'http'],
      ['fetch', 'fetch'],
      ['a list of names', ['xhr', 'http', 'fetch']],
      ['a list with a function', [axios.getAdapter('http')]],
      ['a function', axios.getAdapter('http')],
    ])('%s, of the instance', async (_name, adapter) => {
      const { api, requests } = await createExpiringApi({ axios: { adapter: adapter as never } });
      const { data } = await api.post<{ token: string }>('/thing', { a: 1 });
      expect(data.token).toBe('Bearer token-1');
      expect(requests.map(({ body }) => body.toString())).toEqual(['{"a":1}', '{"a":1}']);
    });

    test.each(['http', 'fetch', axios.getAdapter('fetch')])(
      '%p, of the request',
      async (adapter) => {
        const { api, requests } = await createExpiringApi();
        await api.get('/thing', { adapter });
        expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
      },
    );

    test('a function that resolves every status', async () => {
      const { sent, adapter } = ownAdapter();
      const { api } = await createExpiringApi({ axios: { adapter }, options: { refresh } });
      const { data } = await api.get<unknown>('/thing');
      expect(data).toEqual({ from: 'own adapter' });
      expect(sent).toEqual(['token-0', 'token-1']);
    });

    test('a function that rejects with an error that is none of axios', async () => {
      const fault = new Error('no network');
      const { api } = await createExpiringApi({ axios: { adapter: () => Promise.reject(fault) } });
      await expect(api.get('/thing')).rejects.toBe(fault);
    });

    test('a function that throws at once', async () => {
      const fault = new Error('no network');
      const adapter = (): never => {
        throw fault;
      };
      const { api } = await createExpiringApi({ axios: { adapter } });
      await expect(api.get('/thing')).rejects.toBe(fault);
    });

    test('an instance whose adapter is changed after attaching', async () => {
      const { sent, adapter } = ownAdapter();
      const { api } = await createExpiringApi({ options: { refresh } });
      api.defaults.adapter = adapter;
      await api.get('/thing');
      expect(sent).toEqual(['token-0', 'token-1']);
    });

    test('one that wraps the adapter it finds in the config, before ours', async () => {
      const wrapped: string[] = [];
      const { api, requests } = await createExpiringApi({
        after: (instance) => wrapAdapter(instance, wrapped),
      });
      await api.get('/thing');
      expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
      expect(wrapped).toEqual(['/thing', '/thing']);
    });

    test('one that wraps the adapter it finds in the config, after ours', async () => {
      const wrapped: string[] = [];
      const { api, requests } = await createExpiringApi({
        before: (instance) => wrapAdapter(instance, wrapped),
      });
      await api.get('/thing');
      expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
      expect(wrapped).toEqual(['/thing', '/thing']);
    });

    function wrapAdapter(instance: AxiosInstance, wrapped: string[]): void {
      instance.interceptors.request.use((config) => {
        const inner = axios.getAdapter(config.adapter);
        config.adapter = (sent) => {
          wrapped.push(sent.url ?? '');
          return inner(sent);
        };
        return config;
      });
    }
  });

  test('where no adapter was swapped, a 401 is classified once', async () => {
    const classify = jest.fn(() => 'pass' as const);
    const { api } = await createExpiringApi({ options: { classify } });
    await rejection(api.get('/thing'));
    expect(classify).toHaveBeenCalledTimes(1);
  });

  describe('an adapter that another interceptor swaps in after ours', () => {
    test.each(['http', 'fetch'])('%s, is recovered', async (adapter) => {
      const { api, requests, refreshes } = await createExpiringApi({ before: swapping(adapter) });
      const { data } = await api.post<{ token: string }>('/thing', { a: 1 });
      expect(data.token).toBe('Bearer token-1');
      expect(requests.map(({ body }) => body.toString())).toEqual(['{"a":1}', '{"a":1}']);
      expect(refreshes()).toBe(1);
    });

    test('many at once get their own answers through one refresh', async () => {
      const { api, refreshes } = await createExpiringApi({ before: swapping('http') });
      const urls = Array.from({ length: 20 }, (_, n) => `/things/${n}`);
      const answers = await Promise.all(urls.map((url) => api.get<{ url: string }>(url)));
      expect(answers.map(({ data }) => data.url)).toEqual(urls);
      expect(refreshes()).toBe(1);
    });

    // Fails on anything but the text that came, so also on its own result.
    const parse = (text: string): unknown => ({ ...(JSON.parse(text) as object), parsed: true });

    test('the answer goes through transformResponse once', async () => {
      const { api } = await createExpiringApi({ before: swapping('http') });
      const { data } = await api.get<unknown>('/thing', { transformResponse: [parse] });
      expect(data).toEqual({ url: '/thing', token: 'Bearer token-1', parsed: true });
    });

    test('an error answer to the replay goes through it once, too', async () => {
      const { api } = await createExpiringApi({
        before: swapping('http'),
        answer: (_request, response) => response.writeHead(422).end('{"field":"name"}'),
      });
      const error = await rejection(api.get('/thing', { transformResponse: [parse] }));
      expect(error).toMatchObject({
        response: { status: 422, data: { field: 'name', parsed: true } },
      });
    });

    test('a transform that wraps the 401 in an envelope does not hide its code', async () => {
      const { api } = await createExpiringApi({ before: swapping('http') });
      const transformResponse = [(text: string) => ({ envelope: JSON.parse(text) as unknown })];
      const { data } = await api.get<unknown>('/thing', { transformResponse });
      expect(data).toEqual({ envelope: { url: '/thing', token: 'Bearer token-1' } });
    });

    test('a function that answers with plain headers, which callers get as AxiosHeaders', async () => {
      const { sent, adapter } = ownAdapter();
      const { api } = await createExpiringApi({ before: swapping(adapter), options: { refresh } });
      const { headers } = await api.get('/thing');
      expect(sent).toEqual(['token-0', 'token-1']);
      expect(headers).toBeInstanceOf(axios.AxiosHeaders);
    });

    test('a function that answers with plain headers, which transforms get as AxiosHeaders', async () => {
      const { adapter } = ownAdapter();
      const { api } = await createExpiringApi({ before: swapping(adapter), options: { refresh } });
      const seen: unknown[] = [];
      const read = (data: unknown, headers: AxiosResponseHeaders): unknown => {
        seen.push(headers.get('x-plain'));
        return data;
      };
      await api.get('/thing', { transformResponse: [parse as never, read] });
      expect(seen).toEqual(['yes']);
    });

    test('response interceptors added after attaching run once, with the final answer', async () => {
      const seen: number[] = [];
      const { api } = await createExpiringApi({
        before: swapping('http'),
        after(instance) {
          instance.interceptors.response.use((response) => {
            seen.push(response.status);
            return response;
          });
        },
      });
      await api.get('/thing');
      expect(seen).toEqual([200]);
    });

    test('the end of the session is reported as such', async () => {
      const { api, failRefresh } = await createExpiringApi({ before: swapping('http') });
      failRefresh(401);
      const error = await rejection(api.get('/thing'));
      expect(error.code).toBe('ERR_AUTH_SESSION_EXPIRED');
    });

    test('a 401 that is not about the token is handed on untouched', async () => {
      const { api, requests } = await createExpiringApi({
        before: swapping('http'),
        refuse: (response) => response.writeHead(401).end('{"code":"OTHER"}'),
      });
      const error = await rejection(api.get('/thing', { transformResponse: [parse] }));
      expect(error).toMatchObject({
        response: { status: 401, data: { code: 'OTHER', parsed: true } },
      });
      expect(requests).toHaveLength(1);
    });

    test('a config that is sent again with skipAuth is no longer ours', async () => {
      let kept: Config | undefined;
      const stopping = (instance: AxiosInstance) =>
        void instance.interceptors.request.use((config) => {
          if (config.skipAuth) return config;
          kept = config;
          throw new Error('not now');
        });
      const { api, requests, refreshes } = await createExpiringApi({ before: stopping });
      await expect(api.get('/thing')).rejects.toThrow('not now');
      const error = await rejection(api.request({ ...kept, adapter: 'http', skipAuth: true }));
      expect(error).toMatchObject({ response: { status: 401 } });
      expect([requests.length, refreshes()]).toEqual([1, 0]);
    });

    test('an answer from a cache in its place costs no request', async () => {
      const adapter = (config: Config) =>
        Promise.resolve({ data: 'cached', status: 200, statusText: '', headers: {}, config });
      const { api, requests } = await createExpiringApi({ before: swapping(adapter) });
      const { data } = await api.get<unknown>('/thing');
      expect(data).toBe('cached');
      expect(requests).toEqual([]);
    });
  });
});

describe('G19: another interceptor', () => {
  test.each(cases)('that $name ($moment): recovered', async ({ moment, change }) => {
    const { api, requests, refreshes } = await createExpiringApi({ [moment]: use(change) });
    const { data } = await api.post<{ token: string }>('/thing', { a: 1 }, { params: { b: 2 } });
    expect(data.token).toBe('Bearer token-1');
    expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
    expect(requests.map(({ url }) => url)).toEqual(['/thing?b=2', '/thing?b=2']);
    expect(refreshes()).toBe(1);
  });

  test.each(cases)('that $name ($moment): held', async ({ moment, change }) => {
    const rig = await createExpiringApi({ [moment]: use(change) });
    rig.hold();
    const first = rig.api.get('/first');
    await until(() => rig.refreshes() === 1);
    const held = rig.api.get('/held');
    rig.release();
    await Promise.all([first, held]);
    expect(rig.at('/held').map(tokenOf)).toEqual(['token-1']);
  });

  test.each(moments)('that waits a while (%s)', async (moment) => {
    const { api, requests } = await createExpiringApi({
      [moment]: (instance: AxiosInstance) =>
        instance.interceptors.request.use(async (config) => {
          await turns();
          return config;
        }),
    });
    await api.get('/thing');
    expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
  });

  test('a request that another interceptor kept back goes out with the newest token', async () => {
    let release = (): void => undefined;
    const kept = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { api, requests, expire } = await createExpiringApi({
      before(instance) {
        instance.interceptors.request.use(async (config) => {
          if (config.url === '/kept') await kept;
          return config;
        });
      },
    });
    await api.get('/first');
    const late = api.get('/kept');
    expire();
    await api.get('/second');
    release();
    await late;
    expect(requests.filter(({ url }) => url === '/kept').map(tokenOf)).toEqual(['token-2']);
  });
});

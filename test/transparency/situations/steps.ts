import axios from 'axios';
import type {
  AxiosError,
  AxiosInstance,
  AxiosRequestConfig,
  InternalAxiosRequestConfig,
} from 'axios';
import type { Scenario } from '../run';
import { situation } from './situation';

type Config = InternalAxiosRequestConfig;

const onRequest =
  (change: (config: Config) => unknown) =>
  (api: AxiosInstance): void => {
    api.interceptors.request.use(change as (config: Config) => Config);
  };

/** Whether the interceptor was there before or came after must not matter. */
const intercepted = (
  name: string,
  put: (api: AxiosInstance) => void,
  call: (api: AxiosInstance) => unknown = (api) => api.get('/json', { params: { a: 1 } }),
): Scenario[] => [
  ...situation(`${name}, put on before`, call, { before: put }),
  ...situation(`${name}, put on after`, call, { after: put }),
];

/** Interceptors, and what callers do with configs and instances. */
export const STEPS: Scenario[] = [
  ...intercepted(
    'an interceptor that returns nothing',
    onRequest(() => undefined),
  ),
  ...intercepted(
    'an interceptor that returns null',
    onRequest(() => null),
  ),
  ...intercepted(
    'a plain config in its place',
    onRequest(({ url, baseURL }) => ({ url, baseURL, method: 'post', data: '{"by":"hand"}' })),
  ),
  ...intercepted(
    'an adapter by its name',
    onRequest((config) => Object.assign(config, { adapter: 'http' })),
  ),
  ...intercepted(
    'an adapter by its name, in a copy',
    onRequest((config) => ({ ...config, adapter: ['http'] })),
  ),
  ...intercepted(
    'an adapter that is taken away',
    onRequest((config) => Object.assign(config, { adapter: undefined })),
  ),
  ...intercepted(
    'transforms in their place',
    onRequest((config) => Object.assign(config, { transformRequest: [() => '"replaced"'] })),
    (api) => api.post('/json', { a: 1 }),
  ),
  ...intercepted(
    'one transform more',
    onRequest((config) => {
      const list = [config.transformRequest ?? []].flat();
      return { ...config, transformRequest: [...list, (data: unknown) => `[${String(data)}]`] };
    }),
    (api) => api.post('/json', { a: 1 }),
  ),
  ...intercepted(
    'another URL',
    onRequest((config) =>
      Object.assign(config, { baseURL: undefined, url: `${config.baseURL ?? ''}/text` }),
    ),
  ),
  ...intercepted(
    'headers that are deleted',
    onRequest((config) => {
      config.headers.clear();
      config.headers.setAccept('x/y');
      return config;
    }),
  ),
  ...intercepted(
    'headers that are a plain object',
    onRequest((config) => ({ ...config, headers: { 'X-Plain': 'yes' } })),
  ),
  ...intercepted('a response that is replaced', (api) => {
    api.interceptors.response.use(({ data }) => ({ only: data as unknown }) as never);
  }),
  ...intercepted('a response that is lost', (api) => {
    api.interceptors.response.use(() => undefined as never);
  }),
  ...intercepted('interceptors that are cleared before', (api) => {
    const id = api.interceptors.request.use(() => Promise.reject(new Error('never')));
    api.interceptors.request.eject(id);
    api.interceptors.response.use(undefined, undefined);
  }),
  ...intercepted(
    'an error that is retried with its config',
    (api) => {
      let tries = 0;
      api.interceptors.response.use(undefined, (error: AxiosError) => {
        if (tries++ || !error.config) throw error;
        return api.request({ ...error.config, url: '/json/again' });
      });
    },
    (api) => api.post('/broken', { a: 1 }, { headers: { 'X-Kept': 'yes' } }),
  ),
  ...intercepted('a request within the interceptor', (api) => {
    api.interceptors.request.use(async (config) => {
      if (config.url === '/text') return config;
      const { data } = await api.get<string>('/text');
      config.headers.set('X-First', encodeURIComponent(data));
      return config;
    });
  }),
  ...intercepted('the other order of interceptors', (api) => {
    api.defaults.transitional = { legacyInterceptorReqResOrdering: false };
    for (const name of ['one', 'two']) {
      api.interceptors.request.use((config) => {
        config.headers.set('X-Order', `${String(config.headers.get('X-Order') ?? '')} ${name}`);
        return config;
      });
    }
  }),
  ...intercepted('a fault that an interceptor of requests handles', (api) => {
    api.interceptors.request.use(undefined, (error: Error) => Promise.reject(error));
    api.interceptors.request.use(() => {
      throw new axios.AxiosError('refused by hand', 'EHAND');
    });
  }),

  ...situation('a config that is used twice', async (api) => {
    const config: AxiosRequestConfig = { headers: { 'X-A': '1' }, params: { a: 1 } };
    const first = await api.get<unknown>('/json', config);
    const second = await api.get<unknown>('/text', config);
    return [first.data, second.data, config];
  }),
  ...situation('a config that is frozen', (api) =>
    api.request(Object.freeze({ url: '/json', headers: Object.freeze({ 'X-A': '1' }) })),
  ),
  ...situation('a config with a prototype', (api) =>
    api.request(Object.create({ url: '/json', timeout: 5 }) as AxiosRequestConfig),
  ),
  ...situation('the config of an answer, sent again', async (api) => {
    const { config } = await api.post<unknown>('/json', { a: 1 }, { headers: { 'X-Kept': 'yes' } });
    return (await api.request<unknown>({ ...config, url: '/text' })).data;
  }),
  ...situation('the config of an answer, sent by axios', async (api) => {
    const { config } = await api.get<unknown>('/json');
    delete (config.headers as Record<string, unknown>).Authorization;
    return (await axios.request<unknown>(config)).data;
  }),
  ...situation('an instance that is created from it', (api) =>
    api.create({ headers: { 'X-Child': 'yes' } }).get('/json', { params: { a: 1 } }),
  ),
  ...situation(
    'methods without their instance',
    (api) => {
      const { get, request } = api;
      return Promise.all(
        [get('/json'), request({ url: '/text' })].map(
          async (answer) => (await answer).data as unknown,
        ),
      );
    },
    { traits: ['given-up'] },
  ),
  ...situation('the defaults, replaced as a whole', (api) => api.post('/json', { a: 1 }), {
    after(api) {
      api.defaults = {
        ...api.defaults,
        headers: { ...api.defaults.headers, 'X-New': '1' } as never,
      };
    },
  }),
  ...situation('defaults that change between two calls', async (api) => {
    await api.get('/json');
    api.defaults.headers.common['X-Later'] = 'yes';
    api.defaults.baseURL = `${api.defaults.baseURL ?? ''}/json`;
    return api.get('/again');
  }),
  ...situation(
    'a token that cancels with a message',
    async (api, world) => {
      const source = axios.CancelToken.source();
      world.onArrival(() => source.cancel('enough', { by: 'hand' } as never));
      return api.post('/hang', { a: 1 }, { cancelToken: source.token });
    },
    { traits: ['given-up'] },
  ),
  ...situation(
    'a signal with a reason',
    async (api, world) => {
      const controller = new AbortController();
      world.onArrival(() => controller.abort(new RangeError('of its own')));
      return api.get('/hang', { signal: controller.signal });
    },
    { traits: ['given-up'] },
  ),
  ...situation(
    'an abort in the turn of the call',
    (api) => {
      const controller = new AbortController();
      const answer = api.get('/json', { signal: controller.signal });
      controller.abort();
      return answer;
    },
    { traits: ['given-up', 'same-turn'] },
  ),
  ...situation('an abort before the call', (api) =>
    api.get('/json', { signal: AbortSignal.abort() }),
  ),
  ...situation('a request interceptor that looks at its config', (api) => api.get('/json'), {
    after(api, world) {
      api.interceptors.request.use((config) => {
        world.note('interceptor', { config });
        return config;
      });
    },
  }),
  ...situation('a response interceptor that looks at errors', (api) => api.get('ftp://x/'), {
    after(api, world) {
      api.interceptors.response.use(undefined, (error: Error) => {
        world.note('interceptor', { error });
        throw error;
      });
    },
  }),
  ...situation('a validateStatus that is watched', (api, world) =>
    api.get('/json', { validateStatus: world.spy('validateStatus', () => true) }),
  ),
];

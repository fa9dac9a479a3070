import axios from 'axios';
import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios';
import { createExpiringApi, tokenOf, until } from '../support/expiring-api';
import { cleanUp } from '../support/rig';

afterEach(cleanUp);

type Config = InternalAxiosRequestConfig;
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

describe('another interceptor, added $moment attaching', () => {
  it.each(cases)('G19: that $name ($moment): recovered', async ({ moment, change }) => {
    const { api, requests, refreshes } = await createExpiringApi({ [moment]: use(change) });
    const { data } = await api.post<{ token: string }>('/thing', { a: 1 }, { params: { b: 2 } });
    expect(data.token).toBe('Bearer token-1');
    expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
    expect(requests.map(({ url }) => url)).toEqual(['/thing?b=2', '/thing?b=2']);
    expect(refreshes()).toBe(1);
  });

  it.each(cases)('G19: that $name ($moment): held', async ({ moment, change }) => {
    const rig = await createExpiringApi({ [moment]: use(change) });
    rig.hold();
    const first = rig.api.get('/first');
    await until(() => rig.refreshes() === 1);
    const held = rig.api.get('/held');
    rig.release();
    await Promise.all([first, held]);
    expect(rig.at('/held').map(tokenOf)).toEqual(['token-1']);
  });

  it.each(moments)('G19: that waits a while (%s)', async (moment) => {
    const { api, requests } = await createExpiringApi({
      [moment]: (instance: AxiosInstance) =>
        instance.interceptors.request.use(async (config) => {
          await new Promise((resolve) => setTimeout(resolve, 20));
          return config;
        }),
    });
    await api.get('/thing');
    expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
  });

  it('G19: a request that another interceptor kept back goes out with the newest token', async () => {
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

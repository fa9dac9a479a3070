/**
 * What the auth layer costs, as ratios measured side by side in one run: the contenders take turns in
 * every round, and the medians are compared. Prints a table, or data with `--json`.
 */
import axios from 'axios';
import { attachAuthInterceptors, memoryStore } from '../dist/index.mjs';

const baseURL = 'http://localhost';
const ok = (config) => ({ data: '{}', status: 200, statusText: 'OK', headers: {}, config });
const adapter = async (config) => ok(config);
const never = async () => null;

const instance = (prepare) => {
  const api = axios.create({ adapter, baseURL });
  prepare(api);
  return api;
};

const steady = {
  'bare axios': instance(() => undefined),
  'header-only interceptor': instance((api) =>
    api.interceptors.request.use((config) => {
      config.headers.set('Authorization', 'Bearer token');
      return config;
    }),
  ),
  attached: instance((api) =>
    attachAuthInterceptors(api, {
      tokenStore: memoryStore({ accessToken: 'token', expiresAt: Date.now() + 3_600_000 }),
      refresh: never,
    }),
  ),
};

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

async function time(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function steadyState(rounds = 60, requests = 500) {
  const times = Object.fromEntries(Object.keys(steady).map((name) => [name, []]));
  for (let round = -5; round < rounds; round++) {
    for (const [name, api] of Object.entries(steady)) {
      const ms = await time(async () => {
        for (let n = 0; n < requests; n++) await api.get('/x');
      });
      if (round >= 0) times[name].push(ms);
    }
  }
  const base = median(times['header-only interceptor']);
  return Object.entries(times).map(([name, values]) => ({
    what: 'steady state',
    name,
    ratio: median(values) / base,
  }));
}

/** N requests at once on a token that is over, against 2N bare requests. */
async function burst(size, rounds) {
  const ratios = [];
  let refreshes = 0;
  for (let round = -1; round < rounds; round++) {
    const dead = async (config) => {
      if (config.headers.get('Authorization') === 'Bearer fresh') return ok(config);
      const data = '{"code":"TOKEN_EXPIRED"}';
      const response = { ...ok(config), status: 401, data };
      throw new axios.AxiosError('401', 'ERR_BAD_REQUEST', config, null, response);
    };
    const api = axios.create({ adapter: dead, baseURL });
    const auth = attachAuthInterceptors(api, {
      tokenStore: memoryStore({ accessToken: 'stale' }),
      refresh: async () => {
        refreshes++;
        return { accessToken: 'fresh' };
      },
    });
    const all = (target, count) =>
      Promise.all(Array.from({ length: count }, () => target.get('/x')));
    const recovered = await time(() => all(api, size));
    const bare = await time(() => all(steady['bare axios'], 2 * size));
    auth.detach();
    if (round >= 0) ratios.push(recovered / bare);
  }
  const name = `${size} at once, ${refreshes / (rounds + 1)} refresh`;
  return { what: 'burst against 2N bare', name, ratio: median(ratios) };
}

const rows = [
  ...(await steadyState()),
  await burst(100, 15),
  await burst(1_000, 9),
  await burst(10_000, 3),
];
if (process.argv.includes('--json')) console.log(JSON.stringify(rows, null, 2));
else console.table(rows.map(({ ratio, ...row }) => ({ ...row, ratio: ratio.toFixed(3) })));

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAuthServer, type AuthServer } from '../server/index';
import { installPacked, type Consumer } from './pack';

jest.setTimeout(240_000);

let consumer: Consumer;
let server: AuthServer;
beforeAll(async () => {
  consumer = installPacked();
  server = await startAuthServer();
});
afterAll(async () => {
  consumer.remove();
  await server.close();
});

/** A codebase that was there before: interceptors on both sides, a cache, a retry plugin, a store. */
const CODEBASE = `
const axios = require('axios');
const axiosRetry = require('axios-retry').default;
const { setupCache } = require('axios-cache-interceptor');
const { attachAuthInterceptors } = require('axios-auth-interceptors');

const counts = { request: 0, response: 0, redirected: 0 };
const legacy = new Map();
const api = setupCache(axios.create({ baseURL: process.argv[2] }), { methods: ['get'] });
api.interceptors.request.use((config) => {
  counts.request++;
  config.headers.set('X-Request-Id', String(counts.request));
  return config;
});
api.interceptors.response.use(
  (response) => { counts.response++; return response; },
  (error) => { if (error.response?.status === 401) counts.redirected++; throw error; },
);

const auth = attachAuthInterceptors(api, {
  tokenStore: {
    get: async () => legacy.get('tokens'),
    set: async (tokens) => void legacy.set('tokens', tokens),
    clear: async () => void legacy.delete('tokens'),
  },
  // Through the instance that waits for it, and past the interceptor that unwraps the data.
  refresh: (tokens) => api.post('/auth/refresh', { refreshToken: tokens.refreshToken }),
});
axiosRetry(api, { retries: 2 });
api.interceptors.response.use((response) => response.data);

(async () => {
  await auth.signIn(await api.post('/auth/login', { username: 'alice', password: 'wonderland' }));
  const before = { ...counts };
  const tokens = legacy.get('tokens');
  // The server no longer takes what the store still holds.
  legacy.set('tokens', { ...tokens, accessToken: process.argv[3] });
  const answers = await Promise.all([
    api.get('/profile'),
    api.get('/profile'),
    api.get('/items'),
    api.post('/items', { name: 'first' }),
    api.post('/items', { name: 'second' }),
  ]);
  process.stdout.write(JSON.stringify({
    names: answers.map((answer) => answer.username ?? answer.received?.name ?? 'list'),
    runs: counts.request - before.request,
    redirected: counts.redirected,
    renewed: legacy.get('tokens').accessToken !== process.argv[3],
  }));
})();
`;

test('an existing codebase with interceptors, a cache and a retry plugin works unchanged', async () => {
  writeFileSync(join(consumer.folder, 'codebase.cjs'), CODEBASE);
  const over = await server.controls.mintAccessToken('alice', { lifetime: -60 });
  const output = await consumer.start('node', 'codebase.cjs', server.url, over);
  expect(JSON.parse(output)).toEqual({
    names: ['alice', 'alice', 'list', 'first', 'second'],
    // Once for each call, and once for the refresh.
    runs: 6,
    redirected: 0,
    renewed: true,
  });
  expect(server.stats.refreshes).toBe(1);
  expect(server.stats.items).toBe(2);
});

import axios from 'axios';
import type { AxiosRequestConfig } from 'axios';
import { until } from '../server/client';
import { cleanUp, createRig } from '../support/rig';
import {
  gate,
  openSession,
  REFRESH_PATH,
  settle,
  startTokenServer,
  type Pair,
} from '../support/token-server';

afterEach(cleanUp);

test('G5: a hundred expired answers over two attached instances cost one refresh', async () => {
  const { server, api, auth, seen } = await createRig();
  const second = axios.create({ baseURL: server.url });
  auth.attach(second);
  server.controls.expireAllAccessTokens();

  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      (index % 2 ? api : second).get<{ page: number }[]>('/items', { params: { page: index + 1 } }),
    ),
  );

  expect(answers.map(({ data }) => data[0]?.page)).toEqual(answers.map((_, index) => index + 1));
  expect(seen('/auth/refresh')).toHaveLength(1);
  expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
});

test('G5: refresh() and getAccessToken() join the refresh that a request has started', async () => {
  const server = await startTokenServer();
  const { api, auth } = openSession(server);
  const release = server.hold(REFRESH_PATH);
  server.expire();
  const request = api.get<{ token: string }>('/a');
  await until(() => auth.status === 'refreshing');
  const others = Promise.all([auth.refresh(), auth.refresh(), auth.getAccessToken()]);
  release();

  const [first, second, token] = await others;
  expect([first.accessToken, second.accessToken, token]).toEqual(
    Array(3).fill((await request).data.token),
  );
  expect(server.at(REFRESH_PATH)).toHaveLength(1);
});

test('G5: every expiry has a refresh of its own', async () => {
  const { server, api } = await createRig({ options: { refreshLimit: false } });
  for (let round = 0; round < 8; round++) {
    server.controls.expireAllAccessTokens();
    await Promise.all([api.get('/profile'), api.get('/items'), api.get('/profile')]);
  }
  expect(server.stats).toMatchObject({ refreshes: 8, reuseDetected: 0 });
});

test('G5: the shared refresh goes on when the request that started it is aborted', async () => {
  const server = await startTokenServer();
  const { api, auth } = openSession(server);
  const release = server.hold(REFRESH_PATH);
  server.expire();
  const controller = new AbortController();
  const first = api.get('/a', { signal: controller.signal });
  await until(() => auth.status === 'refreshing');
  const second = api.get<{ path: string }>('/b');
  controller.abort();
  await expect(first).rejects.toMatchObject({ code: 'ERR_CANCELED' });
  release();

  expect((await second).data.path).toBe('/b');
  expect(server.at(REFRESH_PATH)).toHaveLength(1);
});

test('G6: while a refresh is in flight no new authenticated request reaches the server', async () => {
  const server = await startTokenServer();
  const { api, auth } = openSession(server);
  const release = server.hold(REFRESH_PATH);
  server.expire();
  const first = api.get('/first');
  await until(() => auth.status === 'refreshing');
  const held = ['/a', '/b', '/c'].map((path) => api.get<{ path: string }>(path));
  await settle(server);

  expect(server.arrivals.filter(({ path }) => /^\/[abc]$/.test(path))).toEqual([]);
  release();
  await first;
  expect((await Promise.all(held)).map(({ data }) => data.path)).toEqual(['/a', '/b', '/c']);
});

test('G6: a request that another interceptor delays into the refresh is held as well', async () => {
  const server = await startTokenServer();
  const slow = gate();
  let reached = false;
  const { api, auth } = openSession(server, {
    // Added before attaching, so it runs after the token was put in.
    before: (instance) => {
      instance.interceptors.request.use(async (config) => {
        reached = true;
        await slow.promise;
        return config;
      });
    },
  });
  const release = server.hold(REFRESH_PATH);
  const request = api.get<{ token: string }>('/late');
  await until(() => reached);
  const renewal = auth.refresh();
  await until(() => auth.status === 'refreshing');
  slow.open();
  await settle(server);

  expect(server.at('/late')).toEqual([]);
  release();
  expect((await request).data.token).toBe((await renewal).accessToken);
});

test('G6: a request without the token is not held', async () => {
  const server = await startTokenServer();
  const { api, auth } = openSession(server);
  const release = server.hold(REFRESH_PATH);
  const renewal = auth.refresh();
  await until(() => auth.status === 'refreshing');

  expect((await api.get<{ user: null }>('/open', { skipAuth: true })).data.user).toBeNull();
  release();
  await renewal;
});

/** The paths in the order in which they reach the adapter, once a refresh releases them. */
async function releasedOrder(requests: AxiosRequestConfig[]): Promise<string[]> {
  const order: string[] = [];
  const refreshed = gate();
  const server = await startTokenServer();
  const { api, auth } = openSession(server, {
    axios: {
      adapter: (config) => {
        order.push(String(config.url));
        return Promise.resolve({ data: {}, status: 200, statusText: '', headers: {}, config });
      },
    },
    refresh: async () => {
      await refreshed.promise;
      return server.issue();
    },
  });
  const renewal = auth.refresh();
  await until(() => auth.status === 'refreshing');
  const held = requests.map((request) => api.request(request));
  refreshed.open();
  await Promise.all([renewal, ...held]);
  return order;
}

test('G6: held requests are released in the order of arrival', async () => {
  const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
  expect(await releasedOrder(paths.map((url) => ({ url })))).toEqual(paths);
});

test('G6: held requests with a signal or a timeout keep their place among the others', async () => {
  const { signal } = new AbortController();
  const requests = [
    { url: '/1', signal },
    { url: '/2' },
    { url: '/3', timeout: 10_000 },
    { url: '/4' },
    { url: '/5', signal, timeout: 10_000 },
    { url: '/6' },
  ];
  expect(await releasedOrder(requests)).toEqual(requests.map(({ url }) => url));
});

test('G6: where one URL serves everything, queries are held after the refresh has used it', async () => {
  const server = await startTokenServer();
  const { api, auth } = openSession(server, {
    refresh: async (tokens): Promise<Pair> => {
      const query = { query: 'renew', with: tokens?.refreshToken };
      return (await api.post<Pair>('/graphql', query)).data;
    },
  });
  server.isRefresh = ({ body }) => body.includes('renew');
  await auth.refresh();

  const release = server.hold('/graphql');
  server.expire();
  const first = api.get<{ path: string }>('/a');
  await until(() => auth.status === 'refreshing');
  const query = api.post<{ user: string }>('/graphql', { query: 'me' });
  await settle(server);
  release();

  const [answer] = await Promise.all([query, first]);
  expect(answer.data.user).toBe('alice');
  expect(server.at('/graphql')).toHaveLength(3);
});

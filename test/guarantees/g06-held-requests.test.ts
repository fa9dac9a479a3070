import type { AxiosRequestConfig } from 'axios';
import {
  cleanUp,
  gate,
  openSession,
  REFRESH_PATH,
  settle,
  startTokenServer,
  until,
  type Pair,
} from '../support/session';

afterEach(cleanUp);

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

describe('G6: while requests wait for a refresh no new authenticated request leaves', () => {
  test('while a refresh is in flight no new authenticated request reaches the server', async () => {
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

  test('a request that another interceptor delays into the refresh is held as well', async () => {
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

  test('a request without the token is not held', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    const release = server.hold(REFRESH_PATH);
    const renewal = auth.refresh();
    await until(() => auth.status === 'refreshing');

    expect((await api.get<{ user: null }>('/open', { skipAuth: true })).data.user).toBeNull();
    release();
    await renewal;
  });

  test('held requests are released in the order of arrival', async () => {
    const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
    expect(await releasedOrder(paths.map((url) => ({ url })))).toEqual(paths);
  });

  test('held requests with a signal or a timeout keep their place among the others', async () => {
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

  test('where one URL serves everything, queries are held after the refresh has used it', async () => {
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
});

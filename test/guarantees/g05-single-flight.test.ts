import axios from 'axios';
import {
  cleanUp,
  createRig,
  openSession,
  REFRESH_PATH,
  startTokenServer,
  until,
} from '../support/session';

afterEach(cleanUp);

describe('G5: at most one refresh in flight', () => {
  test('a hundred expired answers over two attached instances cost one refresh', async () => {
    const { server, api, auth, seen } = await createRig();
    const second = axios.create({ baseURL: server.url });
    auth.attach(second);
    server.controls.expireAllAccessTokens();

    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        (index % 2 ? api : second).get<{ page: number }[]>('/items', {
          params: { page: index + 1 },
        }),
      ),
    );

    expect(answers.map(({ data }) => data[0]?.page)).toEqual(answers.map((_, index) => index + 1));
    expect(seen('/auth/refresh')).toHaveLength(1);
    expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
  });

  test('refresh() and getAccessToken() join the refresh that a request has started', async () => {
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

  test('every expiry has a refresh of its own', async () => {
    const { server, api } = await createRig({ options: { refreshLimit: false } });
    for (let round = 0; round < 8; round++) {
      server.controls.expireAllAccessTokens();
      await Promise.all([api.get('/profile'), api.get('/items'), api.get('/profile')]);
    }
    expect(server.stats).toMatchObject({ refreshes: 8, reuseDetected: 0 });
  });

  test('the shared refresh goes on when the request that started it is aborted', async () => {
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
});

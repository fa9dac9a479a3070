import { cleanUp } from '../support/rig';
import { sharedStore } from '../support/shared-store';
import { until } from '../support/until';
import {
  codeOf,
  openSession,
  REFRESH_PATH,
  settle,
  startTokenServer,
  type Pair,
} from '../support/token-server';

afterEach(cleanUp);

describe('G25: attaching again after detach() listens to the store again', () => {
  test('and hears of a sign-out elsewhere', async () => {
    const server = await startTokenServer();
    const { store, elsewhere, listeners } = sharedStore(server.issue());
    const { api, auth } = openSession(server, { tokenStore: store });
    await auth.getTokens();
    auth.detach();
    expect(listeners()).toBe(0);
    auth.attach(api);
    expect(listeners()).toBe(1);
    elsewhere(null);
    await until(() => auth.status === 'signed-out');
  });

  test('also of tokens that were stored elsewhere in between', async () => {
    const server = await startTokenServer();
    const { store, elsewhere } = sharedStore(server.issue());
    const { api, auth } = openSession(server, { tokenStore: store });
    await auth.getTokens();
    for (let round = 0; round < 3; round++) {
      auth.detach();
      elsewhere(server.issue());
      auth.attach(api);
    }
    await api.get('/a');
    expect(server.at('/a').map(({ token }) => token)).toEqual(['access-alice-4']);
    elsewhere(null);
    await until(() => auth.status === 'signed-out');
  });

  test('once, over however many instances', async () => {
    const server = await startTokenServer();
    const { store, listeners } = sharedStore(server.issue());
    const { api, auth } = openSession(server, { tokenStore: store });
    auth.attach(api.create());
    expect(listeners()).toBe(1);
    auth.detach();
    auth.attach(api);
    auth.attach(api.create());
    expect(listeners()).toBe(1);
    auth.detach();
    expect(listeners()).toBe(0);
  });
});

describe('G25: detach() lets what is in flight finish', () => {
  test('a refresh that honours the signal is not aborted', async () => {
    const server = await startTokenServer();
    let aborted = false;
    const { api, auth, store } = openSession(server, {
      refresh: async (tokens, { client, signal }) => {
        signal.addEventListener('abort', () => (aborted = true));
        const body = { refreshToken: tokens?.refreshToken };
        return (await client.post<Pair>(REFRESH_PATH, body, { signal })).data;
      },
    });
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const refused = codeOf(api.get('/a'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    const waiting = [refused, codeOf(api.post('/b', {})), codeOf(auth.refresh())];
    await settle(server);
    auth.detach();
    await settle(server);
    release();

    expect(await Promise.all(waiting)).toEqual(['ok', 'ok', 'ok']);
    expect(aborted).toBe(false);
    expect(await store.get()).toMatchObject({ accessToken: 'access-alice-2' });
  });

  test('a retry of it goes on', async () => {
    const server = await startTokenServer();
    server.refreshAnswers.push((_request, response) => {
      response.writeHead(503).end();
    });
    const { api, auth } = openSession(server);
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const request = codeOf(api.get('/a'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    auth.detach();
    release();
    expect(await request).toBe('ok');
    expect(server.at(REFRESH_PATH)).toHaveLength(2);
  });
});

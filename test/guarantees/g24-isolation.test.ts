import axios from 'axios';
import { attachAuthInterceptors } from '../../src/index';
import { cleanUp, openSession, REFRESH_PATH, startTokenServer, until } from '../support/session';

afterEach(cleanUp);

describe('G24: sessions share nothing', () => {
  test('two sessions in one process share neither tokens nor refreshes', async () => {
    const server = await startTokenServer();
    const alice = openSession(server, { tokens: server.issue('alice') });
    const bob = openSession(server, { tokens: server.issue('bob') });
    server.expire();
    const users = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? alice : bob).api.get<{ user: string }>(`/${index}`),
      ),
    );

    expect(users.map(({ data }) => data.user)).toEqual(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? 'alice' : 'bob')),
    );
    expect(server.at(REFRESH_PATH)).toHaveLength(2);
  });

  test('the end of one session does not end another', async () => {
    const server = await startTokenServer();
    const alice = openSession(server, { tokens: server.issue('alice') });
    const bob = openSession(server, { tokens: server.issue('bob') });
    await bob.api.get('/a');
    await alice.auth.signOut();
    expect([alice.auth.status, bob.auth.status]).toEqual(['signed-out', 'signed-in']);
    expect((await bob.api.get<{ user: string }>('/a')).data.user).toBe('bob');
  });

  test('a refresh of one session holds no request of another', async () => {
    const server = await startTokenServer();
    const alice = openSession(server, { tokens: server.issue('alice') });
    const bob = openSession(server, { tokens: server.issue('bob') });
    const release = server.hold(REFRESH_PATH);
    const renewal = alice.auth.refresh();
    await until(() => alice.auth.status === 'refreshing');
    expect((await bob.api.get<{ user: string }>('/a')).data.user).toBe('bob');
    release();
    await renewal;
  });

  test('two sessions have two default stores', async () => {
    const server = await startTokenServer();
    const sessions = [1, 2].map(() =>
      attachAuthInterceptors(axios.create({ baseURL: server.url }), { refresh: () => null }),
    );
    await sessions[0]?.signIn(server.issue());
    expect(await sessions[1]?.getTokens()).toBeNull();
  });
});

import { memoryStore } from '../../src/index';
import type { TokenStore } from '../../src/index';
import { createMutex, openLocked, type Locked } from '../support/locked-store';
import {
  cleanUp,
  codeOf,
  gate,
  openSession,
  recordEvents,
  REFRESH_PATH,
  settle,
  startTokenServer,
  until,
  type Pair,
} from '../support/session';

afterEach(cleanUp);

describe('G27: many tabs over one store refresh once per expiry', () => {
  test('the refresh runs inside the lock', async () => {
    const mutex = createMutex();
    let inside = false;
    const opened: Locked = await openLocked(mutex.lock, {
      refresh: () => {
        inside = mutex.held();
        return opened.server.issue();
      },
    });
    opened.server.expire();
    await opened.api.get('/a');
    expect(inside).toBe(true);
    await until(() => !mutex.held());
  });

  test('many sessions over one store and one lock refresh once between them', async () => {
    const server = await startTokenServer();
    const { lock } = createMutex();
    const tokenStore = { ...memoryStore<Pair>(server.issue()), lock } as unknown as TokenStore;
    const tabs = Array.from({ length: 5 }, () => openSession(server, { tokenStore }));
    server.expire();
    const answers = await Promise.all(
      tabs.flatMap(({ api }) => [api.get<{ user: string }>('/a'), api.get<{ user: string }>('/b')]),
    );

    expect(new Set(answers.map(({ data }) => data.user))).toEqual(new Set(['alice']));
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test('without a lock the tab that comes second adopts, and nobody is signed out', async () => {
    const server = await startTokenServer();
    const tokenStore = memoryStore<Pair>(server.issue()) as TokenStore;
    const tabs = Array.from({ length: 2 }, () => openSession(server, { tokenStore }));
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const requests = tabs.map(({ api }) => codeOf(api.get('/a')));
    await until(() => server.at(REFRESH_PATH).length === 2);
    // The first answer brings tokens, the second is a refusal: its refresh token was used.
    release();
    expect(await Promise.all(requests)).toEqual(['ok', 'ok']);
    expect(tabs.map(({ auth }) => auth.status)).toEqual(['signed-in', 'signed-in']);
  });

  test('tokens that another has stored when the lock is granted are adopted', async () => {
    const granted = gate();
    const opened = await openLocked(async (critical) => {
      await granted.promise;
      return critical();
    });
    const { server, api, auth, memory } = opened;
    const events = recordEvents(auth);
    server.expire();
    const request = api.get<{ token: string }>('/a');
    await until(() => auth.status === 'refreshing');
    const theirs = server.issue();
    await memory.set(theirs);
    granted.open();

    expect((await request).data.token).toBe(theirs.accessToken);
    expect(server.at(REFRESH_PATH)).toEqual([]);
    await until(() => events.at(-1)?.type === 'refreshed');
    expect(events.at(-1)).toMatchObject({ attempts: 0 });
  });

  test('tokens that are gone when the lock is granted end the session', async () => {
    const granted = gate();
    const notified: unknown[] = [];
    const { server, api, auth, memory } = await openLocked(
      async (critical) => {
        await granted.promise;
        return critical();
      },
      { onSignedOut: (error) => void notified.push(error) },
    );
    server.expire();
    const request = codeOf(api.get('/a'));
    await until(() => auth.status === 'refreshing');
    await memory.clear();
    granted.open();

    expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
    await settle(server);
    expect([auth.status, server.at(REFRESH_PATH)]).toEqual(['signed-out', []]);
    // The store has said nothing: the application is told by the next request that is refused (G26).
    expect(await codeOf(api.get('/b'))).toBe('ERR_BAD_REQUEST');
    await until(() => notified.length > 0);
    expect(notified).toEqual([null]);
  });
});

import { memoryStore } from '../../src/index';
import type { TokenStore } from '../../src/index';
import { until } from '../server/client';
import { cleanUp } from '../support/rig';
import { sharedStore } from '../support/shared-store';
import {
  codeOf,
  openSession,
  recordEvents,
  REFRESH_PATH,
  settle,
  startTokenServer,
  type Opened,
  type OpenOptions,
  type Pair,
  type TokenServer,
} from '../support/token-server';

afterEach(cleanUp);

interface Shared extends Opened {
  server: TokenServer;
  told: unknown[];
  /** What another tab does: it changes the store, and the store says so. */
  elsewhere(tokens: Pair | null): void;
  listeners(): number;
}

async function openShared(options: OpenOptions = {}): Promise<Shared> {
  const server = await startTokenServer();
  const { store, elsewhere, listeners } = sharedStore(server.issue());
  const told: unknown[] = [];
  const opened = openSession(server, {
    tokenStore: store as unknown as TokenStore,
    onSignedOut: (error) => void told.push(error),
    ...options,
  });
  return {
    server,
    told,
    ...opened,
    elsewhere,
    listeners,
  };
}

test('G29: a sign-out elsewhere is seen in status, events and onSignedOut', async () => {
  const { auth, server, told, elsewhere } = await openShared();
  const events = recordEvents(auth);
  elsewhere(null);
  await until(() => auth.status === 'signed-out');
  await settle(server);

  expect(events).toEqual([{ type: 'signed-out', reason: 'elsewhere', error: null }]);
  expect(told).toEqual([null]);
});

test('G29: a sign-in elsewhere is seen in status, events and the next request', async () => {
  const { api, auth, server, elsewhere } = await openShared();
  await auth.signOut();
  const events = recordEvents(auth);
  elsewhere(server.issue('bob'));
  await until(() => auth.status === 'signed-in');
  await settle(server);

  expect(events).toEqual([{ type: 'signed-in' }]);
  expect((await api.get<{ user: string }>('/a')).data.user).toBe('bob');
});

test('G29: a sign-out elsewhere that is told twice is one sign-out', async () => {
  const { auth, server, told, elsewhere } = await openShared();
  await auth.getTokens();
  elsewhere(null);
  elsewhere(null);
  await settle(server);
  await auth.getTokens();
  expect(told).toEqual([null]);
});

test('G29: a sign-out elsewhere during a refresh is kept', async () => {
  const { api, auth, server, store, told, elsewhere } = await openShared();
  const release = server.hold(REFRESH_PATH);
  server.expire();
  const request = codeOf(api.get('/a'));
  await until(() => server.at(REFRESH_PATH).length === 1);
  elsewhere(null);
  release();

  expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
  await settle(server);
  expect([await store.get(), auth.status, told]).toEqual([null, 'signed-out', [null]]);
});

test('G29: a straggler after a sign-out elsewhere rejects without a refresh', async () => {
  const { api, server, elsewhere } = await openShared();
  const answerLate = server.hold('/late');
  server.expire();
  const late = codeOf(api.get('/late'));
  await until(() => server.at('/late').length === 1);
  elsewhere(null);
  answerLate();

  expect(await late).toBe('ERR_AUTH_SIGNED_OUT');
  expect(server.at(REFRESH_PATH)).toEqual([]);
});

const ADOPTED = { type: 'refreshed', ms: 0, attempts: 0, held: 0 };

test('G29: tokens renewed elsewhere are told, and the next request carries them', async () => {
  const { api, auth, server, elsewhere } = await openShared();
  const events = recordEvents(auth);
  const theirs = server.issue();
  elsewhere(theirs);
  await settle(server);
  expect(events).toEqual([ADOPTED]);
  expect((await api.get<{ token: string }>('/a')).data.token).toBe(theirs.accessToken);
});

test('G29: tokens renewed elsewhere are told once, also where a request has met them first', async () => {
  const { api, auth, server, store, elsewhere } = await openShared();
  const events = recordEvents(auth);
  const theirs = server.issue();
  await store.set(theirs);
  await api.get('/a');
  elsewhere(theirs);
  elsewhere(theirs);
  await settle(server);
  expect(events).toEqual([ADOPTED]);
});

test('G29: tokens renewed elsewhere are told once where a renewal adopts them', async () => {
  const { api, auth, server, elsewhere } = await openShared();
  const events = recordEvents(auth);
  const release = server.hold(REFRESH_PATH);
  server.expire();
  const request = api.get('/a');
  await until(() => server.at(REFRESH_PATH).length === 1);
  elsewhere(server.issue());
  release();
  expect((await request).status).toBe(200);
  await settle(server);
  expect(events.map(({ type }) => type)).toEqual(['refreshing', 'refreshed']);
});

test('G25: detach stops listening to the store', async () => {
  const { auth, listeners } = await openShared();
  expect(listeners()).toBe(1);
  auth.detach();
  auth.detach();
  expect(listeners()).toBe(0);
});

test.each<[string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('no events here');
    },
  ],
  ['gives nothing back', () => undefined],
])('G29: a store whose subscribe() %s is a store without it', async (_, subscribe) => {
  const server = await startTokenServer();
  const tokenStore = { ...memoryStore<Pair>(server.issue()), subscribe } as unknown as TokenStore;
  const { api, auth } = openSession(server, { tokenStore });
  expect(await codeOf(api.get('/a'))).toBe('ok');
  expect(() => {
    auth.detach();
  }).not.toThrow();
});

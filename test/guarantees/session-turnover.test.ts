import { until } from '../server/client';
import { cleanUp } from '../support/rig';
import {
  codeOf,
  openSession,
  recordEvents,
  REFRESH_PATH,
  settle,
  startTokenServer,
  type Opened,
  type OpenOptions,
  type TokenServer,
} from '../support/token-server';

afterEach(cleanUp);

interface Midway extends Opened {
  server: TokenServer;
  /** Requests that wait for the refresh: one that was refused, and one that is held. */
  waiting: Promise<string>[];
  /** Lets the refresh end. */
  release(): void;
}

/** A session in the middle of a refresh. */
async function midRefresh(options: OpenOptions = {}): Promise<Midway> {
  const server = await startTokenServer();
  const opened = openSession(server, options);
  const release = server.hold(REFRESH_PATH);
  server.expire();
  const refused = codeOf(opened.api.get('/old'));
  await until(() => server.at(REFRESH_PATH).length === 1);
  const held = codeOf(opened.api.get('/old'));
  return { server, ...opened, waiting: [refused, held], release };
}

const BOTH_SIGNED_OUT = ['ERR_AUTH_SIGNED_OUT', 'ERR_AUTH_SIGNED_OUT'];

test('G21: signOut during a refresh wins, and the store stays empty', async () => {
  const { server, auth, store, waiting, release } = await midRefresh();
  await auth.signOut();
  release();

  expect(await Promise.all(waiting)).toEqual(BOTH_SIGNED_OUT);
  await settle(server);
  expect([await store.get(), auth.status]).toEqual([null, 'signed-out']);
  expect(server.at('/old')).toHaveLength(1);
});

test('G21: those who wait are rejected at once, not when the refresh ends', async () => {
  const { auth, waiting, release } = await midRefresh();
  const renewal = codeOf(auth.refresh());
  await auth.signOut();

  expect(await Promise.all([...waiting, renewal])).toEqual([
    ...BOTH_SIGNED_OUT,
    'ERR_AUTH_SIGNED_OUT',
  ]);
  release();
});

test('G21: signOut aborts the signal of the refresh', async () => {
  let aborted = false;
  const server = await startTokenServer();
  const { auth } = openSession(server, {
    refresh: (_tokens, { signal }) =>
      new Promise(() => {
        signal.addEventListener('abort', () => (aborted = true));
      }),
  });
  const renewal = codeOf(auth.refresh());
  await until(() => auth.status === 'refreshing');
  await settle(server);
  await auth.signOut();
  expect([await renewal, aborted]).toEqual(['ERR_AUTH_SIGNED_OUT', true]);
});

test('G21: signOut tells once, and as what it is', async () => {
  const told: unknown[] = [];
  const { server, auth, waiting, release } = await midRefresh({
    onSignedOut: (error) => void told.push(error),
  });
  const events = recordEvents(auth);
  await Promise.all([auth.signOut(), auth.signOut()]);
  release();
  await Promise.all(waiting);
  await settle(server);

  expect(told).toEqual([null]);
  expect(events).toEqual([{ type: 'signed-out', reason: 'signed-out', error: null }]);
});

test('G21: a 401 that comes after signOut starts no refresh', async () => {
  const server = await startTokenServer();
  const { api, auth } = openSession(server);
  const answerLate = server.hold('/late');
  server.expire();
  const late = codeOf(api.get('/late'));
  await until(() => server.at('/late').length === 1);
  await auth.signOut();
  answerLate();

  expect(await late).toBe('ERR_AUTH_SIGNED_OUT');
  expect(server.at(REFRESH_PATH)).toEqual([]);
});

test('G21: a request that was answered well before signOut keeps its answer', async () => {
  const server = await startTokenServer();
  const { api, auth } = openSession(server);
  const answerLate = server.hold('/late');
  const late = codeOf(api.get('/late'));
  await until(() => server.at('/late').length === 1);
  await auth.signOut();
  answerLate();
  expect(await late).toBe('ok');
});

test('G22: signIn during a refresh wins, and the new tokens stay', async () => {
  const { server, api, auth, store, waiting, release } = await midRefresh();
  const bob = server.issue('bob');
  await auth.signIn(bob);
  release();

  expect(await Promise.all(waiting)).toEqual(BOTH_SIGNED_OUT);
  await settle(server);
  expect(await store.get()).toEqual(bob);
  expect((await api.get<{ user: string }>('/new')).data.user).toBe('bob');
});

test('G22: no request of the old session is sent as the new user', async () => {
  const { server, auth, waiting, release } = await midRefresh();
  const bob = server.issue('bob');
  await auth.signIn(bob);
  release();
  await Promise.all(waiting);
  await settle(server);
  expect(server.at('/old').map(({ token }) => token)).toEqual(['access-alice-1']);
});

test('G22: a late 401 of the old session is not sent again as the new user', async () => {
  const server = await startTokenServer();
  const { api, auth } = openSession(server);
  const answerLate = server.hold('/late');
  server.expire();
  const late = codeOf(api.get('/late'));
  await until(() => server.at('/late').length === 1);
  await auth.signIn(server.issue('bob'));
  answerLate();

  expect(await late).toBe('ERR_AUTH_SIGNED_OUT');
  expect(server.at('/late')).toHaveLength(1);
  expect(auth.status).toBe('signed-in');
});

test('G22: a late TOKEN_REVOKED of the old session does not end the new one', async () => {
  const server = await startTokenServer();
  const { api, auth } = openSession(server);
  const answerLate = server.hold('/late');
  server.expire();
  server.overCode = 'TOKEN_REVOKED';
  const late = codeOf(api.get('/late'));
  await until(() => server.at('/late').length === 1);
  await auth.signIn(server.issue('bob'));
  answerLate();

  expect(await late).toBe('ERR_AUTH_SIGNED_OUT');
  expect((await api.get<{ user: string }>('/new')).data.user).toBe('bob');
});

test('G22: a refused refresh of the old session does not end the new one', async () => {
  const server = await startTokenServer();
  const told: unknown[] = [];
  let refuse: (reason: Error) => void = () => undefined;
  const { auth } = openSession(server, {
    refresh: () => new Promise((_resolve, reject) => (refuse = reject)),
    onSignedOut: (error) => void told.push(error),
  });
  const renewal = codeOf(auth.refresh());
  await until(() => auth.status === 'refreshing');
  await settle(server);
  await auth.signIn(server.issue('bob'));
  refuse(Object.assign(new Error('refused'), { status: 401 }));
  await settle(server);

  expect([await renewal, auth.status, told]).toEqual(['ERR_AUTH_SIGNED_OUT', 'signed-in', []]);
});

test('G22: a request that another interceptor delays over a sign-in is not sent as the new user', async () => {
  const server = await startTokenServer();
  let goOn: () => void = () => undefined;
  const { api, auth } = openSession(server, {
    before: (instance) => {
      instance.interceptors.request.use(
        (config) => new Promise((resolve) => (goOn = () => resolve(config))),
      );
    },
  });
  let reached = false;
  api.interceptors.request.use((config) => {
    reached = true;
    return config;
  });
  const request = codeOf(api.get('/old'));
  await until(() => reached);
  await settle(server);
  await auth.signIn(server.issue('bob'));
  goOn();

  expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
  expect(server.at('/old')).toEqual([]);
});

test('G22: the new session refreshes on its own while the old refresh is still in flight', async () => {
  const { server, api, auth, waiting, release } = await midRefresh();
  await auth.signIn(server.issue('bob'));
  server.expire();
  const request = api.get<{ user: string }>('/new');
  await until(() => server.at(REFRESH_PATH).length === 2);
  release();

  expect((await request).data.user).toBe('bob');
  expect(await Promise.all(waiting)).toEqual(BOTH_SIGNED_OUT);
});

test('G22: signIn tells of nothing but the sign-in', async () => {
  const told: unknown[] = [];
  const { auth, waiting, server, release } = await midRefresh({
    onSignedOut: (error) => void told.push(error),
  });
  const events = recordEvents(auth);
  await auth.signIn(server.issue('bob'));
  release();
  await Promise.all(waiting);
  await settle(server);
  expect(events).toEqual([{ type: 'signed-in' }]);
  expect(told).toEqual([]);
});

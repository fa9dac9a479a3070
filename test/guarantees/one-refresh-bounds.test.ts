import type { AuthOptions } from '../../src/index';
import { until } from '../server/client';
import { cleanUp } from '../support/rig';
import {
  codeOf,
  gate,
  openSession,
  REFRESH_PATH,
  startTokenServer,
  type Pair,
} from '../support/token-server';

afterEach(cleanUp);

const nonsense = (value: unknown): AuthOptions['refresh'] =>
  (() => value) as unknown as AuthOptions['refresh'];

test('G9: a refresh that hangs ends after refreshTimeout, for everybody who waits', async () => {
  const server = await startTokenServer();
  const { api, auth, store } = openSession(server, {
    refreshTimeout: 150,
    refresh: () => new Promise<never>(() => undefined),
  });
  const before = await store.get();
  server.expire();
  const codes = await Promise.all(
    [api.get('/a'), api.get('/b'), auth.refresh(), auth.refresh()].map(codeOf),
  );

  expect(codes).toEqual(Array(4).fill('ERR_AUTH_REFRESH_TIMEOUT'));
  expect(await store.get()).toEqual(before);
});

test('G9: the signal of the context aborts when the time is over', async () => {
  const server = await startTokenServer();
  let aborted = false;
  const { auth } = openSession(server, {
    refreshTimeout: 100,
    refresh: (_tokens, { signal }) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(new Error('stopped'));
        });
      }),
  });

  expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_REFRESH_TIMEOUT');
  await until(() => aborted);
});

test('G9: after a hang the next request may try again', async () => {
  const server = await startTokenServer();
  let calls = 0;
  const { api } = openSession(server, {
    refreshTimeout: 150,
    refresh: () => (++calls === 1 ? new Promise<never>(() => undefined) : server.issue()),
  });
  server.expire();

  expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_TIMEOUT');
  expect((await api.get<{ user: string }>('/a')).data.user).toBe('alice');
});

test('G9: tokens that come after the time are kept: a rotated refresh token is not lost', async () => {
  const server = await startTokenServer();
  const { api, auth, store } = openSession(server, { refreshTimeout: 200 });
  const release = server.hold(REFRESH_PATH);
  server.expire();
  expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_TIMEOUT');
  release();
  await until(() => (store.get() as Pair).refreshToken === 'refresh-alice-2');

  expect((await api.get<{ token: string }>('/b')).data.token).toBe('access-alice-2');
  expect(server.at(REFRESH_PATH)).toHaveLength(1);
  expect(auth.status).toBe('signed-in');
});

test('G9: a second refresh that starts after a hang is not overtaken by the first one', async () => {
  const server = await startTokenServer();
  const first = gate();
  let calls = 0;
  const { api, auth } = openSession(server, {
    refreshTimeout: 300,
    refresh: async () => {
      if (++calls > 1) return server.issue();
      await first.promise;
      throw Object.assign(new Error('too late'), { status: 401 });
    },
  });
  server.expire();
  expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_TIMEOUT');
  const { accessToken } = await auth.refresh();
  first.open();

  expect((await api.get<{ token: string }>('/b')).data.token).toBe(accessToken);
  expect(auth.status).toBe('signed-in');
});

test('G9: a refresh that throws synchronously rejects those who wait, and keeps the tokens', async () => {
  const server = await startTokenServer();
  const { api, store } = openSession(server, {
    refresh: () => {
      throw new Error('not today');
    },
  });
  const before = await store.get();
  server.expire();

  await expect(api.get('/a')).rejects.toMatchObject({
    code: 'ERR_AUTH_REFRESH_FAILED',
    cause: { message: 'not today' },
  });
  expect(await store.get()).toEqual(before);
});

test.each([
  ['undefined', undefined],
  ['a number', 42],
  ['a string', 'access-alice-2'],
  ['an empty object', {}],
  ['an array', []],
  ['a response instead of its data', { data: { accessToken: 'access-alice-2' }, status: 200 }],
  ['an access token that is no string', { accessToken: 7 }],
  ['an empty access token', { accessToken: '' }],
  ['an access token with a line break', { accessToken: 'access-alice-2\r\nX-Evil: 1' }],
  ['a refresh token that is no string', { accessToken: 'access-alice-2', refreshToken: 5 }],
])('G13: a refresh that gives %s rejects with a code, and keeps the tokens', async (_, value) => {
  const server = await startTokenServer();
  const { api, auth, store } = openSession(server, { refresh: nonsense(value) });
  const before = await store.get();
  server.expire();

  expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_INVALID_TOKENS');
  expect(await store.get()).toEqual(before);
  expect(auth.status).toBe('signed-in');
});

test('G9: a thenable that never settles counts as a hang', async () => {
  const server = await startTokenServer();
  const { auth } = openSession(server, {
    refreshTimeout: 100,
    refresh: nonsense({ then: () => undefined }),
  });
  expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_REFRESH_TIMEOUT');
});

test.each([
  ['undefined', undefined],
  ['a string', 'boom'],
  ['null', null],
])('G9: a refresh that throws %s is a failed refresh', async (_, thrown) => {
  const server = await startTokenServer();
  const { auth } = openSession(server, {
    refresh: () => {
      throw thrown as unknown as Error;
    },
  });
  expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_REFRESH_FAILED');
});

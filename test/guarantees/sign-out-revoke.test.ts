import { isAuthError, memoryStore } from '../../src/index';
import type { AuthOptions } from '../../src/index';
import { until } from '../server/client';
import { attached } from '../support/attached';
import { digFor } from '../support/digger';
import { rejection } from '../support/expiring-api';
import { cleanUp, createRig } from '../support/rig';
import { openSlow } from '../support/slow-session';
import { gate, openSession, settle, startTokenServer } from '../support/token-server';

afterEach(async () => {
  jest.useRealTimers();
  await cleanUp();
});

type Revoke = NonNullable<AuthOptions['revoke']>;

const HELD = { accessToken: 'access-secret-1', refreshToken: 'refresh-secret-1', scope: 'read' };

test('RFC 7009: signOut tells the auth server, over real HTTP, and the token is worth nothing', async () => {
  const { api, auth, server, seen } = await createRig({
    options: {
      revoke: (tokens, { client }) =>
        client.post('/auth/revoke', {
          token: tokens?.refreshToken,
          token_type_hint: 'refresh_token',
        }),
    },
  });
  const accessToken = await auth.getAccessToken();
  await auth.signOut();
  expect(seen('/auth/revoke')).toHaveLength(1);
  const headers = { Authorization: `Bearer ${accessToken}` };
  await expect(api.get('/profile', { headers })).rejects.toMatchObject({
    response: { status: 401 },
  });
  expect(server.stats.seen.filter(({ path }) => path === '/profile')).toHaveLength(1);
});

test('revoke is called once, with the tokens, when they are gone here and everybody knows', async () => {
  const order: string[] = [];
  const tokenStore = memoryStore(HELD);
  const { auth } = attached({
    options: {
      tokenStore,
      onSignedOut: () => void order.push('told'),
      revoke: async (tokens, { client, signal }) => {
        order.push('revoke');
        expect([tokens, await tokenStore.get(), auth.status]).toEqual([HELD, null, 'signed-out']);
        expect([typeof client.post, signal.aborted]).toEqual(['function', false]);
      },
    },
  });
  await auth.signOut();
  expect(order).toEqual(['told', 'revoke']);
});

test('revoke is not called where there are no tokens, nor a second time for the same ones', async () => {
  const revoke = jest.fn();
  const { auth } = attached({ tokens: null, options: { revoke } });
  await auth.signOut();
  expect(revoke).not.toHaveBeenCalled();
  await auth.signIn(HELD);
  await Promise.all([auth.signOut(), auth.signOut()]);
  await auth.signOut();
  expect(revoke).toHaveBeenCalledTimes(1);
});

test('the same over a slow store, whose tokens are read before they are cleared', async () => {
  const revoke = jest.fn();
  const { auth, slow } = await openSlow(true, { revoke });
  slow.hold('get', 'clear');
  const both = Promise.all([auth.signOut(), auth.signOut()]);
  await until(() => slow.waiting('clear') > 0);
  expect(revoke).not.toHaveBeenCalled();
  slow.release();
  await both;
  expect(revoke.mock.calls).toMatchObject([[{ accessToken: 'access-alice-1' }, {}]]);
});

test('revoke is not called where the session has expired, nor by a sign-in', async () => {
  const revoke = jest.fn();
  const server = await startTokenServer();
  const { api, auth } = openSession(server, { refresh: () => null, revoke });
  await auth.signIn(server.issue('bob'));
  server.expire();
  expect(await rejection(api.get('/a'))).toMatchObject({ code: 'ERR_AUTH_SESSION_EXPIRED' });
  await auth.signOut();
  await settle(server);
  expect(revoke).not.toHaveBeenCalled();
});

const FAULTS: [string, Revoke][] = [
  [
    'throws',
    () => {
      throw new Error(JSON.stringify(HELD));
    },
  ],
  ['rejects', (tokens) => Promise.reject(new Error(`refused ${String(tokens?.accessToken)}`))],
  [
    'throws nothing',
    () => {
      throw undefined as unknown as Error;
    },
  ],
];

test.each(FAULTS)(
  'a revoke that %s fails no sign-out, and its log line holds no token',
  async (_, revoke) => {
    const lines: unknown[][] = [];
    const warn = (...line: unknown[]): void => void lines.push(line);
    const tokenStore = memoryStore(HELD);
    const { auth } = attached({ options: { tokenStore, revoke, logger: { warn } } });
    await expect(auth.signOut()).resolves.toBeUndefined();
    expect([tokenStore.get(), auth.status]).toEqual([null, 'signed-out']);
    await until(() => lines.length === 1);
    expect(lines[0]![0]).toMatch(/could not be revoked/);
    expect(await digFor([HELD.accessToken, HELD.refreshToken], lines)).toEqual([]);
  },
);

test('a revoke that hangs holds signOut up for 5 seconds, and is then told to stop', async () => {
  jest.useFakeTimers();
  let signal: AbortSignal | undefined;
  const revoke: Revoke = (_tokens, context) => {
    ({ signal } = context);
    return new Promise(() => undefined);
  };
  const { auth } = attached({ options: { revoke } });
  const done = jest.fn();
  void auth.signOut().then(done);
  await jest.advanceTimersByTimeAsync(4_999);
  expect([auth.status, signal?.aborted, done.mock.calls.length]).toEqual(['signed-out', false, 0]);
  await jest.advanceTimersByTimeAsync(1);
  expect([signal?.aborted, done.mock.calls.length]).toEqual([true, 1]);
  expect(jest.getTimerCount()).toBe(0);
});

test('a sign-in while revoke hangs is not touched by it', async () => {
  const { promise, open } = gate();
  const revoke = jest.fn(() => promise);
  const tokenStore = memoryStore(HELD);
  const { auth } = attached({ options: { tokenStore, revoke } });
  const signedOut = auth.signOut();
  await until(() => revoke.mock.calls.length === 1);
  await auth.signIn({ accessToken: 'access-new' });
  open();
  await signedOut;
  expect([await tokenStore.get(), auth.status]).toEqual([
    { accessToken: 'access-new' },
    'signed-in',
  ]);
  expect(revoke).toHaveBeenCalledTimes(1);
});

test('the tokens are revoked although the store cannot forget them', async () => {
  const revoke = jest.fn();
  const clear = (): never => {
    throw new Error('read only');
  };
  const { auth } = attached({ options: { tokenStore: { ...memoryStore(HELD), clear }, revoke } });
  const error = await rejection(auth.signOut());
  expect([isAuthError(error), error.code]).toEqual([true, 'ERR_AUTH_STORE']);
  expect(revoke).toHaveBeenCalledTimes(1);
});

test('a store that cannot be read holds up no sign-out', async () => {
  const revoke = jest.fn();
  const get = (): never => {
    throw new Error('broken');
  };
  const { auth } = attached({ options: { tokenStore: { ...memoryStore(HELD), get }, revoke } });
  await auth.signOut();
  expect([auth.status, revoke.mock.calls.length]).toEqual(['signed-out', 0]);
});

import { isAuthError, memoryStore } from '../../src/index';
import type { AuthOptions, Tokens } from '../../src/index';
import { digFor } from '../support/digger';
import {
  attached,
  cleanUp,
  codeOf,
  createRig,
  gate,
  openSession,
  REFRESH_PATH,
  rejection,
  settle,
  startTokenServer,
  until,
  type Opened,
  type OpenOptions,
  type TokenServer,
} from '../support/session';
import { openSlow } from '../support/slow-session';

afterEach(cleanUp);

type Revoke = NonNullable<AuthOptions['revoke']>;

const HELD = { accessToken: 'access-secret-1', refreshToken: 'refresh-secret-1', scope: 'read' };

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

afterEach(async () => {
  jest.useRealTimers();
  await cleanUp();
});

interface Refreshing extends Opened {
  server: TokenServer;
  revoked: string[];
  renewal: Promise<string>;
  answer(): void;
}

/** A refresh is under way, and its answer is held back. */
async function refreshing(options: OpenOptions = {}): Promise<Refreshing> {
  const server = await startTokenServer();
  const revoked: string[] = [];
  const opened = openSession(server, {
    revoke: (tokens) => void revoked.push(named(tokens)),
    ...options,
  });
  const answer = server.hold(REFRESH_PATH);
  const renewal = codeOf(opened.auth.refresh());
  await until(() => server.at(REFRESH_PATH).length === 1);
  return { server, revoked, renewal, answer, ...opened };
}

const named = (tokens: Tokens | null): string =>
  `${tokens?.accessToken ?? ''} ${tokens?.refreshToken ?? ''}`;

const first = 'access-alice-1 refresh-alice-1';

const second = 'access-alice-2 refresh-alice-2';

describe('G21: signOut revokes the tokens', () => {
  test('RFC 7009: signOut revokes at the auth server, over real HTTP, and the token is refused', async () => {
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

  test('revoke is called once, with the tokens, after the store is cleared and onSignedOut was called', async () => {
    const order: string[] = [];
    const tokenStore = memoryStore(HELD);
    const { auth } = attached({
      options: {
        tokenStore,
        onSignedOut: () => void order.push('onSignedOut'),
        revoke: async (tokens, { client, signal }) => {
          order.push('revoke');
          expect([tokens, await tokenStore.get(), auth.status]).toEqual([HELD, null, 'signed-out']);
          expect([typeof client.post, signal.aborted]).toEqual(['function', false]);
        },
      },
    });
    await auth.signOut();
    expect(order).toEqual(['onSignedOut', 'revoke']);
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

  test('over a slow store, the tokens are read before they are cleared', async () => {
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

  test('a revoke that hangs delays signOut for 5 seconds, and is then aborted', async () => {
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
    expect([auth.status, signal?.aborted, done.mock.calls.length]).toEqual([
      'signed-out',
      false,
      0,
    ]);
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

  test('the tokens are revoked although the store cannot be cleared', async () => {
    const revoke = jest.fn();
    const clear = (): never => {
      throw new Error('read only');
    };
    const { auth } = attached({ options: { tokenStore: { ...memoryStore(HELD), clear }, revoke } });
    const error = await rejection(auth.signOut());
    expect([isAuthError(error), error.code]).toEqual([true, 'ERR_AUTH_STORE']);
    expect(revoke).toHaveBeenCalledTimes(1);
  });

  test('a store that cannot be read does not stop signOut', async () => {
    const revoke = jest.fn();
    const get = (): never => {
      throw new Error('broken');
    };
    const { auth } = attached({ options: { tokenStore: { ...memoryStore(HELD), get }, revoke } });
    await auth.signOut();
    expect([auth.status, revoke.mock.calls.length]).toEqual(['signed-out', 0]);
  });
});

describe('G21: signOut during a refresh, and revoke', () => {
  test('tokens of a refresh that arrive after the sign-out are revoked, too', async () => {
    const { auth, revoked, renewal, answer, store } = await refreshing({
      // A refresh that goes on although its signal is aborted.
      refresh: async (tokens, { client }) => (await client.post<Tokens>(REFRESH_PATH, tokens)).data,
    });
    await auth.signOut();
    expect([await renewal, revoked]).toEqual(['ERR_AUTH_SIGNED_OUT', [first]]);
    answer();
    await until(() => revoked.length === 2);
    expect(revoked.sort()).toEqual([first, second]);
    expect(await store.get()).toBeNull();
  });

  test('a refresh token that the server does not give again is revoked with the new tokens', async () => {
    let answer = (_: Tokens): void => undefined;
    const revoked: unknown[] = [];
    const server = await startTokenServer();
    const { auth } = openSession(server, {
      revoke: (tokens) => void revoked.push(tokens),
      refresh: () => new Promise((resolve) => (answer = resolve)),
    });
    const renewal = codeOf(auth.refresh());
    await until(() => auth.status === 'refreshing');
    await settle(server);
    await auth.signOut();
    answer({ accessToken: 'access-alice-9' });
    await until(() => revoked.length === 2);
    expect(revoked[1]).toMatchObject({
      accessToken: 'access-alice-9',
      refreshToken: 'refresh-alice-1',
    });
    expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
  });

  test('a refresh that fails after the sign-out, or gives nothing, revokes nothing more', async () => {
    for (const late of [null, {}, 'tokens', new Error('down')]) {
      let answer = (): void => undefined;
      const revoke = jest.fn();
      const server = await startTokenServer();
      const { auth } = openSession(server, {
        revoke,
        refresh: () =>
          new Promise((resolve, reject) => {
            answer = () => (late instanceof Error ? reject(late) : resolve(late as never));
          }),
      });
      const renewal = codeOf(auth.refresh());
      await settle(server);
      await auth.signOut();
      answer();
      expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
      await settle(server);
      expect(revoke).toHaveBeenCalledTimes(1);
    }
  });

  test('a sign-in during a refresh revokes nothing: its tokens may belong to the same authorization', async () => {
    const { auth, server, revoked, renewal, answer, store } = await refreshing();
    const theirs = server.issue('bob');
    await auth.signIn(theirs);
    answer();
    expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
    await settle(server);
    expect([revoked, await store.get()]).toEqual([[], theirs]);
  });

  test('nothing more is revoked after a sign-out and a sign-in', async () => {
    const { auth, server, revoked, renewal, answer } = await refreshing();
    await auth.signOut();
    await auth.signIn(server.issue('bob'));
    answer();
    expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
    await settle(server);
    expect(revoked).toEqual([first]);
  });

  test('the tokens of a refresh that are just being stored are the ones that are revoked', async () => {
    const revoked: string[] = [];
    const opened = await openSlow(true, {
      revoke: (tokens) => void revoked.push(named(tokens)),
    });
    const { auth, slow } = opened;
    slow.hold('set');
    const renewal = codeOf(auth.refresh());
    await until(() => slow.waiting('set') === 1);
    const signedOut = auth.signOut();
    slow.release();
    await signedOut;
    expect([await renewal, revoked, slow.held]).toEqual(['ERR_AUTH_SIGNED_OUT', [second], null]);
  });

  test('the tokens of a refresh for which the store is being read are revoked as well', async () => {
    const revoked: string[] = [];
    const opened = await openSlow(true, {
      revoke: (tokens) => void revoked.push(named(tokens)),
    });
    const { auth, server, slow } = opened;
    const answer = server.hold(REFRESH_PATH);
    const renewal = codeOf(auth.refresh());
    await until(() => server.at(REFRESH_PATH).length === 1);
    slow.hold('get');
    answer();
    await until(() => slow.waiting('get') === 1);
    const signedOut = auth.signOut();
    slow.release();
    await signedOut;
    expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
    await settle(server);
    expect(revoked.sort()).toEqual([first, second]);
  });

  test('the tokens of a refresh are revoked also where the tokens have vanished from the store meanwhile', async () => {
    const revoked: string[] = [];
    const server = await startTokenServer();
    const { auth, store } = openSession(server, {
      revoke: (tokens) => void revoked.push(named(tokens)),
    });
    const answer = server.hold(REFRESH_PATH);
    const renewal = codeOf(auth.refresh());
    await until(() => server.at(REFRESH_PATH).length === 1);
    await store.clear();
    answer();
    expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
    await settle(server);
    expect([revoked, await auth.getTokens()]).toEqual([[second], null]);
  });
});

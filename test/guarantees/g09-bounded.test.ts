import { memoryStore } from '../../src/index';
import type { AuthOptions, TokenStore } from '../../src/index';
import { openListening } from '../support/listening';
import {
  cleanUp,
  codeOf,
  gate,
  openSession,
  REFRESH_PATH,
  rejection,
  settle,
  startTokenServer,
  turns,
  until,
  type Pair,
} from '../support/session';
import { openSlow, userOf } from '../support/slow-session';
import { controlTimers } from '../support/clocks';

afterEach(cleanUp);

const nonsense = (value: unknown): AuthOptions['refresh'] =>
  (() => value) as unknown as AuthOptions['refresh'];

describe('G9: every wait is bounded', () => {
  test('a refresh that hangs ends after refreshTimeout, for everybody who waits', async () => {
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

  test('the signal of the context aborts when the time is over', async () => {
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

  test('after a hang the next request may try again', async () => {
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

  test('tokens that come after the time are kept: a rotated refresh token is not lost', async () => {
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

  test('a second refresh that starts after a hang is not overtaken by the first one', async () => {
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

  test('a refresh that throws synchronously rejects those who wait, and keeps the tokens', async () => {
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

  test('a thenable that never settles counts as a hang', async () => {
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
  ])('a refresh that throws %s is a failed refresh', async (_, thrown) => {
    const server = await startTokenServer();
    const { auth } = openSession(server, {
      refresh: () => {
        throw thrown as unknown as Error;
      },
    });
    expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_REFRESH_FAILED');
  });

  test.each([
    ['other tokens that follow stay', 'r-2', 'a'],
    // Its refresh token is used up: without those of the renewal the session would end.
    ['the same tokens that follow are renewed', 'r', 'b'],
  ])(
    'G22: tokens that vanish end the session also while a renewal is in flight; %s',
    async (_, refreshToken, expected) => {
      const { auth, elsewhere, answer, refresh } = openListening();
      const renewal = codeOf(auth.refresh());
      await until(() => refresh.mock.calls.length === 1);
      elsewhere(null);
      await auth.getTokens();
      elsewhere({ accessToken: 'a', refreshToken });
      answer({ accessToken: 'b' });
      expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
      await turns(20);
      expect(await auth.getTokens()).toMatchObject({ accessToken: expected });
    },
  );

  test('tokens that arrive after refreshTimeout are stored, with one event', async () => {
    const { auth, notified, answer } = openListening({ options: { refreshTimeout: 30 } });
    expect(await rejection(auth.refresh())).toMatchObject({ code: 'ERR_AUTH_REFRESH_TIMEOUT' });
    await turns(20);
    answer({ accessToken: 'late' });
    await turns(20);
    await auth.getTokens();
    await turns(20);
    expect(notified.slice(1)).toEqual([
      ['refresh-failed', 'signed-in', 'a'],
      ['refreshed', 'signed-in', 'late'],
    ]);
  });

  test('a sign-in that cannot be stored ends signed out, with that event', async () => {
    const tokenStore: TokenStore = {
      ...memoryStore(),
      set: () => {
        throw new Error('quota');
      },
    };
    const { auth, notified } = openListening({ options: { tokenStore } });
    expect(await rejection(auth.signIn({ accessToken: 'b' }))).toMatchObject({
      code: 'ERR_AUTH_STORE',
    });
    await turns(20);
    expect(notified).toEqual([['signed-out', 'signed-out', null]]);
  });
});

describe('G9: writes reach the store in order, and an older token never replaces a newer one', () => {
  test('writes reach the store in the order of the calls', async () => {
    const { auth, server, slow } = await openSlow();
    slow.hold('set', 'clear');
    const calls = [
      auth.signIn(server.issue('bob')),
      auth.signOut(),
      auth.signIn(server.issue('eve')),
    ];
    await until(() => slow.waiting('set') + slow.waiting('clear') > 0);
    slow.release();
    await Promise.all(calls);

    expect(slow.held).toMatchObject({ accessToken: 'access-eve-3' });
    expect(slow.done.at(-1)).toBe('access-eve-3');
  });

  test('a write begins when the one before it has ended', async () => {
    const { auth, server, slow } = await openSlow();
    slow.hold('set', 'clear');
    const signIn = auth.signIn(server.issue('bob'));
    await until(() => slow.waiting('set') === 1);
    const signOut = auth.signOut();
    await settle(server);
    expect(slow.waiting('clear')).toBe(0);
    slow.next('set');
    await until(() => slow.waiting('clear') === 1);
    slow.release();
    await Promise.all([signIn, signOut]);
    expect(slow.held).toBeNull();
  });

  test('the write of a refresh never replaces the one of a later sign-in', async () => {
    const opened = await openSlow();
    const { auth, server, slow } = opened;
    slow.hold('set');
    const renewal = codeOf(auth.refresh());
    await until(() => slow.waiting('set') === 1);
    const bob = server.issue('bob');
    const signIn = auth.signIn(bob);
    slow.release();
    await signIn;

    expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
    expect(slow.held).toEqual(bob);
    expect(await userOf(opened)).toBe('bob');
  });

  test('a sign-in that fails to be stored does not undo the one that came after it', async () => {
    const opened = await openSlow();
    const { auth, server, slow } = opened;
    await auth.getTokens();
    slow.hold('set');
    const first = codeOf(auth.signIn(server.issue('bob')));
    await until(() => slow.waiting('set') === 1);
    const eve = server.issue('eve');
    const second = codeOf(auth.signIn(eve));
    slow.next('set', new Error('quota exceeded'));
    expect(await first).toBe('ERR_AUTH_STORE');
    expect([await userOf(opened), auth.status]).toEqual(['eve', 'signed-in']);
    slow.release();

    expect(await second).toBe('ok');
    expect(slow.held).toEqual(eve);
    expect(await userOf(opened)).toBe('eve');
  });

  test('a sign-in that fails to be stored does not undo the sign-out that came after it', async () => {
    const opened = await openSlow();
    const { auth, server, slow } = opened;
    await auth.getTokens();
    slow.hold('set', 'clear');
    const signIn = codeOf(auth.signIn(server.issue('bob')));
    await until(() => slow.waiting('set') === 1);
    const signOut = codeOf(auth.signOut());
    slow.next('set', new Error('quota exceeded'));
    expect(await signIn).toBe('ERR_AUTH_STORE');
    expect([await userOf(opened), auth.status]).toEqual([null, 'signed-out']);
    slow.release();

    expect(await signOut).toBe('ok');
    expect(slow.held).toBeNull();
    expect(await userOf(opened)).toBeNull();
  });

  test('a write that lands late over a newer one is corrected', async () => {
    const { drive } = controlTimers();
    const { api, auth, server, slow } = await openSlow();
    await auth.getTokens();
    slow.hold('set');
    server.expire();
    // Served from memory when the time for the write is over.
    expect(await drive(server, codeOf(api.get('/a')))).toBe('ok');
    const bob = server.issue('bob');
    const before = slow.waiting('set');
    const signIn = auth.signIn(bob);
    await until(() => slow.waiting('set') > before);
    slow.last('set');
    await signIn;
    slow.release();

    await drive(
      server,
      until(() => slow.done.includes('access-alice-2')),
    );
    await drive(
      server,
      until(() => slow.held?.accessToken === bob.accessToken),
    );
    await settle(server);
    expect(slow.held).toEqual(bob);
  });
});

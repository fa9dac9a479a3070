import { memoryStore } from '../../src/index';
import type { AuthEvent, AuthSession, Tokens, TokenStore } from '../../src/index';
import { attached } from '../support/attached';
import { rejection } from '../support/expiring-api';
import { cleanUp } from '../support/rig';
import { sharedStore } from '../support/shared-store';
import { SlowStore } from '../support/slow-store';
import { until } from '../support/until';

afterEach(cleanUp);

interface Told {
  auth: AuthSession;
  /** Each event, and the status and the token that a listener found when it was told. */
  told: [type: AuthEvent['type'], status: string, token: string | null][];
  /** What a sibling does to the store, which says so. */
  elsewhere(tokens: Tokens | null): void;
  /** Lets a refresh come to its end; the last one, where no number is given. */
  answer(tokens: Tokens | Error, call?: number): void;
  refresh: jest.Mock;
}

/** A session whose every change must be told: whoever only listens knows as much as who asks. */
function open(options: Parameters<typeof attached>[0] = {}): Told {
  const initial: Tokens = { accessToken: 'a', refreshToken: 'r' };
  const { store, elsewhere } = sharedStore(initial);
  const calls: { resolve(tokens: Tokens): void; reject(error: Error): void }[] = [];
  const refresh = jest.fn(
    () =>
      new Promise<Tokens>((resolve, reject) => {
        calls.push({ resolve, reject });
      }),
  );
  const { auth } = attached({
    ...options,
    options: { tokenStore: store, refresh, refreshRetries: 0, ...options.options },
  });
  const told: Told['told'] = [];
  auth.subscribe(({ type }) => {
    void auth.getTokens().then((tokens) => {
      told.push([type, auth.status, tokens?.accessToken ?? null]);
    });
  });
  return {
    auth,
    told,
    refresh,
    elsewhere,
    answer(tokens, call = calls.length - 1) {
      if (tokens instanceof Error) calls[call]!.reject(tokens);
      else calls[call]!.resolve(tokens);
    },
  };
}

const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

test('G29: a sign-out elsewhere during a renewal is told when it is so', async () => {
  const { auth, told, elsewhere, answer, refresh } = open();
  const renewal = rejection(auth.refresh());
  await until(() => refresh.mock.calls.length === 1);
  elsewhere(null);
  answer({ accessToken: 'b' });
  expect(await renewal).toMatchObject({ code: 'ERR_AUTH_SIGNED_OUT' });
  await rest();
  expect(told.slice(1)).toEqual([['signed-out', 'signed-out', null]]);
});

test('G7: a renewal that fails for now gives what a sibling has stored meanwhile', async () => {
  const { auth, told, elsewhere, answer, refresh } = open();
  const renewal = auth.refresh();
  await until(() => refresh.mock.calls.length === 1);
  elsewhere({ accessToken: 'theirs' });
  answer(new TypeError('fetch failed'));
  expect(await renewal).toEqual({ accessToken: 'theirs' });
  await rest();
  expect(told.slice(1)).toEqual([['refreshed', 'signed-in', 'theirs']]);
});

test('G29: what a sibling has stored is told after a renewal that took too long', async () => {
  const { auth, told, elsewhere, refresh } = open({ options: { refreshTimeout: 50 } });
  const renewal = rejection(auth.refresh());
  await until(() => refresh.mock.calls.length === 1);
  elsewhere({ accessToken: 'theirs' });
  expect(await renewal).toMatchObject({ code: 'ERR_AUTH_REFRESH_TIMEOUT' });
  await rest();
  expect(told).toContainEqual(['refreshed', 'signed-in', 'theirs']);
});

test('G9: a store that has nothing for a moment costs no tokens that are on their way', async () => {
  const { auth, elsewhere, answer, refresh } = open();
  const renewal = auth.refresh();
  await until(() => refresh.mock.calls.length === 1);
  elsewhere(null);
  await auth.getTokens();
  elsewhere({ accessToken: 'a', refreshToken: 'r' });
  answer({ accessToken: 'b' });
  expect(await renewal).toMatchObject({ accessToken: 'b' });
});

test('G10: a store that has nothing after a failure is no sign-out', async () => {
  const { auth, elsewhere, answer, refresh } = open();
  const renewal = rejection(auth.refresh());
  await until(() => refresh.mock.calls.length === 1);
  elsewhere(null);
  answer(new TypeError('fetch failed'));
  expect(await renewal).toMatchObject({ code: 'ERR_AUTH_REFRESH_FAILED' });
});

test('G10: nor does a store that hangs keep a failure back', async () => {
  const store = new SlowStore({ accessToken: 'a' });
  const { auth, answer, refresh } = open({ options: { tokenStore: store } });
  const renewal = rejection(auth.refresh());
  await until(() => refresh.mock.calls.length === 1);
  store.hold('get');
  answer(new TypeError('fetch failed'));
  expect(await renewal).toMatchObject({ code: 'ERR_AUTH_REFRESH_FAILED' });
  store.release();
});

test('G10: what a renewal still brings after its time was over does not end the next one', async () => {
  const { auth, elsewhere, answer, refresh } = open({
    options: { refreshTimeout: 50, cookieRefresh: true },
  });
  expect(await rejection(auth.refresh())).toMatchObject({ code: 'ERR_AUTH_REFRESH_TIMEOUT' });
  elsewhere(null);
  const next = auth.getAccessToken();
  await until(() => refresh.mock.calls.length === 2);
  answer(new TypeError('fetch failed'), 0);
  await rest();
  answer({ accessToken: 'b' });
  expect(await next).toBe('b');
});

test('G29: a sign-out elsewhere is one, also where only a cookie may know of somebody', async () => {
  const { auth, elsewhere } = open({ options: { cookieRefresh: true } });
  await auth.getTokens();
  elsewhere(null);
  await until(() => auth.status === 'signed-out');
});

test('G9: tokens that come after refreshTimeout are stored, and told once', async () => {
  const { auth, told, answer } = open({ options: { refreshTimeout: 30 } });
  expect(await rejection(auth.refresh())).toMatchObject({ code: 'ERR_AUTH_REFRESH_TIMEOUT' });
  await rest();
  answer({ accessToken: 'late' });
  await rest();
  await auth.getTokens();
  await rest();
  expect(told.slice(1)).toEqual([
    ['refresh-failed', 'signed-in', 'a'],
    ['refreshed', 'signed-in', 'late'],
  ]);
});

test('G21: a sign-out before the cookie was asked is told', async () => {
  const { auth, told } = open({ options: { cookieRefresh: true, tokenStore: memoryStore() } });
  const first = rejection(auth.getAccessToken());
  await auth.signOut();
  expect(await first).toMatchObject({ code: 'ERR_AUTH_SIGNED_OUT' });
  await rest();
  expect(told.at(-1)).toEqual(['signed-out', 'signed-out', null]);
});

test('G9: a sign-in that cannot be stored ends as it is told', async () => {
  const tokenStore: TokenStore = {
    ...memoryStore(),
    set: () => {
      throw new Error('quota');
    },
  };
  const { auth, told } = open({ options: { tokenStore } });
  expect(await rejection(auth.signIn({ accessToken: 'b' }))).toMatchObject({
    code: 'ERR_AUTH_STORE',
  });
  await rest();
  expect(told).toEqual([['signed-out', 'signed-out', null]]);
});

test('G29: the first answer of an asynchronous store is told once, to however many', async () => {
  const store = new SlowStore({ accessToken: 'a' });
  let reads = 0;
  const tokenStore: TokenStore = {
    get: () => (reads++, store.get()),
    set: (tokens) => store.set(tokens),
    clear: () => store.clear(),
  };
  const { auth } = attached({ options: { tokenStore } });
  const events: string[] = [];
  for (let n = 0; n < 20; n++) auth.subscribe(({ type }) => events.push(`${n} ${type}`));
  await rest();
  expect(events).toEqual(Array.from({ length: 20 }, (_, n) => `${n} signed-in`));
  expect(reads).toBe(1);
});

test('G29: where its first answer is a fault, the next one is told', async () => {
  let isBroken = true;
  const tokenStore: TokenStore = {
    ...memoryStore(),
    get: () =>
      isBroken ? Promise.reject(new Error('locked')) : Promise.resolve({ accessToken: 'a' }),
  };
  const { auth } = attached({ options: { tokenStore } });
  const events: string[] = [];
  auth.subscribe(({ type }) => events.push(type));
  await rest();
  isBroken = false;
  await auth.getTokens();
  await rest();
  expect([events, auth.status]).toEqual([['signed-in'], 'signed-in']);
});

test('G29: tokens that a sibling has stored in an asynchronous store are told', async () => {
  const store = new SlowStore({ accessToken: 'a' });
  const { auth } = attached({ options: { tokenStore: store } });
  await auth.getTokens();
  const events: AuthEvent[] = [];
  auth.subscribe((event) => events.push(event));
  store.held = { accessToken: 'theirs' };
  await auth.getTokens();
  await rest();
  expect(events).toEqual([{ type: 'refreshed', ms: 0, attempts: 0, held: 0 }]);
});

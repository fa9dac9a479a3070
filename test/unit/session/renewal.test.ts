import type { AuthOptions, RefreshContext, Tokens, TokenStore } from '../../../src/index';
import { memoryStore } from '../../../src/index';
import { IN_MEMORY, READ_THROUGH, type StoreHints } from '../../../src/stores/store';
import { deferred } from '../../../src/util/awaitable';
import { answering, EXPIRED, OK } from '../../support/answering';
import { attached } from '../../support/attached';
import { codeOf, gate, rejection } from '../../support/outcomes';
import { cleanUp } from '../../support/rig';
import { recordEvents, withoutAsyncContext } from '../../support/session';
import { SlowStore } from '../../support/slow-store';

const OLD: Tokens = { accessToken: 'access-1', refreshToken: 'refresh-1' };
const NEW: Tokens = { accessToken: 'access-2', refreshToken: 'refresh-2' };
const PEER: Tokens = { accessToken: 'access-peer', refreshToken: 'refresh-peer' };

const TIMEOUT = 10_000;

/** One call of `refresh`, which the test answers. */
interface Call {
  tokens: Tokens | null;
  context: RefreshContext;
  at: number;
  answer(this: void, answer: unknown): void;
  fail(this: void, fault: unknown): void;
}

/** A session with calls of `refresh` that the test answers, and a server that knows `access-1` as expired. */
function open(tokenStore: TokenStore = memoryStore(OLD), options: Partial<AuthOptions> = {}) {
  const calls: Call[] = [];
  const lines: [level: string, message: string, details: unknown][] = [];
  const log =
    (level: string) =>
    (message: string, details?: unknown): void =>
      void lines.push([level, message, details]);
  const server = answering(({ token }) => (token === OLD.accessToken ? EXPIRED : OK));
  const startedAt = performance.now();
  const session = attached({
    axios: server.axios,
    options: {
      tokenStore,
      refreshTimeout: TIMEOUT,
      refreshRetries: 0,
      logger: { warn: log('warn'), error: log('error') },
      refresh: (tokens, context) =>
        new Promise((resolve, reject) => {
          const at = performance.now() - startedAt;
          calls.push({ tokens, context, at, answer: resolve, fail: reject });
        }),
      ...options,
    },
  });
  return { ...session, ...server, calls, lines };
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

/** What has happened so far: `pending`, `ok` or the code of the error. */
function soFar(promise: Promise<unknown>): { now: string } {
  const state = { now: 'pending' };
  void codeOf(promise).then((code) => (state.now = code));
  return state;
}

const refusal = (): Error => Object.assign(new Error('refused'), { response: { status: 401 } });
const fault = (): Error => Object.assign(new Error('down'), { response: { status: 503 } });

/** A plain store in which a peer may store tokens: it has no lock, and is not in memory alone. */
const plainStore = (held: Tokens | null = OLD): TokenStore => ({ ...memoryStore(held) });

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(async () => {
  await cleanUp();
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('the call of refresh', () => {
  it('begins when the listeners have heard of it, and tells why', async () => {
    const { auth, calls } = open();
    await auth.getTokens();
    const events = recordEvents(auth);
    const refreshing = codeOf(auth.refresh());
    expect([events.length, calls.length]).toEqual([0, 0]);
    await pass(0);
    expect(events).toEqual([{ type: 'refreshing', reason: 'manual' }]);
    expect(calls).toMatchObject([{ tokens: OLD, context: { reason: 'manual' } }]);
    expect('response' in calls[0]!.context).toBe(false);
    calls[0]!.answer(NEW);
    expect(await refreshing).toBe('ok');
  });

  it('is given the answer that was refused, and one client, which is made when it is asked for', async () => {
    const { api, calls } = open();
    const request = codeOf(api.get('/a'));
    await pass(0);
    const { context, answer } = calls[0]!;
    expect([context.reason, context.response?.status]).toEqual(['rejected', 401]);
    expect(context.client).toBe(context.client);
    answer(NEW);
    expect(await request).toBe('ok');
  });

  it('G27: sees what a peer has stored meanwhile, past the cache', async () => {
    const store: TokenStore & StoreHints = {
      ...plainStore(),
      [READ_THROUGH]: () => PEER,
    };
    const { auth, calls } = open(store);
    expect([await auth.refresh(), calls]).toEqual([PEER, []]);
  });

  it('G26: tokens that have vanished meanwhile end the session without it', async () => {
    const store: TokenStore & StoreHints = { ...plainStore(), [READ_THROUGH]: () => null };
    const { auth, calls } = open(store);
    await auth.getTokens();
    const events = recordEvents(auth);
    expect([await codeOf(auth.refresh()), calls]).toEqual(['ERR_AUTH_SIGNED_OUT', []]);
    expect(events.at(-1)).toEqual({ type: 'signed-out', reason: 'elsewhere', error: null });
  });

  it('G33: a store that cannot be read fails the renewal with its fault', async () => {
    const store: TokenStore & StoreHints = {
      ...plainStore(),
      [READ_THROUGH]: () => {
        throw new Error('no disk');
      },
    };
    const { auth, calls } = open(store);
    expect([await codeOf(auth.refresh()), calls]).toEqual(['ERR_AUTH_STORE', []]);
  });

  it('G10: is not repeated in the background, and is where a request waits', async () => {
    const { auth, calls } = open(memoryStore(), { refreshRetries: 1, refreshAhead: 0 });
    jest.spyOn(Math, 'random').mockReturnValue(0);
    await auth.signIn({ ...OLD, expiresIn: 3_600 });
    await auth.getAccessToken();
    await pass(0);
    expect(calls).toMatchObject([{ context: { reason: 'ahead' } }]);
    calls[0]!.fail(fault());
    await pass(1_000);
    expect([calls.length, auth.status]).toEqual([1, 'signed-in']);
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    calls[1]!.fail(fault());
    await pass(1_000);
    expect(calls).toHaveLength(3);
    calls[2]!.answer(NEW);
    expect(await refreshing).toBe('ok');
  });
});

describe('the new tokens', () => {
  it('G9: are stored before anything is sent with them', async () => {
    const slow = new SlowStore(OLD);
    const { api, calls, tokens } = open(slow);
    const request = soFar(api.get('/a'));
    await pass(0);
    slow.hold('set');
    calls[0]!.answer(NEW);
    await pass(0);
    expect([slow.waiting('set'), request.now, tokens('/a')]).toEqual([1, 'pending', ['access-1']]);
    slow.release();
    await pass(0);
    expect([request.now, tokens('/a'), slow.held]).toEqual(['ok', ['access-1', 'access-2'], NEW]);
  });

  it('G29: are not stored over a sign-out elsewhere, but revoked', async () => {
    const store = plainStore();
    const revoke = jest.fn();
    const { auth, calls } = open(store, { revoke });
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    await store.clear();
    calls[0]!.answer(NEW);
    expect([await refreshing, await store.get()]).toEqual(['ERR_AUTH_SIGNED_OUT', null]);
    expect(revoke.mock.calls).toMatchObject([[NEW, {}]]);
  });

  it('G27: are not revoked where a peer has stored others', async () => {
    const store = plainStore();
    const revoke = jest.fn();
    const { auth, calls } = open(store, { revoke });
    const refreshing = auth.refresh();
    await pass(0);
    await store.set(PEER);
    calls[0]!.answer(NEW);
    expect(await refreshing).toEqual(PEER);
    expect(revoke).not.toHaveBeenCalled();
  });

  it('G27: that a cookie has brought give way to those of a peer, too', async () => {
    const store = plainStore(null);
    const { auth, calls } = open(store, { cookieRefresh: true });
    const refreshing = auth.refresh();
    await pass(0);
    await store.set(PEER);
    calls[0]!.answer(NEW);
    expect([await refreshing, await store.get()]).toEqual([PEER, PEER]);
  });

  it.each<[string, (call: Call) => void]>([
    ['an answer', ({ answer }) => answer(NEW)],
    ['a failure', ({ fail }) => fail(fault())],
    ['a refusal', ({ fail }) => fail(refusal())],
  ])('G27: of a peer are seen past the cache after %s', async (_, end) => {
    let through: Tokens = OLD;
    const store: TokenStore & StoreHints = { ...plainStore(), [READ_THROUGH]: () => through };
    const { auth, calls } = open(store);
    const refreshing = auth.refresh();
    await pass(0);
    through = PEER;
    end(calls[0]!);
    await pass(0);
    expect(await refreshing).toEqual(PEER);
  });

  it('G9: serve from memory when the store hangs, at the end of the renewal', async () => {
    const slow = new SlowStore(OLD);
    const { api, auth, calls, lines, tokens } = open(slow);
    await auth.getTokens();
    const events = recordEvents(auth);
    const request = soFar(api.get('/a'));
    await pass(4_000);
    slow.hold('set');
    calls[0]!.answer(NEW);
    await pass(TIMEOUT - 4_001);
    expect(request.now).toBe('pending');
    await pass(1);
    expect([request.now, tokens('/a')]).toEqual(['ok', ['access-1', 'access-2']]);
    expect(lines).toMatchObject([['error', expect.stringContaining('could not be stored'), {}]]);
    expect(events.map(({ type }) => type)).toEqual(['refreshing', 'refreshed']);
  });

  it('G32: count their lifetime from when they came', async () => {
    const { auth, calls } = open(memoryStore(OLD), { refreshAhead: false });
    const refreshing = auth.refresh();
    await pass(0);
    calls[0]!.answer({ ...NEW, expiresAt: Date.now() - 60_000 });
    await refreshing;
    expect(await auth.getAccessToken()).toBe('access-2');
    expect(calls).toHaveLength(1);
  });

  it('G13: of an odd lifetime are taken, and the logger hears of it', async () => {
    const { auth, calls, lines } = open();
    const refreshing = auth.refresh();
    await pass(0);
    calls[0]!.answer({ ...NEW, expiresIn: 'soon' });
    await refreshing;
    await pass(0);
    expect(lines).toEqual([['warn', expect.stringContaining('expiresIn'), undefined]]);
  });

  it('G13: that are none change nothing', async () => {
    const { auth, calls } = open();
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    calls[0]!.answer({ token: 'access-2' });
    expect(await refreshing).toBe('ERR_AUTH_INVALID_TOKENS');
    expect(await auth.getTokens()).toEqual(OLD);
  });

  it('G37: may be anything where the access token is a cookie', async () => {
    const { auth, calls } = open(memoryStore(), { headerName: false } as never);
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    calls[0]!.answer(undefined);
    expect([await refreshing, auth.status]).toEqual(['ok', 'signed-in']);
  });

  it('G27: give way to those that a peer has stored during the call', async () => {
    const store = plainStore();
    const { auth, calls } = open(store);
    await auth.getTokens();
    const events = recordEvents(auth);
    const refreshing = auth.refresh();
    await pass(0);
    await store.set(PEER);
    calls[0]!.answer(NEW);
    expect([await refreshing, await store.get()]).toEqual([PEER, PEER]);
    expect(events.at(-1)).toMatchObject({ type: 'refreshed', attempts: 0 });
  });

  it.each<[string, Partial<Tokens>, Tokens, Tokens]>([
    ['is used up', { refreshToken: 'refresh-1' }, NEW, { ...PEER, refreshToken: 'refresh-2' }],
    ['was not rotated', { refreshToken: 'refresh-1' }, OLD, { ...PEER, refreshToken: 'refresh-1' }],
    ['is another one', {}, NEW, PEER],
  ])('the refresh token that a step-up has kept: %s', async (_, kept, answer, expected) => {
    const store = plainStore();
    const set = jest.spyOn(store, 'set');
    const { auth, calls } = open(store);
    const refreshing = auth.refresh();
    await pass(0);
    await store.set({ ...PEER, ...kept });
    calls[0]!.answer({ ...answer, accessToken: 'access-2' });
    expect([await refreshing, await store.get()]).toEqual([expected, expected]);
    expect(set).toHaveBeenCalledTimes(expected.refreshToken === 'refresh-2' ? 2 : 1);
  });

  it.each<[string, Tokens | null]>([
    ['there were none', null],
    ['there was no refresh token', { accessToken: 'access-1' }],
  ])('a refresh token is not put beside those of a peer, where %s', async (_, before) => {
    const store = plainStore(before);
    const { auth, calls } = open(store, { cookieRefresh: true });
    const refreshing = auth.refresh();
    await pass(0);
    await store.set({ accessToken: 'access-peer' });
    calls[0]!.answer(NEW);
    await refreshing;
    expect(await store.get()).toEqual({ accessToken: 'access-peer' });
  });

  it('a rotated refresh token is used also where it cannot be stored', async () => {
    const store = plainStore();
    const { auth, calls } = open(store);
    const refreshing = auth.refresh();
    await pass(0);
    await store.set({ ...PEER, refreshToken: 'refresh-1' });
    store.set = () => Promise.reject(new Error('the disk is full'));
    calls[0]!.answer(NEW);
    expect(await refreshing).toEqual({ ...PEER, refreshToken: 'refresh-2' });
  });
});

describe('a renewal that takes too long', () => {
  it('is given up at refreshTimeout, tells refresh to stop, and keeps the tokens', async () => {
    const { auth, calls } = open();
    const refreshing = rejection(auth.refresh());
    const state = soFar(refreshing);
    await pass(TIMEOUT - 1);
    expect([state.now, calls[0]!.context.signal.aborted]).toEqual(['pending', false]);
    await pass(1);
    expect([state.now, calls[0]!.context.signal.aborted]).toEqual(['ok', true]);
    const { code, message } = await refreshing;
    expect(code).toBe('ERR_AUTH_REFRESH_TIMEOUT');
    expect(message).toMatch(/not renewed within 10000 ms \(refreshTimeout\).* try again later\.$/);
    expect(message).not.toContain('is held');
    expect([auth.status, await auth.getTokens()]).toEqual(['signed-in', OLD]);
  });

  it('G8: may wait for a request that is held: it names the likeliest, after a warning', async () => {
    const { api, auth, calls, lines } = open();
    const refreshing = rejection(auth.refresh());
    await pass(0);
    expect(calls).toHaveLength(1);
    const held = [
      api.get('/items'),
      api.post('/items?secret=1', {}),
      api.put('/others', {}),
      api.get('/auth/renew'),
      api.post('/more', {}),
    ].map(codeOf);
    await pass(1_999);
    expect(lines).toEqual([]);
    await pass(1);
    expect(lines).toEqual([['warn', expect.stringContaining('GET /auth/renew'), undefined]]);
    await pass(TIMEOUT);
    expect((await refreshing).message).toMatch(/The request GET \/auth\/renew is held until/);
    expect(new Set(await Promise.all(held))).toEqual(new Set(['ERR_AUTH_REFRESH_TIMEOUT']));
    expect(lines.filter(([, message]) => message.startsWith('The request'))).toHaveLength(1);
  });

  it('G8: names no GET that does not look like it, and the first of the others', async () => {
    const { api, auth } = open();
    const refreshing = rejection(auth.refresh());
    await pass(0);
    const held = [api.get('/items'), api.put('/first', {}), api.post('/second', {})].map(codeOf);
    await pass(TIMEOUT);
    expect((await refreshing).message).toMatch(/The request PUT \/first is held until/);
    await Promise.all(held);
  });

  it('G8: does not warn once it is over', async () => {
    const { api, auth, calls, lines } = open();
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    const held = codeOf(api.post('/auth/other', {}));
    await pass(1_000);
    calls[0]!.answer(NEW);
    expect([await refreshing, await held]).toEqual(['ok', 'ok']);
    await pass(5_000);
    expect(lines).toEqual([]);
  });

  it('G8: does not suspect a request where refresh goes through context.client', async () => {
    const { api, auth, calls, lines } = open();
    const refreshing = rejection(auth.refresh());
    await pass(0);
    expect(typeof calls[0]!.context.client.post).toBe('function');
    const held = codeOf(api.post('/auth/other', {}));
    await pass(TIMEOUT);
    expect((await refreshing).message).not.toContain('is held');
    await held;
    expect(lines.map(([, message]) => message)).not.toContainEqual(
      expect.stringContaining('is held'),
    );
  });

  it('G31: and whose timer was lost, is given up by the clock', async () => {
    const { api, auth } = open();
    const refreshing = soFar(auth.refresh());
    await pass(0);
    const real = performance.now.bind(performance);
    let lost = TIMEOUT + 1_000;
    jest.spyOn(performance, 'now').mockImplementation(() => real() + lost);
    const held = soFar(api.get('/a'));
    await pass(0);
    expect([refreshing.now, held.now, auth.status]).toEqual(['pending', 'pending', 'refreshing']);
    lost = TIMEOUT + 1_001;
    const other = soFar(api.get('/b'));
    await pass(0);
    expect([refreshing.now, held.now]).toEqual([
      'ERR_AUTH_REFRESH_TIMEOUT',
      'ERR_AUTH_REFRESH_TIMEOUT',
    ]);
    expect(other.now).not.toBe('ERR_AUTH_REFRESH_TIMEOUT');
  });

  it('its late answer is stored, and told, so that a rotated refresh token is not lost', async () => {
    const store = plainStore();
    const { auth, calls } = open(store);
    const refreshing = codeOf(auth.refresh());
    await pass(TIMEOUT);
    expect(await refreshing).toBe('ERR_AUTH_REFRESH_TIMEOUT');
    const events = recordEvents(auth);
    calls[0]!.answer(NEW);
    await pass(0);
    expect(events).toContainEqual({ type: 'refreshed', ms: 0, attempts: 0, held: 0 });
    expect([await store.get(), await auth.getTokens()]).toEqual([NEW, NEW]);
  });

  it('its late answer may be stored slowly', async () => {
    const slow = new SlowStore(OLD);
    const { auth, calls, lines } = open(slow);
    const refreshing = codeOf(auth.refresh());
    await pass(TIMEOUT);
    await refreshing;
    slow.hold('set');
    calls[0]!.answer(NEW);
    await pass(TIMEOUT - 1);
    slow.release();
    await pass(0);
    expect([slow.held, await auth.getTokens()]).toEqual([NEW, NEW]);
    expect(lines.filter(([level]) => level === 'error')).toEqual([]);
  });

  it.each([PEER, { ...PEER, refreshToken: 'refresh-1' }])(
    'its late answer gives way to the tokens of a peer: %p',
    async (peer) => {
      const store = plainStore();
      const { auth, calls } = open(store);
      const refreshing = codeOf(auth.refresh());
      await pass(TIMEOUT);
      await refreshing;
      await store.set(peer);
      calls[0]!.answer(NEW);
      await pass(0);
      expect([await store.get(), await auth.getTokens()]).toEqual([peer, peer]);
    },
  );

  it('does not call refresh where the store answers after its end', async () => {
    const { promise, open: grant } = gate();
    const slow = new SlowStore(OLD);
    const tokenStore: TokenStore = {
      get: () => slow.get(),
      set: (tokens) => slow.set(tokens),
      clear: () => slow.clear(),
      lock: async (critical) => {
        await promise;
        return critical();
      },
    };
    const { auth, calls } = open(tokenStore);
    const refreshing = soFar(auth.refresh());
    await pass(4_000);
    slow.hold('get');
    grant();
    await pass(TIMEOUT - 4_000);
    expect(refreshing.now).toBe('ERR_AUTH_REFRESH_TIMEOUT');
    slow.release();
    await pass(0);
    expect(calls).toEqual([]);
  });

  it('G8: does not suspect what is held before refresh is called', async () => {
    const lock: TokenStore['lock'] = () => new Promise(() => undefined);
    const { api, auth, calls } = open({ ...plainStore(), lock });
    const refreshing = rejection(auth.refresh());
    await pass(0);
    const held = codeOf(api.post('/auth/other', {}));
    await pass(TIMEOUT);
    expect(calls).toHaveLength(1);
    await pass(1_000);
    expect((await refreshing).message).not.toContain('is held');
    await held;
  });

  it('G8: warns of a single request as well, and once', async () => {
    const { api, auth, lines } = open();
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    const held = codeOf(api.post('/items', {}));
    await pass(2_000);
    expect(lines).toEqual([['warn', expect.stringContaining('POST /items'), undefined]]);
    await pass(TIMEOUT);
    expect([await refreshing, await held]).toEqual([
      'ERR_AUTH_REFRESH_TIMEOUT',
      'ERR_AUTH_REFRESH_TIMEOUT',
    ]);
  });
});

describe('a renewal that a sign-out or a sign-in has overtaken', () => {
  it('is told to stop, and leaves no timer', async () => {
    const { auth, calls } = open(memoryStore(OLD), { refreshTimeout: 123_456 });
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const cleared = jest.spyOn(globalThis, 'clearTimeout');
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    await auth.signOut();
    expect(await refreshing).toBe('ERR_AUTH_SIGNED_OUT');
    expect(calls[0]!.context.signal.aborted).toBe(true);
    const at = timers.mock.calls.findIndex(([, ms]) => ms === 123_456);
    expect(cleared).toHaveBeenCalledWith(timers.mock.results[at]!.value);
  });

  it('G21: what it still brings is revoked after a sign-out, and dropped after a sign-in', async () => {
    const revoke = jest.fn();
    const { auth, calls } = open(memoryStore(OLD), { revoke });
    const overtaken = codeOf(auth.refresh());
    await pass(0);
    await auth.signIn(PEER);
    calls[0]!.answer(NEW);
    await pass(0);
    expect([await overtaken, revoke.mock.calls, await auth.getTokens()]).toEqual([
      'ERR_AUTH_SIGNED_OUT',
      [],
      PEER,
    ]);
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    await auth.signOut();
    revoke.mockClear();
    calls[1]!.answer(NEW);
    await pass(0);
    expect(await refreshing).toBe('ERR_AUTH_SIGNED_OUT');
    expect(revoke.mock.calls).toMatchObject([[NEW, {}]]);
    expect(await auth.getTokens()).toBeNull();
  });

  it('G21: what a first refresh by cookie brings is not stored after a sign-out', async () => {
    const store = memoryStore();
    const { auth, calls } = open(store, { cookieRefresh: true });
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    await auth.signOut();
    calls[0]!.answer(NEW);
    await pass(0);
    expect([await refreshing, store.get()]).toEqual(['ERR_AUTH_SIGNED_OUT', null]);
  });

  it('G22: what it brings is not stored in the next session, though that has the same access token', async () => {
    const store = memoryStore(OLD);
    const { auth, calls } = open(store);
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    const again = { ...OLD, refreshToken: 'refresh-again' };
    await auth.signIn(again);
    calls[0]!.answer(NEW);
    await pass(0);
    expect([await refreshing, store.get()]).toEqual(['ERR_AUTH_SIGNED_OUT', again]);
  });

  describe('by a sign-in that was stored, though the store has reported a fault', () => {
    /** The renewal began with the tokens of the sign-in, before the fault came. */
    async function openDoubtful() {
      const held: { tokens: Tokens | null } = { tokens: null };
      const stored = deferred<undefined>();
      let isFirst = true;
      const store: TokenStore = {
        get: () => held.tokens,
        set(tokens) {
          held.tokens = tokens;
          if (!isFirst) return undefined;
          isFirst = false;
          return stored.promise;
        },
        clear: () => (held.tokens = null),
      };
      const { auth, calls } = open(store);
      const signedIn = codeOf(auth.signIn(OLD));
      const refreshing = codeOf(auth.refresh());
      await pass(0);
      const fail = async (): Promise<void> => {
        stored.reject(new Error('the answer was lost'));
        await pass(0);
        expect([await signedIn, await refreshing]).toEqual([
          'ERR_AUTH_STORE',
          'ERR_AUTH_SIGNED_OUT',
        ]);
      };
      const answer = async (): Promise<Tokens | null> => {
        calls[0]!.answer(NEW);
        await pass(0);
        return held.tokens;
      };
      return { held, fail, answer };
    }

    it('G9: what it brings is stored', async () => {
      const { fail, answer } = await openDoubtful();
      await fail();
      expect(await answer()).toEqual(NEW);
    });

    it('G22: but not over tokens that somebody else has stored', async () => {
      const { held, fail, answer } = await openDoubtful();
      held.tokens = PEER;
      await fail();
      expect(await answer()).toEqual(PEER);
    });

    it('G22: nor over those of another refresh token', async () => {
      const { held, fail, answer } = await openDoubtful();
      const again = { ...OLD, refreshToken: 'refresh-again' };
      held.tokens = again;
      await fail();
      expect(await answer()).toEqual(again);
    });
  });

  it('does not call refresh where the session has ended while the store was being read', async () => {
    const slow = new SlowStore(OLD);
    const { auth, calls } = open(slow);
    await auth.getTokens();
    const refreshing = codeOf(auth.refresh());
    for (let turn = 0; turn < 20 && auth.status !== 'refreshing'; turn++) await Promise.resolve();
    slow.hold('get');
    await pass(0);
    await auth.signOut();
    slow.release();
    await pass(0);
    expect([await refreshing, calls]).toEqual(['ERR_AUTH_SIGNED_OUT', []]);
  });

  it('a refusal that comes late ends nothing', async () => {
    const { auth, calls } = open();
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    await auth.signIn(PEER);
    calls[0]!.fail(refusal());
    await pass(5_000);
    expect([await refreshing, auth.status]).toEqual(['ERR_AUTH_SIGNED_OUT', 'signed-in']);
  });
});

describe('a refusal', () => {
  it('G27: over a store that peers may share, waits a second for their tokens', async () => {
    const { auth, calls } = open(plainStore());
    const refreshing = soFar(auth.refresh());
    await pass(0);
    calls[0]!.fail(refusal());
    await pass(999);
    expect(refreshing.now).toBe('pending');
    await pass(51);
    expect([refreshing.now, auth.status]).toEqual(['ERR_AUTH_SESSION_EXPIRED', 'signed-out']);
  });

  it('G27: takes the tokens of a peer as soon as they are there', async () => {
    const store = plainStore();
    const { auth, calls } = open(store);
    const refreshing = soFar(auth.refresh());
    await pass(0);
    calls[0]!.fail(refusal());
    await pass(500);
    await store.set(PEER);
    await pass(50);
    expect([refreshing.now, await auth.getTokens()]).toEqual(['ok', PEER]);
  });

  it('G27: does not wait longer than half of the time that is left', async () => {
    const { auth, calls } = open(plainStore());
    const refreshing = soFar(auth.refresh());
    await pass(TIMEOUT - 400);
    calls[0]!.fail(refusal());
    await pass(199);
    expect(refreshing.now).toBe('pending');
    await pass(51);
    expect(refreshing.now).toBe('ERR_AUTH_SESSION_EXPIRED');
  });

  it.each<[string, TokenStore]>([
    ['in memory', memoryStore(OLD)],
    ['under the lock', { ...plainStore(), lock: (critical) => critical() }],
  ])('G11: ends the session at once, where no peer can be: %s', async (_, store) => {
    const { auth, calls } = open(store);
    const refreshing = soFar(auth.refresh());
    await pass(0);
    calls[0]!.fail(refusal());
    await pass(0);
    expect([refreshing.now, await store.get()]).toEqual(['ERR_AUTH_SESSION_EXPIRED', null]);
  });

  it('G33: of which a store makes a fault is an AuthError', async () => {
    const store = {
      ...plainStore(),
      get [IN_MEMORY](): true {
        throw new Error('not known');
      },
    };
    const { auth, calls } = open(store);
    const refreshing = rejection(auth.refresh());
    await pass(0);
    calls[0]!.fail(refusal());
    expect(await refreshing).toMatchObject({
      code: 'ERR_AUTH_REFRESH_FAILED',
      message: 'The renewal failed: not known.',
      cause: { message: 'not known' },
    });
  });

  it('a hint that is not true is none', async () => {
    const store = { ...plainStore(), [IN_MEMORY]: 1 };
    const { auth, calls } = open(store);
    const refreshing = soFar(auth.refresh());
    await pass(0);
    calls[0]!.fail(refusal());
    await pass(500);
    expect(refreshing.now).toBe('pending');
    await pass(1_000);
  });

  it('G26: of tokens that have vanished meanwhile is a sign-out elsewhere', async () => {
    const store = memoryStore(OLD);
    const { auth, calls } = open(store);
    await auth.getTokens();
    const events = recordEvents(auth);
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    await store.clear();
    calls[0]!.fail(refusal());
    await pass(0);
    expect(await refreshing).toBe('ERR_AUTH_SIGNED_OUT');
    expect(events.at(-1)).toMatchObject({ type: 'signed-out', reason: 'elsewhere' });
  });
});

describe('a failure', () => {
  it('G10: keeps the tokens, also where the store has none for the moment', async () => {
    const store = memoryStore(OLD);
    const { auth, calls } = open(store);
    await auth.getTokens();
    const events = recordEvents(auth);
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    await store.clear();
    calls[0]!.fail(fault());
    await pass(0);
    expect(await refreshing).toBe('ERR_AUTH_REFRESH_FAILED');
    expect(events.map(({ type }) => type)).toEqual(['refreshing', 'refresh-failed']);
  });

  it('G27: gives way to the tokens of a peer', async () => {
    const store = memoryStore(OLD);
    const { auth, calls } = open(store);
    const refreshing = auth.refresh();
    await pass(0);
    await store.set(PEER);
    calls[0]!.fail(fault());
    expect(await refreshing).toEqual(PEER);
  });

  it.each([
    ['a second', 0, 1_000],
    ['half of the time that is left', TIMEOUT - 600, 300],
  ])('is not kept back by a slow store for longer than %s', async (_, at, bound) => {
    const slow = new SlowStore(OLD);
    const { auth, calls } = open(slow);
    const refreshing = soFar(auth.refresh());
    await pass(at);
    slow.hold('get');
    calls[0]!.fail(fault());
    await pass(bound - 1);
    expect(refreshing.now).toBe('pending');
    await pass(1);
    expect(refreshing.now).toBe('ERR_AUTH_REFRESH_FAILED');
    slow.release();
  });

  it('an answer waits for a slow store until the end of the renewal', async () => {
    const slow = new SlowStore(OLD);
    const { auth, calls } = open(slow);
    const refreshing = soFar(auth.refresh());
    await pass(0);
    slow.hold('get');
    calls[0]!.answer(NEW);
    await pass(TIMEOUT - 1);
    expect(refreshing.now).toBe('pending');
    slow.release();
    await pass(0);
    expect([refreshing.now, slow.held]).toEqual(['ok', NEW]);
  });
});

describe('the lock of the store', () => {
  /** It is granted, and fails, when the test says so. */
  function lockedStore() {
    const { promise, open: grant } = gate();
    const state = { signal: undefined as AbortSignal | undefined, hasBeenGivenBack: false };
    const store: TokenStore = {
      ...plainStore(),
      async lock(critical, signal) {
        state.signal = signal;
        await promise;
        try {
          return await critical();
        } finally {
          state.hasBeenGivenBack = true;
        }
      },
    };
    return { store, grant, state };
  }

  it('G28: is waited for for half of the time, and then done without', async () => {
    const { store } = lockedStore();
    const { auth, calls } = open(store);
    const refreshing = codeOf(auth.refresh());
    await pass(TIMEOUT / 2 - 1);
    expect(calls).toHaveLength(0);
    await pass(1);
    expect(calls).toHaveLength(1);
    calls[0]!.answer(NEW);
    // The lock is not given back, as it was not granted: the events wait for it for a second.
    await pass(1_000);
    expect(await refreshing).toBe('ok');
  });

  it('is given back when the renewal is over, before the events tell so', async () => {
    const { store, grant, state } = lockedStore();
    const { auth, calls } = open(store);
    await auth.getTokens();
    const seen: unknown[] = [];
    auth.subscribe(({ type }) => seen.push([type, state.hasBeenGivenBack]));
    const refreshing = codeOf(auth.refresh());
    grant();
    await pass(0);
    calls[0]!.answer(NEW);
    expect(await refreshing).toBe('ok');
    expect(seen).toEqual([
      ['refreshing', false],
      ['refreshed', true],
    ]);
  });

  it('is not kept beyond the end of the renewal, though refresh hangs', async () => {
    const { store, grant, state } = lockedStore();
    const { auth } = open(store);
    const refreshing = codeOf(auth.refresh());
    grant();
    await pass(TIMEOUT);
    expect(await refreshing).toBe('ERR_AUTH_REFRESH_TIMEOUT');
    expect(state.hasBeenGivenBack).toBe(true);
  });

  it('is not waited for once the session has ended', async () => {
    const { store, state } = lockedStore();
    const { auth } = open(store);
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    expect(state.signal?.aborted).toBe(false);
    await auth.signOut();
    expect([await refreshing, state.signal?.aborted]).toEqual(['ERR_AUTH_SIGNED_OUT', true]);
  });

  it('G28: a fault of it is logged, and stops nothing', async () => {
    const store: TokenStore = {
      ...plainStore(),
      lock: () => Promise.reject(new Error('no such lock')),
    };
    const { auth, calls, lines } = open(store);
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    calls[0]!.answer(NEW);
    expect(await refreshing).toBe('ok');
    expect(lines).toMatchObject([
      ['warn', 'The lock of the token store failed.', { message: 'no such lock' }],
    ]);
  });
});

describe('G8: in a browser, where only the synchronous part of the call is known', () => {
  it('a body with the refresh token is that of the refresh, while that runs and requests wait', async () => {
    withoutAsyncContext();
    const { api, auth, calls, sent } = open();
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    const own = codeOf(api.post('/token', { refreshToken: 'refresh-1' }));
    const other = soFar(api.post('/other', { refreshToken: 'refresh-9' }));
    await pass(0);
    expect([await own, other.now, sent.map(({ path, token }) => [path, token])]).toEqual([
      'ok',
      'pending',
      [['/token', undefined]],
    ]);
    calls[0]!.answer(NEW);
    await refreshing;
    expect(await codeOf(api.post('/late', { refreshToken: 'refresh-1' }))).toBe('ok');
    expect(sent.at(-1)).toMatchObject({ path: '/late', token: 'access-2' });
  });

  it('not before the call has begun: the lock is still waited for', async () => {
    withoutAsyncContext();
    const lock: TokenStore['lock'] = () => new Promise(() => undefined);
    const { api, auth, calls, sent } = open({ ...plainStore(), lock });
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    const held = codeOf(api.post('/token', { refreshToken: 'refresh-1' }));
    await pass(0);
    expect([calls, sent]).toEqual([[], []]);
    await auth.signOut();
    expect([await refreshing, await held]).toEqual(['ERR_AUTH_SIGNED_OUT', 'ERR_AUTH_SIGNED_OUT']);
  });

  it('not once the call has settled, though its tokens are still being stored', async () => {
    withoutAsyncContext();
    const slow = new SlowStore(OLD);
    const { api, auth, calls, sent } = open(slow);
    const refreshing = codeOf(auth.refresh());
    await pass(0);
    slow.hold('set');
    calls[0]!.answer(NEW);
    await pass(0);
    const late = codeOf(api.post('/late', { refreshToken: 'refresh-1' }));
    await pass(0);
    expect(sent).toEqual([]);
    slow.release();
    expect([await refreshing, await late]).toEqual(['ok', 'ok']);
    expect(sent).toMatchObject([{ path: '/late', token: 'access-2' }]);
  });
});

describe('G31: the process', () => {
  /** Whether the timer of the renewal keeps the process alive. */
  function timersOf(ms: number): () => boolean[] {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    return () =>
      timers.mock.calls.flatMap(([, delay], at) =>
        delay === ms ? [(timers.mock.results[at]!.value as NodeJS.Timeout).hasRef()] : [],
      );
  }

  it('may end under a renewal in the background, and not under one that somebody has joined', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    jest.useRealTimers();
    const { auth } = open(memoryStore(), { refreshAhead: 0, refreshTimeout: 54_321 });
    await auth.signIn({ ...OLD, expiresIn: 3_600 });
    const timers = timersOf(54_321);
    expect(await auth.getAccessToken()).toBe('access-1');
    expect(timers()).toEqual([false]);
    const joined = codeOf(auth.refresh());
    expect(timers()).toEqual([true]);
    await auth.signOut();
    expect(await joined).toBe('ERR_AUTH_SIGNED_OUT');
  });

  it('does not end under one that requests wait for from the beginning', async () => {
    jest.useRealTimers();
    const timers = timersOf(65_432);
    for (const [held, options] of [
      [OLD, {}],
      [null, { cookieRefresh: true }],
    ] as const) {
      const { auth } = open(memoryStore(held), { refreshTimeout: 65_432, ...options });
      const asked = codeOf(held ? auth.refresh() : auth.getAccessToken());
      await new Promise((resolve) => setImmediate(resolve));
      expect(new Set(timers())).toEqual(new Set([true]));
      await auth.signOut();
      await asked;
    }
    expect(timers().length).toBeGreaterThanOrEqual(2);
  });
});

import type { AuthEvent, AuthOptions, Tokens, TokenStore } from '../../../src/index';
import { memoryStore } from '../../../src/index';
import { attached, type Attached } from '../../support/attached';
import { controlClocks } from '../../support/clocks';
import { codeOf, gate, rejection, turns } from '../../support/outcomes';
import { cleanUp } from '../../support/rig';
import { onCleanUp, recordEvents } from '../../support/session';
import { SlowStore } from '../../support/slow-store';

afterEach(cleanUp);

const OLD: Tokens = { accessToken: 'access-1', refreshToken: 'refresh-1' };
const NEW: Tokens = { accessToken: 'access-2', refreshToken: 'refresh-2' };

/** A session over this store, with a `refresh` that counts its calls. */
function open(tokenStore: TokenStore, options: Partial<AuthOptions> = {}) {
  const refresh = jest.fn(() => ({ ...NEW }));
  return { ...attached({ options: { tokenStore, refresh, ...options } }), refresh };
}

/** A memory store, methods of which fail on demand. */
function brokenStore(held: Tokens | null, ...broken: (keyof TokenStore)[]) {
  const fail = (): never => {
    throw new Error('the disk is full');
  };
  const memory = memoryStore(held);
  return { ...memory, ...Object.fromEntries(broken.map((method) => [method, fail])) };
}

const in10Minutes = (tokens: Tokens): Tokens => ({ ...tokens, expiresAt: Date.now() + 600_000 });

const typesOf = (events: AuthEvent[]): string[] => events.map(({ type }) => type);

/** What has happened so far: `pending`, `ok` or the code of the error. */
function soFar(promise: Promise<unknown>): { now: string } {
  const state = { now: 'pending' };
  void codeOf(promise).then((code) => (state.now = code));
  return state;
}

describe('signIn()', () => {
  it('resolves when the tokens are stored and every listener has heard of it', async () => {
    const store = memoryStore();
    const { auth } = open(store);
    await auth.getTokens();
    const events = recordEvents(auth);
    await auth.signIn(OLD);
    expect([typesOf(events), store.get(), auth.status]).toEqual([['signed-in'], OLD, 'signed-in']);
  });

  it('G32: the lifetime counts from the sign-in', async () => {
    const clocks = controlClocks();
    const { auth, refresh } = open(memoryStore(), { refreshAhead: false });
    // Both clocks of the server are an hour behind: only the lifetime itself is of use.
    await auth.signIn({ ...OLD, expiresAt: Date.now() - 3_600_000 });
    clocks.pass(1_000);
    expect([await auth.getAccessToken(), refresh.mock.calls.length]).toEqual(['access-1', 0]);
  });

  it('G32: says once that a lifetime is none', async () => {
    const warn = jest.fn();
    const { auth } = open(memoryStore(), { logger: { warn } });
    await auth.signIn({ ...OLD, expiresIn: 'soon' });
    await auth.signIn({ ...OLD, expiresIn: 'soon' });
    await turns();
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('with nothing is refused where a header carries the token', async () => {
    const { auth } = open(memoryStore());
    expect(await codeOf(auth.signIn())).toBe('ERR_AUTH_INVALID_TOKENS');
  });
});

describe('signIn() whose tokens cannot be stored', () => {
  it('leaves the session as the store has it', async () => {
    const { auth } = open(brokenStore(OLD, 'set'));
    await auth.getTokens();
    const events = recordEvents(auth);
    expect(await codeOf(auth.signIn(NEW))).toBe('ERR_AUTH_STORE');
    expect([auth.status, await auth.getAccessToken()]).toEqual(['signed-in', 'access-1']);
    expect(typesOf(events)).not.toContain('signed-out');
    expect(events.filter(({ type }) => type === 'signed-in')).toHaveLength(1);
  });

  it('leaves nobody signed in where the store is empty, and tells so with the fault', async () => {
    const { auth } = open(brokenStore(null, 'set'));
    await auth.getTokens();
    const events = recordEvents(auth);
    expect(await codeOf(auth.signIn(NEW))).toBe('ERR_AUTH_STORE');
    await turns();
    expect([auth.status, await auth.getAccessToken()]).toEqual(['signed-out', null]);
    expect(events).toMatchObject([
      { type: 'signed-out', reason: 'signed-out', error: { code: 'ERR_AUTH_STORE' } },
    ]);
  });

  it('says so also where the store cannot be read', async () => {
    const tokenStore = brokenStore(null, 'get', 'set');
    const { auth } = open(tokenStore);
    expect(await rejection(auth.signIn(NEW))).toMatchObject({
      code: 'ERR_AUTH_STORE',
      message: expect.stringContaining('tokenStore.set()') as unknown,
    });
    expect(auth.status).toBe('signed-out');
  });

  it('does not undo a sign-in that came after it', async () => {
    const slow = new SlowStore();
    const { auth } = open(slow);
    await auth.getTokens();
    slow.hold('set');
    const first = codeOf(auth.signIn(OLD));
    await turns();
    const second = codeOf(auth.signIn(NEW));
    await turns();
    slow.next('set', new Error('the disk is full'));
    slow.release();
    expect([await first, await second]).toEqual(['ERR_AUTH_STORE', 'ok']);
    expect([auth.status, await auth.getAccessToken()]).toEqual(['signed-in', 'access-2']);
  });

  it('does not end the renewal of a sign-in that came after it', async () => {
    const slow = new SlowStore();
    const { promise, open: answer } = gate();
    const { auth } = open(slow, { refresh: () => promise.then(() => ({ ...NEW })) });
    await auth.getTokens();
    slow.hold('set');
    const first = codeOf(auth.signIn({ accessToken: 'access-0' }));
    await turns();
    const second = codeOf(auth.signIn(OLD));
    await turns();
    const refreshing = codeOf(auth.refresh());
    await turns();
    slow.next('set', new Error('the disk is full'));
    expect(await first).toBe('ERR_AUTH_STORE');
    slow.release();
    answer();
    expect([await second, await refreshing]).toEqual(['ok', 'ok']);
  });
});

describe('signOut()', () => {
  it('tells once, and not where nobody is signed in', async () => {
    const { auth } = open(memoryStore(OLD));
    await auth.getTokens();
    const events = recordEvents(auth);
    await auth.signOut();
    await auth.signOut();
    expect(events).toEqual([{ type: 'signed-out', reason: 'signed-out', error: null }]);
  });

  it('tells also before the store was read, where somebody may be signed in', async () => {
    const onSignedOut = jest.fn();
    const { auth } = open(memoryStore(), { onSignedOut });
    await auth.signOut();
    await turns();
    expect(onSignedOut.mock.calls).toEqual([[null, 'signed-out']]);
  });

  it('tells where it ends a renewal, although nobody is signed in yet', async () => {
    const { promise, open: answer } = gate();
    const refresh = Object.assign(() => promise.then(() => ({ ...NEW })), { startsAlone: true });
    const onSignedOut = jest.fn();
    const { auth } = open(memoryStore(), { refresh, onSignedOut });
    await auth.signOut();
    await turns();
    onSignedOut.mockClear();
    const renewing = codeOf(auth.refresh());
    await turns();
    expect(auth.status).toBe('refreshing');
    await auth.signOut();
    await turns();
    expect([await renewing, onSignedOut.mock.calls]).toEqual([
      'ERR_AUTH_SIGNED_OUT',
      [[null, 'signed-out']],
    ]);
    answer();
  });

  it('revokes the cookie of a session that nobody has asked for yet, and of another none', async () => {
    const revoke = jest.fn();
    const { auth } = open(memoryStore(), { revoke, cookieRefresh: true });
    await auth.signOut();
    expect(revoke.mock.calls).toEqual([[null, expect.anything()]]);
    await auth.signOut();
    expect(revoke).toHaveBeenCalledTimes(1);
  });

  it('G37: revokes the cookie, also where the store cannot be read', async () => {
    const revoke = jest.fn();
    const { auth } = open(brokenStore(null, 'get'), { revoke, cookieRefresh: true });
    await auth.signOut();
    expect(revoke.mock.calls).toEqual([[null, expect.anything()]]);
  });

  it('does not read the store where there is no revoke', async () => {
    const get = jest.fn(() => OLD);
    const { auth } = open({ ...memoryStore(), get });
    await auth.signOut();
    expect(get).not.toHaveBeenCalled();
  });

  it('tells also where the tokens cannot be removed', async () => {
    const onSignedOut = jest.fn();
    const { auth } = open(brokenStore(OLD, 'clear'), { onSignedOut });
    expect(await codeOf(auth.signOut())).toBe('ERR_AUTH_STORE');
    await turns();
    expect(onSignedOut.mock.calls).toEqual([[null, 'signed-out']]);
  });
});

describe('refresh()', () => {
  it('gives a copy of the new tokens, after the listeners have heard of them', async () => {
    const { auth } = open(memoryStore(OLD));
    await auth.getTokens();
    const events = recordEvents(auth);
    const tokens = await auth.refresh();
    expect(tokens).toEqual(NEW);
    expect(events).toMatchObject([
      { type: 'refreshing', reason: 'manual' },
      { type: 'refreshed', attempts: 1, held: 1 },
    ]);
    tokens.accessToken = 'changed';
    expect(await auth.getTokens()).toEqual(NEW);
  });

  it('G6: starts in the turn of the call, over a synchronous store', async () => {
    const { auth } = open(memoryStore(OLD));
    const refreshing = auth.refresh();
    expect(auth.status).toBe('refreshing');
    await refreshing;
  });

  it('says that nobody is signed in', async () => {
    const { auth, refresh } = open(memoryStore());
    expect(await rejection(auth.refresh())).toMatchObject({
      code: 'ERR_AUTH_SIGNED_OUT',
      message: expect.stringContaining('Call signIn() first') as unknown,
    });
    expect(refresh).not.toHaveBeenCalled();
  });

  it.each<[string, Partial<AuthOptions>]>([
    ['a cookie may hold the credential', { cookieRefresh: true }],
    [
      'the refresh needs no credential',
      { refresh: Object.assign(() => ({ ...NEW }), { startsAlone: true }) },
    ],
  ])('asks the auth server although there are no tokens, where %s', async (_, options) => {
    const { auth } = open(memoryStore(), options);
    expect(await auth.refresh()).toEqual(NEW);
  });

  it('G22: of a session that ends while the store is being read, rejects', async () => {
    for (const ends of ['signOut', 'signIn'] as const) {
      const slow = new SlowStore(OLD);
      const { auth, refresh } = open(slow);
      await auth.getTokens();
      slow.hold('get');
      const refreshing = codeOf(auth.refresh());
      await turns();
      const ended = ends === 'signOut' ? auth.signOut() : auth.signIn({ accessToken: 'access-9' });
      await ended;
      slow.release();
      expect(await refreshing).toBe('ERR_AUTH_SIGNED_OUT');
      expect(refresh).not.toHaveBeenCalled();
    }
  });

  it('G22: of a session that ends while the listeners hear of it, rejects', async () => {
    const { auth } = open(memoryStore(OLD));
    await auth.getTokens();
    auth.subscribe(({ type }) => {
      if (type === 'refreshed') void auth.signIn({ accessToken: 'access-9' });
    });
    expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_SIGNED_OUT');
  });

  it('G22: called while nobody is signed in, does not give the tokens of who signs in after it', async () => {
    const { auth } = open(memoryStore(), { cookieRefresh: true });
    await auth.getTokens();
    auth.subscribe(({ type }) => {
      if (type === 'refreshed') void auth.signIn({ accessToken: 'access-9' });
    });
    expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_SIGNED_OUT');
  });
});

describe('within refresh', () => {
  it.each(['signIn', 'refresh'] as const)('G26: %s() is refused by its name', async (method) => {
    const seen: Promise<unknown>[] = [];
    const { auth }: Attached = open(memoryStore(OLD), {
      refresh: () => {
        seen.push(rejection(method === 'signIn' ? auth.signIn(NEW) : auth.refresh()));
        return { ...NEW };
      },
    });
    await auth.refresh();
    expect(await seen[0]).toMatchObject({
      code: 'ERR_AUTH_CONFIG',
      message: expect.stringMatching(new RegExp(`^${method}\\(\\) was called by`)) as unknown,
    });
  });
});

describe('getTokens()', () => {
  it('gives a copy', async () => {
    const { auth } = open(memoryStore(OLD));
    const tokens = await auth.getTokens();
    tokens!.accessToken = 'changed';
    expect(await auth.getTokens()).toEqual(OLD);
  });

  it('gives null where there are none', async () => {
    expect(await open(memoryStore()).auth.getTokens()).toBeNull();
  });
});

describe('getAccessToken()', () => {
  it.each([-1, NaN, '5', null])('refuses a minValidity of %p', async (minValidity) => {
    const { auth } = open(memoryStore(OLD));
    const options = { minValidity: minValidity as number };
    await expect(auth.getAccessToken(options)).rejects.toThrow(/^getAccessToken: minValidity must/);
    await expect(auth.getAccessToken(options)).rejects.toBeInstanceOf(TypeError);
  });

  it('takes nought, Infinity, and nothing', async () => {
    const { auth, refresh } = open(memoryStore(OLD));
    for (const options of [{ minValidity: 0 }, { minValidity: Infinity }, {}, undefined]) {
      expect(await auth.getAccessToken(options)).toBe('access-1');
    }
    expect(refresh).not.toHaveBeenCalled();
  });

  it('G30: is not one that has expired', async () => {
    const clocks = controlClocks();
    const { auth } = open(memoryStore());
    await auth.signIn({ ...OLD, expiresIn: 60 });
    clocks.pass(61_000);
    expect(await auth.getAccessToken()).toBe('access-2');
  });

  it('renews when less is left than is asked for, and not when it is just enough', async () => {
    jest.useFakeTimers({ now: Date.now() });
    try {
      const { auth, refresh } = open(memoryStore(), { refreshAhead: false });
      await auth.signIn({ ...OLD, expiresIn: 600 });
      expect(await auth.getAccessToken({ minValidity: 600_000 })).toBe('access-1');
      expect(refresh).not.toHaveBeenCalled();
      expect(await auth.getAccessToken({ minValidity: 600_001 })).toBe('access-2');
      expect(refresh).toHaveBeenCalledWith(
        in10Minutes(OLD),
        expect.objectContaining({ reason: 'ahead' }),
      );
    } finally {
      jest.useRealTimers();
    }
  });

  it('within refresh, is the token that is there', async () => {
    const seen: unknown[] = [];
    const { auth }: Attached = open(memoryStore(OLD), {
      refresh: async () => {
        seen.push(await auth.getAccessToken());
        return { ...NEW };
      },
    });
    await auth.refresh();
    expect(seen).toEqual(['access-1']);
  });

  it('is null while nobody is signed in, also where requests need a session', async () => {
    expect(await open(memoryStore()).auth.getAccessToken()).toBeNull();
    const { auth } = open(memoryStore(), { requireSession: true });
    expect(await auth.getAccessToken()).toBeNull();
    await auth.signIn(OLD);
    expect(await auth.getAccessToken()).toBe('access-1');
  });

  it('G37: is null where only a cookie carries it', async () => {
    const { auth } = open(memoryStore(), { headerName: false } as never);
    await auth.signIn();
    expect(auth.status).toBe('signed-in');
    expect(await auth.getAccessToken()).toBeNull();
  });

  it('G22: of a session that ends while the token is renewed, rejects', async () => {
    const { promise, open: answer } = gate();
    const refresh = () => promise.then(() => ({ ...NEW }));
    const { auth } = open(memoryStore(), { refresh, refreshAhead: false });
    await auth.signIn({ ...OLD, expiresIn: 600 });
    const asked = codeOf(auth.getAccessToken({ minValidity: 3_600_000 }));
    await turns();
    expect(auth.status).toBe('refreshing');
    await auth.signIn({ accessToken: 'access-9' });
    answer();
    expect(await asked).toBe('ERR_AUTH_SIGNED_OUT');
  });

  it('G22: of a session that ends while the store is being read, rejects', async () => {
    const slow = new SlowStore(OLD);
    const { auth } = open(slow);
    await auth.getTokens();
    slow.hold('get');
    const asked = soFar(auth.getAccessToken());
    await turns();
    await auth.signIn(NEW);
    expect(asked.now).toBe('pending');
    slow.release();
    await turns();
    expect(asked.now).toBe('ERR_AUTH_SIGNED_OUT');
  });
});

describe('subscribe() and onStatus()', () => {
  it('have the store read, and only while nobody knows who is signed in', async () => {
    const get = jest.fn(() => OLD);
    const { auth } = open({ ...memoryStore(), get });
    auth.subscribe(() => undefined);
    expect([get.mock.calls.length, auth.status]).toEqual([1, 'signed-in']);
    auth.subscribe(() => undefined);
    auth.onStatus(() => undefined);
    expect(get).toHaveBeenCalledTimes(1);
    const other = open(memoryStore(OLD)).auth;
    const seen: string[] = [];
    other.onStatus((status) => void seen.push(status));
    await turns();
    expect(seen).toEqual(['signed-in']);
  });

  it.each([
    ['throws', () => brokenStore(OLD, 'get')],
    [
      'rejects',
      () => ({ ...memoryStore(), get: () => Promise.reject(new Error('the disk is full')) }),
    ],
  ])('G35: do not mind a store that %s', async (_, store) => {
    const { auth } = open(store());
    const seen: string[] = [];
    auth.subscribe(() => undefined);
    auth.onStatus((status) => void seen.push(status));
    await turns();
    expect(seen).toEqual(['unknown']);
  });

  it('onStatus: a listener that throws at once is not called again', async () => {
    const { auth } = open(memoryStore(OLD));
    const listener = jest.fn(() => {
      throw new Error('not ready');
    });
    expect(() => auth.onStatus(listener)).toThrow('not ready');
    await auth.signOut();
    await turns();
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('onStatus: changes that are undone before it is called are none', async () => {
    const { auth } = open(memoryStore(OLD));
    const seen: string[] = [];
    auth.onStatus((status) => void seen.push(status));
    await Promise.all([auth.signOut(), auth.signIn(NEW)]);
    await turns();
    expect(seen).toEqual(['signed-in']);
  });
});

describe('the handle', () => {
  it('has functions that can be taken out of it', async () => {
    const { signIn, signOut, refresh, getTokens, getAccessToken, attach, detach, ...rest } =
      open(memoryStore()).auth;
    await signIn(OLD);
    expect(await getTokens()).toEqual(OLD);
    expect(await refresh()).toEqual(NEW);
    expect(await getAccessToken()).toBe('access-2');
    const seen: string[] = [];
    rest.onStatus((status) => void seen.push(status))();
    rest.subscribe(() => undefined)();
    expect(seen).toEqual(['signed-in']);
    await signOut();
    detach();
    expect(() => {
      attach(attached().api);
    }).toThrow(/Another session/);
  });

  it('G25: is detached by `using`, where the runtime has it', () => {
    const stop = jest.fn();
    const { api, auth } = open({ ...memoryStore(OLD), subscribe: () => stop });
    auth[Symbol.dispose]();
    expect(stop).toHaveBeenCalledTimes(1);
    expect(() => open(memoryStore()).auth.attach(api)).not.toThrow();
  });

  it('G39: has no key for it where the runtime has not', () => {
    const platform = Symbol;
    onCleanUp(() => Object.assign(globalThis, { Symbol: platform }));
    // Where it is built in, it cannot be deleted.
    const without = (text?: string): symbol => platform(text);
    for (const [key, field] of Object.entries(Object.getOwnPropertyDescriptors(platform))) {
      if (!(key in without) && key !== 'dispose') Object.defineProperty(without, key, field);
    }
    Object.assign(globalThis, { Symbol: without });
    expect(Object.getOwnPropertyNames(open(memoryStore()).auth)).not.toContain('undefined');
  });
});

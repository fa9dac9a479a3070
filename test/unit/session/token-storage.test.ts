import { setImmediate as realTurn } from 'node:timers/promises';
import { AuthError } from '../../../src/errors';
import { Events } from '../../../src/session/events';
import { Secrets } from '../../../src/session/secrets';
import { TokenStorage } from '../../../src/session/token-storage';
import { READ_THROUGH, type StoreHints, type TokenStore } from '../../../src/stores/store';
import type { Tokens } from '../../../src/tokens';

const TIMEOUT = 1_000;
const A: Tokens = { accessToken: 'access-a', refreshToken: 'refresh-a' };
const B: Tokens = { accessToken: 'access-b', refreshToken: 'refresh-b' };
const C: Tokens = { accessToken: 'access-c', refreshToken: 'refresh-c' };
const D: Tokens = { accessToken: 'access-d', refreshToken: 'refresh-d' };

/** A call of the store that is under way: it lands, or fails, when the test says so. */
interface Call {
  method: 'get' | 'set' | 'clear';
  tokens: Tokens | null;
  land(this: void): void;
  fail(this: void, fault?: Error): void;
}

interface Manual extends TokenStore, StoreHints {
  held: Tokens | null;
  /** The calls that are under way, in order. */
  calls: Call[];
}

/** An asynchronous store, each call of which the test settles. */
function manualStore(held: Tokens | null = A): Manual {
  const store: Manual = {
    held,
    calls: [],
    get: () => start('get', null, () => store.held),
    set: (tokens) => start('set', tokens, () => void (store.held = tokens)),
    clear: () => start('clear', null, () => void (store.held = null)),
  };
  function start<R>(method: Call['method'], tokens: Tokens | null, work: () => R): Promise<R> {
    return new Promise((resolve, reject) => {
      const over = (): void => {
        store.calls = store.calls.filter((other) => other !== call);
      };
      const call: Call = {
        method,
        tokens,
        land() {
          over();
          resolve(work());
        },
        fail(fault = new Error('the disk is full')) {
          over();
          reject(fault);
        },
      };
      store.calls.push(call);
    });
  }
  return store;
}

/** A synchronous store, which fails on demand. */
function plainStore(...[held = A]: [unknown?]) {
  const store = {
    held,
    isBroken: false,
    written: [] as (Tokens | null)[],
    get: jest.fn((): Tokens | null => store.held as Tokens | null),
    set(tokens: Tokens): void {
      if (store.isBroken) throw new Error('the disk is full');
      store.written.push(tokens);
      store.held = tokens;
    },
    clear(): void {
      if (store.isBroken) throw new Error('the disk is full');
      store.written.push(null);
      store.held = null;
    },
  };
  return store;
}

const logged: [level: string, message: string, details: unknown][] = [];

function open(store: TokenStore): { storage: TokenStorage; secrets: Secrets } {
  const secrets = new Secrets();
  const log =
    (level: string) =>
    (message: string, details?: unknown): void => {
      logged.push([level, message, details]);
    };
  const events = new Events({ warn: log('warn'), error: log('error') }, secrets);
  return {
    storage: new TokenStorage({ tokenStore: store, refreshTimeout: TIMEOUT }, secrets, events),
    secrets,
  };
}

const turns = (): Promise<void> => jest.advanceTimersByTimeAsync(0);

/** How a promise has ended so far: its value, the code of its error, or nothing yet. */
function outcomeOf(value: unknown): { now: unknown } {
  const outcome: { now: unknown } = { now: 'pending' };
  Promise.resolve(value).then(
    (result) => (outcome.now = result),
    (error: unknown) => (outcome.now = error instanceof AuthError ? error.code : error),
  );
  return outcome;
}

const storeFault = (cause: string) =>
  expect.objectContaining({
    code: 'ERR_AUTH_STORE',
    message: expect.stringContaining(cause) as unknown,
  }) as unknown;

beforeEach(() => {
  jest.useFakeTimers();
  logged.length = 0;
});
afterEach(() => {
  jest.useRealTimers();
});

describe('reading', () => {
  it('G1: is synchronous where the store is', () => {
    expect(open(plainStore()).storage.read()).toEqual(A);
  });

  it('G23: sees what the store holds now, each time', () => {
    const store = plainStore();
    const { storage } = open(store);
    expect(storage.read()).toEqual(A);
    store.held = B;
    expect(storage.read()).toEqual(B);
    store.held = null;
    expect(storage.read()).toBeNull();
  });

  it('G9: one that hangs is given up after the bound', async () => {
    const { storage } = open(manualStore());
    const outcomes = [outcomeOf(storage.read()), outcomeOf(storage.read(true))];
    await jest.advanceTimersByTimeAsync(TIMEOUT - 1);
    expect(outcomes.map(({ now }) => now)).toEqual(['pending', 'pending']);
    await jest.advanceTimersByTimeAsync(1);
    expect(outcomes.map(({ now }) => now)).toEqual(['ERR_AUTH_STORE', 'ERR_AUTH_STORE']);
  });

  it('G9: one read serves all who ask in the same turn, and a later one sees a later change', async () => {
    const store = manualStore();
    const { storage } = open(store);
    const first = [storage.read(), storage.read(), storage.read()];
    expect(store.calls).toHaveLength(1);
    await turns();
    const later = storage.read();
    expect(store.calls).toHaveLength(2);
    store.calls[0]?.land();
    store.held = B;
    store.calls[0]?.land();
    expect(await Promise.all([...first, later])).toEqual([A, A, A, B]);
  });

  it('G27: past a cache where the store has one, for a renewal', async () => {
    const through = jest.fn(() => B);
    const { storage } = open(Object.assign(plainStore(), { [READ_THROUGH]: through }));
    expect(storage.read()).toEqual(A);
    expect(await storage.read(true)).toEqual(B);
    expect(through).toHaveBeenCalledTimes(1);
  });

  it.each([
    [
      'throws',
      {
        get: () => {
          throw new Error('no access');
        },
      },
      'no access',
    ],
    ['rejects', { get: () => Promise.reject(new Error('no access')) }, 'no access'],
    ['gives a text', { get: () => '{}' }, 'it must give tokens or null'],
    ['gives an array', { get: () => [] }, 'it must give tokens or null, and gave an array'],
    [
      'gives an expiry that is no number',
      { get: () => ({ ...A, expiresAt: 'soon' }) },
      'expiresAt',
    ],
    [
      'gives a refresh token that is no text',
      { get: () => ({ ...A, refreshToken: 5 }) },
      'refreshToken',
    ],
    [
      'gives getters that throw',
      {
        get: () => ({
          get accessToken(): string {
            throw new Error('a getter');
          },
        }),
      },
      'a getter',
    ],
    ['gives a revoked proxy', { get: () => revokedProxy() }, 'tokenStore.get() failed'],
  ])('G33: a store that %s is an ERR_AUTH_STORE that says so', async (_, faulty, cause) => {
    const { storage } = open({ ...plainStore(), ...faulty } as unknown as TokenStore);
    await expect((async () => storage.read())()).rejects.toEqual(storeFault(cause));
    await expect((async () => storage.read(true))()).rejects.toEqual(storeFault(cause));
  });

  it.each([
    ['null', null],
    ['an empty object', {}],
    ['no token but empty ones', { accessToken: null, refreshToken: '' }],
  ])('G33: %s counts as no tokens', (_, held) => {
    expect(open(plainStore(held)).storage.read()).toBeNull();
  });

  it.each([
    ['an empty access token', { accessToken: '', refreshToken: 'refresh-a' }],
    ['no access token', { refreshToken: 'refresh-a' }],
    ['an access token that is null', { accessToken: null, refreshToken: 'refresh-a' }],
  ])('G33: a refresh token with %s is something to renew with', (_, held) => {
    expect(open(plainStore(held)).storage.read()).toMatchObject({ refreshToken: 'refresh-a' });
  });

  it('G23: gives private copies: nobody changes in place what the session holds', () => {
    const held: Tokens = { ...A };
    const store = plainStore(held);
    const { storage } = open(store);
    const first = storage.read() as Tokens;
    expect(first).not.toBe(held);
    held.accessToken = 'changed in place';
    expect(first).toEqual(A);
    expect(storage.read()).toEqual({ ...A, accessToken: 'changed in place' });
  });

  it('G34: what was read is known as a credential', () => {
    const { storage, secrets } = open(plainStore());
    storage.read();
    expect(secrets.remove('access-a refresh-a')).toBe('[redacted] [redacted]');
  });

  it('G34: the error of a store that tells what it holds carries no credential', () => {
    const store = plainStore();
    const { storage } = open(store);
    storage.read();
    store.get.mockImplementation(() => {
      throw new Error('cannot parse access-a');
    });
    expect(() => storage.read()).toThrow('cannot parse [redacted]');
  });
});

describe('writing', () => {
  it('G9: is seen by the next read at once, and resolves when it is stored', async () => {
    const store = manualStore();
    const { storage } = open(store);
    const outcome = outcomeOf(storage.write(B));
    expect(storage.read()).toBe(B);
    await turns();
    expect(outcome.now).toBe('pending');
    store.calls[0]?.land();
    await turns();
    expect(outcome.now).toBeUndefined();
    expect(store.held).toEqual(B);
    expect(store.held).not.toBe(B);
  });

  it('G9: is in the order of the calls, and what was overtaken is left out', async () => {
    const store = manualStore();
    const { storage } = open(store);
    const outcomes = [B, C, null].map((tokens) => outcomeOf(storage.write(tokens)));
    await turns();
    // The first has been overtaken before it began.
    expect(store.calls.map(({ method }) => method)).toEqual(['clear']);
    store.calls[0]?.land();
    await turns();
    expect(outcomes.map(({ now }) => now)).toStrictEqual([undefined, undefined, undefined]);
    expect(store.calls).toEqual([]);
  });

  it('G9: one at a time', async () => {
    const store = manualStore();
    const { storage } = open(store);
    void storage.write(B);
    await turns();
    const second = outcomeOf(storage.write(C));
    await turns();
    expect(store.calls.map(({ tokens }) => tokens)).toEqual([B]);
    store.calls[0]?.land();
    await turns();
    expect(store.calls.map(({ tokens }) => tokens)).toEqual([C]);
    store.calls[0]?.land();
    await turns();
    expect(second.now).toBeUndefined();
    expect(store.held).toEqual(C);
  });

  it('G9: one that hangs holds up the next for no longer than the bound', async () => {
    const store = manualStore();
    const { storage } = open(store);
    const hung = outcomeOf(storage.write(B));
    const next = outcomeOf(turns().then(() => storage.write(C)));
    await jest.advanceTimersByTimeAsync(TIMEOUT);
    expect(hung.now).toBe('ERR_AUTH_STORE');
    store.calls[1]?.land();
    await turns();
    expect(next.now).toBeUndefined();
  });

  it('G34: what was written is known as a credential before it is stored', () => {
    const { storage, secrets } = open(manualStore());
    void storage.write(B);
    expect(secrets.hasHeld('access-b')).toBe(true);
  });
});

describe('what the store holds', () => {
  it('G23: is read again as soon as a write has landed', async () => {
    const store = plainStore();
    const { storage } = open(store);
    await storage.write(B);
    store.held = C;
    expect(storage.read()).toEqual(C);
  });

  /** Which tokens the storage takes for those before its next write: it gives way to all others. */
  async function known(store: Manual, storage: TokenStorage, held: Tokens): Promise<unknown> {
    const writing = outcomeOf(storage.write(D));
    await turns();
    store.calls[0]?.fail();
    await turns();
    expect(writing.now).toBe('ERR_AUTH_STORE');
    store.held = held;
    const reading = outcomeOf(storage.read());
    store.calls[0]?.land();
    await turns();
    return reading.now;
  }

  it('G9: is what the later of two reads has found, in whatever order they are answered', async () => {
    const store = manualStore();
    const { storage } = open(store);
    void storage.read();
    await turns();
    void storage.read();
    store.held = C;
    store.calls[1]?.land();
    await turns();
    store.held = A;
    store.calls[0]?.land();
    await turns();
    expect(await known(store, storage, C)).toEqual(D);
  });

  it('G9: is what was written, whatever an earlier read finds', async () => {
    const store = manualStore();
    const { storage } = open(store);
    void storage.read();
    await turns();
    void storage.write(C);
    await turns();
    store.calls[1]?.land();
    await turns();
    store.held = A;
    store.calls[0]?.land();
    await turns();
    expect(await known(store, storage, C)).toEqual(D);
  });
});

describe('a write that failed', () => {
  it('G9: does not keep back the next one, which resolves when it is stored', async () => {
    const store = manualStore();
    const { storage } = open(store);
    const first = outcomeOf(storage.write(B));
    await turns();
    const second = outcomeOf(storage.write(C));
    store.calls[0]?.fail();
    await turns();
    expect([first.now, second.now]).toEqual(['ERR_AUTH_STORE', 'pending']);
    store.calls[0]?.land();
    await turns();
    expect([second.now, store.held, store.calls]).toEqual([undefined, C, []]);
  });

  it('G9: a read that was under way when another one followed gives the tokens of that', async () => {
    const store = manualStore();
    const { storage } = open(store);
    void storage.write(B).catch(() => undefined);
    await turns();
    store.calls[0]?.fail();
    await turns();
    const reading = outcomeOf(storage.read());
    void storage.write(C);
    store.calls[0]?.land();
    await turns();
    expect(reading.now).toEqual(C);
  });

  it('G23: gives way to what lies behind a cache', async () => {
    const store = Object.assign(plainStore(), { [READ_THROUGH]: () => C });
    const { storage } = open(store);
    storage.read();
    store.isBroken = true;
    await storage.write(B).catch(() => undefined);
    expect(storage.read()).toEqual(C);
  });

  it('G9: is reported, and the tokens are served from memory', async () => {
    const store = plainStore();
    const { storage } = open(store);
    store.isBroken = true;
    await expect(storage.write(B)).rejects.toEqual(storeFault('tokenStore.set() failed'));
    expect(storage.read()).toEqual(B);
    expect(await storage.read(true)).toEqual(B);
    await turns();
    expect(logged).toEqual([
      ['error', expect.stringContaining('could not be stored'), storeFault('the disk is full')],
    ]);
  });

  it('G9: is repeated, later and later, until it succeeds', async () => {
    const store = plainStore();
    const { storage } = open(store);
    storage.listen(() => undefined);
    store.isBroken = true;
    const set = jest.spyOn(store, 'set');
    await storage.write(B).catch(() => undefined);
    const delays: number[] = [];
    let last = Date.now();
    set.mockImplementation(() => {
      delays.push(Date.now() - last);
      last = Date.now();
      throw new Error('the disk is full');
    });
    await jest.advanceTimersByTimeAsync(120_000);
    expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    set.mockRestore();
    store.isBroken = false;
    await jest.advanceTimersByTimeAsync(30_000);
    expect(store.held).toEqual(B);
    await jest.advanceTimersByTimeAsync(120_000);
    expect(store.written).toEqual([B]);
  });

  it('G9: is not repeated after detach, and goes on when the store is listened to again', async () => {
    const store = plainStore();
    const { storage } = open(store);
    storage.listen(() => undefined);
    store.isBroken = true;
    await storage.write(B).catch(() => undefined);
    storage.stopListening();
    store.isBroken = false;
    await jest.advanceTimersByTimeAsync(120_000);
    expect(store.written).toEqual([]);
    expect(storage.read()).toEqual(B);
    storage.listen(() => undefined);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(store.written).toEqual([B]);
  });

  it('G23: gives way to what somebody else has stored since', async () => {
    const store = plainStore();
    const { storage } = open(store);
    storage.listen(() => undefined);
    storage.read();
    store.isBroken = true;
    await storage.write(B).catch(() => undefined);
    store.isBroken = false;
    store.held = C;
    expect(storage.read()).toEqual(C);
    await jest.advanceTimersByTimeAsync(120_000);
    expect(store.held).toEqual(C);
    expect(store.written).toEqual([]);
  });

  it('G23: gives way at the repetition, too, where nobody has read meanwhile', async () => {
    const store = plainStore();
    const { storage } = open(store);
    storage.listen(() => undefined);
    storage.read();
    store.isBroken = true;
    await storage.write(B).catch(() => undefined);
    store.isBroken = false;
    store.held = C;
    await jest.advanceTimersByTimeAsync(120_000);
    expect(store.held).toEqual(C);
  });

  it('G9: is served from memory while the store can not even be read', async () => {
    const store = manualStore();
    const { storage } = open(store);
    const writing = outcomeOf(storage.write(B));
    await turns();
    store.calls[0]?.fail();
    await turns();
    expect(writing.now).toBe('ERR_AUTH_STORE');
    const reading = outcomeOf(storage.read());
    store.calls[0]?.fail();
    await turns();
    expect(reading.now).toEqual(B);
  });

  it('can be given up: the store is the truth again', async () => {
    const store = plainStore();
    const { storage } = open(store);
    store.isBroken = true;
    await storage.write(B).catch(() => undefined);
    expect(storage.read()).toEqual(B);
    storage.forget();
    expect(storage.read()).toEqual(A);
  });

  it('G21: a removal that failed leaves nobody signed in', async () => {
    const store = plainStore();
    const { storage } = open(store);
    storage.listen(() => undefined);
    storage.read();
    store.isBroken = true;
    await expect(storage.write(null)).rejects.toEqual(storeFault('tokenStore.clear() failed'));
    expect(storage.read()).toBeNull();
    store.isBroken = false;
    await jest.advanceTimersByTimeAsync(250);
    expect(store.held).toBeNull();
  });
});

describe('a write that lands late', () => {
  /** The write of B hangs beyond its bound; whatever else is called lands at once. */
  async function overdue(): Promise<{ store: Manual; storage: TokenStorage; late: Call }> {
    const store = manualStore();
    const { storage } = open(store);
    storage.listen(() => undefined);
    const reading = storage.read();
    store.calls[0]?.land();
    await reading;
    storage.write(B).catch(() => undefined);
    await jest.advanceTimersByTimeAsync(TIMEOUT);
    return { store, storage, late: store.calls[0]! };
  }
  /** Lets every other call land. */
  async function landOthers(store: Manual, late: Call): Promise<void> {
    for (let round = 0; round < 5; round++) {
      for (const call of store.calls) if (call !== late) call.land();
      await turns();
    }
  }

  it('G9: is a success where nothing has come since', async () => {
    const { store, storage, late } = await overdue();
    late.land();
    await turns();
    const reading = storage.read();
    await landOthers(store, late);
    expect(await reading).toEqual(B);
    await jest.advanceTimersByTimeAsync(120_000);
    expect(store.calls).toEqual([]);
  });

  it('G9: is a success also where nobody reads: it is not repeated', async () => {
    const { store, late } = await overdue();
    late.land();
    await jest.advanceTimersByTimeAsync(120_000);
    expect([store.calls, store.held]).toEqual([[], B]);
  });

  it('G9: is watched for also where it is the repetition of one that had failed at once', async () => {
    const store = manualStore();
    const { storage } = open(store);
    storage.listen(() => undefined);
    storage.write(B).catch(() => undefined);
    await turns();
    store.calls[0]!.fail();
    await jest.advanceTimersByTimeAsync(250);
    store.calls[0]!.land();
    await turns();
    const late = store.calls[0]!;
    expect([late.method, late.tokens]).toEqual(['set', B]);
    await jest.advanceTimersByTimeAsync(TIMEOUT);
    void storage.write(C);
    await landOthers(store, late);
    late.land();
    await turns();
    await landOthers(store, late);
    expect(store.held).toEqual(C);
  });

  it('G9: over the same tokens, which were written again, is no matter', async () => {
    const { store, storage, late } = await overdue();
    void storage.write({ ...B });
    await turns();
    await landOthers(store, late);
    const set = jest.spyOn(store, 'set');
    late.land();
    await turns();
    await landOthers(store, late);
    expect([store.calls, set.mock.calls, store.held]).toEqual([[], [], B]);
  });

  it('that was given up may have landed: its tokens are those of the store', async () => {
    const store = manualStore(null);
    const { storage } = open(store);
    storage.write(B).catch(() => undefined);
    await jest.advanceTimersByTimeAsync(TIMEOUT);
    storage.forget();
    store.held = B;
    const reading = outcomeOf(storage.read());
    store.calls[1]!.land();
    await turns();
    expect(reading.now).toEqual(B);
  });

  it('that was given up before anybody has looked is left as it is', async () => {
    const store = manualStore(null);
    const { storage } = open(store);
    const tokens = { ...B };
    storage.write(tokens).catch(() => undefined);
    await jest.advanceTimersByTimeAsync(TIMEOUT);
    storage.forget();
    const late = store.calls[0]!;
    late.land();
    await turns();
    await landOthers(store, late);
    expect([store.calls, store.held]).toEqual([[], B]);
  });

  it('G9: over tokens of somebody else, which a read that took too long has found', async () => {
    const { store, storage, late } = await overdue();
    void storage.write(C);
    await turns();
    await landOthers(store, late);
    store.held = D;
    const reading = outcomeOf(storage.read());
    await jest.advanceTimersByTimeAsync(TIMEOUT);
    expect(reading.now).toBe('ERR_AUTH_STORE');
    await landOthers(store, late);
    late.land();
    await turns();
    await landOthers(store, late);
    expect(store.held).toEqual(D);
  });

  it('G9: counts as landed where the store cannot be read', async () => {
    const { store, storage, late } = await overdue();
    void storage.write(C);
    await turns();
    await landOthers(store, late);
    late.land();
    await turns();
    store.calls.find(({ method }) => method === 'get')!.fail();
    await turns();
    await landOthers(store, late);
    expect(store.held).toEqual(C);
  });

  it('G9: is looked for past a cache', async () => {
    const { store, storage, late } = await overdue();
    void storage.write(C);
    await turns();
    await landOthers(store, late);
    const through = jest.fn(() => store.held);
    Object.assign(store, { [READ_THROUGH]: through });
    late.land();
    await turns();
    await landOthers(store, late);
    expect([through.mock.calls.length, store.held]).toEqual([1, C]);
  });

  it('G9: the repetition is tried again later where it fails', async () => {
    const { store, storage, late } = await overdue();
    void storage.write(C);
    await turns();
    await landOthers(store, late);
    await jest.advanceTimersByTimeAsync(60_000);
    late.land();
    await turns();
    store.calls.find(({ method }) => method === 'get')!.land();
    await turns();
    store.calls.find(({ method }) => method === 'set')!.fail();
    await turns();
    expect([store.held, store.calls]).toEqual([B, []]);
    await jest.advanceTimersByTimeAsync(30_000);
    await landOthers(store, late);
    await jest.advanceTimersByTimeAsync(30_000);
    await landOthers(store, late);
    expect(store.held).toEqual(C);
  });

  it('G9: the repetition may land late itself', async () => {
    const { store, storage, late } = await overdue();
    void storage.write(C);
    await turns();
    await landOthers(store, late);
    late.land();
    await turns();
    store.calls.find(({ method }) => method === 'get')!.land();
    await turns();
    const repetition = store.calls.find(({ method }) => method === 'set')!;
    await jest.advanceTimersByTimeAsync(TIMEOUT);
    void storage.write(D);
    await turns();
    await landOthers(store, repetition);
    expect(store.held).toEqual(D);
    repetition.land();
    await turns();
    await landOthers(store, repetition);
    expect(store.held).toEqual(D);
  });

  it('G23: its tokens are those of the store again, once somebody else has stored them', async () => {
    const { store, storage, late } = await overdue();
    void storage.write(C);
    await turns();
    await landOthers(store, late);
    late.land();
    await turns();
    await landOthers(store, late);
    store.held = B;
    const reading = outcomeOf(storage.read());
    await landOthers(store, late);
    expect(reading.now).toEqual(B);
  });

  it('G9: over newer tokens of this session: those are written again', async () => {
    const { store, storage, late } = await overdue();
    void storage.write(C);
    await turns();
    await landOthers(store, late);
    expect(store.held).toEqual(C);
    late.land();
    expect(store.held).toEqual(B);
    await turns();
    const reading = storage.read();
    await landOthers(store, late);
    expect(await reading).toEqual(C);
    expect(store.held).toEqual(C);
  });

  it('G9: over newer tokens, which a peer has replaced meanwhile: nothing is written', async () => {
    const { store, storage, late } = await overdue();
    void storage.write(C);
    await turns();
    await landOthers(store, late);
    late.land();
    store.held = { accessToken: 'access-d' };
    await turns();
    expect(store.calls.map(({ method }) => method)).toEqual(['get']);
    await landOthers(store, late);
    expect(store.held).toEqual({ accessToken: 'access-d' });
  });

  it('G9: over newer tokens of somebody else, which were seen: those are written again', async () => {
    const { store, storage, late } = await overdue();
    store.held = C;
    const reading = storage.read();
    await landOthers(store, late);
    expect(await reading).toEqual(C);
    late.land();
    await turns();
    await landOthers(store, late);
    expect(store.held).toEqual(C);
  });

  it('G21: over a sign-out: the tokens are removed again', async () => {
    const { store, storage, late } = await overdue();
    void storage.write(null);
    await turns();
    await landOthers(store, late);
    late.land();
    expect(store.held).toEqual(B);
    await turns();
    await landOthers(store, late);
    expect(store.held).toBeNull();
  });

  it('G21: over a sign-out is not even seen by a read that was under way', async () => {
    const { store, storage, late } = await overdue();
    void storage.write(null);
    await turns();
    await landOthers(store, late);
    const reading = outcomeOf(storage.read());
    late.land();
    await turns();
    store.calls.find(({ method }) => method === 'get')?.land();
    await turns();
    expect(reading.now).toBeNull();
  });

  it('G35: what a retry reads in vain, as nothing is to be repeated any more, rejects nobody', async () => {
    const unhandled: unknown[] = [];
    const keep = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', keep);
    const { store, storage, late } = await overdue();
    late.fail();
    await jest.advanceTimersByTimeAsync(250);
    storage.forget();
    store.calls[0]?.land();
    await turns();
    store.calls[0]?.fail();
    await turns();
    await realTurn();
    process.off('unhandledRejection', keep);
    expect(store.calls).toEqual([]);
    expect(unhandled).toEqual([]);
  });

  it('G9: and reports a fault, may have landed: the newer tokens are written again', async () => {
    const { store, storage, late } = await overdue();
    void storage.write(C);
    await turns();
    await landOthers(store, late);
    store.held = B;
    late.fail();
    await turns();
    await landOthers(store, late);
    expect(store.calls).toEqual([]);
    expect(store.held).toEqual(C);
  });

  it('G9: and reports a fault while it is the newest, is repeated and nothing else', async () => {
    const { store, storage, late } = await overdue();
    late.fail();
    await turns();
    expect(store.calls).toEqual([]);
    const reading = storage.read();
    await landOthers(store, late);
    expect(await reading).toEqual(B);
  });
});

describe('two writes, of which the second one fails', () => {
  async function failing(held: Tokens | null) {
    const store = manualStore(held);
    const { storage } = open(store);
    storage.listen(() => undefined);
    const reading = storage.read();
    store.calls[0]!.land();
    await reading;
    void storage.write(B);
    await turns();
    const outcome = outcomeOf(storage.write(C));
    store.calls[0]!.land();
    await turns();
    store.calls[0]!.fail();
    await turns();
    expect(outcome.now).toBe('ERR_AUTH_STORE');
    return { store, storage };
  }

  it.each([A, null])('G9: over what the first one has stored, it is repeated', async (held) => {
    const { store, storage } = await failing(held);
    const reading = outcomeOf(storage.read());
    store.calls[0]!.land();
    await turns();
    expect([store.held, reading.now]).toEqual([B, C]);
    await jest.advanceTimersByTimeAsync(250);
    store.calls[0]!.land();
    await turns();
    expect(store.calls.map(({ method }) => method)).toEqual(['set']);
  });

  it.each([A, null])('G23: over the tokens of a peer, it is not', async (held) => {
    const { store, storage } = await failing(held);
    store.held = D;
    const reading = outcomeOf(storage.read());
    store.calls[0]!.land();
    await turns();
    expect(reading.now).toEqual(D);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(store.calls).toEqual([]);
  });
});

describe('listening', () => {
  it('G29: calls back at a change, until it is stopped; twice is once', () => {
    const heard: string[] = [];
    let changed = (): void => undefined;
    const subscribe = jest.fn((listener: () => void) => {
      changed = listener;
      return () => heard.push('stopped');
    });
    const { storage } = open({ ...plainStore(), subscribe: subscribe as never });
    storage.listen(() => heard.push('changed'));
    storage.listen(() => heard.push('changed'));
    expect(subscribe).toHaveBeenCalledTimes(1);
    changed();
    storage.stopListening();
    storage.stopListening();
    expect(heard).toEqual(['changed', 'stopped']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('not connected');
      },
    ],
    ['rejects', () => Promise.reject(new Error('not connected'))],
    [
      'throws when it is stopped',
      () => () => {
        throw new Error('not connected');
      },
    ],
  ])('G35: a store whose subscribe %s is reported, and nothing else', async (_, subscribe) => {
    const { storage } = open({ ...plainStore(), subscribe: subscribe as never });
    storage.listen(() => undefined);
    storage.stopListening();
    await turns();
    expect(logged).toEqual([
      [
        'warn',
        expect.stringContaining('could not tell of a change'),
        expect.objectContaining({ message: 'not connected' }),
      ],
    ]);
  });

  it.each([undefined, null, 5, {}])('G35: a store whose subscribe gives %p is as good', (given) => {
    const { storage } = open({ ...plainStore(), subscribe: () => given as never });
    storage.listen(() => undefined);
    expect(() => {
      storage.stopListening();
    }).not.toThrow();
  });
});

function revokedProxy(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

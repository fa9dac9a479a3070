import { cachedStore, type Tokens, type TokenStore } from '../../../src/index';
import { READ_THROUGH, type StoreHints } from '../../../src/stores/store';

const A = { accessToken: 'a' };
const B = { accessToken: 'b' };
const { signal } = new AbortController();

interface Slow {
  held: Tokens | null | undefined;
  reads: number;
  changed(this: void): void;
  stopped: boolean;
  gate: Promise<void>;
  store: TokenStore;
  hold(): () => void;
  subscribe(this: void, changed: () => void): () => void;
}

/** A store that counts its reads, answers when told to, and can tell of changes. */
function slowStore(initial: Tokens | null | undefined = A): Slow {
  const slow: Slow = {
    held: initial,
    reads: 0,
    changed: (): void => undefined,
    stopped: false,
    gate: Promise.resolve(),
    store: {
      get: async () => {
        slow.reads++;
        const { held } = slow;
        await slow.gate;
        return held;
      },
      async set(tokens) {
        await slow.gate;
        slow.held = tokens;
      },
      async clear() {
        await slow.gate;
        slow.held = null;
      },
    },
    hold(): () => void {
      let open = (): void => undefined;
      slow.gate = new Promise<void>((resolve) => (open = resolve));
      return open;
    },
    subscribe(changed: () => void) {
      slow.changed = changed;
      return () => {
        slow.stopped = true;
      };
    },
  };
  return slow;
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('cachedStore', () => {
  it('names itself where it is given no store', () => {
    expect(() => cachedStore({} as never)).toThrow(/^cachedStore\(store\): /);
  });

  it('G9: serves what was written last, in whatever order the writes end', async () => {
    const slow = slowStore();
    const store = cachedStore(slow.store, { maxAge: Infinity });
    const open = slow.hold();
    const first = store.set(A);
    slow.gate = Promise.resolve();
    await store.set(B);
    open();
    await first;
    expect(store.get()).toBe(B);
  });

  it('G23: reads once within maxAge, and again after it', async () => {
    const slow = slowStore();
    const store = cachedStore(slow.store, { maxAge: 100 });
    expect(await store.get()).toBe(A);
    jest.advanceTimersByTime(99);
    expect(store.get()).toBe(A);
    slow.held = B;
    jest.advanceTimersByTime(1);
    expect(await store.get()).toBe(B);
    expect(slow.reads).toBe(2);
  });

  it('G23: by default a value is a second old at most', async () => {
    const slow = slowStore();
    const store = cachedStore(slow.store);
    await store.get();
    jest.advanceTimersByTime(999);
    expect(store.get()).toBe(A);
    jest.advanceTimersByTime(1);
    await store.get();
    expect(slow.reads).toBe(2);
  });

  it('G23: where the store tells of changes, a value is good until then', async () => {
    const slow = slowStore();
    const store = cachedStore({ ...slow.store, subscribe: slow.subscribe });
    const changed = jest.fn();
    const stop = store.subscribe?.(changed);
    await store.get();
    jest.advanceTimersByTime(86_400_000);
    expect(store.get()).toBe(A);
    slow.held = B;
    slow.changed();
    expect(changed).toHaveBeenCalledTimes(1);
    expect(await store.get()).toBe(B);
    stop?.();
    expect(slow.stopped).toBe(true);
  });

  it('G23: a read that a change overtakes is not kept', async () => {
    const slow = slowStore();
    const store = cachedStore({ ...slow.store, subscribe: slow.subscribe });
    store.subscribe?.(() => undefined);
    const open = slow.hold();
    const reading = store.get();
    slow.held = B;
    slow.changed();
    open();
    await reading;
    expect(await store.get()).toBe(B);
  });

  it('G29: whoever asks after a change does not join the read from before it', async () => {
    const slow = slowStore();
    const store = cachedStore({ ...slow.store, subscribe: slow.subscribe });
    store.subscribe?.(() => undefined);
    const open = slow.hold();
    const before = store.get();
    slow.held = B;
    slow.changed();
    const after = store.get();
    open();
    expect([await before, await after, slow.reads]).toEqual([A, B, 2]);
    expect(await store.get()).toBe(B);
    expect(slow.reads).toBe(2);
  });

  it('G23: a store that cannot tell of changes gives a subscription that does nothing', () => {
    const stop = cachedStore(slowStore().store).subscribe?.(() => undefined);
    expect(stop?.()).toBeUndefined();
  });

  it('G23: reads at the same time are one read', async () => {
    const slow = slowStore();
    const store = cachedStore(slow.store);
    expect(await Promise.all([store.get(), store.get(), store.get()])).toEqual([A, A, A]);
    expect(slow.reads).toBe(1);
  });

  it('G9: a read that fails is not kept', async () => {
    const slow = slowStore();
    let isLocked = true;
    const get = (): ReturnType<TokenStore['get']> => {
      if (!isLocked) return slow.store.get();
      isLocked = false;
      return Promise.reject(new Error('locked'));
    };
    const store = cachedStore({ ...slow.store, get });
    await expect(store.get()).rejects.toThrow('locked');
    expect(await store.get()).toBe(A);
  });

  it('G9: nor is one that throws at once', async () => {
    let isBroken = true;
    const store = cachedStore({
      ...slowStore().store,
      get() {
        if (isBroken) throw new Error('locked');
        return A;
      },
    });
    await expect(store.get()).rejects.toThrow('locked');
    isBroken = false;
    expect(await store.get()).toBe(A);
  });

  it('G23: an empty store is kept too', async () => {
    const slow = slowStore(null);
    slow.held = undefined;
    const store = cachedStore(slow.store);
    expect(await store.get()).toBeNull();
    expect(store.get()).toBeNull();
    expect(slow.reads).toBe(1);
  });

  it('G23: what is written through it is known without a read', async () => {
    const slow = slowStore();
    const store = cachedStore(slow.store);
    await store.set(B);
    expect(store.get()).toBe(B);
    await store.clear();
    expect(store.get()).toBeNull();
    expect([slow.reads, slow.held]).toEqual([0, null]);
  });

  it('G23: a read that a write overtakes is not kept', async () => {
    const slow = slowStore();
    const store = cachedStore(slow.store);
    const open = slow.hold();
    const reading = store.get();
    const writing = store.set(B);
    open();
    await Promise.all([reading, writing]);
    expect(await store.get()).toBe(B);
  });

  it('G23: nor is one that began during the write, and is answered after it', async () => {
    const slow = slowStore();
    const store = cachedStore(slow.store, { maxAge: Infinity });
    const landed = slow.hold();
    const writing = store.set(B);
    const answered = slow.hold();
    const reading = store.get();
    landed();
    await writing;
    answered();
    await reading;
    expect(await store.get()).toBe(B);
  });

  /** `B` is being written, and the store has told of a change meanwhile. */
  function changedDuringWrite() {
    const slow = slowStore();
    const store = cachedStore({ ...slow.store, subscribe: slow.subscribe });
    store.subscribe?.(() => undefined);
    const landed = slow.hold();
    const writing = store.set(B);
    slow.changed();
    return { slow, store, landed, writing };
  }

  it('G23: nor one that began during the write, after a change that the store told of', async () => {
    const { slow, store, landed, writing } = changedDuringWrite();
    const answered = slow.hold();
    const reading = store.get();
    landed();
    await writing;
    answered();
    await reading;
    expect(await store.get()).toBe(B);
  });

  it('G23: what is written is not known after a change that the store told of during the write', async () => {
    const { slow, store, landed, writing } = changedDuringWrite();
    landed();
    await writing;
    const { reads } = slow;
    await store.get();
    expect(slow.reads).toBe(reads + 1);
  });

  it.each(['5', -1, NaN])('a maxAge of %j is refused at once', (maxAge) => {
    expect(() => cachedStore(slowStore().store, { maxAge } as never)).toThrow(
      'cachedStore(store, options): Option "maxAge"',
    );
  });

  it('G9: nor one that began during a write which fails, and may have landed', async () => {
    const slow = slowStore();
    const set = async (tokens: Tokens): Promise<void> => {
      await slow.store.set(tokens);
      throw new Error('the answer was lost');
    };
    const store = cachedStore({ ...slow.store, set }, { maxAge: Infinity });
    const landed = slow.hold();
    const writing = store.set(B);
    slow.gate = Promise.resolve();
    expect(await store.get()).toBe(A);
    landed();
    await expect(writing).rejects.toThrow('the answer was lost');
    expect(await store.get()).toBe(B);
  });

  it('G23: of two writes at once the later one is what is known', async () => {
    const store = cachedStore(slowStore().store);
    await Promise.all([store.set(A), store.set(B)]);
    expect(store.get()).toBe(B);
  });

  it('G9: after a write that fails the store is read', async () => {
    const slow = slowStore();
    const set = (): Promise<void> => Promise.reject(new Error('disk full'));
    const store = cachedStore({ ...slow.store, set });
    await store.get();
    await expect(store.set(B)).rejects.toThrow('disk full');
    expect(await store.get()).toBe(A);
    expect(slow.reads).toBe(2);
  });

  it('G23: there is none where the store below has none', () => {
    const store = cachedStore(slowStore().store);
    expect([store.lock, store.subscribe]).toStrictEqual([undefined, undefined]);
  });

  it('G27: past the cache the store itself is read, every time', async () => {
    const slow = slowStore();
    const store: TokenStore & StoreHints = cachedStore(slow.store);
    await store.get();
    expect([await store[READ_THROUGH]?.(), await store[READ_THROUGH]?.()]).toEqual([A, A]);
    expect(slow.reads).toBe(3);
    expect(store.get()).toBe(A);
  });

  it('G27: the lock is that of the store, with the same signal', async () => {
    const lock = jest.fn((critical: () => Promise<unknown>) => critical());
    const slow = slowStore();
    const store = cachedStore({ ...slow.store, lock: lock as NonNullable<TokenStore['lock']> });
    expect(await store.lock?.(() => Promise.resolve('done'), signal)).toBe('done');
    expect(lock).toHaveBeenCalledWith(expect.any(Function), signal);
  });

  it.each([undefined, null, {}, { get: 1, set: 1, clear: 1 }])(
    '%p in place of the store is a TypeError',
    (given) => {
      expect(() => cachedStore(given as never, {})).toThrow(TypeError);
    },
  );

  it.each([-1, NaN, 'forever'])('a maxAge of %p is a TypeError that names it', (maxAge) => {
    const { store } = slowStore();
    expect(() => cachedStore(store, { maxAge } as never)).toThrow(/"maxAge" must be a number/);
  });

  it('a maxAge of nought caches nothing', async () => {
    const slow = slowStore();
    const store = cachedStore(slow.store, { maxAge: 0 });
    await store.get();
    await store.get();
    expect(slow.reads).toBe(2);
  });
});

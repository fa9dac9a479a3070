import type { Tokens } from '../tokens';
import type { Awaitable } from '../util/awaitable';
import { checkOptions } from '../util/check-options';
import { steadyNow } from '../util/time';
import { READ_THROUGH, type TokenStore } from './store';
import { checkStorage } from './text';

/** Options of {@link cachedStore}. */
export interface CachedStoreOptions {
  /**
   * How long a value is served without asking the store again, in milliseconds. A store that can
   * `subscribe` ends it by itself.
   *
   * @default Infinity for a store with `subscribe`, else 1_000
   */
  maxAge?: number;
}

const MAX_AGE = 1_000;

/**
 * Reads a slow store once, and then from memory: until `maxAge`, a write through it, or a change that the
 * store tells of. A renewal always reads the store itself. It has `lock` and `subscribe` where the store
 * has them (G23).
 *
 * @example
 * tokenStore: cachedStore(keyValueStore(AsyncStorage), { maxAge: Infinity })
 */
export function cachedStore<T extends Tokens = Tokens>(
  store: TokenStore<T>,
  options: CachedStoreOptions = {},
): TokenStore<T> {
  checkStorage(store, ['get', 'set', 'clear'], 'cachedStore(store)');
  const isAge = (value: unknown): boolean => typeof value === 'number' && value >= 0;
  checkOptions(
    'cachedStore(store, options)',
    options,
    { maxAge: ['a number of milliseconds, 0 or more', isAge] },
    undefined,
  );
  const { maxAge = store.subscribe ? Infinity : MAX_AGE } = options;
  let cached: { tokens: T | null; until: number } | undefined;
  let reading: Promise<T | null> | undefined;
  let changes = 0;
  let writes = 0;

  const keep = (tokens: T | null): void => {
    cached = { tokens, until: steadyNow() + maxAge };
  };

  /** What was read, or is being read, says nothing any more. */
  function forget(): number {
    cached = undefined;
    reading = undefined;
    return ++changes;
  }

  async function read(): Promise<T | null> {
    const before = changes;
    const tokens = (await store.get()) ?? null;
    // What was read before a change says nothing about what is there after it.
    if (before === changes) keep(tokens);
    return tokens;
  }

  /** One read for all who ask at the same time. */
  function readOnce(): Promise<T | null> {
    const mine = read();
    const over = (): void => {
      if (reading === mine) reading = undefined;
    };
    mine.then(over, over);
    reading = mine;
    return mine;
  }

  async function write(tokens: T | null, work: () => Awaitable<unknown>): Promise<void> {
    const mine = ++writes;
    const before = forget();
    let isStored = false;
    try {
      await work();
      isStored = before === changes;
    } finally {
      // A read that began during the write may show what was there before it, as one that began earlier.
      if (mine === writes) {
        forget();
        if (isStored) keep(tokens);
      }
    }
  }

  const { lock, subscribe } = store;
  const cachedOver: TokenStore<T> = {
    get() {
      if (cached && steadyNow() < cached.until) return cached.tokens;
      return reading ?? readOnce();
    },
    set: (tokens) => write(tokens, () => store.set(tokens)),
    clear: () => write(null, () => store.clear()),
    ...(lock && { lock: lock.bind(store) }),
    ...(subscribe && {
      subscribe: (changed: () => void) =>
        subscribe.call(store, () => {
          forget();
          changed();
        }),
    }),
  };
  // Not enumerable: a copy with a `get` of its own must not be read past it.
  return Object.defineProperty(cachedOver, READ_THROUGH, { value: read });
}

import type { TokenStore } from '../stores/store';
import type { Tokens } from '../tokens';
import { ownerOf, testTokens } from './tokens';

/** What another tab or process does to the store; the session is told of each. */
export interface Elsewhere<T extends Tokens = Tokens> {
  signIn(tokens: T): void;
  /**
   * New tokens of the user who is signed in.
   *
   * @throws Error while nobody is signed in
   */
  renew(): void;
  signOut(): void;
}

/** What {@link recordingStore} gives. */
export interface RecordingStore<T extends Tokens = Tokens> extends TokenStore<T> {
  /** What it holds now. */
  readonly tokens: T | null;
  /** What the session has stored, in order; `null` where it has removed the tokens. */
  readonly writes: readonly (T | null)[];
  /** While it is an error, every call throws it, and changes nothing. @default null */
  fault: Error | null;
  /** From now on every call waits, until what this returns is called: a slow store, without a time. */
  hold(): () => void;
  /** Another tab or process that shares the store. */
  readonly elsewhere: Elsewhere<T>;
}

/**
 * A token store in memory that a test can look into, and that can be slow, fail, or be changed by another
 * tab. It has a lock and tells of changes, as `webStorageStore` and `redisStore` do.
 *
 * @example
 * const store = recordingStore(testTokens());
 * const { api, auth } = createApi(store);
 * store.elsewhere.signOut();
 * await nextEvent(auth, 'signed-out');
 */
export function recordingStore<T extends Tokens = Tokens>(
  initial: T | null = null,
): RecordingStore<T> {
  let tokens = initial;
  let held: Promise<void> | undefined;
  let lastLock: Promise<unknown> = Promise.resolve();
  const writes: (T | null)[] = [];
  const listeners = new Set<() => void>();

  /** At once, or when nobody holds the store any more. */
  function call<R>(work: () => R): R | Promise<R> {
    const run = (): R => {
      if (store.fault) throw store.fault;
      return work();
    };
    return held ? held.then(run) : run();
  }
  function write(written: T | null): void {
    tokens = written;
    writes.push(written);
  }
  function change(changed: T | null): void {
    tokens = changed;
    for (const listener of listeners) listener();
  }

  const store: RecordingStore<T> = {
    get tokens() {
      return tokens;
    },
    writes,
    fault: null,
    get: () => call(() => tokens),
    set: (written) =>
      call(() => {
        write(written);
      }),
    clear: () =>
      call(() => {
        write(null);
      }),
    lock(critical, signal) {
      const done = lastLock.then(() => {
        signal.throwIfAborted();
        return critical();
      });
      lastLock = done.catch(() => undefined);
      return done;
    },
    subscribe(changed) {
      const listener = (): void => {
        changed();
      };
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    hold() {
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      held = released;
      return () => {
        if (held === released) held = undefined;
        release();
      };
    },
    elsewhere: {
      signIn: change,
      renew() {
        if (!tokens)
          throw new Error('recordingStore: nobody is signed in, so nothing can be renewed.');
        const claims = ownerOf(tokens);
        const renewed = { ...tokens, ...testTokens(claims && { claims }) };
        // That of the token before; the lifetime of this one is in its claims.
        delete renewed.expiresAt;
        change(renewed);
      },
      signOut() {
        change(null);
      },
    },
  };
  return store;
}

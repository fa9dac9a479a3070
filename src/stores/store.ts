import type { Tokens } from '../tokens';
import type { Awaitable } from '../util/awaitable';

/**
 * Where the tokens live. Three methods are enough; each may be synchronous or not.
 *
 * @example
 * const store: TokenStore = {
 *   get: () => keychain.read('tokens'),
 *   set: (tokens) => keychain.write('tokens', tokens),
 *   clear: () => keychain.remove('tokens'),
 * };
 */
export interface TokenStore<T extends Tokens = Tokens> {
  get(): Awaitable<T | null | undefined>;
  set(tokens: T): Awaitable<unknown>;
  clear(): Awaitable<unknown>;
  /** Runs `critical` alone among all tabs and processes that share this store. */
  lock?<R>(critical: () => Promise<R>, signal: AbortSignal): Promise<R>;
  /** Calls back when another tab or process has changed the tokens; returns how to stop. */
  subscribe?(changed: () => void): () => void;
}

/** A store that no peer can share, as it lives in the memory of this process. */
export const IN_MEMORY = Symbol.for('axios-auth-interceptors.in-memory');

/** Reads past the cache of a store that has one. */
export const READ_THROUGH = Symbol.for('axios-auth-interceptors.read-through');

/** What the stores of this package tell the session beside the public methods. */
export interface StoreHints<T extends Tokens = Tokens> {
  readonly [IN_MEMORY]?: true;
  [READ_THROUGH]?(): Awaitable<T | null | undefined>;
}

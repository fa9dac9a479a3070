import type { Awaitable } from '../util/awaitable';
import type { Tokens } from '../tokens';

/**
 * Where the tokens live. Three methods are enough; each may be synchronous or not.
 *
 * @example
 * const store: TokenStore = {
 *   get: () => vault.read('tokens'),
 *   set: (tokens) => vault.write('tokens', tokens),
 *   clear: () => vault.remove('tokens'),
 * };
 */
export interface TokenStore<T extends Tokens = Tokens> {
  get(): Awaitable<T | null | undefined>;
  set(tokens: T): Awaitable<void>;
  clear(): Awaitable<void>;
  /** Runs `critical` alone among all tabs and processes that share this store. */
  lock?<R>(critical: () => Promise<R>, signal: AbortSignal): Promise<R>;
  /** Tells when another tab or process changed the tokens; returns how to stop. */
  subscribe?(changed: () => void): () => void;
}

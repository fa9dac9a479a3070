import type { Tokens } from '../tokens';
import { IN_MEMORY, type TokenStore } from './store';

/**
 * Keeps the tokens in memory: gone with the page or the process. The default store, and the right one
 * together with a refresh credential in an HttpOnly cookie.
 *
 * @example
 * attachAuthInterceptors(api, { tokenStore: memoryStore({ accessToken: 'from the server' }), refresh });
 */
export function memoryStore<T extends Tokens = Tokens>(initial: T | null = null): TokenStore<T> {
  let held = initial;
  const store: TokenStore<T> = {
    get: () => held,
    set(tokens) {
      held = tokens;
    },
    clear() {
      held = null;
    },
  };
  // Not enumerable: a copy that shares these methods may be anything.
  return Object.defineProperty(store, IN_MEMORY, { value: true });
}

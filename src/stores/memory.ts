import type { Tokens } from '../tokens';
import { IN_MEMORY, type StoreHints, type TokenStore } from './store';

/**
 * Keeps the tokens in memory: gone with the page or the process. The default store, and the right one
 * together with a refresh credential in an HttpOnly cookie.
 *
 * @example
 * attachAuthInterceptors(api, { tokenStore: memoryStore({ accessToken: 'from the server' }), refresh });
 */
export function memoryStore<T extends Tokens = Tokens>(initial: T | null = null): TokenStore<T> {
  let held = initial;
  const store: TokenStore<T> & StoreHints<T> = {
    [IN_MEMORY]: true,
    get: () => held,
    set(tokens) {
      held = tokens;
    },
    clear() {
      held = null;
    },
  };
  return store;
}

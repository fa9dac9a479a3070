import type { Tokens } from '../tokens';
import type { TokenStore } from './store';
import { checkStorage, DEFAULT_KEY, parseTokens, type TextStoreOptions } from './text';

/** The part of `Storage` that is used. */
export type WebStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * Keeps the tokens in localStorage or sessionStorage, and sees what other tabs do with them.
 * Whatever runs on the page can read them: prefer an HttpOnly cookie for the refresh token
 * (`cookieRefresh`) where you may choose.
 *
 * @example
 * attachAuthInterceptors(api, { tokenStore: webStorageStore(localStorage), refresh });
 */
export function webStorageStore<T extends Tokens = Tokens>(
  storage: WebStorage,
  { key = DEFAULT_KEY }: TextStoreOptions = {},
): TokenStore<T> {
  checkStorage(storage, ['getItem', 'setItem', 'removeItem'], 'webStorageStore(storage)');
  return {
    get: () => parseTokens(storage.getItem(key)) as T | null,
    set(tokens) {
      storage.setItem(key, JSON.stringify(tokens));
    },
    clear() {
      storage.removeItem(key);
    },
    subscribe(changed) {
      const page = globalThis as Partial<Pick<Window, 'addEventListener' | 'removeEventListener'>>;
      const listen = (event: StorageEvent): void => {
        // A null key is `storage.clear()`.
        if (event.storageArea === storage && (event.key === key || event.key === null)) changed();
      };
      page.addEventListener?.('storage', listen);
      return () => page.removeEventListener?.('storage', listen);
    },
  };
}

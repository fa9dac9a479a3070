import type { Tokens } from '../tokens';
import type { TokenStore } from './store';
import { checkStorage, DEFAULT_KEY, parseTokens, type TextStoreOptions } from './text';
import { createChannel } from './web-channel';
import { createLease } from './web-lease';
import { createWebLock } from './web-lock';

/** The part of `Storage` that is used. */
export interface WebStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * Keeps the tokens in localStorage or sessionStorage. The tabs that share a localStorage refresh one
 * at a time, and see each other sign in and out.
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
  const isShared = !isOwnOfTab(storage);
  // Every store with the key takes part, whatever package or bundle it comes from.
  const name = `axios-auth-interceptors ${isShared ? 'local' : 'session'} ${key}`;
  const read = (): string | null => storage.getItem(key);
  const channel = createChannel(name);
  const lock = isShared ? (createWebLock(name, read) ?? createLease(name, read)) : undefined;

  return {
    get: () => parseTokens(read()) as T | null,
    set(tokens) {
      lock?.replacing(read());
      storage.setItem(key, JSON.stringify(tokens));
      channel.tell();
    },
    clear() {
      lock?.replacing(read());
      storage.removeItem(key);
      channel.tell();
    },
    ...(lock && { lock: lock.run }),
    subscribe(changed) {
      const page = globalThis as Partial<Pick<Window, 'addEventListener' | 'removeEventListener'>>;
      const listen = (event: StorageEvent): void => {
        // A null key is `storage.clear()`.
        if (event.storageArea === storage && (event.key === key || event.key === null)) changed();
      };
      page.addEventListener?.('storage', listen);
      const stop = channel.listen(changed);
      return () => {
        page.removeEventListener?.('storage', listen);
        stop();
      };
    },
  };
}

/** Each tab has a sessionStorage of its own: there is nothing to lock over tabs. */
function isOwnOfTab(storage: WebStorage): boolean {
  try {
    return storage === (globalThis as { sessionStorage?: Storage }).sessionStorage;
  } catch {
    return false;
  }
}

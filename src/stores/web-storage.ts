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
 * Keeps the tokens in localStorage or sessionStorage. The tabs that share a localStorage refresh one at a
 * time, and see each other sign in and out. Whatever runs on the page can read them: prefer an HttpOnly
 * cookie for the refresh token (`cookieRefresh`) where you may choose.
 *
 * @param storage the storage, or a function that gives it: on a server, where it throws, nobody is
 * signed in
 * @example
 * attachAuthInterceptors(api, { tokenStore: webStorageStore(() => localStorage), refresh });
 */
export function webStorageStore<T extends Tokens = Tokens>(
  storage: WebStorage | (() => WebStorage),
  { key = DEFAULT_KEY }: TextStoreOptions = {},
): TokenStore<T> {
  const open = opener(storage);
  const isShared = !isOwnOfTab(tryTo(open));
  // Every store with the key takes part, whatever package or bundle it comes from.
  const name = `axios-auth-interceptors ${isShared ? 'local' : 'session'} ${key}`;
  const read = (): string | null => tryTo(open)?.getItem(key) ?? null;
  const channel = createChannel(name);
  const lock = isShared ? (createWebLock(name, read) ?? createLease(name, read)) : undefined;
  let last: { text: string | null; tokens: T | null } = { text: null, tokens: null };

  return {
    get() {
      const text = read();
      if (text !== last.text) last = { text, tokens: parseTokens(text) as T | null };
      return last.tokens;
    },
    set(tokens) {
      lock?.replacing(read());
      open().setItem(key, JSON.stringify(tokens));
      channel.tell();
    },
    clear() {
      const text = read();
      // Another application's value is none of ours to remove.
      if (text === null || !parseTokens(text)) return;
      lock?.replacing(text);
      open().removeItem(key);
      channel.tell();
    },
    ...(lock && { lock: lock.run }),
    subscribe(changed) {
      const page = globalThis as Partial<Pick<Window, 'addEventListener' | 'removeEventListener'>>;
      const listen = (event: StorageEvent): void => {
        // A null key is `storage.clear()`.
        const isOurs = event.key === key || event.key === null;
        if (isOurs && event.storageArea === tryTo(open)) changed();
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

/** Asks for the storage when it is needed: a module may be loaded on a server first. */
function opener(storage: WebStorage | (() => WebStorage)): () => WebStorage {
  let opened: WebStorage | undefined;
  const check = (given: WebStorage): WebStorage => {
    checkStorage(given, ['getItem', 'setItem', 'removeItem'], 'webStorageStore(storage)');
    return given;
  };
  if (typeof storage !== 'function') opened = check(storage);
  return () => (opened ??= check((storage as () => WebStorage)()));
}

/** A browser may refuse the storage (blocked cookies), and a server has none. */
function tryTo(open: () => WebStorage): WebStorage | undefined {
  try {
    return open();
  } catch (fault) {
    // A mistake of the application must not pass for "signed out".
    if (fault instanceof TypeError) throw fault;
    return undefined;
  }
}

/** Each tab has a sessionStorage of its own: there is nothing to lock over tabs. */
function isOwnOfTab(storage: WebStorage | undefined): boolean {
  try {
    return (
      storage !== undefined &&
      storage === (globalThis as { sessionStorage?: Storage }).sessionStorage
    );
  } catch {
    return false;
  }
}

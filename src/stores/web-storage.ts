import type { Tokens } from '../tokens';
import { safely } from '../util/values';
import { createLayout } from './layout';
import type { TokenStore } from './store';
import { checkStorage, type TextStoreOptions } from './text';
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
  options: TextStoreOptions = {},
): TokenStore<T> {
  const layout = createLayout(options, 'webStorageStore(storage)');
  const open = opener(storage);
  const isShared = !isOwnOfTab(tryTo(open));
  // Every store with the key takes part, whatever package or bundle it comes from.
  const name = `axios-auth-interceptors ${isShared ? 'local' : 'session'} ${layout.keys[0]}`;
  const channel = createChannel(name);
  const lock = isShared ? (createWebLock(name, read) ?? createLease(name, read)) : undefined;
  /** For each key, what the owner of the lock found, wrote or put back last, then what it has replaced. */
  let contested: (string | null)[][] = [];
  let last: { texts: (string | null)[]; tokens: T | null } = { texts: [], tokens: null };

  function readTexts(): (string | null)[] {
    const opened = tryTo(open);
    return layout.keys.map((key) => opened?.getItem(key) ?? null);
  }

  function read(): string {
    return JSON.stringify(readTexts());
  }

  function write(texts: (string | null)[]): void {
    const before = readTexts();
    const isOwner = lock?.replacing(read());
    const isMine = before.map((text, index) => text === contested[index]?.[0]);
    if (isOwner && isMine[0] && isMine.includes(false)) {
      // A sign-in of which only some keys are shown here: the others must not be those of a renewal (G22).
      throw new Error('webStorageStore: another tab is storing tokens. They stay');
    }
    contested = isOwner ? before.map((text, index) => [texts[index] ?? null, text]) : [];
    try {
      putAll(texts);
    } catch (fault) {
      // What is left must not be a token of one user and a token of another one (G22).
      safely(() => putAll(before));
      throw fault;
    }
    channel.tell();
  }

  function putAll(texts: (string | null)[]): void {
    for (const [index, key] of [...layout.keys.entries()].reverse()) put(key, texts[index]);
  }

  function put(key: string, text: string | null | undefined): void {
    if (text == null) open().removeItem(key);
    else open().setItem(key, text);
  }

  /**
   * A sign-in or a sign-out in another tab takes no lock, and a browser shows it here a moment later: the
   * owner of the lock may have written over it meanwhile. Then it is put back (G22).
   */
  function putBack({ key, oldValue, newValue }: StorageEvent): void {
    const index = layout.keys.indexOf(String(key));
    const written = contested[index] ?? [];
    if (written.lastIndexOf(oldValue) < 1 || readTexts()[index] !== written[0]) return;
    // Another tab has put it back: two that answered one another would never end.
    if (newValue !== null && written.includes(newValue)) return;
    written.unshift(newValue, newValue);
    put(String(key), newValue);
    channel.tell();
  }

  return {
    get() {
      const texts = readTexts();
      if (!isSame(texts, last.texts)) last = { texts, tokens: layout.parse(texts) as T | null };
      return last.tokens;
    },
    set(tokens) {
      write(layout.format(tokens));
    },
    clear() {
      // Another application's value is none of ours to remove.
      if (layout.isOwn(readTexts())) write([]);
    },
    ...(lock && {
      lock(critical, signal) {
        const enter = (): ReturnType<typeof critical> => {
          contested = readTexts().map((text) => [text]);
          return critical();
        };
        return lock.run(enter, signal);
      },
    }),
    subscribe(changed) {
      const page = globalThis as Partial<Pick<Window, 'addEventListener' | 'removeEventListener'>>;
      const listen = (event: StorageEvent): void => {
        // A null key is `storage.clear()`.
        const isOurs = event.key === null || layout.keys.includes(event.key);
        if (isOurs && event.storageArea === tryTo(open)) {
          safely(() => {
            putBack(event);
          });
          changed();
        }
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

const isSame = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.every((text, index) => text === other[index]);

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
    // A mistake of the application must not pass for "signed out". It is none where the platform has no
    // storage that works: from Node 25 on there is an empty object or `undefined`, in a WebView `null`.
    if (fault instanceof TypeError && platform.localStorage?.getItem) throw fault;
    return undefined;
  }
}

/** Each tab has a sessionStorage of its own: there is nothing to lock over tabs. */
const isOwnOfTab = (storage: WebStorage | undefined): boolean =>
  storage !== undefined && storage === safely(() => platform.sessionStorage);

const platform = globalThis as {
  localStorage?: Partial<Storage> | null;
  sessionStorage?: WebStorage;
};

import type { Awaitable } from '../util/awaitable';
import type { Tokens } from '../tokens';
import { createLayout } from './layout';
import type { TokenStore } from './store';
import { checkStorage, type TextStoreOptions } from './text';

/** A storage of strings by key: AsyncStorage, SecureStore, MMKV, a Map behind three functions … */
export interface KeyValueStorage {
  getItem(key: string): Awaitable<string | null | undefined>;
  setItem(key: string, value: string): Awaitable<unknown>;
  removeItem(key: string): Awaitable<unknown>;
}

/**
 * Keeps the tokens in a storage of strings such as React Native's AsyncStorage. It is read for each
 * request: put `cachedStore` around a slow one.
 *
 * @example
 * tokenStore: cachedStore(keyValueStore(AsyncStorage))
 */
export function keyValueStore<T extends Tokens = Tokens>(
  storage: KeyValueStorage,
  options: TextStoreOptions = {},
): TokenStore<T> {
  checkStorage(storage, ['getItem', 'setItem', 'removeItem'], 'keyValueStore(storage)');
  const layout = createLayout(options, 'keyValueStore(storage)');

  async function write(texts: (string | null)[]): Promise<void> {
    for (const [index, key] of [...layout.keys.entries()].reverse()) {
      const text = texts[index] ?? null;
      await (text === null ? storage.removeItem(key) : storage.setItem(key, text));
    }
  }

  async function readTexts(): Promise<(string | null | undefined)[]> {
    const texts = [];
    for (const key of layout.keys) texts.push(await storage.getItem(key));
    return texts;
  }

  return {
    async get() {
      return layout.parse(await readTexts()) as T | null;
    },
    set: (tokens) => write(layout.format(tokens)),
    async clear() {
      // Another application's value is none of ours to remove; what cannot be read may be ours.
      if (await readTexts().then(layout.isOwn, () => true)) await write([]);
    },
  };
}

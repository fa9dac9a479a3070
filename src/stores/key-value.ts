import type { Awaitable } from '../util/awaitable';
import type { Tokens } from '../tokens';
import type { TokenStore } from './store';
import { checkStorage, DEFAULT_KEY, parseTokens, type TextStoreOptions } from './text';

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
  { key = DEFAULT_KEY }: TextStoreOptions = {},
): TokenStore<T> {
  checkStorage(storage, ['getItem', 'setItem', 'removeItem'], 'keyValueStore(storage)');
  return {
    get: async () => parseTokens(await storage.getItem(key)) as T | null,
    async set(tokens) {
      await storage.setItem(key, JSON.stringify(tokens));
    },
    async clear() {
      await storage.removeItem(key);
    },
  };
}

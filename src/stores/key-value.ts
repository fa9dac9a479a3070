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

type Texts = readonly (string | null | undefined)[];

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
  let calls = 0;

  async function write(texts: Texts): Promise<void> {
    for (const [index, key] of [...layout.keys.entries()].reverse()) {
      const text = texts[index] ?? null;
      await (text === null ? storage.removeItem(key) : storage.setItem(key, text));
    }
  }

  async function readTexts(): Promise<Texts> {
    const texts = [];
    for (const key of layout.keys) texts.push(await storage.getItem(key));
    return texts;
  }

  /** Undefined where it cannot be read. */
  const tryToRead = (): Promise<Texts | undefined> => readTexts().catch(() => undefined);

  return {
    async get() {
      return layout.parse(await readTexts()) as T | null;
    },
    async set(tokens) {
      const call = ++calls;
      const before = layout.keys.length > 1 ? await tryToRead() : undefined;
      try {
        await write(layout.format(tokens));
      } catch (fault) {
        // What is left must not be a token of one user and a token of another one (G22).
        // One that fails late leaves what came after it (G9).
        if (before && call === calls) await write(before).catch(() => undefined);
        throw fault;
      }
    },
    async clear() {
      calls++;
      const texts = await tryToRead();
      // Another application's value is none of ours to remove; what cannot be read may be ours.
      if (!texts || layout.isOwn(texts)) await write([]);
    },
  };
}

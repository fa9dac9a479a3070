import { webStorageStore } from '../../src/index';

/** Subscribes, writes, and has nothing more to do. */
const items = new Map<string, string>();
const store = webStorageStore({
  getItem: (key) => items.get(key) ?? null,
  setItem: (key, value) => void items.set(key, value),
  removeItem: (key) => void items.delete(key),
});
store.subscribe?.(() => undefined);
void store.set({ accessToken: 'mine' });

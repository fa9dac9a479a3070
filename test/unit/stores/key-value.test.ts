import { keyValueStore, memoryStore, type Tokens } from '../../../src/index';
import { parseTokens } from '../../../src/stores/text';

/** As AsyncStorage: a Map behind promises. */
function storage() {
  const map = new Map<string, string>();
  return {
    map,
    getItem: (key: string) => Promise.resolve(map.get(key) ?? null),
    setItem: (key: string, value: string) => Promise.resolve(map.set(key, value)),
    removeItem: (key: string) => Promise.resolve(map.delete(key)),
  };
}

describe('keyValueStore', () => {
  it('G23: gives back what was set, and nothing once it is cleared', async () => {
    const store = keyValueStore<Tokens & { user: { id: number } }>(storage());
    expect(await store.get()).toBeNull();
    const tokens = { accessToken: 'a', refreshToken: 'r', user: { id: 1 } };
    await store.set(tokens);
    expect(await store.get()).toEqual(tokens);
    await store.clear();
    expect(await store.get()).toBeNull();
  });

  it('G24: two keys of one storage are two sessions', async () => {
    const shared = storage();
    await keyValueStore(shared, { key: 'one' }).set({ accessToken: 'a' });
    await keyValueStore(shared).set({ accessToken: 'b' });
    expect([...shared.map.keys()]).toEqual(['one', 'axios-auth-interceptors']);
    expect(await keyValueStore(shared, { key: 'one' }).get()).toEqual({ accessToken: 'a' });
  });

  it('G23: a synchronous storage will do', async () => {
    const map = new Map<string, string>();
    const store = keyValueStore({
      getItem: (key) => map.get(key),
      setItem: (key, value) => map.set(key, value),
      removeItem: (key) => map.delete(key),
    });
    await store.set({ accessToken: 'a' });
    expect(await store.get()).toEqual({ accessToken: 'a' });
  });

  it('is not read before it is written, where the tokens have one key', async () => {
    const shared = storage();
    const getItem = jest.fn(shared.getItem);
    await keyValueStore({ ...shared, getItem }).set({ accessToken: 'a' });
    expect(getItem).not.toHaveBeenCalled();
  });

  it("G24: another application's value is not removed", async () => {
    const shared = storage();
    await shared.setItem('axios-auth-interceptors', 'theirs');
    await keyValueStore(shared).clear();
    expect([...shared.map.values()]).toEqual(['theirs']);
  });

  it('keys that are undefined are left out', async () => {
    const shared = storage();
    const keys = { accessToken: 'token', refreshToken: undefined, expiresAt: undefined };
    await keyValueStore(shared, { keys: keys as never }).set({
      accessToken: 'a',
      refreshToken: 'r',
    });
    expect([...shared.map]).toEqual([['token', 'a']]);
  });

  it('G9: a write ends when the storage has it, and fails with it', async () => {
    const store = keyValueStore({
      getItem: () => Promise.resolve('{"accessToken":"a"}'),
      setItem: () => Promise.reject(new Error('disk full')),
      removeItem: () => Promise.reject(new Error('disk gone')),
    });
    await expect(store.set({ accessToken: 'a' })).rejects.toThrow('disk full');
    await expect(store.clear()).rejects.toThrow('disk gone');
  });

  it('G21: what cannot be read is removed all the same', async () => {
    const removed: string[] = [];
    const store = keyValueStore(
      {
        getItem: () => Promise.reject(new Error('locked')),
        setItem: () => undefined,
        removeItem: (key) => void removed.push(key),
      },
      { key: 'auth' },
    );
    await store.clear();
    expect(removed).toEqual(['auth']);
  });

  it.each([undefined, null, 'AsyncStorage', {}, { getItem: 1 }, { getItem: () => null }])(
    '%p in place of the storage is a TypeError',
    (given) => {
      expect(() => keyValueStore(given as never)).toThrow(
        new TypeError(
          'keyValueStore(storage): the storage must have getItem(), setItem(), removeItem().',
        ),
      );
    },
  );
});

describe('a stored text', () => {
  it.each([
    { accessToken: 'a' },
    { refreshToken: 'r' },
    { accessToken: 'a', refreshToken: null },
    { accessToken: '', refreshToken: 'r' },
    { accessToken: 'a', expiresAt: 5, extra: [1] },
    { accessToken: 'a', expiresAt: null },
  ])('G23: %j is taken', (tokens) => {
    expect(parseTokens(JSON.stringify(tokens))).toEqual(tokens);
  });

  it.each([
    null,
    undefined,
    '',
    'undefined',
    '{"accessToken":"a"',
    'a.b.c',
    'null',
    '5',
    '"a"',
    '[]',
    '{}',
    '{"accessToken":""}',
    '{"accessToken":5}',
    '{"accessToken":{"accessToken":"a"}}',
    '{"accessToken":"a","refreshToken":5}',
    '{"accessToken":"a","expiresAt":"5"}',
  ])('G23: a damaged or foreign value counts as signed out: %j', (text) => {
    expect(parseTokens(text)).toBeNull();
  });
});

describe('memoryStore', () => {
  it('G24: two stores share nothing', () => {
    const store = memoryStore();
    const other = memoryStore({ accessToken: 'b' });
    void store.set({ accessToken: 'a' });
    expect(other.get()).toEqual({ accessToken: 'b' });
    void other.clear();
    expect([store.get(), other.get()]).toEqual([{ accessToken: 'a' }, null]);
  });
});

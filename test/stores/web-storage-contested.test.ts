import { webStorageStore, type Tokens, type TokenStore } from '../../src/index';
import { FakeIndexedDb } from '../support/fake-indexed-db';
import { FakeWebLocks } from '../support/fake-web-locks';
import { cleanUp } from '../support/rig';
import { createStorage, setGlobal } from '../support/web-globals';

afterEach(cleanUp);

const never = new AbortController().signal;
const KEY = 'axios-auth-interceptors';
const KEYS = { accessToken: 'access', refreshToken: 'refresh' };

/** As it is stored under one key. */
const textOf = (accessToken: string): string => JSON.stringify({ accessToken });

let page: EventTarget;

beforeEach(() => {
  page = new EventTarget();
  setGlobal('addEventListener', page.addEventListener.bind(page));
  setGlobal('navigator', { locks: new FakeWebLocks() });
  setGlobal('indexedDB', new FakeIndexedDb());
});

/** The browser shows what another tab has done. */
function show(
  storageArea: Storage,
  oldValue: string | null,
  newValue: string | null,
  key: string | null = KEY,
): void {
  page.dispatchEvent(Object.assign(new Event('storage'), { key, oldValue, newValue, storageArea }));
}

/** Writes as the owner of the lock; null: as after a refusal. */
async function renew(store: TokenStore, tokens: Tokens | null): Promise<void> {
  await store.lock!(async () => {
    await (tokens ? store.set(tokens) : store.clear());
  }, never);
}

function openTab(): { storage: Storage; store: TokenStore; changed: jest.Mock } {
  const storage = createStorage();
  const store = webStorageStore(storage);
  const changed = jest.fn();
  void store.set({ accessToken: 'eve-1' });
  store.subscribe!(changed);
  return { storage, store, changed };
}

describe.each(['a Web Lock', 'a lease in IndexedDB'])(
  'G22: the owner of %s writes before it is shown what another tab has written',
  (kind) => {
    beforeEach(() => {
      if (kind !== 'a Web Lock') setGlobal('navigator', undefined);
    });

    test('a sign-in is put back, and told', async () => {
      const { storage, store, changed } = openTab();
      await renew(store, { accessToken: 'eve-2' });
      show(storage, textOf('eve-1'), textOf('dot-1'));
      expect(store.get()).toEqual({ accessToken: 'dot-1' });
      expect(changed).toHaveBeenCalledTimes(1);
    });

    test('a sign-out is put back', async () => {
      const { storage, store } = openTab();
      await renew(store, { accessToken: 'eve-2' });
      show(storage, textOf('eve-1'), null);
      expect(storage).toHaveLength(0);
    });

    test('a sign-in is put back that a refused refresh has removed', async () => {
      const { storage, store } = openTab();
      await renew(store, null);
      show(storage, textOf('eve-1'), textOf('dot-1'));
      expect(store.get()).toEqual({ accessToken: 'dot-1' });
    });

    test.each([
      ['before the tokens of the renewal', null],
      ['of which the latter comes after the tokens of the renewal', textOf('eve-2')],
    ])('of a sign-out and a sign-in, %s, the last one is put back', async (_when, replaced) => {
      const { storage, store } = openTab();
      await renew(store, { accessToken: 'eve-2' });
      show(storage, textOf('eve-1'), null);
      show(storage, replaced, textOf('dot-1'));
      expect(store.get()).toEqual({ accessToken: 'dot-1' });
    });
  },
);

test('G21: a sign-out is put back after a sign-out and a sign-in', async () => {
  const { storage, store } = openTab();
  await renew(store, { accessToken: 'eve-2' });
  show(storage, textOf('eve-1'), null);
  show(storage, null, textOf('dot-1'));
  show(storage, textOf('dot-1'), null);
  expect(store.get()).toBeNull();
});

test('G22: a sign-in is put back under each of several keys', async () => {
  const storage = createStorage();
  const store = webStorageStore(storage, { keys: KEYS });
  store.subscribe!(() => undefined);
  void store.set({ accessToken: 'eve-1', refreshToken: 'r1' });
  await renew(store, { accessToken: 'eve-2', refreshToken: 'r2' });
  show(storage, 'r1', 'r7', 'refresh');
  show(storage, 'eve-1', 'dot-1', 'access');
  expect(store.get()).toEqual({ accessToken: 'dot-1', refreshToken: 'r7' });
});

test('G22: a sign-in is not mixed with a renewal where one of its keys is shown before', async () => {
  const storage = createStorage();
  const store = webStorageStore(storage, { keys: KEYS });
  store.subscribe!(() => undefined);
  void store.set({ accessToken: 'eve-1', refreshToken: 'r1' });
  const renewed = store.lock!(async () => {
    // The keys of the sign-in come one by one.
    storage.setItem('refresh', 'r7');
    show(storage, 'r1', 'r7', 'refresh');
    await store.set({ accessToken: 'eve-2', refreshToken: 'r2' });
  }, never);
  await expect(renewed).rejects.toThrow('another tab is storing tokens');
  storage.setItem('access', 'dot-1');
  show(storage, 'eve-1', 'dot-1', 'access');
  expect(store.get()).toEqual({ accessToken: 'dot-1', refreshToken: 'r7' });
});

test('G9: the owner may write several times', async () => {
  const store = webStorageStore(createStorage(), { keys: KEYS });
  await store.lock!(async () => {
    await store.set({ accessToken: 'eve-1', refreshToken: 'r1' });
    await store.set({ accessToken: 'eve-1', refreshToken: 'r2' });
    await store.set({ accessToken: 'eve-1' });
  }, never);
  expect(store.get()).toEqual({ accessToken: 'eve-1' });
});

test('G9: the owner may write over tokens that it has read, as with a refresh token that it has rotated', async () => {
  const { storage, store } = openTab();
  await store.lock!(async () => {
    storage.setItem(KEY, textOf('eve-stepped-up'));
    const found = await store.get();
    await store.set({ ...found!, refreshToken: 'r2' });
  }, never);
  expect(store.get()).toEqual({ accessToken: 'eve-stepped-up', refreshToken: 'r2' });
});

test('G9: a sign-in, which takes no lock, is stored whatever other code has done to a key', async () => {
  const storage = createStorage();
  const store = webStorageStore(storage, { keys: KEYS });
  await renew(store, { accessToken: 'eve-2', refreshToken: 'r2' });
  storage.removeItem('refresh');
  await store.set({ accessToken: 'dot-1', refreshToken: 'r7' });
  expect(store.get()).toEqual({ accessToken: 'dot-1', refreshToken: 'r7' });
});

describe('G22: what has come after the write of the owner stays', () => {
  test('a sign-in and its end by storage.clear(), where both are shown late', async () => {
    const { storage, store } = openTab();
    await renew(store, null);
    show(storage, null, textOf('dot-1'));
    show(storage, null, null, null);
    expect(store.get()).toBeNull();
  });

  test('a sign-in and a sign-out, not even for a moment is it otherwise', async () => {
    const { storage, store } = openTab();
    await renew(store, null);
    show(storage, null, textOf('dot-1'));
    expect(store.get()).toBeNull();
    show(storage, textOf('dot-1'), null);
    expect(store.get()).toBeNull();
  });

  test('tokens that were taken out and put in again', async () => {
    const { storage, store } = openTab();
    await renew(store, { accessToken: 'eve-2' });
    show(storage, textOf('eve-2'), null);
    expect(store.get()).toEqual({ accessToken: 'eve-2' });
    show(storage, null, textOf('eve-2'));
    expect(store.get()).toEqual({ accessToken: 'eve-2' });
  });

  test('what another tab puts back, so that two tabs never answer one another', async () => {
    const { storage, store } = openTab();
    await renew(store, { accessToken: 'eve-2' });
    show(storage, textOf('eve-1'), textOf('dot-1'));
    show(storage, textOf('dot-1'), textOf('eve-2'));
    show(storage, textOf('eve-2'), textOf('eve-1'));
    expect(store.get()).toEqual({ accessToken: 'dot-1' });
  });
});

test('G29: a storage that throws meanwhile keeps no notice back', async () => {
  const { storage, store, changed } = openTab();
  await renew(store, { accessToken: 'eve-2' });
  jest.spyOn(storage, 'getItem').mockImplementation(() => {
    throw new Error('SecurityError');
  });
  show(storage, textOf('eve-1'), textOf('dot-1'));
  expect(changed).toHaveBeenCalledTimes(1);
});

describe('G9: tokens of a renewal stay', () => {
  test('where what is shown late was known before', async () => {
    const { storage, store, changed } = openTab();
    await renew(store, { accessToken: 'eve-2' });
    // What other tabs have written before `eve-1`, and `eve-1` itself.
    show(storage, null, textOf('dot-1'));
    show(storage, textOf('dot-1'), textOf('eve-1'));
    expect(store.get()).toEqual({ accessToken: 'eve-2' });
    expect(changed).toHaveBeenCalledTimes(2);
  });

  test('where they are written over in the same moment they are not written once more', async () => {
    const { storage, store } = openTab();
    await renew(store, { accessToken: 'eve-2' });
    storage.setItem(KEY, textOf('fay-1'));
    show(storage, textOf('eve-1'), textOf('dot-1'));
    expect(store.get()).toEqual({ accessToken: 'fay-1' });
    show(storage, textOf('eve-2'), textOf('fay-1'));
    expect(store.get()).toEqual({ accessToken: 'fay-1' });
  });

  test('where another key changes', async () => {
    const { storage, store } = openTab();
    await renew(store, { accessToken: 'eve-2' });
    show(storage, textOf('eve-1'), textOf('dot-1'), 'other');
    show(storage, textOf('eve-1'), textOf('dot-1'), null);
    expect(store.get()).toEqual({ accessToken: 'eve-2' });
  });
});

test('G22: of two sign-ins in the same moment the one that the browser takes last stays', async () => {
  const { storage, store } = openTab();
  await renew(store, { accessToken: 'eve-2' });
  void store.set({ accessToken: 'fay-1' });
  show(storage, textOf('eve-2'), textOf('dot-1'));
  expect(store.get()).toEqual({ accessToken: 'fay-1' });
});

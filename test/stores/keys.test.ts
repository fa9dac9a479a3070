import {
  keyValueStore,
  webStorageStore,
  type TextStoreOptions,
  type Tokens,
  type TokenStore,
} from '../../src/index';
import { deferred } from '../../src/util/awaitable';
import { FakeWebLocks } from '../support/fake-web-locks';
import { rejection, turns } from '../support/outcomes';
import { cleanUp } from '../support/rig';
import { createStorage, setGlobal } from '../support/web-globals';

afterEach(cleanUp);

const KEYS = { accessToken: 'token', refreshToken: 'refresh_token', expiresAt: 'expires' };
const TOKENS = { accessToken: 'access', refreshToken: 'refresh', expiresAt: 2e12 };

const contents = (storage: Storage): Record<string, string | null> =>
  Object.fromEntries(
    Array.from({ length: storage.length }, (_, index) => storage.key(index)!).map((key) => [
      key,
      storage.getItem(key),
    ]),
  );

/** As AsyncStorage: behind promises, with the calls in their order. */
function createAsyncStorage(storage: Storage) {
  const calls: string[] = [];
  const note = <R>(call: string, work: () => R): Promise<R> => {
    calls.push(call);
    return Promise.resolve(work());
  };
  return {
    calls,
    getItem: (key: string) => note(`get ${key}`, () => storage.getItem(key)),
    setItem: (key: string, value: string) =>
      note(`set ${key}`, () => {
        storage.setItem(key, value);
      }),
    removeItem: (key: string) =>
      note(`remove ${key}`, () => {
        storage.removeItem(key);
      }),
  };
}

const makers = {
  webStorageStore: (storage: Storage, options: TextStoreOptions) =>
    webStorageStore(() => storage, options),
  keyValueStore: (storage: Storage, options: TextStoreOptions) =>
    keyValueStore(createAsyncStorage(storage), options),
};

describe.each(Object.entries(makers))('%s with keys', (name, make) => {
  test('G23: reads what the application has stored by itself', async () => {
    const storage = createStorage();
    const store = make(storage, { keys: KEYS });
    expect(await store.get()).toBeNull();
    storage.setItem('token', 'access');
    expect(await store.get()).toEqual({ accessToken: 'access' });
    storage.setItem('refresh_token', 'refresh');
    storage.setItem('expires', '2000000000000');
    expect(await store.get()).toEqual(TOKENS);
  });

  test('G23: stores each under its own key, as the application does', async () => {
    const storage = createStorage();
    await make(storage, { keys: KEYS }).set(TOKENS);
    expect(contents(storage)).toEqual({
      token: 'access',
      refresh_token: 'refresh',
      expires: '2000000000000',
    });
    expect(await make(storage, { keys: KEYS }).get()).toEqual(TOKENS);
  });

  test.each(['expires', 'refresh_token', 'token'])(
    'G22: where %s cannot be stored, the tokens of before stay',
    async (full) => {
      const storage = createStorage();
      await make(storage, { keys: KEYS }).set(TOKENS);
      const store = make(
        {
          ...storage,
          setItem(key, value) {
            if (key === full && value.startsWith('bob')) throw new Error('QuotaExceededError');
            storage.setItem(key, value);
          },
          removeItem(key) {
            if (key === full) throw new Error('QuotaExceededError');
            storage.removeItem(key);
          },
        },
        { keys: KEYS },
      );
      const stored = (async () => {
        await store.set({ accessToken: 'bob-access', refreshToken: 'bob-refresh' });
      })();
      await expect(stored).rejects.toThrow('QuotaExceededError');
      expect(await store.get()).toEqual(TOKENS);
    },
  );

  test('G23: what new tokens do not have does not stay', async () => {
    const storage = createStorage();
    const store = make(storage, { keys: KEYS });
    await store.set(TOKENS);
    await store.set({ accessToken: 'next', refreshToken: null, expiresAt: null });
    expect(contents(storage)).toEqual({ token: 'next' });
  });

  test('G23: what has no name is not stored', async () => {
    const storage = createStorage();
    const store = make(storage, { keys: { accessToken: 'token' } });
    await store.set(TOKENS);
    expect(contents(storage)).toEqual({ token: 'access' });
    expect(await store.get()).toEqual({ accessToken: 'access' });
  });

  test('G21: clear removes exactly these keys', async () => {
    const storage = createStorage();
    storage.setItem('theme', 'dark');
    storage.setItem('axios-auth-interceptors', '{"accessToken":"of another session"}');
    const before = contents(storage);
    const store = make(storage, { keys: KEYS });
    await store.set(TOKENS);
    await store.clear();
    expect(contents(storage)).toEqual(before);
    expect(await store.get()).toBeNull();
  });

  test('G21: clear removes what a sign-out of the application has left behind', async () => {
    const storage = createStorage();
    const store = make(storage, { keys: KEYS });
    await store.set(TOKENS);
    storage.removeItem('token');
    expect(await store.get()).toBeNull();
    await store.clear();
    expect(contents(storage)).toEqual({});
  });

  test.each(['', 'null', 'undefined'])('G23: the text %j is no token', async (text) => {
    const storage = createStorage();
    const store = make(storage, { keys: KEYS });
    storage.setItem('token', text);
    storage.setItem('refresh_token', 'refresh');
    expect(await store.get()).toBeNull();
    storage.setItem('token', 'access');
    storage.setItem('refresh_token', text);
    expect(await store.get()).toEqual({ accessToken: 'access' });
  });

  test.each(['', 'soon', 'NaN', 'Infinity', '2033-05-18'])(
    'G32: the text %j says nothing of an expiry',
    async (text) => {
      const storage = createStorage();
      storage.setItem('token', 'access');
      storage.setItem('expires', text);
      expect(await make(storage, { keys: KEYS }).get()).toEqual({ accessToken: 'access' });
    },
  );

  test('G24: an Object.prototype that somebody has changed has no influence', async () => {
    Object.defineProperty(Object.prototype, 'refreshToken', {
      value: 'polluted',
      configurable: true,
    });
    try {
      const storage = createStorage();
      const store = make(storage, { keys: { accessToken: 'token' } });
      await store.set({ accessToken: 'access' });
      expect(contents(storage)).toEqual({ token: 'access' });
      expect(Object.keys((await store.get()) ?? {})).toEqual(['accessToken']);
    } finally {
      delete (Object.prototype as { refreshToken?: string }).refreshToken;
    }
  });

  test.each<[unknown, string]>([
    [null, 'accessToken'],
    ['token', 'accessToken'],
    [[], 'accessToken'],
    [{}, '"accessToken"'],
    [{ accessToken: '' }, '"accessToken"'],
    [{ accessToken: 5 }, '"accessToken"'],
    [{ refreshToken: 'refresh_token' }, '"accessToken"'],
    [{ accessToken: 'token', refreshToken: '' }, '"refreshToken"'],
    [{ accessToken: 'token', refreshToken: null }, '"refreshToken"'],
    [{ accessToken: 'token', expiresAt: 5 }, '"expiresAt"'],
    [{ accessToken: 'token', access_token: 'token' }, '"access_token"'],
    [{ accessToken: 'token', refreshToken: 'token' }, 'must be another one'],
  ])('keys of %j are a TypeError that names the option', (keys, named) => {
    const wrong = (): unknown => make(createStorage(), { keys } as TextStoreOptions);
    expect(wrong).toThrow(TypeError);
    expect(wrong).toThrow(`${name}(storage, { keys })`);
    expect(wrong).toThrow(named);
  });

  test('an option that there is not is a TypeError that names it', () => {
    const wrong = (): unknown => make(createStorage(), { keyz: 'x' } as TextStoreOptions);
    expect(wrong).toThrow(`${name}(storage): Unknown option "keyz"`);
  });
});

describe('a storage that hangs, and refuses later', () => {
  const tokensOf = (n: number): Tokens => ({ accessToken: `eve-${n}`, refreshToken: `r${n}` });

  /** Under way are the second tokens, of which the access token hangs. */
  async function open(): Promise<{ store: TokenStore; refuse(): Promise<unknown> }> {
    const storage = createAsyncStorage(createStorage());
    const hanging = deferred<never>();
    const { setItem } = storage;
    storage.setItem = (key, value) => (value === 'eve-2' ? hanging.promise : setItem(key, value));
    const store = keyValueStore(storage, { keys: KEYS });
    await store.set(tokensOf(1));
    const late = rejection(Promise.resolve(store.set(tokensOf(2))));
    await turns(30);
    const refuse = (): Promise<unknown> => {
      hanging.reject(new Error('QuotaExceededError'));
      return late;
    };
    return { store, refuse };
  }

  test('G9: newer tokens stay', async () => {
    const { store, refuse } = await open();
    await store.set(tokensOf(3));
    await refuse();
    expect(await store.get()).toEqual(tokensOf(3));
  });

  test('G21: nor does a sign-out come to nothing', async () => {
    const { store, refuse } = await open();
    await store.clear();
    await refuse();
    expect(await store.get()).toBeNull();
  });
});

test('G27: the access token is read first and written last, so that its refresh token is there', async () => {
  const storage = createAsyncStorage(createStorage());
  const store = keyValueStore(storage, { keys: KEYS });
  await store.set(TOKENS);
  await store.get();
  await store.clear();
  expect(storage.calls).toEqual([
    // What is put back should only a part be stored.
    'get token',
    'get refresh_token',
    'get expires',
    'set expires',
    'set refresh_token',
    'set token',
    'get token',
    'get refresh_token',
    'get expires',
    // Whose values are these?
    'get token',
    'get refresh_token',
    'get expires',
    'remove expires',
    'remove refresh_token',
    'remove token',
  ]);
});

test('G27: so it is in a storage that other tabs read at any moment', () => {
  const storage = createStorage();
  const written: string[] = [];
  const store = webStorageStore(
    {
      ...storage,
      setItem: (key, value) => {
        written.push(key);
        storage.setItem(key, value);
      },
    },
    { keys: KEYS },
  );
  void store.set(TOKENS);
  expect(written).toEqual(['expires', 'refresh_token', 'token']);
});

test('G23: a change of any of the keys is read, and else the tokens are the same', () => {
  const storage = createStorage();
  const store = webStorageStore(storage, { keys: KEYS });
  void store.set(TOKENS);
  const before = store.get();
  expect(store.get()).toBe(before);
  storage.setItem('refresh_token', 'of a peer');
  expect(store.get()).toEqual({ ...TOKENS, refreshToken: 'of a peer' });
});

test('G29: a storage event of any of the keys is told, and no other', () => {
  const page = new EventTarget();
  setGlobal('addEventListener', page.addEventListener.bind(page));
  setGlobal('removeEventListener', page.removeEventListener.bind(page));
  const storage = createStorage();
  const changed = jest.fn();
  const stop = webStorageStore(storage, { keys: KEYS }).subscribe!(changed);
  const dispatch = (key: string | null): boolean =>
    page.dispatchEvent(Object.assign(new Event('storage'), { key, storageArea: storage }));
  for (const key of ['other', 'axios-auth-interceptors', 'accessToken']) dispatch(key);
  expect(changed).not.toHaveBeenCalled();
  for (const key of [...Object.values(KEYS), null]) dispatch(key);
  expect(changed).toHaveBeenCalledTimes(4);
  stop();
});

test('G27: the lock is named by the key of the access token, with key or with keys', async () => {
  const locks = new FakeWebLocks();
  setGlobal('navigator', { locks });
  const storage = createStorage();
  const never = new AbortController().signal;
  const nothing = (): Promise<void> => Promise.resolve();
  await webStorageStore(storage, { keys: KEYS }).lock!(nothing, never);
  await webStorageStore(storage, { key: 'token' }).lock!(nothing, never);
  expect(locks.names).toEqual(Array(2).fill('axios-auth-interceptors local token'));
});

test('G27: the next owner waits until it reads all of what the last one wrote', async () => {
  setGlobal('navigator', { locks: new FakeWebLocks() });
  const [one, other] = [createStorage(), createStorage()];
  const show = (): void => {
    for (const key of Object.values(KEYS)) other.setItem(key, one.getItem(key) ?? '');
  };
  const never = new AbortController().signal;
  const store = webStorageStore(one, { keys: KEYS });
  void store.set(TOKENS);
  show();
  const next = { ...TOKENS, accessToken: 'next', refreshToken: 'rotated' };
  await store.lock!(() => Promise.resolve(store.set(next)), never);
  const peer = webStorageStore(other, { keys: KEYS });
  const seen = peer.lock!(() => Promise.resolve(peer.get()), never);
  setTimeout(show, 40);
  expect(await seen).toEqual(next);
});

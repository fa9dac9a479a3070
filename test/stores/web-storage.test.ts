import { setImmediate as turn } from 'node:timers/promises';
import { webStorageStore } from '../../src/index';
import { FakeWebLocks } from '../support/fake-web-locks';
import { cleanUp, onCleanUp } from '../support/rig';
import { createStorage, setGlobal } from '../support/web-globals';

afterEach(cleanUp);

const TOKENS = { accessToken: 'access', refreshToken: 'refresh' };

/** Subscribes until `cleanUp`. */
function listen(store: ReturnType<typeof webStorageStore>): jest.Mock {
  const changed = jest.fn();
  onCleanUp(store.subscribe!(changed));
  return changed;
}

/** Waits for the messages that are under way: a channel delivers in order. */
async function delivered(): Promise<void> {
  const [from, to] = [new BroadcastChannel('delivered'), new BroadcastChannel('delivered')];
  const arrived = new Promise((resolve) => {
    to.onmessage = resolve;
  });
  from.postMessage(1);
  await arrived;
  from.close();
  to.close();
  await turn();
}

test('G23: what was stored is read, also by another store over the same storage', () => {
  const storage = createStorage();
  const store = webStorageStore(storage);
  void store.set(TOKENS);
  expect(webStorageStore(storage).get()).toEqual(TOKENS);
  void store.clear();
  expect(store.get()).toBeNull();
  expect(storage).toHaveLength(0);
});

test('G24: stores with different keys share nothing', async () => {
  const storage = createStorage();
  const [one, other] = [
    webStorageStore(storage, { key: 'one' }),
    webStorageStore(storage, { key: 'other' }),
  ];
  const changed = listen(other);
  void one.set(TOKENS);
  await delivered();
  expect(other.get()).toBeNull();
  expect(changed).not.toHaveBeenCalled();
});

test.each(['damaged', '"text"', '{}', '{"accessToken":1}'])(
  'G23: %s in the storage means signed out, and is written over by a sign-in',
  (text) => {
    const storage = createStorage();
    storage.setItem('axios-auth-interceptors', text);
    const store = webStorageStore(storage);
    expect(store.get()).toBeNull();
    void store.set(TOKENS);
    expect(store.get()).toEqual(TOKENS);
  },
);

test.each(['damaged', '"text"', '{"name":"of another application"}'])(
  'G21: a sign-out leaves a value of another application alone: %s',
  (text) => {
    const storage = createStorage();
    storage.setItem('axios-auth-interceptors', text);
    void webStorageStore(storage).clear();
    expect(storage.getItem('axios-auth-interceptors')).toBe(text);
  },
);

test('a storage without the three methods is refused at once', () => {
  expect(() => webStorageStore({} as Storage)).toThrow(
    'webStorageStore(storage): the storage must have getItem(), setItem(), removeItem().',
  );
});

test('G29: another store over the same storage is told of each write, its writer is not', async () => {
  const storage = createStorage();
  const [writer, reader] = [webStorageStore(storage), webStorageStore(storage)];
  const [own, changed] = [listen(writer), listen(reader)];
  void writer.set(TOKENS);
  void writer.clear();
  await delivered();
  expect(changed).toHaveBeenCalledTimes(2);
  expect(own).not.toHaveBeenCalled();
});

test('G29: two sessions over one store hear of each other', async () => {
  const store = webStorageStore(createStorage());
  const [one, two] = [listen(store), listen(store)];
  void store.set(TOKENS);
  await delivered();
  expect([one.mock.calls.length, two.mock.calls.length]).toEqual([1, 1]);
});

test('G29: where one of two sessions over one store has ended, the other is not told of itself', async () => {
  const store = webStorageStore(createStorage());
  const changed = listen(store);
  store.subscribe!(() => undefined)();
  void store.set(TOKENS);
  await delivered();
  expect(changed).not.toHaveBeenCalled();
});

test('G39: a BroadcastChannel of a browser, which has no unref, is used as well', async () => {
  const Channel = BroadcastChannel;
  setGlobal('BroadcastChannel', function ofBrowser(name: string) {
    const port = new Channel(name) as BroadcastChannel & { unref(): void };
    port.unref();
    return Object.assign(port, { unref: undefined });
  });
  const storage = createStorage();
  const changed = listen(webStorageStore(storage));
  void webStorageStore(storage).set(TOKENS);
  await delivered();
  expect(changed).toHaveBeenCalledTimes(1);
});

test('G25: nothing is told after the subscription has ended, which may be repeated', async () => {
  const storage = createStorage();
  const changed = jest.fn();
  const stop = webStorageStore(storage).subscribe!(changed);
  stop();
  stop();
  void webStorageStore(storage).set(TOKENS);
  await delivered();
  expect(changed).not.toHaveBeenCalled();
});

test('G29: no channel tells what the tokens are', async () => {
  const heard: unknown[] = [];
  const channel = new BroadcastChannel('axios-auth-interceptors local axios-auth-interceptors');
  onCleanUp(() => {
    channel.close();
  });
  channel.onmessage = ({ data }) => heard.push(data);
  void webStorageStore(createStorage()).set(TOKENS);
  await delivered();
  expect(heard).toHaveLength(1);
  expect(JSON.stringify(heard)).not.toMatch(/access|refresh/);
});

test('G29: the storage events of the page are told, for this key and this storage alone', () => {
  const page = new EventTarget();
  setGlobal('addEventListener', page.addEventListener.bind(page));
  setGlobal('removeEventListener', page.removeEventListener.bind(page));
  const storage = createStorage();
  const changed = jest.fn();
  const stop = webStorageStore(storage, { key: 'mine' }).subscribe!(changed);
  const dispatch = (key: string | null, storageArea: unknown): boolean =>
    page.dispatchEvent(Object.assign(new Event('storage'), { key, storageArea }));
  dispatch('other', storage);
  dispatch('mine', createStorage());
  expect(changed).not.toHaveBeenCalled();
  dispatch('mine', storage);
  dispatch(null, storage);
  expect(changed).toHaveBeenCalledTimes(2);
  stop();
  dispatch('mine', storage);
  expect(changed).toHaveBeenCalledTimes(2);
});

test.each([
  ['is none', undefined],
  [
    'is forbidden',
    function forbidden() {
      throw new Error('SecurityError');
    },
  ],
])('where a BroadcastChannel %s the store works all the same', (_why, value) => {
  setGlobal('BroadcastChannel', value);
  const store = webStorageStore(createStorage());
  const stop = store.subscribe!(() => undefined);
  void store.set(TOKENS);
  expect(store.get()).toEqual(TOKENS);
  expect(stop).not.toThrow();
});

test('where there are neither locks nor a database the store has no lock', () => {
  setGlobal('navigator', undefined);
  setGlobal('indexedDB', undefined);
  expect(webStorageStore(createStorage())).not.toHaveProperty('lock');
});

test('a page that may not touch its sessionStorage can still use another storage', () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'sessionStorage');
  Object.defineProperty(globalThis, 'sessionStorage', {
    configurable: true,
    get() {
      throw new Error('SecurityError');
    },
  });
  onCleanUp(() => {
    if (before) Object.defineProperty(globalThis, 'sessionStorage', before);
    else Reflect.deleteProperty(globalThis, 'sessionStorage');
  });
  setGlobal('navigator', { locks: new FakeWebLocks() });
  const store = webStorageStore(createStorage());
  void store.set(TOKENS);
  expect(store.get()).toEqual(TOKENS);
  expect(store).toHaveProperty('lock');
});

test('G39: where the storage may not be used nobody is signed in, until it can be', () => {
  const storage = createStorage();
  let isThere = false;
  const give = jest.fn(() => {
    if (isThere) return storage;
    throw new Error('SecurityError');
  });
  setGlobal('navigator', { locks: new FakeWebLocks() });
  const store = webStorageStore(give);
  // Without it nothing says that it is that of one tab.
  expect(store).toHaveProperty('lock');
  expect(store.get()).toBeNull();
  expect(() => store.set(TOKENS)).toThrow('SecurityError');
  isThere = true;
  void store.set(TOKENS);
  give.mockClear();
  expect(store.get()).toEqual(TOKENS);
  expect(give).not.toHaveBeenCalled();
});

test('a mistake in the function that gives the storage is told at once', () => {
  setGlobal('localStorage', createStorage());
  const mistake = (): Storage => (undefined as unknown as { localStorage: Storage }).localStorage;
  expect(() => webStorageStore(mistake)).toThrow(TypeError);
  expect(() => webStorageStore(() => ({}) as Storage)).toThrow(
    'getItem(), setItem(), removeItem()',
  );
});

test.each([
  ['an empty object, as in Node 25', {}],
  ['undefined, as in Node 26', undefined],
  ['null, as in a WebView without storage', null],
])('G39: where localStorage is %s, nobody is signed in', (_what, given) => {
  setGlobal('localStorage', given);
  const store = webStorageStore(() => localStorage);
  expect(store.get()).toBeNull();
  void store.clear();
  store.subscribe!(() => undefined)();
  expect(() => store.set(TOKENS)).toThrow('the storage must have getItem()');
});

test('a store without any lock is written all the same', () => {
  setGlobal('navigator', undefined);
  setGlobal('indexedDB', undefined);
  const store = webStorageStore(createStorage());
  void store.set(TOKENS);
  expect(store.get()).toEqual(TOKENS);
});

test('G29: the channel of a sessionStorage is one of its own', async () => {
  const heard = jest.fn();
  const channel = new BroadcastChannel('axios-auth-interceptors session mine');
  onCleanUp(() => {
    channel.close();
  });
  channel.onmessage = heard;
  const storage = createStorage();
  setGlobal('sessionStorage', storage);
  void webStorageStore(createStorage(), { key: 'mine' }).set(TOKENS);
  await delivered();
  expect(heard).not.toHaveBeenCalled();
  void webStorageStore(storage, { key: 'mine' }).set(TOKENS);
  await delivered();
  expect(heard).toHaveBeenCalledTimes(1);
});

import { setTimeout as pause } from 'node:timers/promises';
import { webStorageStore, type TextStoreOptions } from '../../src/index';
import { digest } from '../../src/util/digest';
import { FakeIndexedDb } from '../support/fake-indexed-db';
import { FakeWebLocks } from '../support/fake-web-locks';
import { turns } from '../support/outcomes';
import { cleanUp } from '../support/rig';
import { createStorage, setGlobal } from '../support/web-globals';

afterEach(async () => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  await cleanUp();
});

const never = new AbortController().signal;
const KEY = 'axios-auth-interceptors';

/** A tab's view of a localStorage, that shows the writes of others only when it is told to. */
function createViews(): { one: Storage; other: Storage; show(): void } {
  const [one, other] = [createStorage(), createStorage()];
  return {
    one,
    other,
    show: () => {
      other.setItem(KEY, one.getItem(KEY) ?? '');
    },
  };
}

let locks: FakeWebLocks;
let database: FakeIndexedDb;

describe.each(['a Web Lock', 'a lease in IndexedDB'])('%s', (kind) => {
  beforeEach(() => {
    locks = new FakeWebLocks();
    database = new FakeIndexedDb();
    setGlobal('navigator', kind === 'a Web Lock' ? { locks } : {});
    setGlobal('indexedDB', database);
  });

  test('G27: one at a time is inside', async () => {
    const storage = createStorage();
    const order: string[] = [];
    const enter = (name: string) => async (): Promise<string> => {
      order.push(`${name} in`);
      await pause(20);
      order.push(`${name} out`);
      return name;
    };
    const results = await Promise.all(
      ['a', 'b'].map((name) => webStorageStore(storage).lock!(enter(name), never)),
    );
    expect(results).toEqual(['a', 'b']);
    expect(['a in,a out,b in,b out', 'b in,b out,a in,a out']).toContain(order.join());
  });

  test('G27: stores with different keys do not wait for each other', async () => {
    const storage = createStorage();
    const [one, other] = [
      webStorageStore(storage, { key: 'one' }),
      webStorageStore(storage, { key: 'other' }),
    ];
    await one.lock!(() => other.lock!(() => Promise.resolve(), never), never);
  });

  test('G28: whoever waits stops when the signal aborts, and is not let in later', async () => {
    const storage = createStorage();
    const entered = jest.fn(() => Promise.resolve());
    await webStorageStore(storage).lock!(async () => {
      const stop = new AbortController();
      const waiting = webStorageStore(storage).lock!(entered, stop.signal);
      setTimeout(() => {
        stop.abort(new Error('enough'));
      }, 20);
      await expect(waiting).rejects.toThrow('enough');
    }, never);
    expect(entered).not.toHaveBeenCalled();
  });

  test('G27: the next owner waits until it reads what the last one wrote', async () => {
    const { one, other, show } = createViews();
    one.setItem(KEY, '{"accessToken":"old"}');
    show();
    const store = webStorageStore(one);
    await store.lock!(() => Promise.resolve(store.set({ accessToken: 'new' })), never);
    const next = webStorageStore(other);
    const seen = next.lock!(() => Promise.resolve(next.get()), never);
    setTimeout(show, 40);
    expect(await seen).toEqual({ accessToken: 'new' });
  });

  test('G28: it does not wait for ever for what it never comes to read', async () => {
    const { one, other, show } = createViews();
    one.setItem(KEY, '{"accessToken":"old"}');
    show();
    const store = webStorageStore(one);
    await store.lock!(() => Promise.resolve(store.clear()), never);
    const next = webStorageStore(other);
    const seen = await next.lock!(() => Promise.resolve(next.get()), never);
    expect(seen).toEqual({ accessToken: 'old' });
  });

  /** Whether this is over without any time passing. */
  async function isOver(work: Promise<unknown>): Promise<boolean> {
    let over = false;
    void work.finally(() => (over = true));
    await turns(30);
    return over;
  }

  test('G27: a first sign-in inside the lock makes nobody wait', async () => {
    const storage = createStorage();
    const store = webStorageStore(storage);
    await store.lock!(() => Promise.resolve(store.set({ accessToken: 'first' })), never);
    const found = store.lock!(() => Promise.resolve(store.get()), never);
    expect(await isOver(found)).toBe(true);
    expect(await found).toEqual({ accessToken: 'first' });
  });

  test('G27: what is replaced outside the lock is nothing to wait for', async () => {
    const store = webStorageStore(createStorage());
    const pass = (): Promise<void> => store.lock!(() => Promise.resolve(), never);
    const signInAndOut = (): void => {
      void store.set({ accessToken: 'first' });
      void store.clear();
    };
    signInAndOut();
    await pass();
    signInAndOut();
    await pass();
    expect(await isOver(pass())).toBe(true);
  });

  test('G28: an owner that replaces the same twice does not wait for itself', async () => {
    const store = webStorageStore(createStorage());
    const replacing = store.lock!(async () => {
      await store.set({ accessToken: 'first' });
      await store.clear();
      await store.set({ accessToken: 'second' });
    }, never);
    expect(await isOver(replacing)).toBe(true);
  });

  test('a sessionStorage has no lock: no other tab has the same one', () => {
    const storage = createStorage();
    setGlobal('sessionStorage', storage);
    expect(webStorageStore(storage)).not.toHaveProperty('lock');
    expect(webStorageStore(createStorage())).toHaveProperty('lock');
  });

  test('G34: nothing of a token is in what other pages can see of the lock', async () => {
    const storage = createStorage();
    const store = webStorageStore(storage);
    void store.set({ accessToken: 'secret-one' });
    await store.lock!(() => Promise.resolve(store.set({ accessToken: 'secret-two' })), never);
    const visible = JSON.stringify([locks.names, [...database.rows.entries()]]);
    expect(visible).toContain(KEY);
    expect(visible).not.toContain('secret');
  });
});

test.each<[string, TextStoreOptions, string[]]>([
  ['key', { key: 'mine' }, ['[null]', JSON.stringify(['{"accessToken":"access-1"}'])]],
  [
    'keys',
    { keys: { accessToken: 'mine', refreshToken: 'other' } },
    ['[null,null]', '["access-1",null]'],
  ],
])(
  'G27: tabs with different versions name what was replaced alike: %s',
  async (_, given, texts) => {
    const { names } = (locks = new FakeWebLocks());
    database = new FakeIndexedDb();
    setGlobal('navigator', { locks });
    setGlobal('indexedDB', database);
    const use = async (): Promise<void> => {
      const store = webStorageStore(createStorage(), given);
      await store.lock!(async () => {
        await store.set({ accessToken: 'access-1' });
        await store.set({ accessToken: 'access-2' });
      }, never);
    };
    const [name, replaced] = ['axios-auth-interceptors local mine', texts.map(digest)];
    await use();
    expect(names).toEqual([name, ...replaced.map((text) => `${name} replaced ${text}`)]);
    setGlobal('navigator', undefined);
    await use();
    expect([...database.names]).toEqual(['axios-auth-interceptors', 'leases']);
    expect([...database.rows]).toMatchObject([
      [name, { owner: '', until: 0, replaced: replaced.map((text) => ({ text })) }],
    ]);
  },
);

describe('a lease in IndexedDB', () => {
  beforeEach(() => {
    database = new FakeIndexedDb();
    setGlobal('navigator', undefined);
    setGlobal('indexedDB', database);
  });

  const rowOf = (): { owner: string; until: number } =>
    [...database.rows.values()][0] as { owner: string; until: number };

  test('G28: an owner that shows no sign of life loses it when it is over', async () => {
    const storage = createStorage();
    const { lock } = webStorageStore(storage);
    await lock!(() => Promise.resolve(), never);
    const [name = ''] = database.rows.keys();
    database.rows.set(name, { owner: 'frozen', until: Date.now() + 150, replaced: [] });
    const before = Date.now();
    await lock!(() => Promise.resolve(), never);
    expect(Date.now() - before).toBeGreaterThanOrEqual(140);
  });

  test('G39: it does without throwIfAborted(), as Firefox 93 to 95 do', async () => {
    const { lock } = webStorageStore(createStorage());
    jest.spyOn(AbortSignal.prototype, 'throwIfAborted').mockImplementation(() => {
      throw new TypeError('signal.throwIfAborted is not a function');
    });
    const entered = jest.fn(() => Promise.resolve());
    await lock!(entered, never);
    expect(entered).toHaveBeenCalledTimes(1);
    await expect(lock!(entered, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    expect(entered).toHaveBeenCalledTimes(1);
  });

  test('G28: it is over for whoever finds that the clock was set back by an hour', async () => {
    const { lock } = webStorageStore(createStorage());
    await lock!(() => Promise.resolve(), never);
    const [name = ''] = database.rows.keys();
    const until = Date.now() + 3_600_000;
    database.rows.set(name, { owner: 'frozen', until, replaced: [{ text: 'null', until }] });
    const inTime = AbortSignal.timeout(5_000);
    await lock!(() => Promise.resolve(), inTime);
    expect(rowOf()).toMatchObject({ owner: '', replaced: [] });
  });

  test('G27: an owner waits as well while it reads what was there before the last two', async () => {
    const { one, other, show } = createViews();
    one.setItem(KEY, '{"accessToken":"first"}');
    show();
    const writer = webStorageStore(one);
    for (const accessToken of ['second', 'third']) {
      await writer.lock!(() => Promise.resolve(writer.set({ accessToken })), never);
    }
    const next = webStorageStore(other);
    const seen = next.lock!(() => Promise.resolve(next.get()), never);
    setTimeout(show, 40);
    expect(await seen).toEqual({ accessToken: 'third' });
  });

  test('G27: what was replaced long ago is forgotten', async () => {
    const store = webStorageStore(createStorage());
    await store.lock!(() => Promise.resolve(store.set({ accessToken: 'first' })), never);
    expect(rowOf()).toMatchObject({ replaced: [{}] });
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now + 60_000);
    await store.lock!(() => Promise.resolve(), never);
    expect(rowOf()).toMatchObject({ replaced: [] });
  });

  test('G28: the owner shows signs of life, until it has lost the lease', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    const { lock } = webStorageStore(createStorage());
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    await lock!(async () => {
      const { until } = rowOf();
      jest.advanceTimersByTime(3_000);
      await turn();
      await turn();
      expect(rowOf().until).toBeGreaterThan(until);
      const [name = ''] = database.rows.keys();
      const taken = { owner: 'somebody else', until: Infinity, replaced: [] };
      database.rows.set(name, taken);
      jest.advanceTimersByTime(3_000);
      await turn();
      expect(rowOf()).toEqual(taken);
    }, never);
    // It does not end the lease of another one either.
    expect(rowOf().owner).toBe('somebody else');
  });

  test('G9: a database that cannot be opened is a fault of the lock, not of the work', async () => {
    database.failOpening = true;
    const entered = jest.fn(() => Promise.resolve());
    await expect(webStorageStore(createStorage()).lock!(entered, never)).rejects.toThrow(
      'IndexedDB cannot be opened',
    );
    expect(entered).not.toHaveBeenCalled();
  });

  test('G9: a transaction that is aborted is a fault of the lock, and the connection is closed', async () => {
    database.abortTransactions = true;
    const waiting = webStorageStore(createStorage()).lock!(() => Promise.resolve(), never);
    await expect(waiting).rejects.toThrow('the transaction was aborted');
    expect(database.connections).toBe(0);
  });
});

import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { cachedStore, type TokenStore } from '../../src/index';
import { fileStore } from '../../src/node/index';
import { deferred } from '../../src/util/awaitable';
import { cleanUp, onCleanUp } from '../support/rig';
import { until } from '../support/until';
import { bundleScript, createFolder } from './workers';

jest.setTimeout(120_000);
afterEach(cleanUp);

const lockOf = (file: string): string => `${file}.axios-auth.lock`;
const newFile = (): string => join(createFolder(), 'tool', 'tokens.json');
const never = new AbortController().signal;
const nothing = (): Promise<undefined> => Promise.resolve(undefined);

/** A lock as a process elsewhere would hold it. */
function plant(file: string, owner: string): string {
  const path = join(lockOf(file), randomUUID());
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, owner);
  return path;
}

function run(children: ChildProcess[]): Promise<unknown[][]> {
  for (const child of children) onCleanUp(() => child.kill('SIGKILL'));
  return Promise.all(children.map((child) => once(child, 'exit')));
}

test('G27: processes that contend for the lock are inside one at a time, and lose no write', async () => {
  const script = bundleScript('contender');
  const file = newFile();
  const exits = await run(Array.from({ length: 6 }, () => fork(script, [file, '25'])));
  expect(exits.map(([code]) => code as number)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(await fileStore(file).get()).toEqual({ accessToken: '150' });
});

test('G28: locks of processes that die are taken over by one process at a time', async () => {
  const script = bundleScript('contender');
  const file = newFile();
  const exits = await run(
    Array.from({ length: 8 }, (_, index) =>
      fork(script, [file, '10', ...(index % 2 ? ['--die'] : [])]),
    ),
  );
  const [survivors, dead] = [0, 1].map((half) => exits.filter((_, index) => index % 2 === half));
  expect(survivors!.map(([code]) => code as number)).toEqual([0, 0, 0, 0]);
  expect(dead!.map(([, signal]) => signal as string)).toEqual(Array(4).fill('SIGKILL'));
  expect(await fileStore(file).get()).toEqual({ accessToken: '80' });
});

test('G27: within one process, too, only one is inside', async () => {
  const file = newFile();
  const order: string[] = [];
  const enter = (name: string) => async (): Promise<void> => {
    order.push(`${name} in`);
    await new Promise((resolve) => setTimeout(resolve, 30));
    order.push(`${name} out`);
  };
  await Promise.all(['a', 'b'].map((name) => fileStore(file).lock!(enter(name), never)));
  expect(['a in,a out,b in,b out', 'b in,b out,a in,a out']).toContain(order.join());
});

test('G27: the lock gives what the work gave, and is gone after it, also when it throws', async () => {
  const file = newFile();
  const store = fileStore(file);
  expect(await store.lock!(() => Promise.resolve(7), never)).toBe(7);
  const fault = new Error('from inside');
  await expect(store.lock!(() => Promise.reject(fault), never)).rejects.toBe(fault);
  expect(readdirSync(dirname(file))).toEqual([]);
});

test('G28: whoever waits for the lock stops when its signal aborts, and leaves nothing behind', async () => {
  const file = newFile();
  const store = fileStore(file);
  const entered = jest.fn(nothing);
  await store.lock!(async () => {
    const stop = new AbortController();
    const waiting = store.lock!(entered, stop.signal);
    setTimeout(() => {
      stop.abort();
    }, 60);
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(readdirSync(dirname(file))).toEqual(['tokens.json.axios-auth.lock']);
  }, never);
  await expect(store.lock!(entered, AbortSignal.abort())).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(entered).not.toHaveBeenCalled();
});

test('G28: a lock without a sign of life is taken over when the lease has gone by', async () => {
  const file = newFile();
  const mark = plant(file, JSON.stringify({ pid: 1, host: 'another machine' }));
  utimesSync(mark, 0, 0);
  const before = performance.now();
  await fileStore(file, { lease: 300 }).lock!(nothing, never);
  expect(performance.now() - before).toBeGreaterThan(300);
  expect(existsSync(lockOf(file))).toBe(false);
});

test('G28: a lock that still shows signs of life is respected beyond the lease', async () => {
  const file = newFile();
  const mark = plant(file, JSON.stringify({ pid: 1, host: 'another machine' }));
  let beats = 0;
  const heartbeat = setInterval(() => {
    // As a machine would whose clock is far off.
    utimesSync(mark, beats, ++beats);
  }, 20);
  const stop = new AbortController();
  const entered = jest.fn(nothing);
  const waiting = fileStore(file, { lease: 400 }).lock!(entered, stop.signal);
  setTimeout(() => {
    stop.abort();
  }, 1_200);
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  clearInterval(heartbeat);
  expect(entered).not.toHaveBeenCalled();
});

test('G28: a damaged lock counts as one without a sign of life', async () => {
  const file = newFile();
  plant(file, '{');
  await fileStore(file, { lease: 200 }).lock!(nothing, never);
  expect(existsSync(lockOf(file))).toBe(false);
});

test('G28: the owner shows a sign of life, and names itself', async () => {
  const file = newFile();
  await fileStore(file, { lease: 40 }).lock!(async () => {
    const [owner = ''] = readdirSync(lockOf(file));
    const mark = join(lockOf(file), owner);
    const { pid, host } = JSON.parse(readFileSync(mark, 'utf8')) as Record<string, unknown>;
    expect(pid).toBe(process.pid);
    expect(host).toContain(hostname());
    utimesSync(mark, 0, 0);
    while (statSync(mark).mtimeMs === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }, never);
});

test('G28: an owner who lost the lock ends nobody else’s', async () => {
  const file = newFile();
  const store = fileStore(file);
  let successor = '';
  await store.lock!(() => {
    const [owner = ''] = readdirSync(lockOf(file));
    successor = plant(file, '{}');
    unlinkSync(join(lockOf(file), owner));
    return Promise.resolve();
  }, never);
  expect(readdirSync(lockOf(file))).toEqual([basename(successor)]);
});

test('G9: a file in the place of the lock is an error that names it', async () => {
  const file = newFile();
  mkdirSync(dirname(file));
  writeFileSync(lockOf(file), '');
  const fault = fileStore(file).lock!(nothing, never);
  await expect(fault).rejects.toThrow(`${lockOf(file)} is not a folder of this lock. Delete`);
  expect(readdirSync(dirname(file))).toEqual(['tokens.json.axios-auth.lock']);
});

test('the lock of another program is left alone, and is not in the way', async () => {
  const file = newFile();
  const foreign = `${file}.lock`;
  mkdirSync(foreign, { recursive: true });
  utimesSync(foreign, 0, 0);
  expect(await fileStore(file, { lease: 50 }).lock!(() => Promise.resolve(7), never)).toBe(7);
  expect(existsSync(foreign)).toBe(true);
});

test('G9: a foreign folder in the place of the lock is an error that names it, and stays', async () => {
  const file = newFile();
  mkdirSync(lockOf(file), { recursive: true });
  writeFileSync(join(lockOf(file), 'notes.txt'), 'of somebody else');
  utimesSync(join(lockOf(file), 'notes.txt'), 0, 0);
  const fault = fileStore(file, { lease: 50 }).lock!(nothing, never);
  await expect(fault).rejects.toThrow(`${lockOf(file)} is not a folder of this lock. Delete`);
  expect(readdirSync(lockOf(file))).toEqual(['notes.txt']);
});

test('what somebody puts into the folder of the lock is not removed with it', async () => {
  const file = newFile();
  await fileStore(file).lock!(() => {
    writeFileSync(join(lockOf(file), '.DS_Store'), '');
    return Promise.resolve();
  }, never);
  expect(readdirSync(lockOf(file))).toEqual(['.DS_Store']);
});

describe('G22: what another process does while the owner of the lock is writing stays', () => {
  const EVE = { accessToken: 'eve-1' };
  const EVE_2 = { accessToken: 'eve-2' };
  const DOT = { accessToken: 'dot-1' };

  /** The owner of the lock writes, and somebody else does so before that is done. */
  async function contest(
    elsewhere: (file: string) => void,
    wrap: (store: TokenStore) => TokenStore = (store) => store,
  ): Promise<{ file: string; store: TokenStore }> {
    const file = newFile();
    const store = wrap(fileStore(file));
    await store.set(EVE);
    const renewal = store.lock!(async () => {
      const renewed = store.set(EVE_2);
      elsewhere(file);
      await renewed;
    }, never);
    await expect(renewal).rejects.toThrow('What it holds stays');
    return { file, store };
  }

  test('a sign-in, which is told', async () => {
    const changed = jest.fn();
    const { file } = await contest((path) => {
      onCleanUp(fileStore(path).subscribe!(changed));
      writeFileSync(path, JSON.stringify(DOT));
    });
    expect(await fileStore(file).get()).toEqual(DOT);
    await until(() => changed.mock.calls.length > 0);
    expect(readdirSync(dirname(file))).toEqual([basename(file)]);
  });

  test('a sign-out', async () => {
    const { file } = await contest((path) => {
      unlinkSync(path);
    });
    expect(readdirSync(dirname(file))).toEqual([]);
  });

  test('also under a cachedStore that nobody listens to', async () => {
    const { store } = await contest(
      (path) => {
        writeFileSync(path, JSON.stringify(DOT));
      },
      (store) => cachedStore(store),
    );
    expect(await store.get()).toEqual(DOT);
  });

  test('but a sign-in, which takes no lock, is stored over a renewal', async () => {
    const file = newFile();
    const store = fileStore(file);
    await store.set(EVE);
    const signedIn = store.set(DOT);
    writeFileSync(file, JSON.stringify(EVE_2));
    await signedIn;
    expect(await store.get()).toEqual(DOT);
  });

  test('and so is one of another session over the same store', async () => {
    const file = newFile();
    const store = fileStore(file);
    await store.set(EVE);
    const inside = deferred<undefined>();
    const signedIn = inside.promise.then(() => store.set(DOT));
    const renewal = store.lock!(async () => {
      const renewed = store.set(EVE_2);
      inside.resolve(undefined);
      await renewed;
    }, never);
    await Promise.all([renewal.catch(() => undefined), signedIn]);
    expect(await store.get()).toEqual(DOT);
  });
});

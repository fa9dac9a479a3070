import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileStore } from '../../src/node/index';
import { cleanUp, onCleanUp } from '../support/rig';
import { bundleScript, createFolder } from './workers';

afterEach(cleanUp);

const newFile = (): string => join(createFolder(), 'tool', 'tokens.json');

/** Subscribes, and counts; `next` waits for one more call. */
function listen(store: ReturnType<typeof fileStore>) {
  const told = new EventTarget();
  let count = 0;
  const stop = store.subscribe!(() => {
    count++;
    told.dispatchEvent(new Event('told'));
  });
  onCleanUp(stop);
  return { stop, next: () => once(told, 'told'), count: () => count };
}

test('G29: a change by another store is told, every time', async () => {
  const file = newFile();
  const [mine, other] = [fileStore(file), fileStore(file)];
  const heard = listen(mine);
  for (const accessToken of ['first', 'second', 'third']) {
    const told = heard.next();
    await other.set({ accessToken });
    await told;
    expect(await mine.get()).toEqual({ accessToken });
  }
  const told = heard.next();
  await other.clear();
  await told;
  expect(await mine.get()).toBeNull();
});

test('G29: a file that somebody else moves into its place is told', async () => {
  const file = newFile();
  const heard = listen(fileStore(file));
  const told = heard.next();
  writeFileSync(`${file}.new`, JSON.stringify({ accessToken: 'moved' }));
  renameSync(`${file}.new`, file);
  await told;
});

test('G29: own writes are not told, and do not hide what comes after them', async () => {
  const file = newFile();
  const [mine, other] = [fileStore(file), fileStore(file)];
  const heard = listen(mine);
  await mine.set({ accessToken: 'own' });
  await mine.clear();
  await mine.set({ accessToken: 'own again' });
  const told = heard.next();
  await other.set({ accessToken: 'other' });
  await told;
  expect(heard.count()).toBe(1);
});

test('G29: a file that was touched, and not changed, is not told', async () => {
  const file = newFile();
  const [mine, other] = [fileStore(file), fileStore(file)];
  await other.set({ accessToken: 'first' });
  const heard = listen(mine);
  utimesSync(file, 1, 1);
  await other.set({ accessToken: 'first' });
  const told = heard.next();
  await other.set({ accessToken: 'second' });
  await told;
  expect(heard.count()).toBe(1);
});

test('G29: two sessions over one store hear of each other', async () => {
  const store = fileStore(newFile());
  const [one, two] = [listen(store), listen(store)];
  const told = Promise.all([one.next(), two.next()]);
  await store.set({ accessToken: 'from one of them' });
  await told;
});

test('G29: a file that became unreadable is told, so that the fault is met', async () => {
  const file = newFile();
  const store = fileStore(file);
  await store.set({ accessToken: 'mine' });
  const heard = listen(store);
  const told = heard.next();
  rmSync(file);
  writeFileSync(file, '');
  writeFileSync(file, Buffer.alloc(2_000_000));
  await told;
});

test('G29: so is one that this store has never written', async () => {
  const file = newFile();
  await fileStore(file).set({ accessToken: 'of another process' });
  const heard = listen(fileStore(file));
  const told = heard.next();
  writeFileSync(`${file}.new`, Buffer.alloc(2_000_000));
  renameSync(`${file}.new`, file);
  await told;
});

test('G25: nothing is told after the subscription has ended, which may be repeated', async () => {
  const file = newFile();
  const [mine, other] = [fileStore(file), fileStore(file)];
  const [ended, going] = [listen(mine), listen(mine)];
  ended.stop();
  ended.stop();
  const told = going.next();
  await other.set({ accessToken: 'other' });
  await told;
  expect(ended.count()).toBe(0);
});

test('G34: the folder that a subscription creates is closed to others', () => {
  const file = newFile();
  listen(fileStore(file));
  expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
});

test('a subscription keeps no process alive', () => {
  const script = bundleScript('subscriber');
  const file = newFile();
  const { status, signal } = spawnSync(process.execPath, [script, file], { timeout: 60_000 });
  expect({ status, signal }).toEqual({ status: 0, signal: null });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ accessToken: 'mine' });
});

test('G29: a folder that is removed ends the watching, and nothing else', async () => {
  const file = newFile();
  const store = fileStore(file);
  await store.set({ accessToken: 'mine' });
  const heard = listen(store);
  const told = heard.next();
  rmSync(dirname(file), { recursive: true });
  await told;
  expect(await store.get()).toBeNull();
  await store.set({ accessToken: 'again' });
  expect(await store.get()).toEqual({ accessToken: 'again' });
});

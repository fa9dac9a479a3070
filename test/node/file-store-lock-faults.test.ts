import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as promises from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileStore } from '../../src/node/index';
import { cleanUp } from '../support/rig';
import { createFolder } from './workers';

jest.mock('node:fs', () => ({ __esModule: true, ...jest.requireActual<typeof fs>('node:fs') }));
jest.mock('node:fs/promises', () => ({
  __esModule: true,
  ...jest.requireActual<typeof promises>('node:fs/promises'),
}));

afterEach(async () => {
  jest.restoreAllMocks();
  await cleanUp();
});

const lockOf = (file: string): string => `${file}.axios-auth.lock`;
const newFile = (): string => join(createFolder(), 'tool', 'tokens.json');
const never = new AbortController().signal;
const nothing = (): Promise<undefined> => Promise.resolve(undefined);
const fault = (code: string): Error => Object.assign(new Error(code), { code });

/** How a process of this machine names itself in a lock. */
async function hostOf(file: string): Promise<string> {
  let host = '';
  await fileStore(file).lock!(() => {
    const [owner = ''] = fs.readdirSync(lockOf(file));
    const text = fs.readFileSync(join(lockOf(file), owner), 'utf8');
    ({ host } = JSON.parse(text) as { host: string });
    return Promise.resolve();
  }, never);
  return host;
}

function plant(file: string, owner: object): void {
  fs.mkdirSync(lockOf(file), { recursive: true });
  fs.writeFileSync(join(lockOf(file), randomUUID()), JSON.stringify(owner));
}

/** Whether the planted owner is respected for as long as a wait of 300 ms. */
async function isRespected(file: string): Promise<boolean> {
  return fileStore(file).lock!(() => Promise.resolve(false), AbortSignal.timeout(300)).catch(
    () => true,
  );
}

test('G28: the lock of a process that is gone is taken over at once', async () => {
  const file = newFile();
  const { pid } = spawnSync(process.execPath, ['--version']);
  plant(file, { pid, host: await hostOf(file) });
  expect(await isRespected(file)).toBe(false);
});

test('G28: a process id of another machine says nothing', async () => {
  const file = newFile();
  const { pid } = spawnSync(process.execPath, ['--version']);
  plant(file, { pid, host: 'another machine' });
  expect(await isRespected(file)).toBe(true);
});

test('G28: a process that belongs to somebody else is alive', async () => {
  const file = newFile();
  plant(file, { pid: 1, host: await hostOf(file) });
  jest.spyOn(process, 'kill').mockImplementation(() => {
    throw fault('EPERM');
  });
  expect(await isRespected(file)).toBe(true);
});

test('G28: a machine without name spaces for processes goes by its name', async () => {
  jest.spyOn(fs, 'readlinkSync').mockImplementation(() => {
    throw fault('ENOENT');
  });
  const file = newFile();
  plant(file, { pid: process.pid, host: await hostOf(newFile()) });
  expect(await isRespected(file)).toBe(true);
});

test('G28: where nothing can be watched the lock is still waited for', async () => {
  jest.spyOn(fs, 'watch').mockImplementation(() => {
    throw fault('ENOSPC');
  });
  const store = fileStore(newFile());
  const order: number[] = [];
  await Promise.all(
    [1, 2].map((number) =>
      store.lock!(async () => {
        order.push(number);
        await pause(50);
      }, never),
    ),
  );
  expect(order.sort()).toEqual([1, 2]);
});

test.each(['ENOTEMPTY', 'EPERM'])('G28: an empty lock is not in the way (%s)', async (code) => {
  const file = newFile();
  fs.mkdirSync(lockOf(file), { recursive: true });
  // As a system answers that cannot rename onto an empty folder.
  jest.spyOn(promises, 'rename').mockRejectedValueOnce(fault(code));
  expect(await isRespected(file)).toBe(false);
  expect(fs.existsSync(lockOf(file))).toBe(false);
});

test('G9: a folder that cannot be written to is a fault of the lock, not of the work', async () => {
  jest.spyOn(promises, 'rename').mockRejectedValue(fault('EROFS'));
  const file = newFile();
  const entered = jest.fn(nothing);
  await expect(fileStore(file).lock!(entered, never)).rejects.toMatchObject({ code: 'EROFS' });
  expect(entered).not.toHaveBeenCalled();
  expect(fs.readdirSync(dirname(file))).toEqual([]);
});

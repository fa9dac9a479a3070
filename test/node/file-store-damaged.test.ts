import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { fileStore } from '../../src/node/index';
import { cleanUp, createRig } from '../support/rig';
import { createFolder } from './workers';

jest.mock('node:fs', () => ({ __esModule: true, ...jest.requireActual<typeof fs>('node:fs') }));

afterEach(async () => {
  jest.restoreAllMocks();
  await cleanUp();
});

const SECRET = 'secret-of-somebody';
const newFile = (): string => join(createFolder(), 'tokens.json');

/** The same refusal for every method, with the path, what to do, and nothing of what the file holds. */
async function expectRefused(file: string, why: string): Promise<void> {
  const store = fileStore(file);
  const methods = [
    async () => store.get(),
    () => Promise.resolve(store.set({ accessToken: 'mine' })),
    () => Promise.resolve(store.clear()),
  ];
  for (const method of methods) {
    const fault = await method().catch((error: unknown) => error as Error);
    expect(fault).toBeInstanceOf(Error);
    const { message } = fault as Error;
    expect(message).toContain(file);
    expect(message).toContain(why);
    expect(message).toContain('Delete or fix it, or give fileStore another path');
    expect(message).not.toContain(SECRET);
  }
}

test.each([
  ['text', SECRET],
  ['half of a file', `{"accessToken":"${SECRET}`],
  ['nothing', ''],
  ['null', 'null'],
  ['JSON of something else', JSON.stringify({ name: SECRET })],
  ['an array', JSON.stringify([SECRET])],
])('G9: a file that holds %s is refused, and not written over', async (_what, text) => {
  const file = newFile();
  fs.writeFileSync(file, text, { mode: 0o600 });
  await expectRefused(file, 'holds no tokens');
  expect(fs.readFileSync(file, 'utf8')).toBe(text);
});

test('G9: a folder in the place of the file is refused', async () => {
  const file = newFile();
  fs.mkdirSync(file);
  await expectRefused(file, 'is not a regular file');
});

test('G9: a pipe in the place of the file is refused without waiting for it', async () => {
  const file = newFile();
  execFileSync('mkfifo', [file]);
  await expectRefused(file, 'is not a regular file');
});

test('G9: a file that is far too large is refused without reading it', async () => {
  const file = newFile();
  fs.writeFileSync(file, '');
  fs.truncateSync(file, 1e9);
  await expectRefused(file, 'is too large to hold tokens');
});

test('G9: a path through something that is no folder is refused', async () => {
  const inTheWay = newFile();
  fs.writeFileSync(inTheWay, '');
  await expectRefused(join(inTheWay, 'tokens.json'), 'cannot be read (ENOTDIR)');
});

test('G34: a file that another user has put there is refused', async () => {
  const file = newFile();
  fs.writeFileSync(file, JSON.stringify({ accessToken: SECRET }), { mode: 0o600 });
  const stats = Object.assign(fs.statSync(file), { uid: 4242 });
  jest.spyOn(fs, 'fstatSync').mockReturnValue(stats);
  await expectRefused(file, 'belongs to another user (uid 4242');
});

test('G34: the file of a system without modes is read as it is', async () => {
  const file = newFile();
  fs.writeFileSync(file, JSON.stringify({ accessToken: 'mine' }), { mode: 0o644 });
  jest.spyOn(fs, 'fchmodSync').mockImplementation(() => {
    throw Object.assign(new Error(), { code: 'EPERM' });
  });
  expect(await fileStore(file).get()).toEqual({ accessToken: 'mine' });
});

test('G34: a system without users has no other one', async () => {
  const file = newFile();
  await fileStore(file).set({ accessToken: 'mine' });
  const before = Object.getOwnPropertyDescriptor(process, 'geteuid')!;
  Object.defineProperty(process, 'geteuid', { ...before, value: undefined });
  try {
    expect(await fileStore(file).get()).toEqual({ accessToken: 'mine' });
  } finally {
    Object.defineProperty(process, 'geteuid', before);
  }
});

test('G9: a request over a damaged file rejects with ERR_AUTH_STORE that names it', async () => {
  const file = newFile();
  const rig = await createRig({ options: { tokenStore: fileStore(file) } });
  fs.writeFileSync(file, SECRET);
  const fault = rig.api.get('/profile');
  await expect(fault).rejects.toMatchObject({ code: 'ERR_AUTH_STORE' });
  await expect(fault).rejects.toThrow(file);
  expect(rig.seen('/profile')).toEqual([]);
});

import * as fs from 'node:fs';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileStore } from '../../src/node/index';
import { cleanUp } from '../support/rig';
import { createFolder } from './workers';

jest.mock('node:fs', () => ({
  __esModule: true,
  ...jest.requireActual<typeof fs>('node:fs'),
}));

/** The system refuses to put the new file in the place of the old one: as often, or always. */
function refuseRename(fault: Error, times = Infinity): void {
  const rename = jest.requireActual<typeof fs>('node:fs').renameSync;
  let calls = 0;
  jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    if (++calls <= times) throw fault;
    rename(from, to);
  });
}

afterEach(async () => {
  jest.restoreAllMocks();
  await cleanUp();
});

const TOKENS = { accessToken: 'access', refreshToken: 'refresh', user: { id: 1 } };
const newFile = (): string => join(createFolder(), 'tokens.json');
const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('G23: what was stored is read by another store over the same file', async () => {
  const file = newFile();
  await fileStore(file).set(TOKENS);
  expect(await fileStore(file).get()).toEqual(TOKENS);
});

test('G23: code that writes the file by itself is believed', async () => {
  const file = newFile();
  const store = fileStore(file);
  await store.set(TOKENS);
  writeFileSync(file, JSON.stringify({ accessToken: 'other' }));
  expect(await store.get()).toEqual({ accessToken: 'other' });
});

test('G23: a missing file, or a missing folder, means signed out', async () => {
  expect(await fileStore(newFile()).get()).toBeNull();
  expect(await fileStore(join(createFolder(), 'no', 'such', 'tokens.json')).get()).toBeNull();
});

test('G23: clear removes the file, and may be repeated', async () => {
  const file = newFile();
  const store = fileStore(file);
  await store.set(TOKENS);
  await store.clear();
  await store.clear();
  expect(existsSync(file)).toBe(false);
  expect(await store.get()).toBeNull();
});

test('G34: only the user may read the file, whatever the umask says', async () => {
  const before = process.umask(0);
  try {
    const file = join(createFolder(), 'config', 'tool', 'tokens.json');
    const store = fileStore(file);
    await store.set(TOKENS);
    expect(modeOf(file)).toBe(0o600);
    expect(modeOf(dirname(file))).toBe(0o700);
    expect(modeOf(dirname(dirname(file)))).toBe(0o700);
    await store.set({ accessToken: 'next' });
    expect(modeOf(file)).toBe(0o600);
  } finally {
    process.umask(before);
  }
});

test('G34: a folder that is there already keeps its mode', async () => {
  const folder = join(createFolder(), 'shared');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  await fileStore(join(folder, 'tokens.json')).set(TOKENS);
  expect(modeOf(folder)).toBe(0o755);
});

test('G34: a file that others may read is closed to them when it is read', async () => {
  const file = newFile();
  writeFileSync(file, JSON.stringify(TOKENS));
  chmodSync(file, 0o644);
  expect(await fileStore(file).get()).toEqual(TOKENS);
  expect(modeOf(file)).toBe(0o600);
});

test('G9: a symbolic link is followed, not replaced', async () => {
  const folder = createFolder();
  const [real, link] = [join(folder, 'real.json'), join(folder, 'link.json')];
  writeFileSync(real, JSON.stringify({ accessToken: 'old' }), { mode: 0o600 });
  symlinkSync(real, link);
  await fileStore(link).set(TOKENS);
  expect(JSON.parse(readFileSync(real, 'utf8'))).toEqual(TOKENS);
  expect(await fileStore(link).get()).toEqual(TOKENS);
});

test('G9: nor is one whose file is not there, as after a sign-out', async () => {
  const folder = createFolder();
  const [real, link] = [join(folder, 'vault', 'real.json'), join(folder, 'link.json')];
  symlinkSync(join('vault', 'real.json'), link);
  const store = fileStore(link);
  await store.set({ accessToken: 'first' });
  await store.clear();
  await store.set(TOKENS);
  expect(JSON.parse(readFileSync(real, 'utf8'))).toEqual(TOKENS);
  expect(readdirSync(folder).sort()).toEqual(['link.json', 'vault']);
  expect(readlinkSync(link)).toBe(join('vault', 'real.json'));
});

test('G33: symbolic links that lead to one another are a fault, and no endless search', async () => {
  const folder = createFolder();
  const [one, two] = [join(folder, 'one.json'), join(folder, 'two.json')];
  symlinkSync(one, two);
  symlinkSync(two, one);
  await expect(fileStore(one).set(TOKENS)).rejects.toThrow('ELOOP');
});

test('G9: a write that fails leaves the old tokens, and nothing beside them', async () => {
  const file = newFile();
  const store = fileStore(file);
  await store.set(TOKENS);
  refuseRename(Object.assign(new Error(), { code: 'EIO' }));
  await expect(store.set({ accessToken: 'next' })).rejects.toMatchObject({ code: 'EIO' });
  expect(await store.get()).toEqual(TOKENS);
  expect(readdirSync(dirname(file))).toEqual(['tokens.json']);
});

test('G9: a file that somebody reads just now is replaced a moment later', async () => {
  const file = newFile();
  const busy = Object.assign(new Error(), { code: 'EPERM' });
  refuseRename(busy, 2);
  await fileStore(file).set(TOKENS);
  expect(await fileStore(file).get()).toEqual(TOKENS);
});

test('G9: a file that stays locked by somebody is an error in the end', async () => {
  const busy = Object.assign(new Error(), { code: 'EBUSY' });
  refuseRename(busy);
  await expect(fileStore(newFile()).set(TOKENS)).rejects.toBe(busy);
});

const ID = '0b1c5a52-7d3e-4f7a-9a55-0d8f6e1c2b3a';
const OTHER_ID = '9f1c5a52-7d3e-4f7a-9a55-0d8f6e1c2b3a';

test('G34: what a killed process has left beside the file is removed after a while', async () => {
  const file = newFile();
  const [old, young] = [ID, OTHER_ID].map((id) => `${file}.axios-auth.${id}.tmp`) as [
    string,
    string,
  ];
  for (const path of [old, young]) writeFileSync(path, 'secret');
  utimesSync(old, 0, 0);
  await fileStore(file).set(TOKENS);
  expect([old, young].map((path) => existsSync(path))).toEqual([false, true]);
});

test('G34: so is the lock that a killed process was about to take', async () => {
  const file = newFile();
  const draft = `${file}.axios-auth.${ID}.tmp`;
  mkdirSync(draft);
  writeFileSync(join(draft, OTHER_ID), '{}');
  utimesSync(draft, 0, 0);
  await fileStore(file).set(TOKENS);
  expect(existsSync(draft)).toBe(false);
});

test('what is only named alike is left alone, however old', async () => {
  const file = newFile();
  const beside = (name: string): string => join(dirname(file), name);
  const files = [
    'tokens.json.tmp',
    'tokens.json.1.tmp',
    'tokens.json.backup.tmp',
    // As other programs name what they are about to rename.
    `tokens.json.${ID}.tmp`,
    `tokens.json.axios-auth.${ID}.tmp.bak`,
    `tokens.json.old.axios-auth.${ID}.tmp`,
    'other.3.tmp',
  ].map(beside);
  const folders = ['tokens.json.d.tmp', `tokens.json.axios-auth.${OTHER_ID}.tmp`].map(beside);
  for (const folder of folders) mkdirSync(folder);
  files.push(...folders.map((folder) => join(folder, 'mine')));
  for (const path of files) writeFileSync(path, 'of somebody else');
  for (const path of [...files, ...folders]) utimesSync(path, 0, 0);
  const store = fileStore(file);
  await store.set(TOKENS);
  await store.lock!(() => Promise.resolve(), new AbortController().signal);
  await store.clear();
  expect(files.filter((path) => !existsSync(path))).toEqual([]);
});

test.each([
  ['', 'path must be the path of a file'],
  ['~/tokens.json', 'homedir()'],
])('the path %p is refused at once', (path, why) => {
  expect(() => fileStore(path)).toThrow(TypeError);
  expect(() => fileStore(path)).toThrow(why);
});

// No timer can be longer: it would fire at once, with a warning of the process (G35).
test.each([0, -1, NaN, Infinity, 2 ** 31])('a lease of %p ms is refused at once', (lease) => {
  expect(() => fileStore('tokens.json', { lease })).toThrow('lease must be');
});

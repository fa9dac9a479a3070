import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

jest.setTimeout(600_000);

const root = resolve(__dirname, '../..');
/** What takes no part in the build and in the tarball, or is made by them. */
const LEFT_OUT = ['.git', 'node_modules', 'dist', 'coverage', 'test', 'examples', 'bench', 'api'];

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A copy of the checkout below another path, with other times and the modes of a strict umask. */
function copyCheckout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-'));
  folders.push(folder);
  const copy = join(folder, 'in/a/deeper/folder');
  mkdirSync(copy, { recursive: true });
  const files = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const entries = execFileSync('git', files, { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path && !LEFT_OUT.includes(path.split('/')[0] ?? ''))
    .filter((path) => existsSync(join(root, path)));
  const longAgo = new Date('2001-02-03');
  for (const path of entries) {
    cpSync(join(root, path), join(copy, path));
    chmodSync(join(copy, path), 0o600);
    utimesSync(join(copy, path), longAgo, longAgo);
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Packs it as somebody else would: in another time zone, another language, under another umask. */
function packElsewhere(checkout: string): string {
  const target = mkdtempSync(join(tmpdir(), 'packed-elsewhere-'));
  folders.push(target);
  const command = `umask 077 && npm pack --silent --pack-destination '${target}'`;
  const env = { ...process.env, TZ: 'Pacific/Kiritimati', LC_ALL: 'C', LANG: 'C' };
  execFileSync('sh', ['-c', command], { cwd: checkout, env, stdio: 'pipe' });
  const [tarball = ''] = readdirSync(target);
  return join(target, tarball);
}

const listOf = (tarball: string): string[] =>
  execFileSync('tar', ['-tvzf', tarball], { encoding: 'utf8' }).trim().split('\n');

const hashOf = (path: string): string =>
  createHash('sha512').update(readFileSync(path)).digest('base64');

test('two checkouts of one commit give the same tarball, byte for byte', () => {
  const here = process.env.PACKED_TARBALL ?? '';
  const elsewhere = packElsewhere(copyCheckout());
  // The list says more than two hashes do.
  expect(listOf(elsewhere)).toEqual(listOf(here));
  expect(hashOf(elsewhere)).toBe(hashOf(here));
});

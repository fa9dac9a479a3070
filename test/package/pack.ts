import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(__dirname, '../..');

/** An empty folder into which the packed tarball was installed, beside the real axios. */
export interface Consumer {
  folder: string;
  /** What the tarball holds, relative to the package. */
  files: string[];
  /** Runs a command there; its standard output. Throws with its output when it fails. */
  run(command: string, ...parameters: string[]): string;
  /** The same without blocking: for a program that talks to a server of this process. */
  start(command: string, ...parameters: string[]): Promise<string>;
  remove(): void;
}

export function installPacked(): Consumer {
  const folder = mkdtempSync(join(tmpdir(), 'consumer-'));
  const run = (command: string, ...parameters: string[]): string =>
    execFileSync(command, parameters, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: root,
    stdio: 'pipe',
  });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new Error('npm pack made no tarball');

  const installed = join(folder, 'node_modules', 'axios-auth-interceptors');
  mkdirSync(installed, { recursive: true });
  run('tar', '-xzf', tarball, '--strip-components=1', '-C', installed);
  // The neighbours are linked where npm put them, so that they find what they depend on.
  const neighbours = [
    'axios',
    'axios-retry',
    'axios-cache-interceptor',
    'react',
    'react-dom',
    '@types',
  ];
  for (const name of neighbours) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  const files = run('tar', '-tzf', tarball)
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''))
    .sort();
  const start = async (command: string, ...parameters: string[]): Promise<string> =>
    (await promisify(execFile)(command, parameters, { cwd: folder })).stdout;
  return {
    folder,
    files,
    run,
    start,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

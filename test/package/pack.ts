import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(__dirname, '../..');

/** A folder outside of the repository into which the packed tarball was installed. */
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

/** An empty folder with the package, beside the real axios and the other packages of the repository. */
export function installPacked(): Consumer {
  const consumer = unpackInto(mkdtempSync(join(tmpdir(), 'consumer-')));
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
    const link = join(consumer.folder, 'node_modules', name);
    symlinkSync(join(root, 'node_modules', name), link);
  }
  return consumer;
}

/** A copy of the project in a folder beside this file, with what its lock file names, and the package. */
export async function installProject(name: string): Promise<Consumer> {
  const folder = mkdtempSync(join(tmpdir(), `consumer-${name}-`));
  cpSync(join(__dirname, name), folder, { recursive: true });
  // Without their scripts: none of these packages needs one, and none is to run one here.
  const parameters = ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await promisify(execFile)('npm', parameters, { cwd: folder });
  return unpackInto(folder);
}

function unpackInto(folder: string): Consumer {
  const tarball = process.env.PACKED_TARBALL;
  if (!tarball) throw new Error('No tarball: run this with jest.package.config.ts');
  const run = (command: string, ...parameters: string[]): string =>
    execFileSync(command, parameters, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  const start = async (command: string, ...parameters: string[]): Promise<string> =>
    (await promisify(execFile)(command, parameters, { cwd: folder })).stdout;
  const installed = join(folder, 'node_modules', 'axios-auth-interceptors');
  mkdirSync(installed, { recursive: true });
  run('tar', '-xzf', tarball, '--strip-components=1', '-C', installed);
  const files = run('tar', '-tzf', tarball)
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''))
    .sort();
  return {
    folder,
    files,
    run,
    start,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

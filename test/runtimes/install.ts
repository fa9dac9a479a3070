import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const modules = join(__dirname, 'node_modules');
const installed = join(modules, '.installed');

/**
 * Installs the runtimes that package-lock.json names, unless they are there. No install script runs: the
 * packages of a platform bring the binaries themselves.
 */
export async function installRuntimes(): Promise<void> {
  const lock = readFileSync(join(__dirname, 'package-lock.json'), 'utf8');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return;
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await promisify(execFile)('npm', ['ci', ...flags], { cwd: __dirname });
  writeFileSync(installed, lock);
}

/** A file of an installed package. */
export const installedFile = (path: string): string => join(modules, path);

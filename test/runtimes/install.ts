import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Installs what the package-lock.json of a folder names, unless it is there. No install script runs: the
 * packages of a platform bring the binaries themselves.
 */
export async function installIn(folder: string): Promise<void> {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  const installed = join(folder, 'node_modules', '.installed');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return;
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await promisify(execFile)('npm', ['ci', ...flags], { cwd: folder });
  writeFileSync(installed, lock);
}

export const installRuntimes = (): Promise<void> => installIn(__dirname);

/** A file of an installed package. */
export const installedFile = (path: string): string => join(__dirname, 'node_modules', path);

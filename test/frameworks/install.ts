import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Where the libraries are that the page is about. */
export const libraries = join(__dirname, 'node_modules');

/** Installs them, unless that was done since the lock file has changed. */
export function installLibraries(): void {
  const installed = join(libraries, '.package-lock.json');
  const wanted = join(__dirname, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  execFileSync('npm', ['ci', ...flags], { cwd: __dirname, stdio: 'pipe' });
}

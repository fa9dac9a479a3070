import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const modules = join(__dirname, 'node_modules');
const installed = join(modules, '.installed');

/** Installs the libraries that package-lock.json names, unless they are there. Both are ESM only. */
export async function installClients(): Promise<void> {
  const lock = readFileSync(join(__dirname, 'package-lock.json'), 'utf8');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return;
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await promisify(execFile)('npm', ['ci', ...flags], { cwd: __dirname });
  writeFileSync(installed, lock);
}

/** Where one of the two has its types. */
export const clientTypes = (name: string): string => join(modules, name, 'build/index.d.ts');

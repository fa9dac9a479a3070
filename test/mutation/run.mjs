import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Installs Stryker, unless that was done since the lock file has changed, and starts it in the root. */
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const installed = path('node_modules/.package-lock.json');
const wanted = path('package-lock.json');
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(wanted).mtimeMs) {
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  execFileSync('npm', ['ci', ...flags], { cwd: path('.'), stdio: 'inherit' });
}

const stryker = path('node_modules/@stryker-mutator/core/bin/stryker.js');
const args = [stryker, 'run', path('stryker.config.mjs'), ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { cwd: path('../..'), stdio: 'inherit' });
process.exitCode = status ?? 1;

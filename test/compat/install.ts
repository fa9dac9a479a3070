import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const modules = join(__dirname, 'node_modules');
const installed = join(modules, '.installed');

/** Installs the versions that package-lock.json names, unless they are there. */
export async function installVersions(): Promise<void> {
  const lock = readFileSync(join(__dirname, 'package-lock.json'), 'utf8');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return;
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await promisify(execFile)('npm', ['ci', ...flags], { cwd: __dirname });
  writeFileSync(installed, lock);
}

/** The folder of a package that is installed under another name, such as `axios-1.9`. */
export const folderOf = (alias: string): string => join(modules, alias);

/** The folder of a package that another one of them depends on. */
export function dependencyOf(alias: string, name: string): string {
  const resolve = createRequire(join(folderOf(alias), 'package.json'));
  return dirname(resolve.resolve(`${name}/package.json`));
}

/** One version of a peer dependency, such as `redis` in the version 4.7.1. */
export interface Peer {
  name: string;
  version: string;
  /** The name under which it is installed, such as `redis-4`. */
  alias: string;
}

interface Manifest {
  dependencies: Record<string, string>;
}

/** The versions of a peer that package.json names, in the order of their numbers. */
export function versionsOf(name: string): Peer[] {
  const text = readFileSync(join(__dirname, 'package.json'), 'utf8');
  const { dependencies } = JSON.parse(text) as Manifest;
  const prefix = `npm:${name}@`;
  return Object.entries(dependencies)
    .filter(([, wanted]) => wanted.startsWith(prefix))
    .map(([alias, wanted]) => ({ name, alias, version: wanted.slice(prefix.length) }))
    .sort((one, other) => one.version.localeCompare(other.version, 'en', { numeric: true }));
}

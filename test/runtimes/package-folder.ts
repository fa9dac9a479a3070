import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(__dirname, '../..');
const esbuild = join(root, 'node_modules/esbuild/bin/esbuild');
const tsdown = join(root, 'node_modules/tsdown/dist/run.mjs');

/** The bundles, and what the bundler of such a platform is told. */
const BUNDLES = {
  page: ['page.mjs', '--format=iife', '--platform=browser'],
  workerd: ['workerd.mjs', '--format=esm', '--platform=browser', '--conditions=workerd,worker'],
  edge: ['in-context.mjs', '--format=iife', '--platform=browser', '--conditions=edge-light,worker'],
  // For Metro, which bundles it with axios and the package.
  'in-context': ['in-context.mjs', '--format=esm', '--packages=external'],
} as const;

/** A folder with the built package beside axios, the scenario, and the bundles of both. */
export interface PackageFolder {
  path: string;
  file(name: string): string;
  remove(): void;
}

/** Builds into a folder of its own: another suite may be packing dist/ meanwhile. */
export async function buildPackageFolder(): Promise<PackageFolder> {
  const path = mkdtempSync(join(tmpdir(), 'runtimes-'));
  const file = (name: string): string => join(path, name);
  const installed = file('node_modules/axios-auth-interceptors');
  mkdirSync(installed, { recursive: true });
  copyFileSync(join(root, 'package.json'), join(installed, 'package.json'));
  // Metro follows one link, but not a link within a path.
  symlinkSync(realpathSync(join(root, 'node_modules/axios')), file('node_modules/axios'));
  const dist = join(installed, 'dist');
  await run('node', [tsdown, '--out-dir', dist, '--no-dts', '--logLevel', 'silent'], { cwd: root });

  const hosts = join(__dirname, 'hosts');
  for (const host of readdirSync(hosts)) copyFileSync(join(hosts, host), file(host));
  const scenario = join(__dirname, 'scenario.ts');
  await bundle(path, [scenario, '--format=esm', '--target=es2022'], 'scenario.mjs');
  await Promise.all(
    Object.entries(BUNDLES).map(([name, [host, ...flags]]) =>
      bundle(path, [file(host), '--target=es2022', ...flags], `${name}.js`),
    ),
  );
  return {
    path,
    file,
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

async function bundle(folder: string, flags: readonly string[], name: string): Promise<void> {
  const output = `--outfile=${join(folder, name)}`;
  await run(esbuild, [...flags, '--bundle', '--log-level=error', output], { cwd: folder });
}

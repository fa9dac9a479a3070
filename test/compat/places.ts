import { execFile, fork } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build as bundle } from 'esbuild';
import type { Found } from './tell';

const root = resolve(__dirname, '../..');
const tsdown = join(root, 'node_modules/tsdown/dist/run.mjs');
const name = 'axios-auth-interceptors';

/** The two files of each entry, and how a program loads them. */
export const BUILDS = { ESM: 'mjs', CommonJS: 'cjs' } as const;

export type Build = keyof typeof BUILDS;

/** A process that does not end within this time has failed. */
const PATIENCE = 120_000;

/** The built package, and the programs that try it. */
export interface Workshop {
  /** Runs a program beside these packages: name → folder. Those to copy look for their peers beside them. */
  run(program: Program, build: Build, packages: Packages, given: object): Promise<Found>;
  remove(): void;
}

export type Program = 'axios' | 'ioredis' | 'react' | 'redis';

export interface Packages {
  linked?: Record<string, string>;
  copied?: Record<string, string>;
}

/** Builds into a folder of its own: another suite may be packing dist/ meanwhile. */
export async function openWorkshop(): Promise<Workshop> {
  const path = mkdtempSync(join(tmpdir(), 'compat-'));
  const built = join(path, name);
  mkdirSync(built);
  copyFileSync(join(root, 'package.json'), join(built, 'package.json'));
  const flags = ['--out-dir', join(built, 'dist'), '--no-dts', '--logLevel', 'silent'];
  const compiled = promisify(execFile)('node', [tsdown, ...flags], { cwd: root });
  await Promise.all([compiled, ...bundleHosts(path)]);
  let count = 0;

  async function run(
    program: Program,
    build: Build,
    { linked = {}, copied = {} }: Packages,
    given: object,
  ): Promise<Found> {
    const place = join(path, String(count++));
    const modules = join(place, 'node_modules');
    mkdirSync(modules, { recursive: true });
    // A copy, as a link would have it look for its peers where it lies in truth.
    for (const [as, from] of Object.entries({ ...copied, [name]: built })) {
      cpSync(from, join(modules, as), { recursive: true });
    }
    for (const [as, from] of Object.entries(linked)) symlinkSync(from, join(modules, as));
    const file = `${program}.${BUILDS[build]}`;
    copyFileSync(join(path, file), join(place, file));
    return follow(join(place, file), given);
  }

  return { run, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The programs in both formats; whatever is a package is resolved when they run. */
const bundleHosts = (path: string): Promise<unknown>[] =>
  (['axios', 'ioredis', 'react', 'redis'] as const).flatMap((program) =>
    Object.values(BUILDS).map((extension) =>
      bundle({
        entryPoints: [join(__dirname, 'hosts', `${program}.mjs`)],
        outfile: join(path, `${program}.${extension}`),
        format: extension === 'mjs' ? 'esm' : 'cjs',
        bundle: true,
        platform: 'node',
        packages: 'external',
        target: 'es2022',
        logLevel: 'error',
      }),
    ),
  );

/** Waits until the process has ended by itself; leaves none behind. */
async function follow(file: string, given: object): Promise<Found> {
  const child = fork(file, [JSON.stringify(given)], { stdio: 'pipe', execArgv: [] });
  let found: Found | undefined;
  let printed = '';
  child.once('message', (message) => (found = message as Found));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  if (code === 0 && found && printed === '') return found;
  const state = found ? 'has reported' : 'has not reported';
  throw new Error(`The process ${state}, ended with ${String(code)}, and printed:\n${printed}`);
}

import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../server/client';
import { onCleanUp } from '../support/clean-up';

const root = resolve(__dirname, '../..');

/** A folder with copies of the examples, each with what it depends on and the packed tarball. */
export interface Installed {
  folderOf(example: string): string;
  remove(): void;
}

export async function installExamples(names: readonly string[]): Promise<Installed> {
  const folder = mkdtempSync(join(tmpdir(), 'examples-'));
  const flags = ['pack', '--silent', '--pack-destination', folder];
  execFileSync('npm', flags, { cwd: root, stdio: 'pipe' });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new Error('npm pack made no tarball');
  await Promise.all(names.map((name) => install(name, folder, join(folder, tarball))));
  return {
    folderOf: (example) => join(folder, example),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function install(name: string, folder: string, tarball: string): Promise<void> {
  const cwd = join(folder, name);
  const isOwn = (path: string): boolean => !/node_modules|\.next|dist/.test(path);
  cpSync(join(root, 'examples', name), cwd, { recursive: true, filter: isOwn });
  await run(cwd, 'npm', 'ci', '--prefer-offline', '--no-audit', '--no-fund', '--silent');
  const target = join(cwd, 'node_modules/axios-auth-interceptors');
  mkdirSync(target);
  await run(cwd, 'tar', '-xzf', tarball, '--strip-components=1', '-C', target);
}

const environment = (more: Record<string, string> = {}): NodeJS.ProcessEnv => {
  const { NODE_ENV: _, ...inherited } = process.env;
  return { ...inherited, NEXT_TELEMETRY_DISABLED: '1', ...more };
};

/** Rejects with the output of a command that fails. */
export async function run(cwd: string, command: string, ...flags: string[]): Promise<void> {
  try {
    await promisify(execFile)(command, flags, { cwd, env: environment() });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${flags.join(' ')} failed:\n${stdout}\n${stderr}`);
  }
}

/** A running example; the clean-up of the test ends it. */
export interface Running {
  output(): string;
  write(line: string): void;
  /** Ends its input or, with a signal, itself; resolves with its exit code when it has ended. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export function start(cwd: string, flags: readonly string[], env: Record<string, string>): Running {
  const child = spawn(process.execPath, flags, { cwd, env: environment(env) });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => (output += text.toString()));
  }
  onCleanUp(() => {
    child.kill('SIGKILL');
    return exited;
  });
  return {
    output: () => output,
    write: (line) => child.stdin.write(`${line}\n`),
    async end(signal) {
      if (signal) child.kill(signal);
      else child.stdin.end();
      return (await exited)[0];
    },
  };
}

/** The port that an example prints, once it listens. */
export async function portOf({ output }: Running): Promise<number> {
  const pattern = /(?:listening on |localhost:|port: )(\d+)/;
  await until(() => pattern.test(output()));
  return Number(pattern.exec(output())?.[1]);
}

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { onCleanUp } from '../support/rig';
import type { Orders, WorkerSettings } from './worker';

const root = resolve(__dirname, '../..');

type Argument<D extends keyof Orders> = Parameters<Orders[D]>;
type Answer<D extends keyof Orders> = Awaited<ReturnType<Orders[D]>>;

/** A real process with a session of its own. */
export interface Worker {
  ask<D extends keyof Orders>(does: D, ...argument: Argument<D>): Promise<Answer<D>>;
  /** For `writeInLock`. */
  go(): void;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal. */
  ended: Promise<number | string>;
}

/** Starts as many processes; what the clean-up of the test still finds is killed. */
export async function startFleet(count: number, settings: WorkerSettings): Promise<Worker[]> {
  const script = compile();
  return Promise.all(Array.from({ length: count }, () => startWorker(script, settings)));
}

async function startWorker(script: string, settings: WorkerSettings): Promise<Worker> {
  const child = fork(script, [JSON.stringify(settings)], { execArgv: [] });
  onCleanUp(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  const pending = new Map<number, (answer: { result?: unknown; error?: string }) => void>();
  child.on('message', ({ id, ...answer }: { id: number }) => {
    pending.get(id)?.(answer);
    pending.delete(id);
  });
  await once(child, 'message');
  let orders = 0;
  return {
    ended,
    kill: (signal) => child.kill(signal),
    go: () => child.send({ does: 'go' }),
    ask: (does, argument?) => ask(child, pending, { id: ++orders, does, argument }),
  };
}

function ask<R>(
  child: ChildProcess,
  pending: Map<number, (answer: { result?: unknown; error?: string }) => void>,
  order: { id: number; does: string; argument: unknown },
): Promise<R> {
  return new Promise((resolve, reject) => {
    pending.set(order.id, ({ result, error }) => {
      if (error === undefined) resolve(result as R);
      else reject(new Error(error));
    });
    child.send(order);
  });
}

/** Compiles what a worker needs, once, without a look at the types: many processes start fast. */
function compile(): string {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'redis-worker-'));
  onCleanUp(() => rmSync(folder, { recursive: true, force: true }));
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const files = [
    ...sources.filter((name) => name.endsWith('.ts')).map((name) => join('src', name)),
    ...['worker', 'clients'].map((name) => join('test', 'redis', `${name}.ts`)),
  ];
  for (const file of files) {
    const target = join(folder, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    const { outputText } = ts.transpileModule(readFileSync(join(root, file), 'utf8'), {
      compilerOptions: {
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2022,
        esModuleInterop: true,
      },
    });
    writeFileSync(target, outputText);
  }
  return join(folder, 'test', 'redis', 'worker.js');
}

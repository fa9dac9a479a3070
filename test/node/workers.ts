import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onCleanUp } from '../support/rig';
import type { Order } from './worker';

/** A process of its own, with one session over a file. */
export interface Worker {
  child: ChildProcess;
  ask<R>(order: Order): Promise<R>;
  /** Ends it like a power cut would. */
  kill(): Promise<void>;
}

/** An empty folder, removed by `cleanUp`. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'file-store-'));
  onCleanUp(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Bundles a script once, so that each process starts fast. The name is relative to this folder. */
export function bundleScript(name: string, ...more: string[]): string {
  const script = join(createFolder(), `${basename(name)}.cjs`);
  const esbuild = require.resolve('esbuild/bin/esbuild');
  const flags = ['--bundle', '--platform=node', '--target=node20', '--log-level=error', ...more];
  execFileSync(esbuild, [join(__dirname, `${name}.ts`), ...flags, `--outfile=${script}`]);
  return script;
}

export async function startWorkers(
  count: number,
  setup: Omit<Order & { do: 'start' }, 'do'>,
): Promise<Worker[]> {
  const script = bundleScript('worker');
  const workers = Array.from({ length: count }, () => createWorker(fork(script)));
  await Promise.all(workers.map((worker) => worker.ask({ do: 'start', ...setup })));
  return workers;
}

function createWorker(child: ChildProcess): Worker {
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  onCleanUp(kill);
  return {
    child,
    async ask<R>(order: Order) {
      const answered = once(child, 'message');
      child.send(order);
      const [message] = (await answered) as [{ answer: R }];
      return message.answer;
    },
    kill,
  };
}

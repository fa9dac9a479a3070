import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Order, Orders } from './child';
import type { Batch } from './protocol';

/** A process that takes orders, and whose output is kept. */
export interface Child<O extends Orders> {
  ask<D extends keyof O & string>(
    does: D,
    ...argument: Parameters<O[D]>
  ): Promise<Awaited<ReturnType<O[D]>>>;
  /** What it has printed. */
  output(): string;
  /** The exit code, or the signal. */
  ended: Promise<number | string>;
  kill(): Promise<void>;
  isAlive(): boolean;
}

type Message = { batch: Batch } | { ready: true } | ({ order: number } & Result);
interface Result {
  result?: unknown;
  error?: string;
}

export async function startChild<O extends Orders>(
  script: string,
  settings: object,
  report: (batch: Batch) => void,
  execArgv: string[] = [],
): Promise<Child<O>> {
  const child = fork(script, [JSON.stringify(settings)], { execArgv, silent: true });
  let output = '';
  child.stdout?.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (output += text.toString()));
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  void ended.then((how) => {
    for (const { reject } of waiting.values())
      reject(new Error(`${script} ended: ${how}\n${output}`));
  });
  const ready = new Promise<void>((resolve, reject) => {
    void ended.then((how) => reject(new Error(`${script} did not start: ${how}\n${output}`)));
    child.on('message', (message: Message) => {
      if ('batch' in message) report(message.batch);
      else if ('ready' in message) resolve();
      else settle(waiting, message.order, message);
    });
  });
  await ready;
  let orders = 0;
  return {
    ended,
    output: () => output,
    isAlive: () => isAlive(child),
    ask: (does, ...[argument]) =>
      new Promise((resolve, reject) => {
        const order: Order = { order: ++orders, does, argument };
        waiting.set(order.order, { resolve, reject });
        child.send(order);
      }),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function settle(
  waiting: Map<number, { resolve(result: unknown): void; reject(error: Error): void }>,
  order: number,
  { result, error }: Result,
): void {
  const asked = waiting.get(order);
  waiting.delete(order);
  if (error === undefined) asked?.resolve(result);
  else asked?.reject(new Error(error));
}

const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null;

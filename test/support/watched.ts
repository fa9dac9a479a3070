import { runInThisContext } from 'node:vm';
import { onCleanUp } from './clean-up';

export interface Watch {
  /** Gives what is on its way the time to arrive, and everything that got out until then. */
  settled(): Promise<unknown[]>;
}

const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table'] as const;
const EVENTS = ['unhandledRejection', 'uncaughtException', 'warning'] as const;

/** The one that rejections are reported to; `process` is a copy within a test. */
export const realProcess = runInThisContext('process') as NodeJS.Process;

/** Watches the process and the console, in place of everybody else, until `cleanUp`. */
export function watchProcess(): Watch {
  const noticed: unknown[] = [];
  for (const method of METHODS) {
    const spy = jest.spyOn(console, method).mockImplementation((...line: unknown[]) => {
      noticed.push({ console: method, line });
    });
    onCleanUp(() => {
      spy.mockRestore();
    });
  }
  for (const event of EVENTS) watchEvent(event, noticed);
  return {
    async settled() {
      // A rejection is reported after the microtasks of the turn in which it arose.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      return noticed;
    },
  };
}

function watchEvent(event: (typeof EVENTS)[number], noticed: unknown[]): void {
  // Jest would end the test with its own report, before it can tell what it wanted.
  const others = realProcess.rawListeners(event) as (() => void)[];
  const listener = (what: unknown): void => {
    noticed.push({ event, what });
  };
  realProcess.removeAllListeners(event).on(event as 'uncaughtException', listener);
  onCleanUp(() => {
    realProcess.removeListener(event, listener);
    for (const other of others) realProcess.on(event as 'uncaughtException', other);
  });
}

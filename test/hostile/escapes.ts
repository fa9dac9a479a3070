import { realProcess } from '../support/watched';

const EVENTS = ['unhandledRejection', 'uncaughtException', 'warning'] as const;
const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table'] as const;

/**
 * Watches the process and the console for a whole file: what `watchProcess` does for one test would take most
 * of the time of a run.
 */
export function watchEscapes(): { take(): string[] } {
  const noticed: string[] = [];
  const restore: (() => void)[] = [];

  beforeAll(() => {
    for (const method of METHODS) {
      const original = console[method];
      console[method] = () => void noticed.push(`console.${method} was called`);
      restore.push(() => (console[method] = original));
    }
    for (const event of EVENTS) {
      const others = realProcess.rawListeners(event) as (() => void)[];
      const listener = (what: unknown): void => void noticed.push(`${event}: ${textOf(what)}`);
      realProcess.removeAllListeners(event).on(event as 'uncaughtException', listener);
      restore.push(() => {
        realProcess.removeListener(event, listener);
        for (const other of others) realProcess.on(event as 'uncaughtException', other);
      });
    }
  });

  afterAll(() => {
    for (const undo of restore.reverse()) undo();
  });

  return { take: () => noticed.splice(0) };
}

function textOf(what: unknown): string {
  try {
    return String((what as { stack?: unknown } | null)?.stack ?? what);
  } catch {
    return `a ${typeof what} that cannot be read`;
  }
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { unref } from '../util/time';

/** A lock that is held, or was until a moment ago, as the code inside sees it. */
export interface Hold {
  readonly number: number;
  /** Takes note of how a write has ended. */
  wrote(succeeded: boolean): void;
}

/**
 * Tells a write by the code that holds the lock from every other one, which is a sign-in or a
 * sign-out: both come to the same method, and may come at the same time. The code inside may also
 * write late, after the lock was given up: the answer to a refresh that took too long, or a write
 * that failed and is made again.
 */
export interface Holds {
  run<R>(number: number, critical: () => Promise<R>, signal: AbortSignal): Promise<R>;
  /** The lock under which the code that runs now was called. */
  current(): Hold | undefined;
}

/** No write comes later than this after its lock, in milliseconds. */
const LATEST = 300_000;

export function createHolds(): Holds {
  const storage = new AsyncLocalStorage<Hold>();
  const open = new Set<Hold>();

  function close(hold: Hold): void {
    open.delete(hold);
    // Up to Node 22, every promise costs more as long as any code is followed.
    if (open.size === 0) storage.disable();
  }

  return {
    async run(number, critical, signal) {
      let over = false;
      let last: boolean | undefined;
      const hold: Hold = {
        number,
        wrote(succeeded) {
          last = succeeded;
          if (over && succeeded) close(hold);
        },
      };
      open.add(hold);
      try {
        return await storage.run(hold, critical);
      } finally {
        over = true;
        const mayWriteLate = last === undefined ? signal.aborted : !last;
        if (mayWriteLate) unref(setTimeout(close, LATEST, hold));
        else close(hold);
      }
    },
    current() {
      const hold = storage.getStore();
      return hold && open.has(hold) ? hold : undefined;
    },
  };
}

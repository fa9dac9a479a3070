import { AsyncLocalStorage } from 'node:async_hooks';
import { unref } from '../util/time';

/** The lease under which some code was called; it may have ended a moment ago. */
export interface Lease {
  readonly fencingToken: number;
  /** Takes note of how a write has ended. */
  wrote(succeeded: boolean): void;
}

/**
 * Tells a write by the owner of the lock from every other one, which is a sign-in or a
 * sign-out: both come to the same method, and may come at the same time. The code inside may also
 * write late, after the lock was given up: the answer to a refresh that took too long, or a write
 * that failed and is made again.
 */
export interface Leases {
  run<R>(fencingToken: number, critical: () => Promise<R>, signal: AbortSignal): Promise<R>;
  /** The lease under which the code that runs now was called. */
  current(): Lease | undefined;
}

/** No write comes later than this after its lease, in milliseconds. */
export const LATEST = 300_000;

export function createLeases(): Leases {
  const storage = new AsyncLocalStorage<Lease>();
  const open = new Set<Lease>();

  function close(lease: Lease): void {
    open.delete(lease);
    // Up to Node 22, every promise costs more as long as any code is followed.
    if (open.size === 0) storage.disable();
  }

  return {
    async run(fencingToken, critical, signal) {
      let over = false;
      let last: boolean | undefined;
      const lease: Lease = {
        fencingToken,
        wrote(succeeded) {
          last = succeeded;
          if (over && succeeded) close(lease);
        },
      };
      open.add(lease);
      try {
        return await storage.run(lease, critical);
      } finally {
        over = true;
        const mayWriteLate = last === undefined ? signal.aborted : !last;
        if (mayWriteLate) unref(setTimeout(close, LATEST, lease));
        else close(lease);
      }
    },
    current() {
      const lease = storage.getStore();
      return lease && open.has(lease) ? lease : undefined;
    },
  };
}

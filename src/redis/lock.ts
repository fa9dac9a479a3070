import { deferred } from '../util/awaitable';
import { unref } from '../util/time';
import { announce, type Announcements } from './announcements';
import { ACQUIRE, HEARTBEAT, RELEASE } from './scripts';

/** Runs one of the scripts on the keys of the store. */
export type Run = (script: string, ...parameters: string[]) => Promise<unknown>;

/** What a lock is made of. */
export interface LockTools {
  run: Run;
  announcements: Announcements;
  leaseMs: number;
  /** For the scripts: the option `ttlMs`, or nothing. */
  ttl: string;
  /** The store, in announcements. */
  id: string;
  /**
   * Without an announcement, a waiter asks again after this many milliseconds, give or take a half: it
   * may have been lost, and the end of a lease is announced by nobody.
   */
  retryMs: number;
}

/**
 * Runs `critical` with a fencing token, alone among all processes: as far as one Redis can promise
 * that. An owner whose lease runs out (it was stopped, or cut off) does not know, and a failover may
 * lose the lock, as replicas lag behind. So the fencing token decides whether an owner may still
 * write, and two that renew at once are reconciled by the session: it reads the tokens again after the
 * refresh, and adopts the newer ones.
 */
export async function withLock<R>(
  tools: LockTools,
  critical: (fencingToken: number) => Promise<R>,
  signal: AbortSignal,
): Promise<R> {
  const { run, announcements, leaseMs, ttl, retryMs } = tools;
  const owner = crypto.randomUUID();
  const lease = String(leaseMs);

  /** A release that does not arrive is made good by the end of the lease. */
  const release = (): Promise<unknown> =>
    run(RELEASE, owner, announce('released', tools.id)).catch(() => undefined);

  async function attempt(): Promise<number> {
    try {
      const fencingToken = Number(await run(ACQUIRE, owner, lease, ttl));
      if (signal.aborted) void release();
      return fencingToken;
    } catch (error) {
      // Redis may have granted it all the same, and only the answer was lost.
      void release();
      throw error;
    }
  }

  async function acquire(): Promise<number> {
    let wait = deferred<undefined>();
    const wake = (): void => {
      wait.resolve(undefined);
    };
    const leave = announcements.listen({
      heard(news) {
        if (news === 'released') wake();
      },
      missed: wake,
    });
    const aborted = deferred<undefined>();
    const abort = (): void => {
      aborted.resolve(undefined);
    };
    signal.addEventListener('abort', abort);
    try {
      for (;;) {
        signal.throwIfAborted();
        // A release that is announced from here on is not missed.
        wait = deferred();
        const fencingToken = await Promise.race([attempt(), aborted.promise]);
        if (fencingToken) return fencingToken;
        const timer = setTimeout(wake, retryMs * (0.5 + Math.random()));
        await Promise.race([wait.promise, aborted.promise]);
        clearTimeout(timer);
      }
    } finally {
      signal.removeEventListener('abort', abort);
      leave();
    }
  }

  const fencingToken = await acquire();
  const heartbeat = setInterval(() => {
    run(HEARTBEAT, owner, lease, ttl).then(
      (kept) => {
        if (Number(kept) === 0) clearInterval(heartbeat);
      },
      // Redis is away for now: the next turn tries again.
      () => undefined,
    );
  }, leaseMs / 3);
  unref(heartbeat);
  try {
    signal.throwIfAborted();
    return await critical(fencingToken);
  } finally {
    clearInterval(heartbeat);
    await release();
  }
}

import { deferred, unref } from '../session/time';
import { announce, type Announcements } from './announcements';
import { ACQUIRE, PROLONG, RELEASE } from './scripts';

/** Runs one of the scripts on the keys of the store. */
export type Run = (script: string, ...parameters: string[]) => Promise<unknown>;

/** Without an announcement, a waiter looks again after this long, give or take a half. */
const LOOK_AGAIN = 1_000;

/** The end of a lease is announced by nobody; a lock without one (-1) was not set by this store. */
function untilNextLook(leaseLeft: number): number {
  const pause = LOOK_AGAIN * (0.5 + Math.random());
  return leaseLeft < 0 ? pause : Math.min(pause, leaseLeft + 1 + 50 * Math.random());
}

/**
 * Runs `critical` with the number of the lock, alone among all processes: as far as one Redis can
 * promise that. A holder whose lease runs out (it was stopped, or cut off) does not know, and a
 * failover may lose the lock, as replicas lag behind. So the number fences what a holder writes, and
 * two that renew at once are reconciled by the session: it reads the tokens again after the refresh,
 * and adopts the newer ones.
 */
export async function withLock<R>(
  tools: { run: Run; announcements: Announcements; leaseMs: number; id: string },
  critical: (number: number) => Promise<R>,
  signal: AbortSignal,
): Promise<R> {
  const { run, announcements, leaseMs } = tools;
  const owner = crypto.randomUUID();
  const lease = String(leaseMs);

  /** A release that does not arrive is made good by the end of the lease. */
  const release = (): Promise<unknown> =>
    run(RELEASE, owner, announce('released', tools.id)).catch(() => undefined);

  async function attempt(): Promise<[granted: number, value: number]> {
    try {
      const reply = (await run(ACQUIRE, owner, lease)) as [unknown, unknown];
      if (signal.aborted) void release();
      return [Number(reply[0]), Number(reply[1])];
    } catch (error) {
      // Redis may have granted it all the same, and only the answer was lost.
      void release();
      throw error;
    }
  }

  async function acquire(): Promise<number> {
    let bell = deferred<undefined>();
    const ring = (): void => {
      bell.resolve(undefined);
    };
    const leave = announcements.listen({
      heard(news) {
        if (news === 'released') ring();
      },
      missed: ring,
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
        bell = deferred();
        const reply = await Promise.race([attempt(), aborted.promise]);
        if (reply?.[0] === 1) return reply[1];
        const timer = setTimeout(ring, reply ? untilNextLook(reply[1]) : 0);
        await Promise.race([bell.promise, aborted.promise]);
        clearTimeout(timer);
      }
    } finally {
      signal.removeEventListener('abort', abort);
      leave();
    }
  }

  const number = await acquire();
  const prolonging = setInterval(() => {
    run(PROLONG, owner, lease).then(
      (kept) => {
        if (Number(kept) === 0) clearInterval(prolonging);
      },
      // Redis is away for now: the next turn tries again.
      () => undefined,
    );
  }, leaseMs / 3);
  unref(prolonging);
  try {
    signal.throwIfAborted();
    return await critical(number);
  } finally {
    clearInterval(prolonging);
    await release();
  }
}

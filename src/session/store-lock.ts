import type { TokenStore } from '../stores/store';
import { unref } from '../util/time';

/** How long to wait for the lock to be given back, in milliseconds. */
const RELEASE_TIMEOUT = 1_000;

/**
 * Runs `work` under the store's lock, once. A lock that is not granted within `patience` milliseconds,
 * that throws, or that never calls back does not stop the renewal: it goes on without the lock, and reads
 * the store before and after (G27, G28).
 *
 * @param work told whether it has the lock; must not reject
 * @param signal ends the wait for the lock; work that begins after that must see for itself that it is late
 * @returns resolves when the lock was given back, or nobody would wait for that any longer
 */
export function withStoreLock(
  store: TokenStore,
  work: (hasLock: boolean) => Promise<void>,
  patience: number,
  signal: AbortSignal,
  onFault: (fault: unknown) => void,
): Promise<void> {
  if (!store.lock) return work(false);
  return new Promise((resolve) => {
    let started: Promise<void> | undefined;
    const resolveSoon = (): void => {
      clearTimeout(timer);
      unref(setTimeout(resolve, RELEASE_TIMEOUT));
    };
    const start = (hasLock: boolean): Promise<void> => {
      clearTimeout(timer);
      started ??= work(hasLock);
      void started.then(resolveSoon);
      return started;
    };
    const timer = setTimeout(() => void start(false), patience);
    signal.addEventListener('abort', resolveSoon);
    // A lock that is granted after the work has begun without it has nothing left to guard.
    const critical = (): Promise<void> => (started ? Promise.resolve() : start(true));
    void (async () => {
      await store.lock?.(critical, signal);
    })()
      .catch((fault: unknown) => {
        if (!started && !signal.aborted) onFault(fault);
      })
      // Once more where it has not begun; else this waits for its end, also under a lock that is lost.
      .then(() => start(false))
      .then(resolve);
  });
}

import type { TokenStore } from '../stores/store';
import { unref } from '../util/timers';

/** How long to wait for the lock to be given back, in milliseconds. */
const RELEASE_PATIENCE = 1_000;

/**
 * Runs `work` under the store's lock, once. A lock that is not granted within `patience` ms, that
 * throws, or that never calls back does not stop the renewal: it goes on by the safe path, which
 * reads the store before and after (G27, G28).
 *
 * @param work must not reject
 * @returns resolves when the lock was given back, or nobody would wait for that any longer
 */
export function exclusively(
  store: TokenStore,
  work: (alone: boolean) => Promise<void>,
  patience: number,
  signal: AbortSignal,
  onFault: (fault: unknown) => void,
): Promise<void> {
  if (!store.lock) return work(false);
  return new Promise((resolve) => {
    let begun: Promise<void> | undefined;
    const leave = (): void => {
      clearTimeout(timer);
      unref(setTimeout(resolve, RELEASE_PATIENCE));
    };
    const begin = (alone: boolean): Promise<void> => {
      clearTimeout(timer);
      begun ??= work(alone);
      void begun.then(leave);
      return begun;
    };
    const timer = setTimeout(() => void begin(false), patience);
    signal.addEventListener('abort', leave);
    // A lock that comes after the work has begun without it has nothing left to guard.
    const critical = (): Promise<void> => (begun ? Promise.resolve() : begin(true));
    void Promise.resolve()
      .then(() => store.lock?.(critical, signal))
      .catch((fault: unknown) => {
        if (!begun && !signal.aborted) onFault(fault);
      })
      .then(() => {
        if (begun) resolve();
        else void begin(false).then(resolve);
      });
  });
}

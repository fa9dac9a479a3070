import type { TokenStore } from '../stores/store';

/**
 * Runs `work` under the store's lock, once. A lock that is not granted within `patience` ms, that
 * throws, or that never calls back does not stop the renewal: it goes on by the safe path, which
 * reads the store before and after (G27, G28).
 */
export function exclusively(
  store: TokenStore,
  work: () => Promise<void>,
  patience: number,
  signal: AbortSignal,
  onFault: (fault: unknown) => void,
): Promise<void> {
  if (!store.lock) return work();
  return new Promise((resolve, reject) => {
    let begun: Promise<void> | undefined;
    const begin = (): Promise<void> => {
      clearTimeout(timer);
      begun ??= work();
      begun.then(resolve, reject);
      return begun;
    };
    const timer = setTimeout(() => void begin().catch(() => undefined), patience);
    // A lock that comes after the work has begun without it has nothing left to guard.
    const critical = (): Promise<void> => (begun ? Promise.resolve() : begin());
    Promise.resolve()
      .then(() => store.lock?.(critical, signal))
      .catch((fault: unknown) => {
        if (!begun) onFault(fault);
      })
      .finally(() => {
        if (!begun) void begin().catch(() => undefined);
      });
  });
}

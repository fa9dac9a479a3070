import type { Awaitable } from './awaitable';

type Timer = ReturnType<typeof setTimeout>;

/** Settles as `work` does, or rejects after `ms` milliseconds: a store may hang, a session may not. */
export function settleWithin<R>(ms: number, work: () => Awaitable<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${ms} ms`));
    }, ms);
    Promise.resolve()
      .then(work)
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
      });
  });
}

/** True after `ms` milliseconds, false as soon as the signal aborts; leaves nothing behind. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve(!signal.aborted);
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}

/** Resolves when the signal aborts, or at once where it has. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
    if (signal.aborted) resolve();
  });
}

/** Lets a process end although the timer is still to come; browsers have no such thing. */
export function unref(timer: Timer): Timer {
  if (typeof timer === 'object') timer.unref();
  return timer;
}

export interface Deferred<R> {
  promise: Promise<R>;
  resolve(value: R): void;
  reject(reason: Error): void;
}

export function deferred<R>(): Deferred<R> {
  const parts = {} as Deferred<R>;
  parts.promise = new Promise<R>((resolve, reject) => {
    parts.resolve = resolve;
    parts.reject = reject;
  });
  return parts;
}

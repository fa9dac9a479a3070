import type { Awaitable } from './awaitable';

/** Milliseconds by a clock that nobody can set, where the platform has one. */
export const steadyNow = (): number => (globalThis as Clock).performance?.now() ?? Date.now();

interface Clock {
  performance?: { now(): number };
}

export type Timer = ReturnType<typeof setTimeout>;

/** Settles as `work` does, or rejects after `ms` milliseconds. */
export function settleWithin<R>(ms: number, work: () => Awaitable<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => {
        reject(new Error(`no answer within ${Math.round(ms)} ms`));
      },
      Math.max(0, ms),
    );
    void (async () => work())()
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
      });
  });
}

/** True after `ms` milliseconds (never for Infinity), false as soon as the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve(!signal.aborted);
    };
    const timer = ms === Infinity ? undefined : setTimeout(done, Math.max(0, ms));
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}

/** Lets a process end although the timer has not fired yet; browsers have no `unref`. */
export function unref(timer: Timer): Timer {
  if (typeof timer === 'object') timer.unref();
  return timer;
}

/** Undoes `unref`: the process waits for the timer again. */
export function ref(timer: Timer): void {
  if (typeof timer === 'object') timer.ref();
}

/** Milliseconds: timers of a longer time fire at once. */
export const MAX_TIMER = 2_147_483_647;

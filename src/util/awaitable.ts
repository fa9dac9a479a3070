import { isRecord } from './values';

/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

export const isThenable = <R>(value: Awaitable<R>): value is PromiseLike<R> =>
  isRecord(value) && typeof value.then === 'function';

/** Continues at once where the value is there already, so that a synchronous store stays synchronous. */
export const chain = <R, S>(value: Awaitable<R>, next: (value: R) => Awaitable<S>): Awaitable<S> =>
  isThenable(value) ? value.then(next) : next(value);

/** User code may give back a promise that nobody waits for: its rejection must not be unhandled. */
export function ignoreRejection(answer: unknown): void {
  void Promise.resolve()
    .then(() => answer)
    .then(nothing, nothing);
}

/** What a foreign promise gives is not handed on: a `then` of its own would be read once more, and may throw. */
export const nothing = (): undefined => undefined;

export interface Deferred<R> {
  readonly promise: Promise<R>;
  resolve(value: R): void;
  reject(reason: Error): void;
}

/** A promise that is settled from outside. Its rejection is never reported as unhandled. */
export function deferred<R>(): Deferred<R> {
  const parts = {} as { -readonly [K in keyof Deferred<R>]: Deferred<R>[K] };
  parts.promise = new Promise<R>((resolve, reject) => {
    parts.resolve = resolve;
    parts.reject = reject;
  });
  parts.promise.catch(nothing);
  return parts;
}

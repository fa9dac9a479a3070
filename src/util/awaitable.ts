import { isRecord } from '../tokens';

/** What may be there already, or come later. */
export type Awaitable<T> = T | PromiseLike<T>;

export function isThenable<R>(value: Awaitable<R>): value is PromiseLike<R> {
  return isRecord(value) && typeof value.then === 'function';
}

/** What user code gives back may be a promise that nobody waits for, and may reject. */
export function swallow(answer: unknown): void {
  Promise.resolve(answer).catch(() => undefined);
}

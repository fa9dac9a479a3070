import { AxiosError, CanceledError } from 'axios';
import type { InternalAxiosRequestConfig } from 'axios';
import { MAX_TIMER } from '../util/time';

/** Rejects as axios does when the request was cancelled meanwhile (G20). */
export function throwIfCancelled(config: InternalAxiosRequestConfig): void {
  config.cancelToken?.throwIfRequested();
  if (config.signal?.aborted) throw new CanceledError(undefined, config);
}

/**
 * Waits for the session on behalf of one request: its `signal`, `cancelToken` and `timeout` end the wait
 * at once, and only its own (G20).
 */
export function waitFor<R>(
  promise: PromiseLike<R>,
  config: InternalAxiosRequestConfig,
): PromiseLike<R> {
  const { signal, cancelToken, timeout } = config;
  const isTimeout = Number(timeout) > 0 && Number(timeout) <= MAX_TIMER;
  // One more `then`, as below: held requests with and without a signal leave in the order of arrival (G6).
  if (!signal && !cancelToken && !isTimeout) return promise.then();
  return new Promise<R>((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener?.('abort', onAbort);
      (cancelToken as CancelSource | undefined)?.unsubscribe(fail);
    };
    const fail = (error: Error): void => {
      leave();
      reject(error);
    };
    const onAbort = (): void => {
      fail(new CanceledError(undefined, config));
    };
    const timer = isTimeout
      ? setTimeout(() => {
          fail(timedOut(config));
        }, Number(timeout))
      : undefined;
    signal?.addEventListener?.('abort', onAbort);
    (cancelToken as CancelSource | undefined)?.subscribe(fail);
    if (signal?.aborted) onAbort();
    promise.then((value) => {
      leave();
      resolve(value);
    }, fail);
  });
}

/** `subscribe` and `unsubscribe` are public in axios, and missing from its types. */
interface CancelSource {
  subscribe(listener: (reason: Error) => void): void;
  unsubscribe(listener: (reason: Error) => void): void;
}

/** The same error as the adapters give. */
function timedOut(config: InternalAxiosRequestConfig): AxiosError {
  const { timeout, timeoutErrorMessage, transitional } = config;
  return new AxiosError(
    timeoutErrorMessage ?? `timeout of ${timeout ?? 0}ms exceeded`,
    transitional?.clarifyTimeoutError ? AxiosError.ETIMEDOUT : AxiosError.ECONNABORTED,
    config,
  );
}

import axios from 'axios';
import type { AxiosRequestConfig } from 'axios';

/** One of the two ways to abort a request in axios. */
export interface Abort {
  config: AxiosRequestConfig;
  abort(): void;
}

export type AbortKind = 'signal' | 'cancelToken';

export const abortKinds: AbortKind[] = ['signal', 'cancelToken'];

export function abortBy(kind: AbortKind): Abort {
  if (kind === 'cancelToken') {
    const { token, cancel } = axios.CancelToken.source();
    return { config: { cancelToken: token }, abort: () => cancel() };
  }
  const controller = new AbortController();
  return {
    config: { signal: controller.signal },
    abort() {
      controller.abort();
    },
  };
}

/** Passes when the promise is rejected as axios rejects what was aborted. */
export async function expectCanceled(promise: Promise<unknown>): Promise<void> {
  const error: unknown = await promise.then(
    () => 'it was fulfilled',
    (fault: unknown) => fault,
  );
  expect(error).toMatchObject({ name: 'CanceledError', code: 'ERR_CANCELED' });
  expect(axios.isCancel(error)).toBe(true);
}

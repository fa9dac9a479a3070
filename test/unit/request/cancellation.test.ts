import axios, { AxiosHeaders, CanceledError } from 'axios';
import type { InternalAxiosRequestConfig } from 'axios';
import { MAX_TIMER } from '../../../src/util/time';
import { throwIfCancelled, waitFor } from '../../../src/request/cancellation';

const config = (fields: Partial<InternalAxiosRequestConfig> = {}): InternalAxiosRequestConfig => ({
  headers: new AxiosHeaders(),
  ...fields,
});
const never = new Promise<never>(() => undefined);
const aborted = AbortSignal.abort();

describe('waiting on behalf of one request', () => {
  it('G20: a signal that was aborted before ends the wait at once', async () => {
    await expect(waitFor(never, config({ signal: aborted }))).rejects.toBeInstanceOf(CanceledError);
  });

  it('G20: a signal that aborts ends the wait', async () => {
    const controller = new AbortController();
    const waiting = waitFor(never, config({ signal: controller.signal }));
    controller.abort();
    await expect(waiting).rejects.toBeInstanceOf(CanceledError);
  });

  it('G20: a cancel token ends the wait with its own reason', async () => {
    const { token, cancel } = axios.CancelToken.source();
    const waiting = waitFor(never, config({ cancelToken: token }));
    cancel('enough');
    await expect(waiting).rejects.toBe(token.reason);
  });

  it('G20: a signal of the bare kind, which has no listeners, is looked at', async () => {
    await expect(waitFor(Promise.resolve(1), config({ signal: { aborted: false } }))).resolves.toBe(
      1,
    );
    await expect(waitFor(never, config({ signal: { aborted: true } }))).rejects.toThrow('canceled');
  });

  it('G20: nothing is left behind on a signal once the wait is over', async () => {
    const { signal } = new AbortController();
    const add = jest.spyOn(signal, 'addEventListener');
    const remove = jest.spyOn(signal, 'removeEventListener');
    await waitFor(Promise.resolve(1), config({ signal, timeout: 60_000 }));
    expect(remove.mock.calls).toEqual(add.mock.calls);
  });

  it('G20: what the wait ends with is handed on', async () => {
    await expect(waitFor(Promise.resolve(1), config({ timeout: 60_000 }))).resolves.toBe(1);
    await expect(waitFor(Promise.resolve(1), config())).resolves.toBe(1);
  });

  it('G20: what the wait fails with is handed on', async () => {
    const fault = new Error('no');
    await expect(waitFor(Promise.reject(fault), config({ timeout: 60_000 }))).rejects.toBe(fault);
    await expect(waitFor(Promise.reject(fault), config())).rejects.toBe(fault);
  });

  it('G20: a timeout ends the wait with the error of axios', async () => {
    const timeout = 5;
    await expect(waitFor(never, config({ timeout }))).rejects.toMatchObject({
      code: 'ECONNABORTED',
      message: 'timeout of 5ms exceeded',
    });
    const transitional = { clarifyTimeoutError: true };
    const timeoutErrorMessage = 'too slow';
    const own = config({ timeout, transitional, timeoutErrorMessage });
    await expect(waitFor(never, own)).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: 'too slow',
      config: own,
    });
  });

  it('G20: a cancel token is left as it was once the wait is over', async () => {
    const { token } = axios.CancelToken.source();
    const unsubscribe = jest.spyOn(token as never, 'unsubscribe');
    await waitFor(Promise.resolve(1), config({ cancelToken: token }));
    expect(unsubscribe).toHaveBeenCalledTimes(1);
  });

  describe('and its timer', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it.each<[unknown, number]>([
      [undefined, 0],
      [0, 0],
      [-1, 0],
      ['soon', 0],
      [1, 1],
      ['1', 1],
      [MAX_TIMER, 1],
      [MAX_TIMER + 1, 0],
    ])('G20: for a timeout of %j there are %i of them', (timeout, timers) => {
      const { signal } = new AbortController();
      void waitFor(never, config({ signal, timeout: timeout as number }));
      expect(jest.getTimerCount()).toBe(timers);
    });

    it('G20: which is gone when the wait is over, in whatever way', async () => {
      const controller = new AbortController();
      const { token, cancel } = axios.CancelToken.source();
      const given = { timeout: 60_000, signal: controller.signal, cancelToken: token };
      await waitFor(Promise.resolve(1), config(given));
      expect(jest.getTimerCount()).toBe(0);
      await waitFor(Promise.reject(new Error('no')), config(given)).then(undefined, () => 0);
      expect(jest.getTimerCount()).toBe(0);
      const waits = [
        waitFor(never, config(given)),
        waitFor(never, config({ timeout: 60_000, signal: aborted })),
      ];
      controller.abort();
      cancel();
      for (const wait of waits) await expect(wait).rejects.toBeInstanceOf(CanceledError);
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  it('G20: a cancelled request is known as one', () => {
    const { token, cancel } = axios.CancelToken.source();
    const check = (given: Partial<InternalAxiosRequestConfig>) => (): void => {
      throwIfCancelled(config(given));
    };
    expect(check({ cancelToken: token })).not.toThrow();
    expect(check({})).not.toThrow();
    cancel();
    expect(check({ cancelToken: token })).toThrow(CanceledError);
    expect(check({ signal: aborted })).toThrow(CanceledError);
  });
});

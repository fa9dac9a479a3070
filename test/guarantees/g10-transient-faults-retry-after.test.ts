import { AxiosError, AxiosHeaders } from 'axios';
import type { AuthOptions } from '../../src/index';
import { attached, cleanUp, codeOf } from '../support/session';

/** What axios makes of an answer of the token endpoint. */
function answered(status: number, retryAfter: string): AxiosError {
  const headers = new AxiosHeaders({ 'Retry-After': retryAfter });
  const config = { headers: new AxiosHeaders() };
  const response = { status, statusText: '', data: {}, headers, config };
  return new AxiosError('no', AxiosError.ERR_BAD_RESPONSE, config, null, response);
}

interface Attempts {
  /** When `refresh` was called, in milliseconds from the start. */
  times: number[];
  outcome: string;
}

/** Lets the time go by, and tells when the token endpoint was asked. */
async function attempts(
  answers: AxiosError[],
  options: Partial<AuthOptions> = {},
  forMs = 60_000,
): Promise<Attempts> {
  const start = performance.now();
  const times: number[] = [];
  const { auth } = attached({
    options: {
      refresh: () => {
        times.push(Math.round(performance.now() - start));
        const fault = answers.shift();
        return fault ? Promise.reject(fault) : Promise.resolve({ accessToken: 'access-2' });
      },
      ...options,
    },
  });
  let outcome = 'pending';
  void codeOf(auth.refresh()).then((code) => (outcome = code));
  await jest.advanceTimersByTimeAsync(forMs);
  return { times, outcome };
}

beforeEach(() => {
  jest.useFakeTimers({ now: new Date('2024-05-01T12:00:00.000Z') });
  // The backoff of the first retry is 150 ms then, and anything else is what the server asked for.
  jest.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(async () => {
  jest.restoreAllMocks();
  jest.useRealTimers();
  await cleanUp();
});

describe('G10: Retry-After', () => {
  describe.each([429, 503])('Retry-After of a %i', (status) => {
    test.each([
      ['in seconds', '7', 7_000],
      ['as a date', 'Wed, 01 May 2024 12:00:09 GMT', 9_000],
      ['as a date of RFC 850', 'Wednesday, 01-May-24 12:00:09 GMT', 9_000],
    ])('%s is obeyed to the millisecond', async (_, value, ms) => {
      expect(await attempts([answered(status, value)])).toEqual({ times: [0, ms], outcome: 'ok' });
    });

    test.each([
      ['of nought', '0'],
      ['of less than the backoff', '0.1'],
      ['as a date in the past', 'Wed, 01 May 2024 11:59:00 GMT'],
    ])('%s makes it no faster than the backoff', async (_, value) => {
      expect(await attempts([answered(status, value)])).toEqual({ times: [0, 150], outcome: 'ok' });
    });

    test.each(['soon', 'NaN', 'Infinity', '-', 'Wed, 99 May 2024 12:00:09 GMT'])(
      'that is nonsense (%s) is ignored',
      async (value) => {
        expect(await attempts([answered(status, value)])).toEqual({
          times: [0, 150],
          outcome: 'ok',
        });
      },
    );

    test.each(['', ' ', '0x10', '1e1'])(
      'that is no number of seconds by RFC 9110 §10.2.3 (%j) is ignored',
      async (value) => {
        expect(await attempts([answered(status, value)])).toEqual({
          times: [0, 150],
          outcome: 'ok',
        });
      },
    );

    test.each([
      ['in seconds', '31'],
      ['as a date', 'Wed, 01 May 2024 12:01:00 GMT'],
      ['of a number beyond timers', '99999999999999999999'],
    ])('%s that is longer than refreshTimeout fails at once', async (_, value) => {
      // Not a millisecond goes by.
      expect(await attempts([answered(status, value)], {}, 0)).toEqual({
        times: [0],
        outcome: 'ERR_AUTH_REFRESH_FAILED',
      });
    });

    test('that is longer than what is left of refreshTimeout fails at once, too', async () => {
      const answers = [answered(status, '20'), answered(status, '20')];
      expect(await attempts(answers, {}, 20_000)).toEqual({
        times: [0, 20_000],
        outcome: 'ERR_AUTH_REFRESH_FAILED',
      });
    });

    test('counts for each attempt by itself', async () => {
      const answers = [answered(status, '3'), answered(status, '5')];
      expect(await attempts(answers)).toEqual({ times: [0, 3_000, 8_000], outcome: 'ok' });
    });
  });

  test('without one, the pauses between the attempts grow', async () => {
    const answers = [answered(503, 'none'), answered(503, 'none')];
    const { times, outcome } = await attempts(answers);
    expect([outcome, times.length]).toEqual(['ok', 3]);
    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(150);
    expect(third - second).toBeGreaterThanOrEqual(300);
  });

  test('all attempts together stay within refreshTimeout', async () => {
    const answers = Array.from({ length: 50 }, () => answered(503, 'none'));
    const options = { refreshTimeout: 800, refreshRetries: 50 };
    const { times, outcome } = await attempts(answers, options, 800);
    expect(outcome).toMatch(/^ERR_AUTH_REFRESH_(FAILED|TIMEOUT)$/);
    expect(times.length).toBeLessThan(6);
  });

  test('a Retry-After with a refusal is no reason to try again', async () => {
    expect(await attempts([answered(400, '1')])).toEqual({
      times: [0],
      outcome: 'ERR_AUTH_SESSION_EXPIRED',
    });
  });

  test('a sign-out ends the wait', async () => {
    const refresh = jest.fn(() => Promise.reject(answered(503, '20')));
    const { auth } = attached({ options: { refresh } });
    const code = codeOf(auth.refresh());
    await jest.advanceTimersByTimeAsync(1_000);
    await auth.signOut();
    expect(await code).toBe('ERR_AUTH_SIGNED_OUT');
    await jest.advanceTimersByTimeAsync(30_000);
    expect(refresh).toHaveBeenCalledTimes(1);
  });
});

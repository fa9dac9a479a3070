import { AxiosError, AxiosHeaders } from 'axios';
import { attached } from '../support/attached';
import { cleanUp } from '../support/rig';
import { codeOf, openSession, REFRESH_PATH, startTokenServer } from '../support/token-server';
import { setGlobal } from '../support/web-globals';

afterEach(cleanUp);

describe('G10: navigator.onLine is a hint only', () => {
  beforeEach(() => {
    setGlobal('navigator', { onLine: false });
  });

  test('a refresh is tried where it is wrong', async () => {
    const server = await startTokenServer();
    const { api } = openSession(server, { refreshTimeout: 20_000 });
    server.expire();
    expect(await codeOf(api.get('/a'))).toBe('ok');
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test('so it is for refresh(), and without retries', async () => {
    const server = await startTokenServer();
    const { auth } = openSession(server, { refreshRetries: 0 });
    expect(await codeOf(auth.refresh())).toBe('ok');
  });

  test('where it is right the tokens are kept', async () => {
    const tokens = { accessToken: 'access-1', refreshToken: 'refresh-1' };
    const refresh = jest.fn(() => Promise.reject(new TypeError('fetch failed')));
    const { auth } = attached({ tokens, options: { refresh, refreshRetries: 0 } });
    expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_REFRESH_FAILED');
    expect(refresh).toHaveBeenCalledTimes(1);
    expect([await auth.getTokens(), auth.status]).toEqual([tokens, 'signed-in']);
  });
});

describe('G10: retries never come faster than the backoff', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: new Date('2024-05-01T12:00:00.000Z') });
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  /** When `refresh` was called, in milliseconds from the start. */
  async function attempts(status: number, retryAfter?: string): Promise<number[]> {
    const start = performance.now();
    const times: number[] = [];
    const headers = new AxiosHeaders(retryAfter === undefined ? {} : { 'Retry-After': retryAfter });
    const config = { headers: new AxiosHeaders() };
    const response = { status, statusText: '', data: {}, headers, config };
    const { auth } = attached({
      options: {
        refresh: () => {
          times.push(performance.now() - start);
          const fault = new AxiosError('no', AxiosError.ERR_BAD_RESPONSE, config, null, response);
          return Promise.reject(fault);
        },
      },
    });
    const outcome = codeOf(auth.refresh());
    await jest.advanceTimersByTimeAsync(30_000);
    expect(await outcome).toBe('ERR_AUTH_REFRESH_FAILED');
    return times;
  }

  test.each([
    ['of nought', '0'],
    ['that is negative', '-5'],
    ['with a date in the past', 'Wed, 01 May 2024 11:59:00 GMT'],
    ['with the date of now', 'Wed, 01 May 2024 12:00:00 GMT'],
    ['of a fraction of a second', '0.001'],
  ])('with a Retry-After %s', async (_, retryAfter) => {
    for (const status of [429, 503]) {
      const backoff = await attempts(status);
      const times = await attempts(status, retryAfter);
      expect(times).toHaveLength(3);
      expect(times[1]!).toBeGreaterThanOrEqual(backoff[1]!);
      expect(times[2]!).toBeGreaterThanOrEqual(backoff[2]!);
    }
  });
});

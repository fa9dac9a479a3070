import { AxiosError, AxiosHeaders } from 'axios';
import type { Tokens } from '../../src/index';
import { attached } from '../support/attached';
import { cleanUp } from '../support/rig';
import { codeOf } from '../support/token-server';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(async () => {
  jest.useRealTimers();
  await cleanUp();
});

const MINUTE = 60_000;

/** What axios makes of a refusal by the token endpoint. */
function refusal(status: number): AxiosError {
  const config = { headers: new AxiosHeaders() };
  const response = { status, statusText: '', data: {}, headers: {}, config };
  return new AxiosError('refused', AxiosError.ERR_BAD_REQUEST, config, null, response);
}

const LATE: [string, (call: { resolve(value: null): void; reject(fault: Error): void }) => void][] =
  [
    ['a 400', ({ reject }) => reject(refusal(400))],
    ['a 401', ({ reject }) => reject(refusal(401))],
    ['a 403', ({ reject }) => reject(refusal(403))],
    ['null', ({ resolve }) => resolve(null)],
  ];

describe('G11: only the renewal in flight can be refused', () => {
  test.each(LATE)('%s for one that has timed out does not end the session', async (_, answer) => {
    const calls: { resolve(value: Tokens | null): void; reject(fault: Error): void }[] = [];
    const told: unknown[] = [];
    const { auth } = attached({
      tokens: { accessToken: 'access-1', refreshToken: 'refresh-1' },
      options: {
        refreshRetries: 0,
        refresh: () =>
          new Promise((resolve, reject) => {
            calls.push({ resolve, reject });
          }),
        onSignedOut: (error) => void told.push(error),
      },
    });
    const first = codeOf(auth.refresh());
    await jest.advanceTimersByTimeAsync(MINUTE);
    expect(await first).toBe('ERR_AUTH_REFRESH_TIMEOUT');

    const second = codeOf(auth.refresh());
    await jest.advanceTimersByTimeAsync(10);
    expect(calls).toHaveLength(2);
    answer(calls[0]!);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(auth.status).toBe('refreshing');
    calls[1]!.resolve({ accessToken: 'access-2', refreshToken: 'refresh-2' });
    await jest.advanceTimersByTimeAsync(10);

    expect(await second).toBe('ok');
    expect(await auth.getTokens()).toMatchObject({ accessToken: 'access-2' });
    expect([auth.status, told]).toEqual(['signed-in', []]);
  });

  test.each(LATE)('%s after the next one has succeeded does not end it', async (_, answer) => {
    const calls: { resolve(value: Tokens | null): void; reject(fault: Error): void }[] = [];
    const { auth } = attached({
      tokens: { accessToken: 'access-1', refreshToken: 'refresh-1' },
      options: {
        refreshRetries: 0,
        refresh: () =>
          new Promise((resolve, reject) => {
            calls.push({ resolve, reject });
          }),
      },
    });
    const first = codeOf(auth.refresh());
    await jest.advanceTimersByTimeAsync(MINUTE);
    await first;
    const second = codeOf(auth.refresh());
    await jest.advanceTimersByTimeAsync(10);
    calls[1]!.resolve({ accessToken: 'access-2', refreshToken: 'refresh-2' });
    await jest.advanceTimersByTimeAsync(10);
    answer(calls[0]!);
    await jest.advanceTimersByTimeAsync(5_000);

    expect([await second, auth.status]).toEqual(['ok', 'signed-in']);
    expect(await auth.getAccessToken()).toBe('access-2');
  });
});

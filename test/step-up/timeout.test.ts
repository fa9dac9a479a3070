import { AxiosError } from 'axios';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { AuthSession } from '../../src/index';
import { attached, cleanUp, codeOf } from '../support/session';
import { withStepUp } from '../support/step-up';

const CHALLENGE = { 'www-authenticate': 'Bearer error="insufficient_scope"' };

function refuse(config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
  const answer = { data: '', status: 403, statusText: '', headers: CHALLENGE, config };
  return Promise.reject(
    new AxiosError('no', AxiosError.ERR_BAD_REQUEST, config, null, answer as AxiosResponse),
  );
}

interface Waiting {
  auth: AuthSession;
  signal(): AbortSignal | undefined;
  outcome(): string;
}

/** A request that waits for a handler which never comes back. */
async function waiting(timeout?: number): Promise<Waiting> {
  let signal: AbortSignal | undefined;
  const { api, auth } = attached({
    axios: { baseURL: 'https://api.example.com', adapter: refuse },
    options: {
      ...withStepUp((_challenge, context) => {
        ({ signal } = context);
        return new Promise(() => undefined);
      }, timeout),
    },
  });
  let outcome = 'pending';
  void codeOf(api.get('/')).then((code) => (outcome = code));
  await jest.advanceTimersByTimeAsync(0);
  return { auth, signal: () => signal, outcome: () => outcome };
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(async () => {
  jest.useRealTimers();
  await cleanUp();
});

describe('Step-up: the time that a handler has', () => {
  test.each([
    ['five minutes where nobody says otherwise', undefined, 300_000],
    ['what the timeout says', 45_000, 45_000],
  ])('the handler has %s', async (_, option, ms) => {
    const { signal, outcome } = await waiting(option);
    await jest.advanceTimersByTimeAsync(ms - 1);
    expect([signal()?.aborted, outcome()]).toEqual([false, 'pending']);
    await jest.advanceTimersByTimeAsync(1);
    expect([signal()?.aborted, outcome()]).toEqual([true, 'ERR_BAD_REQUEST']);
    expect(jest.getTimerCount()).toBe(0);
  });

  test.each([
    ['signOut', (auth: AuthSession) => auth.signOut()],
    ['signIn', (auth: AuthSession) => auth.signIn({ accessToken: 'access-9' })],
  ])('%s leaves no timer behind that keeps the process alive', async (_, end) => {
    const { auth, signal, outcome } = await waiting();
    await end(auth);
    await jest.advanceTimersByTimeAsync(0);
    expect(signal()?.aborted).toBe(true);
    expect(outcome()).not.toBe('pending');
    expect(jest.getTimerCount()).toBe(0);
  });
});

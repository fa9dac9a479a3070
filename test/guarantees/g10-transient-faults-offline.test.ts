import { attached, cleanUp, codeOf, recorder } from '../support/session';
import { setGlobal } from '../support/web-globals';

interface Offline {
  /** Connects, or cuts the line. */
  online(is: boolean): void;
  refresh: jest.Mock<Promise<{ accessToken: string }>, []>;
  /** What has become of a request on an expired token so far. */
  outcome(): string;
  tokens(): Promise<unknown>;
  auth: ReturnType<typeof attached>['auth'];
  sent: Record<string, unknown>[];
}

const HELD = { accessToken: 'access-1', refreshToken: 'refresh-1', expiresAt: 1_700_000_000_000 };

const noNetwork = (): Promise<never> => Promise.reject(new TypeError('Failed to fetch'));

/** A request on a token that is over, in a browser without a network. */
function offline(options = {}): Offline {
  const navigator = { onLine: false };
  setGlobal('navigator', navigator);
  const refresh = jest.fn(() => Promise.resolve({ accessToken: 'access-2' }));
  const { adapter, sent } = recorder();
  const { api, auth } = attached({
    axios: { baseURL: 'https://api.example.com', adapter },
    tokens: HELD,
    options: { refresh, ...options },
  });
  let outcome = 'pending';
  void codeOf(api.get('/')).then((code) => (outcome = code));
  return {
    online(is) {
      navigator.onLine = is;
    },
    refresh,
    outcome: () => outcome,
    tokens: () => auth.getTokens(),
    auth,
    sent,
  };
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(async () => {
  jest.useRealTimers();
  await cleanUp();
});

describe('G10: without a network', () => {
  test('navigator.onLine keeps nobody waiting: the refresh is tried at once', async () => {
    const { refresh, outcome, sent } = offline();
    await jest.advanceTimersByTimeAsync(0);
    expect([refresh.mock.calls.length, outcome()]).toEqual([1, 'ok']);
    expect(sent.map(({ authorization }) => authorization)).toEqual(['Bearer access-2']);
  });

  test('a refresh that meets no network is retried, and goes on when there is one', async () => {
    const { refresh, outcome } = offline();
    refresh.mockImplementationOnce(noNetwork);
    await jest.advanceTimersByTimeAsync(5_000);
    expect([refresh.mock.calls.length, outcome()]).toEqual([2, 'ok']);
  });

  test('when there is none, the refresh fails after its retries, and the tokens are kept', async () => {
    const { refresh, outcome, tokens, auth } = offline();
    refresh.mockImplementation(noNetwork);
    await jest.advanceTimersByTimeAsync(20_000);
    expect([refresh.mock.calls.length, outcome()]).toEqual([3, 'ERR_AUTH_REFRESH_FAILED']);
    expect([await tokens(), auth.status]).toEqual([HELD, 'signed-in']);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('a request made when there is a network again is renewed and sent', async () => {
    const { refresh, online, auth } = offline({ refreshRetries: 0 });
    refresh.mockImplementationOnce(noNetwork);
    await jest.advanceTimersByTimeAsync(30_000);
    online(true);
    expect(await auth.getAccessToken()).toBe('access-2');
    expect(refresh).toHaveBeenCalledTimes(2);
  });

  test('a sign-out ends the wait for a retry, and leaves no timer behind', async () => {
    const { refresh, outcome, auth } = offline();
    refresh.mockImplementation(noNetwork);
    await jest.advanceTimersByTimeAsync(100);
    await auth.signOut();
    await jest.advanceTimersByTimeAsync(0);
    expect(outcome()).toBe('ERR_AUTH_SIGNED_OUT');
    expect(jest.getTimerCount()).toBe(0);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['no navigator', undefined],
    ['a navigator that does not know', {}],
    ['a navigator that knows nothing', { onLine: undefined }],
  ])('%s is no reason to wait', async (_, navigator) => {
    const { refresh, outcome } = offline();
    setGlobal('navigator', navigator);
    await jest.advanceTimersByTimeAsync(250);
    expect([refresh.mock.calls.length, outcome()]).toEqual([1, 'ok']);
  });
});

import { AuthError } from '../../../src/errors';
import { Backoff, refreshLoopError } from '../../../src/session/backoff';

interface Failure {
  token: string | null;
  isWaited: boolean;
  isRefused: boolean;
  busyFor: number | undefined;
}

/** What a session remembers of renewals that failed. */
interface Remembered {
  backoff: Backoff;
  /** A renewal of `access-1` fails: answered with 503, and a request waited for it. */
  fail(failure?: Partial<Failure>): AuthError;
}

function remember(): Remembered {
  const backoff = new Backoff({ refreshRetries: 2, refreshLimit: { count: 2, per: 30_000 } });
  return {
    backoff,
    fail({ token = 'access-1', isWaited = true, isRefused = false, ...given } = {}) {
      const error = new AuthError('ERR_AUTH_REFRESH_FAILED', 'busy');
      const { busyFor } = { busyFor: 0, ...given };
      backoff.add({ token, isWaited }, { kind: isRefused ? 'refused' : 'failed', error, busyFor });
      return error;
    },
  };
}

const random = (value: number): unknown => jest.spyOn(Math, 'random').mockReturnValue(value);
const pass = (ms: number): unknown => jest.advanceTimersByTime(ms);

/** Time stands still, and every draw is the lowest. */
beforeEach(() => {
  jest.useFakeTimers();
  random(0);
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** For how long requests share the failure: looked at to the millisecond, up to an hour. */
function pauseOf({ backoff }: Remembered, token = 'access-1'): number {
  let low = 0;
  for (let step = 2 ** 21; step >= 1; step /= 2) {
    const from = performance.now();
    const spy = jest.spyOn(performance, 'now').mockReturnValue(from + low + step - 1);
    if (backoff.refuses(token)) low += step;
    spy.mockRestore();
  }
  return low;
}

describe('the pause until the auth server is asked again', () => {
  test('G10: there is none within a minute since the first failure', () => {
    const trouble = remember();
    trouble.fail();
    expect(pauseOf(trouble)).toBe(0);
    pass(59_999);
    trouble.fail();
    expect(pauseOf(trouble)).toBe(0);
  });

  test.each([
    [0, 60_000, 60_000],
    [0.5, 60_000, 90_000],
    [1, 60_000, 120_000],
    [0, 200_000, 200_000],
    [1, 200_000, 300_000],
    [0, 290_000, 290_000],
  ])('G10: with a jitter of %d, trouble of %d ms is left alone for %d ms', (jitter, age, ms) => {
    const trouble = remember();
    trouble.fail();
    pass(age);
    random(jitter);
    const error = trouble.fail();
    expect(trouble.backoff.refuses('access-1')).toBe(error);
    expect(pauseOf(trouble)).toBe(ms);
  });

  test('G10: the trouble lasts since the first failure, not since the one before', () => {
    const trouble = remember();
    trouble.fail();
    for (const age of [50_000, 100_000, 150_000]) {
      pass(50_000);
      trouble.fail();
      expect(pauseOf(trouble)).toBe(age < 60_000 ? 0 : age);
    }
  });

  test.each([
    ['from the first failure on', 0, 90_000, 90_000],
    ['not below the pause that is due', 100_000, 90_000, 100_000],
    ['not beyond five minutes', 0, 3_600_000, 300_000],
  ])('G10: what the auth server asks for is obeyed, %s', (_, age, busyFor, ms) => {
    const trouble = remember();
    if (age > 0) trouble.fail();
    pass(age);
    trouble.fail({ busyFor });
    expect(pauseOf(trouble)).toBe(ms);
  });

  test('G10: a fault without an answer causes none, and ends the one that there was', () => {
    const trouble = remember();
    trouble.fail({ busyFor: 90_000 });
    pass(70_000);
    trouble.fail({ busyFor: undefined });
    expect(pauseOf(trouble)).toBe(0);
  });

  test.each([
    ['three minutes after the failure', 0, 180_000],
    ['what the auth server asked for', 240_000, 240_000],
  ])('G10: who comes two minutes later than %s meets a new trouble', (_, busyFor, due) => {
    for (const [late, isNew] of [
      [120_000, false],
      [120_001, true],
    ] as const) {
      const trouble = remember();
      trouble.fail({ busyFor });
      pass(due + late);
      expect(trouble.backoff.retries('access-1')).toBe(isNew ? 2 : 0);
      trouble.fail();
      expect(pauseOf(trouble) === 0).toBe(isNew);
    }
  });

  test('G14: it is one of the token that could not be renewed', () => {
    const trouble = remember();
    trouble.fail({ busyFor: 90_000 });
    expect([pauseOf(trouble, 'access-2'), pauseOf(trouble)]).toEqual([0, 90_000]);
    pass(60_000);
    trouble.fail({ token: 'access-2' });
    // For this token it is the first failure.
    expect([pauseOf(trouble, 'access-2'), pauseOf(trouble)]).toEqual([0, 0]);
  });

  test('G14: it is forgotten with the trouble', () => {
    const trouble = remember();
    trouble.fail({ busyFor: 90_000 });
    trouble.backoff.forgetOutage();
    expect(pauseOf(trouble)).toBe(0);
    pass(60_000);
    trouble.fail();
    expect(pauseOf(trouble)).toBe(0);
  });
});

describe('the retries of a renewal', () => {
  const retriesOf = ({ backoff }: Remembered, token = 'access-1'): number => backoff.retries(token);

  test('G10: are none once requests have waited in vain for a minute, for the same token', () => {
    const trouble = remember();
    expect(retriesOf(trouble)).toBe(2);
    trouble.fail();
    pass(59_999);
    expect(retriesOf(trouble)).toBe(2);
    pass(1);
    expect([retriesOf(trouble), retriesOf(trouble, 'access-2')]).toEqual([0, 2]);
    trouble.backoff.forgetOutage();
    expect(retriesOf(trouble)).toBe(2);
  });

  test('G10: are one after failures in the background alone', () => {
    const trouble = remember();
    trouble.fail({ isWaited: false });
    pass(59_999);
    expect(retriesOf(trouble)).toBe(2);
    pass(60_000);
    trouble.fail({ isWaited: false });
    expect(retriesOf(trouble)).toBe(1);
    trouble.fail();
    expect(retriesOf(trouble)).toBe(0);
  });
});

describe('a straggler', () => {
  test('G10: shares the failure that came after it was sent, and no earlier one', () => {
    const { backoff, fail } = remember();
    const before = backoff.failures;
    const error = fail();
    expect(backoff.ofStraggler('access-1', before)).toBe(error);
    expect(backoff.ofStraggler('access-1', backoff.failures)).toBeUndefined();
    expect(backoff.ofStraggler('access-2', before)).toBeUndefined();
  });

  test('G31: does not share one of the background, which hides no other either', () => {
    const { backoff, fail } = remember();
    fail({ isWaited: false });
    expect(backoff.ofStraggler('access-1', 0)).toBeUndefined();
    fail();
    const later = fail({ isWaited: false });
    expect(backoff.ofStraggler('access-1', 0)).toBe(later);
    expect(backoff.ofStraggler('access-1', backoff.failures)).toBeUndefined();
  });

  test('G14: shares nothing of another session', () => {
    const { backoff, fail } = remember();
    fail();
    backoff.reset();
    expect(backoff.ofStraggler('access-1', 0)).toBeUndefined();
  });
});

describe('another renewal in the background', () => {
  test.each([
    [0, 90_000],
    [1, 180_000],
  ])('G31: with a jitter of %d comes after %d ms', (jitter, ms) => {
    random(jitter);
    const { backoff, fail } = remember();
    fail({ isWaited: false });
    pass(ms - 1);
    expect(backoff.blocksAhead('access-1')).toBe(true);
    expect(backoff.blocksAhead('access-2')).toBe(false);
    pass(1);
    expect(backoff.blocksAhead('access-1')).toBe(false);
  });

  test('G31: comes as late after a fault without an answer', () => {
    const { backoff, fail } = remember();
    fail({ isWaited: false, busyFor: undefined });
    pass(89_999);
    expect(backoff.blocksAhead('access-1')).toBe(true);
  });

  test('G31: comes no sooner than the auth server asks for', () => {
    const { backoff, fail } = remember();
    fail({ isWaited: false, busyFor: 200_000 });
    pass(199_999);
    expect(backoff.blocksAhead('access-1')).toBe(true);
    pass(1);
    expect(backoff.blocksAhead('access-1')).toBe(false);
  });

  test('G31: comes never for a token that was refused', () => {
    const { backoff, fail } = remember();
    fail({ isWaited: false, isRefused: true, busyFor: undefined });
    pass(86_400_000);
    expect(backoff.blocksAhead('access-1')).toBe(true);
  });
});

describe('renewals that did not help', () => {
  test('G12: are cut off from the limit on, for every token, until their time is over', () => {
    const { backoff } = remember();
    backoff.addUseless('access-1');
    expect(backoff.refuses('access-2')).toBeUndefined();
    pass(10_000);
    backoff.addUseless('access-2');
    const error = backoff.refuses('access-3');
    expect(error).toMatchObject({ code: 'ERR_AUTH_REFRESH_LOOP' });
    expect(error?.message).toContain('2 renewals within 30000 ms');
    pass(19_999);
    expect(backoff.refuses('access-3')).toBeDefined();
    pass(1);
    expect(backoff.refuses('access-3')).toBeUndefined();
  });

  test('G12: count once for each token, however many requests it was refused to', () => {
    const { backoff } = remember();
    for (let request = 0; request < 10; request++) backoff.addUseless('access-1');
    expect(backoff.refuses('access-1')).toBeUndefined();
  });

  test('G14: are forgotten with the session, and not with an outage', () => {
    const { backoff } = remember();
    backoff.addUseless('access-1');
    backoff.addUseless('access-2');
    backoff.forgetOutage();
    expect(backoff.refuses('access-2')).toBeDefined();
    backoff.reset();
    expect(backoff.refuses('access-2')).toBeUndefined();
  });

  test('G12: are never cut off without a limit', () => {
    const backoff = new Backoff({ refreshRetries: 2, refreshLimit: false });
    for (let token = 0; token < 100; token++) backoff.addUseless(`access-${token}`);
    expect(backoff.refuses('access-1')).toBeUndefined();
  });

  test('G33: the error says why, and what to check', () => {
    expect(refreshLoopError('3 times').message).toMatch(/\(3 times\).*clocks.*issuer and audience/);
  });
});

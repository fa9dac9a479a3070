import {
  controlTimeAndChance,
  pass,
  random,
  releaseTimeAndChance,
  remember,
  type Remembered,
} from '../../support/remembered-failures';

beforeEach(controlTimeAndChance);
afterEach(releaseTimeAndChance);

/** For how long requests share the failure: looked at to the millisecond, up to an hour. */
function pauseOf({ failures }: Remembered, token = 'access-1'): number {
  let low = 0;
  for (let step = 2 ** 21; step >= 1; step /= 2) {
    const from = performance.now();
    const spy = jest.spyOn(performance, 'now').mockReturnValue(from + low + step - 1);
    if (failures.ofPause(token)) low += step;
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
    expect(trouble.failures.ofPause('access-1')).toBe(error);
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
      expect(trouble.failures.retries('access-1')).toBe(isNew ? 2 : 0);
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
    trouble.failures.forget();
    expect(pauseOf(trouble)).toBe(0);
    pass(60_000);
    trouble.fail();
    expect(pauseOf(trouble)).toBe(0);
  });
});

describe('the retries of a renewal', () => {
  const retriesOf = ({ failures }: Remembered, token = 'access-1'): number =>
    failures.retries(token);

  test('G10: are none once requests have waited in vain for a minute, for the same token', () => {
    const trouble = remember();
    expect(retriesOf(trouble)).toBe(2);
    trouble.fail();
    pass(59_999);
    expect(retriesOf(trouble)).toBe(2);
    pass(1);
    expect([retriesOf(trouble), retriesOf(trouble, 'access-2')]).toEqual([0, 2]);
    trouble.failures.forget();
    expect(retriesOf(trouble)).toBe(2);
  });

  test('G10: are one after failures in the background alone', () => {
    const trouble = remember();
    trouble.fail({ waited: false });
    pass(59_999);
    expect(retriesOf(trouble)).toBe(2);
    pass(60_000);
    trouble.fail({ waited: false });
    expect(retriesOf(trouble)).toBe(1);
    trouble.fail();
    expect(retriesOf(trouble)).toBe(0);
  });
});

describe('a straggler', () => {
  test('G10: shares the failure that came after it was sent, and no earlier one', () => {
    const { failures, state, fail } = remember();
    const before = state.grant('access-1');
    const error = fail();
    const after = state.grant('access-1');
    expect([failures.ofStraggler(before), failures.ofStraggler(after)]).toEqual([error, undefined]);
    expect(failures.ofStraggler(state.grant('access-2'))).toBeUndefined();
  });

  test('G31: does not share one of the background, which hides no other either', () => {
    const { failures, state, fail } = remember();
    const first = state.grant('access-1');
    fail({ waited: false });
    expect(failures.ofStraggler(first)).toBeUndefined();
    fail();
    const later = fail({ waited: false });
    expect(failures.ofStraggler(first)).toBe(later);
    expect(failures.ofStraggler(state.grant('access-1'))).toBeUndefined();
  });
});

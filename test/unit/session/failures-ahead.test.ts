import {
  controlTimeAndChance,
  pass,
  random,
  releaseTimeAndChance,
  remember,
} from '../../support/remembered-failures';

beforeEach(controlTimeAndChance);
afterEach(releaseTimeAndChance);

describe('another renewal in the background', () => {
  test.each([
    [0, 90_000],
    [1, 180_000],
  ])('G31: with a jitter of %d comes after %d ms', (jitter, ms) => {
    random(jitter);
    const { failures, fail } = remember();
    fail({ waited: false });
    pass(ms - 1);
    expect(failures.blocksAhead('access-1')).toBe(true);
    expect(failures.blocksAhead('access-2')).toBe(false);
    pass(1);
    expect(failures.blocksAhead('access-1')).toBe(false);
  });

  test('G31: comes no sooner than the auth server asks for', () => {
    const { failures, fail } = remember();
    fail({ waited: false, busyFor: 200_000 });
    pass(199_999);
    expect(failures.blocksAhead('access-1')).toBe(true);
    pass(1);
    expect(failures.blocksAhead('access-1')).toBe(false);
  });

  test('G31: comes never for a token that was refused', () => {
    const { failures, fail } = remember();
    fail({ waited: false, refused: true, busyFor: undefined });
    pass(86_400_000);
    expect(failures.blocksAhead('access-1')).toBe(true);
  });
});

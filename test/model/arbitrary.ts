import fc from 'fast-check';
import type { Setup, Step } from './model';

/** The worlds in which sequences are run. */
export const setup: fc.Arbitrary<Setup> = fc.record({
  store: fc.constantFrom('sync' as const, 'prompt' as const, 'slow' as const),
  onSend: fc.constantFrom(false, false, false, true),
  lock: fc.constantFrom(false, false, true),
  lifetime: fc.constantFrom(null, null, 60_000),
  holds: fc.constantFrom('a' as const, 'a' as const, 'a' as const, null),
});

const one = (
  weight: number,
  ...steps: Step[]
): { weight: number; arbitrary: fc.Arbitrary<Step> } => ({
  weight,
  arbitrary: fc.constantFrom(...steps),
});

/** The steps, the usual ones more often. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  one(
    8,
    ['request', 0, 'plain'],
    ['request', 0, 'slow before'],
    ['request', 0, 'slow after'],
    ['request', 1, 'plain'],
    ['request', 1, 'abortable'],
    ['request', 0, 'abortable'],
    ['request', 1, 'timeout'],
  ),
  {
    weight: 16,
    arbitrary: fc.tuple(
      fc.constant('answer' as const),
      fc.nat(4),
      fc.constantFrom('well', 'well', 'well', 'well', 'fail', 'lose', 'refuse' as const),
    ),
  },
  one(2, ['hang', 0], ['hang', 1]),
  one(4, ['turns', 0], ['turns', 1], ['turns', 2], ['turns', 3], ['turns', 5], ['turns', 8]),
  one(4, ['expire']),
  one(3, ['sign-in', 'a'], ['sign-in', 'b']),
  one(2, ['sign-out']),
  one(
    4,
    ['peer', 'renews', 'tells'],
    ['peer', 'renews', 'is silent'],
    ['peer', 'signs in', 'tells'],
    ['peer', 'is b', 'tells'],
    ['peer', 'is b', 'is silent'],
    ['peer', 'signs out', 'tells'],
    ['peer', 'signs out', 'is silent'],
  ),
  one(2, ['refresh'], ['ask']),
  one(2, ['pass', 100], ['pass', 1_000], ['pass', 14_000], ['pass', 35_000], ['pass', 50_000]),
  one(1, ['abort']),
  one(1, ['revoke'], ['detach', 0], ['detach', 1], ['detach', 'all'], ['attach', 0], ['attach', 1]),
);

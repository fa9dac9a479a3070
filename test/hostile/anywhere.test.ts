import fc from 'fast-check';
import { settings, TIMEOUT } from './runs';
import { watchEscapes } from './escapes';
import { hostile } from './values';
import { PLACES, playRound } from './world';

const escapes = watchEscapes();

const hostilities = fc.uniqueArray(fc.tuple(fc.constantFrom(...PLACES), hostile), {
  selector: ([place]) => place,
  minLength: 1,
  maxLength: 3,
});

test(
  'G33, G35: whatever comes in from anywhere, only AuthErrors come out, and every call settles',
  async () => {
    await fc.assert(
      fc.asyncProperty(hostilities, async (given) => {
        const { faults } = await playRound(given);
        expect([...faults, ...escapes.take()]).toEqual([]);
      }),
      settings(1),
    );
  },
  TIMEOUT,
);

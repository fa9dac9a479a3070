import { live, RULES } from './rules.mjs';

/** Each client makes a request every 8 to 12 seconds, each at a pace of its own. */
const PACE = { from: 8_000, spread: 4_000 };

/**
 * Calls of the auth server in each second, by clients that signed in at random moments of the first
 * `signInWithin` milliseconds. The same for the same seed, on any machine.
 */
export function simulate({ clients, signInWithin, until, isDown = () => false, rules = RULES }) {
  const perSecond = new Uint32Array(Math.ceil(until / 1000));
  const random = createRandom(1);
  const world = { until, isDown, random, call: (at) => perSecond[Math.floor(at / 1000)]++ };
  for (let n = 0; n < clients; n++) {
    const signedIn = signInWithin * random();
    live({ signedIn, every: PACE.from + PACE.spread * random() }, world, rules);
  }
  return perSecond;
}

/** The average, the peak and the 99th percentile of some seconds. */
export function summary(perSecond, from, to) {
  const sorted = perSecond.slice(from, to).sort();
  const average = sorted.reduce((sum, count) => sum + count, 0) / sorted.length;
  return { average, peak: sorted.at(-1), p99: sorted[Math.floor(sorted.length * 0.99)] };
}

/** mulberry32: small, and good enough to spread clients. */
function createRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

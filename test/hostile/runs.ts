import fc from 'fast-check';
import type { Parameters, Plugin } from 'fast-check';

declare const globalThis: { hostileRuns?: number };

const SEED = 20_240_229;

/** Set by the environment, or by jest.hostile.config.ts; the fast suite makes few. */
const runs = Number(process.env.RUNS ?? globalThis.hostileRuns ?? 100);

/** The fast suite makes the same runs each time; more of them start anywhere. */
const seed = Number(process.env.SEED ?? (globalThis.hostileRuns ? Date.now() : SEED));

const minutes = Number(process.env.MINUTES ?? 15);

const limit = fc.interruptAfterTimeLimit(minutes * 60_000, { failOnInterrupt: false });

/** What a test of this folder may take: a long run is ended by its number of runs, or by MINUTES. */
export const TIMEOUT = (minutes + 5) * 60_000;

/**
 * How often a property is tried, and from where. fast-check prints the seed and the shortest failing input:
 * `SEED=… RUNS=… npx jest test/hostile` makes the same runs again.
 *
 * @param share of the runs: properties that take long are tried less often
 */
export const settings = <T>(share = 1): Parameters<T> => ({
  numRuns: Math.max(1, Math.round(runs * share)),
  seed,
  plugins: [limit as unknown as Plugin<T>],
  endOnFailure: process.env.SHRINK === '0',
});

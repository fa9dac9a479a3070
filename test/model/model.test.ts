import fc from 'fast-check';
import { setup, step } from './arbitrary';
import { runSteps } from './model';

declare const globalThis: { modelRuns?: number };

const SEED = 20_240_229;
const runs = Number(process.env.RUNS ?? globalThis.modelRuns ?? 2_000);
/** The fast suite makes the same runs each time; more of them start anywhere. */
const seed = Number(process.env.SEED ?? (globalThis.modelRuns ? Date.now() : SEED));
const minutes = Number(process.env.MINUTES ?? 150);

const unhandled: unknown[] = [];

const keep = (reason: unknown): void => void unhandled.push(reason);

beforeAll(() => process.on('unhandledRejection', keep));

afterAll(() => process.off('unhandledRejection', keep));

test(
  'G1–G35: whatever happens in whatever order, every invariant of the model holds',
  async () => {
    await fc.assert(
      fc.asyncProperty(setup, fc.array(step, { maxLength: 16 }), async (world, steps) => {
        const faults = [...(await runSteps(world, steps)), ...unhandled.splice(0).map(String)];
        expect(faults).toEqual([]);
      }),
      {
        numRuns: runs,
        seed,
        interruptAfterTimeLimit: minutes * 60_000,
        markInterruptAsFailure: false,
        endOnFailure: process.env.SHRINK === '0',
      },
    );
  },
  (minutes + 5) * 60_000,
);

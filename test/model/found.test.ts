import { KNOWN } from './known';
import { runSteps, type Setup, type Step } from './model';

test.failing.each(KNOWN)('$title', async ({ setup, steps }) => {
  expect(await runSteps(setup, steps)).toEqual([]);
});

const SYNC: Setup = { store: 'sync', lock: false, onSend: false, lifetime: null, holds: 'a' };

/** What the model has found, and is fixed: the shortest sequence of each. */
const FIXED: [title: string, setup: Setup, steps: Step[]][] = [
  [
    'G20: a request that is aborted a few microtasks after its call is not sent',
    SYNC,
    [['request', 0, 'abortable'], ['turns', 5], ['abort']],
  ],
];

test.each(FIXED)('%s', async (_, setup, steps) => {
  expect(await runSteps(setup, steps)).toEqual([]);
});

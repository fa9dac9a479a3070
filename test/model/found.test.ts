import { KNOWN } from './known';
import { runSteps } from './model';

test.failing.each(KNOWN)('$title', async ({ setup, steps }) => {
  expect(await runSteps(setup, steps)).toEqual([]);
});

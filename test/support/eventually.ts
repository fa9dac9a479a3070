import { setTimeout as sleep } from 'node:timers/promises';

/** Polls, so that a slow machine only makes the test slow. */
export async function eventually(condition: () => unknown, patience = 20_000): Promise<void> {
  const end = performance.now() + patience;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`It did not come true: ${String(condition)}`);
    await sleep(5);
  }
}

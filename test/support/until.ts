// A test may have the timers under its control.
const realTimeout = globalThis.setTimeout;

/** Below the time that a test has, and counted in polls: a test may have its hand on the clocks. */
const POLLS = 8_000;

/** Polls instead of sleeping, so that a slow machine only makes the test slow. */
export async function until(condition: () => boolean): Promise<void> {
  for (let poll = 0; !condition(); poll++) {
    if (poll === POLLS) throw new Error(`It did not come to pass: ${condition.toString()}`);
    await new Promise((resolve) => realTimeout(resolve, 2));
  }
}

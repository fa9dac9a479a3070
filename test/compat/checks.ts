import { listenForNoise } from '../runtimes/noise';
import type { Check } from '../runtimes/report';
import { equal, runCheck } from '../runtimes/scenario';
import { cleanUp } from '../support/clean-up';

/** Runs the checks one after the other; what one has opened is closed before the next. */
export async function runChecks<S>(
  checks: Record<string, (setting: S) => unknown>,
  setting: S,
): Promise<Check[]> {
  const noise = listenForNoise();
  const found: Check[] = [];
  for (const [name, check] of Object.entries(checks)) {
    found.push(await runCheck(name, () => check(setting)));
    await cleanUp();
  }
  // A rejection is reported some turns after it arose.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const quiet = 'G35: nothing is printed or left unhandled';
  found.push(await runCheck(quiet, () => equal(noise(), [])));
  return found;
}

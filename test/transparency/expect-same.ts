import { undocumented, report } from './compare';
import { observe, type Scenario, type Surroundings } from './run';
import { watchProcess } from '../support/watched';

/** Makes the call in each way, and fails with what was different and is not documented. */
export async function expectSame(scenario: Scenario, surroundings: Surroundings): Promise<void> {
  const watch = watchProcess();
  const [bare, attached, replayed] = await Promise.all([
    observe(scenario, 'bare', surroundings),
    observe(scenario, 'attached', surroundings),
    observe(scenario, 'replayed', surroundings),
  ]);
  const { traits = [] } = scenario;
  const faults = [
    report('attached', undocumented(bare, attached, 'attached', traits)),
    report('replayed', undocumented(bare, replayed, 'replayed', traits)),
    ...(await watch.settled()).map((noise) => `noise: ${JSON.stringify(noise)}`),
  ].filter(Boolean);
  if (faults.length > 0) throw new Error(`\n${scenario.name}\n\n${faults.join('\n')}\n`);
}

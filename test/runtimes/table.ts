import { GeneratedPart, tableOf, withoutWidths } from '../support/generated-part';
import type { Run, Runtime } from './runtimes';

/** Where the table stands. */
export const part = new GeneratedPart('platforms.md', 'runtimes');

/** The table of docs/platforms.md, as this run would write it. */
export function makeTable(runs: { runtime: Runtime; run: Run }[]): string {
  const rows = runs.map(({ runtime, run }) => {
    const { checks, lacks } = run.report;
    const passed = checks.filter(({ outcome }) => outcome === 'passed').length;
    const cells = [runtime.name, run.version, `\`${runtime.adapter}\``];
    return [...cells, `${passed} of ${checks.length}`, lacks.join(', ') || '–'];
  });
  const head = ['Runtime', 'Version', 'Adapter', 'Checks passed', 'Has no'];
  return tableOf([head, ...rows]);
}

/** Why checks were left out, for the paragraph below the table. */
export function makeReasons(runs: { run: Run }[]): string {
  const checks = runs.flatMap(({ run }) => run.report.checks);
  const reasons = checks.filter(({ outcome }) => outcome === 'left out').map(({ why }) => why);
  return `A check is left out where there is nothing to test: ${[...new Set(reasons)].sort().join('; ')}.`;
}

/** Two texts are the same where they differ in versions and in the width of columns only. */
export const withoutVersions = (text: string): string =>
  withoutWidths(text.replace(/^(\|[^|]*\|)[^|]*\|/gm, '$1 |'));

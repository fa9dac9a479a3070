import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Run, Runtime } from './runtimes';

const page = resolve(__dirname, '../../docs/platforms.md');
const [BEGIN, END] = ['<!-- runtimes: begin -->', '<!-- runtimes: end -->'];

/** The table of docs/platforms.md, as this run would write it. */
export function makeTable(runs: { runtime: Runtime; run: Run }[]): string {
  const rows = runs.map(({ runtime, run }) => {
    const { checks, lacks } = run.report;
    const passed = checks.filter(({ outcome }) => outcome === 'passed').length;
    const cells = [runtime.name, run.version, `\`${runtime.adapter}\``];
    return [...cells, `${passed} of ${checks.length}`, lacks.join(', ') || '–'];
  });
  const head = ['Runtime', 'Version', 'Adapter', 'Checks passed', 'Has no'];
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Why checks were left out, for the paragraph below the table. */
export function makeReasons(runs: { run: Run }[]): string {
  const checks = runs.flatMap(({ run }) => run.report.checks);
  const reasons = checks.filter(({ outcome }) => outcome === 'left out').map(({ why }) => why);
  return `A check is left out where there is nothing to test: ${[...new Set(reasons)].sort().join('; ')}.`;
}

export function writeIntoPage(text: string): void {
  const [before, , after] = parts();
  writeFileSync(page, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`);
  execFileSync(process.execPath, [require.resolve('prettier/bin/prettier.cjs'), '--write', page]);
}

export const textOfPage = (): string => parts()[1];

function parts(): [before: string, between: string, after: string] {
  const text = readFileSync(page, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${page} has no ${BEGIN} … ${END}`);
  return [
    text.slice(0, begin),
    text.slice(begin + BEGIN.length, end),
    text.slice(end + END.length),
  ];
}

/** Two texts are the same where they differ in versions and in the width of columns only. */
export const withoutVersions = (text: string): string =>
  text
    .replace(/^(\|[^|]*\|)[^|]*\|/gm, '$1 |')
    .replace(/-{3,}/g, '---')
    .replace(/[ \n]+/g, ' ')
    .trim();

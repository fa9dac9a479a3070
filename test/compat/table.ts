import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Check } from '../runtimes/report';
import { folderOf, type Peer } from './install';
import type { Build } from './places';
import type { PeerName } from './peers';
import type { Found } from './tell';

const page = resolve(__dirname, '../../docs/platforms.md');
const [BEGIN, END] = ['<!-- versions: begin -->', '<!-- versions: end -->'];

/** What one version has brought with one of the builds. */
export interface Result {
  name: PeerName;
  peer: Peer;
  build: Build;
  found: Found;
}

/** The part of docs/platforms.md that is made by the run. */
export function makeText(results: Result[]): string {
  const reasons = results.flatMap(({ found }) =>
    Object.values(found.checks)
      .flat()
      .flatMap(({ outcome, why = '' }) => (outcome === 'left out' ? [why] : [])),
  );
  const leftOut = [...new Set(reasons)].sort().join('; ');
  return [
    makeTable(results, (name) => name === 'axios'),
    makeTable(results, (name) => name !== 'axios'),
    `A check is left out where there is nothing to test: ${leftOut}.`,
  ].join('\n\n');
}

/** A row for each version, a column for each build, and for each adapter of axios. */
function makeTable(results: Result[], isMeant: (name: PeerName) => boolean): string {
  const chosen = results.filter(({ name }) => isMeant(name));
  const rows = new Map<string, Map<string, string>>();
  const columns = new Set<string>();
  for (const { peer, build, found } of chosen) {
    const row = rows.get(peer.alias) ?? new Map<string, string>();
    rows.set(peer.alias, row.set('Package', `${peer.name} ${peer.version}`));
    for (const [adapter, checks] of Object.entries(found.checks)) {
      const column = adapter === 'single' ? build : `${adapter}, ${build}`;
      columns.add(column);
      row.set(column, passedOf(checks));
    }
  }
  const head = ['Package', ...[...columns].sort()];
  const lines = [...rows.values()].map((row) => head.map((column) => row.get(column) ?? '–'));
  return [head, head.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function passedOf(checks: Check[]): string {
  const passed = checks.filter(({ outcome }) => outcome === 'passed').length;
  return `${passed} of ${checks.length}`;
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

/** Two texts are the same where they differ in the width of columns only. */
export const withoutWidths = (text: string): string =>
  text.replace(/-{3,}/g, '---').replace(/\s+/g, ' ').trim();

/** The version that the folder of an alias says of itself. */
export function installedVersion({ alias }: Peer): string {
  const text = readFileSync(`${folderOf(alias)}/package.json`, 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

import { readFileSync } from 'node:fs';
import type { Check } from '../runtimes/report';
import { GeneratedPart, tableOf } from '../support/generated-part';
import { folderOf, type Peer } from './install';
import type { Build } from './places';
import type { PeerName } from './peers';
import type { Found } from './tell';

/** Where the table stands. */
export const part = new GeneratedPart('platforms.md', 'versions');

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
  return tableOf([head, ...lines]);
}

function passedOf(checks: Check[]): string {
  const passed = checks.filter(({ outcome }) => outcome === 'passed').length;
  return `${passed} of ${checks.length}`;
}

/** The version that the folder of an alias says of itself. */
export function installedVersion({ alias }: Peer): string {
  const text = readFileSync(`${folderOf(alias)}/package.json`, 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

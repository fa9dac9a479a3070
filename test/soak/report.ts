import type { Findings } from './run';

const table = (counts: Map<string, number>): string =>
  [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** The numbers of a soak, in a few lines. */
export function reportOf(found: Findings): string {
  const { ledger, worlds, heap, inFlight } = found;
  const wrong = new Map<string, number>();
  for (const { wrong: kind } of ledger.violations) wrong.set(kind, (wrong.get(kind) ?? 0) + 1);
  const faults = [...ledger.faults.values()].reduce((sum, count) => sum + count, 0);
  return `
Soak: ${found.ms / 60_000} minutes, seed ${found.seed}
  requests     ${ledger.requests}, of them answered ${ledger.answered}; in flight at least ${inFlight.least}, mean ${inFlight.mean}
  tokens       lived 300 ms${found.slowness > 1 ? `, times ${found.slowness} as the machine was slow` : ''}
  recoveries   ${ledger.recoveries} requests were refused as expired, sent again and answered
  refreshes    ${worlds.map(({ name, refreshes, reuses }) => `${name} ${refreshes} (reused ${reuses})`).join(', ')}
  faults       ${faults}: ${table(ledger.faults)}
  killed       ${found.kills} tabs and processes; ${ledger.gone} requests died with them; ${found.signIns} sign-ins
  outcomes     ${table(ledger.outcomes)}
  wrong        ${table(wrong) || 'nothing'}; hung ${found.hung.length}; printed or unhandled ${found.noise.length}
  ended        ${ledger.lostSessions} sessions by a refresh token that died with its client, with no grace window
  heap         ${megabytes(heap.middle)} in the middle, ${megabytes(heap.end)} at the end; sockets left ${found.connections}; left ${found.left.join(' ') || 'nothing'}
`;
}

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cleanUp } from '../support/clean-up';
import { installVersions, versionsOf } from './install';
import { CASES, PEERS, RUNNERS } from './peers';
import { openWorkshop, type Workshop } from './places';
import { withoutWidths } from '../support/generated-part';
import { installedVersion, makeText, part } from './table';
import type { Found } from './tell';

jest.setTimeout(600_000);

/** So many processes at once: most of the time one waits for a server or a timer. */
const AT_ONCE = 4;

const runs = new Map<(typeof CASES)[number], Promise<Found>>();
let workshop: Workshop;

// All of them run from the start; each test waits for its own.
beforeAll(async () => {
  [workshop] = await Promise.all([openWorkshop(), installVersions()]);
  const free = Array.from({ length: AT_ONCE }, () => Promise.resolve());
  CASES.forEach((one, index) => {
    const run = free[index % AT_ONCE]!.then(() => RUNNERS[one.name](workshop, one.peer, one.build));
    runs.set(one, run);
    // The test that waits for it reports it.
    free[index % AT_ONCE] = run.then(
      () => undefined,
      () => undefined,
    );
  });
});

afterAll(async () => {
  await Promise.allSettled(runs.values());
  await cleanUp();
  workshop.remove();
});

test.each(CASES.map((one) => [`${one.name} ${one.peer.version}, ${one.build}`, one] as const))(
  'G39: %s',
  async (_, one) => {
    const { version, checks } = await runs.get(one)!;
    const all = Object.values(checks).flat();
    expect(all.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(all.length).toBeGreaterThan(5);
    expect(version.split('-')[0]).toBe(one.peer.version);
    expect(installedVersion(one.peer)).toBe(one.peer.version);
  },
);

test('docs/platforms.md shows what was run; UPDATE_PLATFORMS=1 writes it', async () => {
  const results = await Promise.all(
    CASES.map(async (one) => ({ ...one, found: await runs.get(one)! })),
  );
  const text = makeText(results);
  if (process.env.UPDATE_PLATFORMS) part.write(text);
  expect(withoutWidths(part.text)).toBe(withoutWidths(text));
});

test('every minor of axios from 1.7 to the one that is developed with is there', () => {
  const installed = resolve(__dirname, '../../node_modules/axios/package.json');
  const { version } = JSON.parse(readFileSync(installed, 'utf8')) as { version: string };
  const newest = Number(version.split('.')[1]);
  const minors = versionsOf('axios').map((peer) => Number(peer.version.split('.')[1]));
  const wanted = Array.from({ length: newest - 6 }, (_, index) => index + 7);
  expect([...new Set(minors)]).toEqual(wanted);
});

test('every major that package.json allows as a peer is there', () => {
  const manifest = readFileSync(resolve(__dirname, '../../package.json'), 'utf8');
  const { peerDependencies } = JSON.parse(manifest) as { peerDependencies: object };
  expect([...PEERS].sort()).toEqual(Object.keys(peerDependencies).sort());
  for (const [name, range] of Object.entries(peerDependencies) as [string, string][]) {
    const majors = new Set(versionsOf(name).map(({ version }) => version.split('.')[0]));
    expect([...majors]).toEqual([...range.matchAll(/\^(\d+)/g)].map(([, major]) => major));
  }
});

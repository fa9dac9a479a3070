import type { DocumentedDifference } from './differences';
import { DIFFERENCES } from './differences';
import type { Observation, Trait, Way } from './run';
import type { Seen } from './snapshot';

/** One place at which two observations differ. */
export interface Difference {
  path: string;
  bare: Seen | undefined;
  other: Seen | undefined;
}

/** The documented differences that were met, so that none stays in the list that is there no more. */
export const met = new Set<DocumentedDifference>();

/** What is different in `other` and not documented. */
export function undocumented(
  bare: Observation,
  other: Observation,
  way: Way,
  traits: readonly Trait[],
): Difference[] {
  return differencesOf(bare, other, way, traits).filter((difference) => {
    const reason = DIFFERENCES.find(({ allows }) => allows(difference, { way, traits, other }));
    if (reason) met.add(reason);
    return !reason;
  });
}

function differencesOf(
  bare: Observation,
  other: Observation,
  way: Way,
  traits: readonly Trait[],
): Difference[] {
  const found: Difference[] = [];
  // Where a request is given up, it depends on the moment whether it has arrived.
  if (!traits.includes('given-up')) {
    diff('server', bare.server as unknown as Seen, other.server as unknown as Seen, found);
    if (!traits.includes('broken-off')) {
      diff('progress', bare.progress, other.progress, found);
    }
  }
  // What was refused is the first request of the call, as the bare instance sends it, where that has arrived.
  const { length } = other.refused;
  const count = traits.includes('given-up') ? Math.min(length, bare.server.length) : length;
  const [first, refused] = [bare.server, other.refused].map((all) => all.slice(0, count));
  diff('refused', first as unknown as Seen, refused as unknown as Seen, found);
  diff('settlement', bare.settlement, other.settlement, found);
  diff('events', bare.events, other.events, found);
  for (const [name, calls] of Object.entries(bare.sending)) {
    const others = other.sending[name] ?? [];
    // The calls for the attempt that was refused come before.
    const surplus = way === 'replayed' ? Math.max(0, others.length - calls.length) : 0;
    if (surplus > 0) found.push({ path: `sending, before: ${name}`, bare: 0, other: surplus });
    diff(`sending: ${name}`, calls, others.slice(surplus), found);
  }
  return found;
}

function diff(
  path: string,
  bare: Seen | undefined,
  other: Seen | undefined,
  found: Difference[],
): void {
  if (bare === other) return;
  if (!isTree(bare) || !isTree(other) || Array.isArray(bare) !== Array.isArray(other)) {
    found.push({ path, bare, other });
    return;
  }
  for (const key of new Set([...Object.keys(bare), ...Object.keys(other)])) {
    const [left, right] = [bare, other] as Record<string, Seen>[];
    diff(`${path}.${key}`, left?.[key], right?.[key], found);
  }
}

const isTree = (seen: Seen | undefined): seen is Seen & object =>
  typeof seen === 'object' && seen !== null;

/** A report that can be read: the place, and what stood there in each. */
export const report = (way: Way, differences: readonly Difference[]): string =>
  differences
    .map(
      ({ path, bare, other }) =>
        `${path}\n     bare: ${show(bare)}\n ${way.padStart(8)}: ${show(other)}`,
    )
    .join('\n');

const show = (seen: Seen | undefined): string =>
  seen === undefined ? '(nothing)' : JSON.stringify(seen).slice(0, 1_500);

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Rows of choices, one of each dimension, in which every two choices of two dimensions come together at
 * least once. `sizes` says how many choices each dimension has.
 */
export function pairwise(sizes: readonly number[], random: () => number): number[][] {
  const open = openPairs(sizes);
  const rows: number[][] = [];
  for (const pair of open) {
    const row = sizes.map(() => -1);
    const [left, leftChoice, right, rightChoice] = pair.split(' ').map(Number) as Pair;
    row[left] = leftChoice;
    row[right] = rightChoice;
    for (const dimension of shuffled(sizes.keys(), random)) {
      if (row[dimension] === -1) row[dimension] = bestChoice(row, dimension, sizes, open, random);
    }
    for (const covered of pairsOf(row)) open.delete(covered);
    rows.push(row);
  }
  return rows;
}

type Pair = [left: number, leftChoice: number, right: number, rightChoice: number];

const nameOf = (...pair: Pair): string => pair.join(' ');

function openPairs(sizes: readonly number[]): Set<string> {
  const open = new Set<string>();
  for (const [left, leftSize] of sizes.entries()) {
    for (let right = left + 1; right < sizes.length; right++) {
      for (let one = 0; one < leftSize; one++) {
        for (let two = 0; two < (sizes[right] ?? 0); two++) open.add(nameOf(left, one, right, two));
      }
    }
  }
  return open;
}

function pairsOf(row: readonly number[]): string[] {
  return row.flatMap((one, left) =>
    row.slice(left + 1).map((two, after) => nameOf(left, one, left + 1 + after, two)),
  );
}

/** The choice that covers the most pairs that are still open; one of them at random. */
function bestChoice(
  row: readonly number[],
  dimension: number,
  sizes: readonly number[],
  open: ReadonlySet<string>,
  random: () => number,
): number {
  let best = 0;
  let most = -1;
  for (const choice of shuffled(Array(sizes[dimension]).keys(), random)) {
    const covered = row.filter((other, at) => {
      if (other === -1 || at === dimension) return false;
      return open.has(
        at < dimension
          ? nameOf(at, other, dimension, choice)
          : nameOf(dimension, choice, at, other),
      );
    }).length;
    if (covered > most) [best, most] = [choice, covered];
  }
  return best;
}

export function shuffled<V>(values: Iterable<V>, random: () => number): V[] {
  const list = [...values];
  for (let at = list.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [list[at], list[other]] = [list[other] as V, list[at] as V];
  }
  return list;
}

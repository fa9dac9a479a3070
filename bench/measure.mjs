/**
 * The processor's time of this process, in milliseconds, with that of the garbage collector's threads.
 * Where all the work is in this process, other processes disturb it less than they do the wall clock.
 */
export function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Runs the tasks in turn, in another order in each round, and gives the milliseconds of each by round. */
export async function interleave(
  tasks,
  { rounds, warmups = 1, before = () => undefined, clock = () => performance.now() },
) {
  const names = Object.keys(tasks);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -warmups; round < rounds; round++) {
    for (const name of orderOf(names, round)) {
      before();
      const start = clock();
      const own = await tasks[name]();
      // A task that has to prepare something before it can start takes its time by itself.
      const ms = typeof own === 'number' ? own : clock() - start;
      if (round >= 0) times[name].push(ms);
    }
  }
  return times;
}

/** Each begins as often as any other, and no one always follows the same neighbour. */
function orderOf(names, round) {
  const first = Math.abs(round) % names.length;
  const rotated = [...names.slice(first), ...names.slice(0, first)];
  return round % 2 ? rotated.reverse() : rotated;
}

export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The ratio within each round: what slows the machine down for a while slows both. */
export const ratios = (values, base) => values.map((value, round) => value / base[round]);

/** The median and the quartiles. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => {
    const position = (sorted.length - 1) * share;
    const below = Math.floor(position);
    const above = Math.ceil(position);
    return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** Bytes in use once everything is collected that can be. */
export async function heapInUse() {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

import { closeSync, openSync, unlinkSync } from 'node:fs';
import { fileStore } from '../../src/node/index';

/**
 * Takes the lock again and again, and writes to the file what it read plus one. `inside` is made with
 * O_EXCL, so a second process beside it is found out even where the sums happen to be right.
 */
const [file = '', rounds = '0'] = process.argv.slice(2);
const inside = `${file}.inside`;
const store = fileStore<{ accessToken: string }>(file, { lease: 60_000 });

async function addOne(): Promise<void> {
  try {
    closeSync(openSync(inside, 'wx'));
  } catch {
    process.exit(3);
  }
  const tokens = await store.get();
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
  await store.set({ accessToken: String(Number(tokens?.accessToken ?? 0) + 1) });
  unlinkSync(inside);
}

/** Dies with the lock in its hands. */
async function die(): Promise<void> {
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => undefined);
}

async function main(): Promise<void> {
  const { signal } = new AbortController();
  const alive = setInterval(() => undefined, 1_000);
  for (let round = 0; round < Number(rounds); round++) await store.lock?.(addOne, signal);
  if (process.argv.includes('--die')) await store.lock?.(die, signal);
  clearInterval(alive);
}

void main();

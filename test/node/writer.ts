import { fileStore } from '../../src/node/index';

/** Writes large tokens over and over until it is killed. */
const store = fileStore<{ accessToken: string; filler: string }>(String(process.argv[2]));

async function main(): Promise<void> {
  for (let round = 0; ; round++) {
    const accessToken = String(round);
    await store.set({ accessToken, filler: accessToken.padStart(10, '_').repeat(20_000) });
    if (round === 0) process.send?.('begun');
  }
}

void main();

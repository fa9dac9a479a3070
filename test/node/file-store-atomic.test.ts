import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Tokens } from '../../src/index';
import { fileStore } from '../../src/node/index';
import { cleanUp, onCleanUp } from '../support/rig';
import { bundleScript, createFolder } from './workers';

jest.setTimeout(60_000);
afterEach(cleanUp);

interface Large extends Tokens {
  accessToken: string;
  filler: string;
}

test('G9: a reader never meets half of a file, also when the writer is killed', async () => {
  const script = bundleScript('writer');
  const file = join(createFolder(), 'tokens.json');
  const store = fileStore<Large>(file);
  const seen = new Set<string>();

  async function look(): Promise<void> {
    const found = await store.get();
    const { accessToken, filler } = found!;
    expect(filler === accessToken.padStart(10, '_').repeat(20_000)).toBe(true);
    seen.add(accessToken);
  }

  for (let kill = 0; kill < 4; kill++) {
    const writer = fork(script, [file]);
    onCleanUp(() => writer.kill('SIGKILL'));
    await once(writer, 'message');
    const before = seen.size;
    while (seen.size < before + 15) {
      await look();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const ended = once(writer, 'exit');
    writer.kill('SIGKILL');
    await ended;
    await look();
    seen.clear();
  }
});

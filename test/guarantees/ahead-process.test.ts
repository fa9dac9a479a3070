import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { bundleScript } from '../node/workers';
import { cleanUp } from '../support/rig';

const start = promisify(execFile);

afterEach(cleanUp);

/** What the process said when it ended; it is given more time than a renewal has. */
async function endOf(way: string): Promise<unknown> {
  const script = bundleScript('../support/ahead-process');
  const { stdout } = await start(process.execPath, [script, way], { timeout: 25_000 });
  return JSON.parse(stdout);
}

test('G31: a renewal ahead that hangs keeps no process alive', async () => {
  expect(await endOf('hangs')).toEqual({ answered: true, refreshes: 1 });
});

test('G31: nor does one that waits to try again', async () => {
  // A second attempt would say that the process was kept until then.
  expect(await endOf('fails')).toEqual({ answered: true, refreshes: 1 });
});

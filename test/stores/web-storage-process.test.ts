import { spawnSync } from 'node:child_process';
import { bundleScript } from '../node/workers';

test('a subscription and a write keep no process alive', () => {
  const script = bundleScript('../stores/subscriber');
  const { status, signal, stderr } = spawnSync(process.execPath, [script], { timeout: 60_000 });
  expect({ status, signal, stderr: String(stderr) }).toEqual({
    status: 0,
    signal: null,
    stderr: '',
  });
});

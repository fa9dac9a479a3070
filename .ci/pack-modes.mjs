// For `npm pack`, which keeps the modes of files: under a strict umask the same commit would give another tarball.
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';

const list = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
});
const [{ files }] = JSON.parse(list);
for (const { path } of files) chmodSync(path, 0o644);

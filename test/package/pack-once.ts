import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Builds and packs the package once for all test files; they find the tarball by `PACKED_TARBALL`. */
export default function packOnce(): void {
  const folder = mkdtempSync(join(tmpdir(), 'packed-'));
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: resolve(__dirname, '../..'),
    stdio: 'pipe',
  });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new Error('npm pack made no tarball');
  process.env.PACKED_TARBALL = join(folder, tarball);
}

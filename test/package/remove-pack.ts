import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

export default function removePack(): void {
  const tarball = process.env.PACKED_TARBALL;
  if (tarball) rmSync(dirname(tarball), { recursive: true, force: true });
}

/**
 * The lines of the core: of every file of src that ends up in the bundle of somebody who imports
 * `attachAuthInterceptors` and `memoryStore`, comments included. Fails above the limit.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** What is reached: it must not grow. */
const LIMIT = 5_425;
/** What it should be. */
const AIM = 3_200;

const root = fileURLToPath(new URL('..', import.meta.url));
const { metafile } = await build({
  stdin: {
    contents: "export { attachAuthInterceptors, memoryStore } from './src/index';",
    resolveDir: root,
  },
  absWorkingDir: root,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  packages: 'external',
  metafile: true,
  write: false,
});

const [{ inputs }] = Object.values(metafile.outputs);
const files = Object.entries(inputs)
  .filter(([path, { bytesInOutput }]) => path.startsWith('src/') && bytesInOutput > 0)
  .map(([path, { bytesInOutput }]) => ({
    path: relative('src', path),
    lines: readFileSync(new URL(`../${path}`, import.meta.url), 'utf8').split('\n').length - 1,
    bytes: bytesInOutput,
  }))
  .sort((a, b) => b.lines - a.lines);

const total = files.reduce((sum, { lines }) => sum + lines, 0);
console.log('lines   minified, bytes');
for (const { path, lines, bytes } of files) {
  console.log(`${String(lines).padStart(5)}   ${String(bytes).padStart(5)}   ${path}`);
}
const number = (value) => value.toLocaleString('en');
console.log(
  `\nThe core: ${number(total)} lines in ${files.length} files (limit ${number(LIMIT)}, aim ${number(AIM)}).`,
);
if (total > LIMIT) {
  console.error('The core is above its limit.');
  process.exitCode = 1;
}

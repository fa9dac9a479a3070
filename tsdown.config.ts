import { readFileSync } from 'node:fs';
import { defineConfig, type UserConfig } from 'tsdown';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: object };

/** The entries are the `exports` of package.json: './oauth2' is src/oauth2/index.ts, and dist/oauth2.*. */
const entries = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => (path === '.' ? 'index' : path.slice('./'.length)));

/** They use modules of Node; all others run anywhere. */
const OF_NODE = ['node', 'redis'];

/** One build for each: none shares a chunk with another, so none brings in what it has no use for. */
const build = (entry: string): UserConfig => ({
  entry: { [entry]: entry === 'index' ? 'src/index.ts' : `src/${entry}/index.ts` },
  format: ['esm', 'cjs'],
  platform: OF_NODE.includes(entry) ? 'node' : 'neutral',
  target: 'es2022',
  dts: true,
  fixedExtension: true,
  deps: { neverBundle: ['axios', 'react'] },
});

export default defineConfig(entries.map(build));

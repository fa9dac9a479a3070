import { defineConfig, type UserConfig } from 'tsdown';

/** One build for each entry: none shares a chunk with another, so none brings in what it has no use for. */
const entry = (name: string, platform: 'neutral' | 'node' = 'neutral'): UserConfig => ({
  entry: { [name]: name === 'index' ? 'src/index.ts' : `src/${name}/index.ts` },
  format: ['esm', 'cjs'],
  platform,
  target: 'es2022',
  dts: true,
  fixedExtension: true,
  deps: { neverBundle: ['axios', 'react'] },
});

export default defineConfig([
  entry('index'),
  entry('node', 'node'),
  entry('oauth2'),
  entry('react'),
  entry('redis', 'node'),
]);

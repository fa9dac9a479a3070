import { defineConfig, type UserConfig } from 'tsdown';

/** One build for each entry: none shares a chunk with another, so none brings in what it has no use for. */
const entry = (file: string, platform: 'neutral' | 'node' = 'neutral'): UserConfig => ({
  entry: [file],
  format: ['esm', 'cjs'],
  platform,
  target: 'es2022',
  dts: true,
  fixedExtension: true,
  deps: { neverBundle: ['axios', 'react'] },
});

export default defineConfig([
  entry('src/index.ts'),
  entry('src/node.ts', 'node'),
  entry('src/oauth2.ts'),
  entry('src/react.ts'),
  entry('src/redis.ts', 'node'),
]);

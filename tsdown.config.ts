import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { defineConfig, type UserConfig } from 'tsdown';

type Condition = Record<'types' | 'default', string>;

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, Record<'import' | 'require', Condition>>;
};

/** The entries are the `exports` of package.json: './oauth2' is src/oauth2/index.ts, and dist/oauth2.*. */
const entries = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => (path === '.' ? 'index' : path.slice('./'.length)));

/** They use modules of Node; all others run anywhere. */
const OF_NODE = ['node', 'redis'];

/**
 * For resolvers that do not read `exports` (TypeScript's node10, Metro without package exports, Parcel,
 * webpack 4): they find `axios-auth-interceptors/oauth2` by oauth2/package.json. The root has its own.
 */
function writeFolder(entry: string): void {
  const conditions = manifest.exports[`./${entry}`];
  if (!conditions) throw new Error(`package.json exports no ./${entry}`);
  const { import: esm, require: cjs } = conditions;
  const fields = { main: cjs.default, module: esm.default, types: cjs.types };
  mkdirSync(entry, { recursive: true });
  writeFileSync(`${entry}/package.json`, `${JSON.stringify(upward(fields), null, 2)}\n`);
}

const upward = (fields: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([field, path]) => [field, `.${path}`]));

/** One build for each: none shares a chunk with another, so none brings in what it has no use for. */
const build = (entry: string): UserConfig => ({
  entry: { [entry]: entry === 'index' ? 'src/index.ts' : `src/${entry}/index.ts` },
  format: ['esm', 'cjs'],
  platform: OF_NODE.includes(entry) ? 'node' : 'neutral',
  target: 'es2022',
  dts: true,
  fixedExtension: true,
  deps: { neverBundle: ['axios', 'react'] },
  onSuccess: () => {
    if (entry !== 'index') writeFolder(entry);
  },
});

export default defineConfig(entries.map(build));

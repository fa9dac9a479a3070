import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entries } from './entries';
import { installProject, type Consumer } from './pack';

jest.setTimeout(600_000);

let consumer: Consumer;
beforeAll(async () => {
  consumer = await installProject('types');
  writeFileSync(join(consumer.folder, 'src/entries.ts'), everyEntry());
  // A project under node16 and nodenext is of ES modules, of CommonJS modules, or of both.
  for (const file of SHARED) {
    const code = readFileSync(join(consumer.folder, 'src', `${file}.ts`), 'utf8');
    for (const kind of ['mts', 'cts']) {
      writeFileSync(join(consumer.folder, 'src', `${file}.${kind}`), code);
    }
  }
});
afterAll(() => {
  consumer.remove();
});

const SHARED = ['page', 'nest', 'second-copy', 'together', 'entries'];
/** A page is bundled, and knows no types of Node; Nest needs them. */
const ofPage = ['page', 'second-copy', 'together', 'entries'].map((file) => `src/${file}.ts`);
const shared = (kind: string): string[] => SHARED.map((file) => `src/${file}.${kind}`);

/** A module that imports every entry, whatever entries there are, and gives what they export. */
const everyEntry = (): string =>
  `${entries
    .map(({ specifier }, index) => `import * as entry${index} from '${specifier}';`)
    .join('\n')}
type Name<T> = keyof T;
// An entry that was not found would be \`any\`, and have every name.
${entries
  .map((_, index) => `// @ts-expect-error no entry exports it\nvoid entry${index}.noSuchName;`)
  .join('\n')}
export const names: [${entries.map((_, index) => `Name<typeof entry${index}>`).join(', ')}][] = [];
`;

const VERSIONS = ['5.0', '5.4', '5.9', '6.0', '7.0'] as const;

interface World {
  version: (typeof VERSIONS)[number];
  moduleResolution: string;
  module: string;
  files: string[];
  /** The types that are there without an import. */
  types: string[];
}

/** From 5.3 on, a type can be imported as a module of the other kind sees it. */
const foreign = (version: World['version']): string[] =>
  version === '5.0' ? [] : ['src/foreign-types.mts', 'src/foreign-types.cts'];

const worlds: World[] = VERSIONS.flatMap((version) => {
  const both = [...shared('mts'), ...shared('cts'), ...foreign(version)];
  return [
    { moduleResolution: 'node10', module: 'commonjs', files: shared('ts'), types: ['node'] },
    { moduleResolution: 'node16', module: 'node16', files: both, types: ['node'] },
    { moduleResolution: 'nodenext', module: 'nodenext', files: both, types: ['node'] },
    { moduleResolution: 'bundler', module: 'esnext', files: ofPage, types: [] },
  ].map((world) => ({ version, ...world }));
  // TypeScript 7 has removed node10.
}).filter(({ version, moduleResolution }) => version !== '7.0' || moduleResolution !== 'node10');

async function typeErrors({ version, files, ...world }: World): Promise<string> {
  const compilerOptions = {
    ...{ ...world, target: 'es2022', lib: ['es2022', 'dom'] },
    ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true },
    jsx: 'react-jsx',
    experimentalDecorators: true,
    ...(version === '6.0' && world.moduleResolution === 'node10' && { ignoreDeprecations: '6.0' }),
  };
  const project = `tsconfig.${version}.${world.moduleResolution}.json`;
  writeFileSync(join(consumer.folder, project), JSON.stringify({ compilerOptions, files }));
  const tsc = `node_modules/typescript-${version}/bin/tsc`;
  return consumer
    .start('node', tsc, '--project', project)
    .catch((error: unknown) => String((error as { stdout?: unknown }).stdout ?? error));
}

test.each(worlds)(
  '§2: the types hold under TypeScript $version with $moduleResolution',
  async (world) => {
    expect(await typeErrors(world)).toBe('');
  },
);

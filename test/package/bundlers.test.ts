import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entries } from './entries';
import { installProject, type Consumer } from './pack';

jest.setTimeout(600_000);

let consumer: Consumer;
beforeAll(async () => {
  consumer = await installProject('bundlers');
  writeFileSync(join(consumer.folder, 'main.js'), PROGRAM);
});
afterAll(() => {
  consumer.remove();
});

const names = entries.map((_, index) => `names(entry${index})`);

/** Imports every entry, whatever entries there are, and prints the names that each exports. */
const PROGRAM = `
${entries.map(({ specifier }, index) => `import * as entry${index} from '${specifier}';`).join('\n')}
const names = (entry) => Object.keys(entry).filter((name) => name !== 'default').sort();
console.log(JSON.stringify([${names.join(', ')}]));
`;

/** The same by Node, which reads `exports`. */
function namesInNode(): unknown {
  writeFileSync(join(consumer.folder, 'node.mjs'), PROGRAM);
  return JSON.parse(consumer.run('node', 'node.mjs'));
}

test.each([
  ['Metro 0.81', ['metro.cjs', 'metro-0.81', 'metro-config-0.81'], 'metro-0.81.out.cjs'],
  ['Metro 0.84', ['metro.cjs', 'metro', 'metro-config'], 'metro.out.cjs'],
  ['Parcel', ['parcel.cjs'], 'out-parcel/parcel.out.cjs'],
  ['webpack 4', ['webpack.cjs'], 'webpack-4.out.cjs'],
])('§2: every entry resolves without `exports`, and runs: %s', async (_bundler, build, bundle) => {
  await consumer.start('node', ...build);
  const expected = namesInNode();
  expect(expected).toHaveLength(entries.length);
  expect(JSON.parse(consumer.run('node', bundle))).toEqual(expected);
});

import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { entries, manifest } from './entries';
import { installPacked, type Consumer } from './pack';

let consumer: Consumer;
beforeAll(() => {
  consumer = installPacked();
});
afterAll(() => {
  consumer.remove();
});

const inPackage = (path: string): string =>
  join(consumer.folder, 'node_modules', manifest.name, path);

/** The fields that a resolver without `exports` reads, as paths within the package. */
function fieldsOf(path: string): Record<string, string> {
  const text = readFileSync(inPackage(join(path, 'package.json')), 'utf8');
  const { main, module, types } = JSON.parse(text) as typeof manifest;
  const fields = Object.entries({ main, module, types });
  return Object.fromEntries(fields.map(([name, file]) => [name, normalize(join(path, file))]));
}

test.each(entries)('§2: $path is the same without `exports`', ({ path, import: esm, require }) => {
  const found = fieldsOf(path);
  const expected = { main: require.default, module: esm.default, types: require.types };
  expect(found).toEqual(
    Object.fromEntries(Object.entries(expected).map(([name, file]) => [name, normalize(file)])),
  );
  expect(Object.values(found).filter((file) => !existsSync(inPackage(file)))).toEqual([]);
});

test('§2: the tarball has a folder for each entry, and no other', () => {
  const folders = consumer.files.filter((file) => file.endsWith('/package.json'));
  const expected = entries
    .filter(({ path }) => path !== '.')
    .map(({ path }) => join(path, 'package.json'));
  expect(folders).toEqual(expected.sort());
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleOf, pages, snippetsOf, typeErrors } from './snippets';

jest.setTimeout(120_000);

const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');

test('every snippet in the README is valid TypeScript against the package', () => {
  const snippets = snippetsOf('README.md');
  expect(snippets.length).toBeGreaterThan(10);
  expect(typeErrors(snippets)).toEqual([]);
});

test('the code of every page is one valid TypeScript module', () => {
  const modules = pages().map(moduleOf);
  expect(modules.length).toBeGreaterThan(0);
  expect(typeErrors(modules)).toEqual([]);
});

test('the README links each guarantee to files that test it by its number', () => {
  const rows = [...readme.matchAll(/^\| G(\d+) .*$/gm)];
  expect(rows.map(([, number]) => Number(number))).toEqual(
    Array.from({ length: 35 }, (_, index) => index + 1),
  );
  for (const [row, number = ''] of rows) {
    const files = [...row.matchAll(/\]\((test\/[^)]+)\)/g)].map(([, file = '']) => file);
    expect({ number, linked: files.length > 0 }).toEqual({ number, linked: true });
    for (const file of files) {
      const source = readFileSync(join(__dirname, '../..', file), 'utf8');
      expect({ number, file, named: source.includes(`G${number}:`) }).toMatchObject({
        named: true,
      });
    }
  }
});

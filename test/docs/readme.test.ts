import { snippetsOf, typeErrors } from './snippets';

jest.setTimeout(120_000);

test('every snippet in the README is valid TypeScript against the package', () => {
  const snippets = snippetsOf('README.md');
  expect(snippets.length).toBeGreaterThan(10);
  expect(typeErrors(snippets)).toEqual([]);
});

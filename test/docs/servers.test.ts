import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './snippets';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

test('the JavaScript of the page about servers stands in the examples, word for word', () => {
  const fences = [...read('docs/servers.md').matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```$/gms)];
  expect(fences).toHaveLength(5);
  for (const [, file = '', code = ''] of fences) {
    expect({ file, isThere: read(file).includes(code) }).toEqual({ file, isThere: true });
  }
});

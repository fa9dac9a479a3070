import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './snippets';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

test('the JavaScript of the page about servers is that of the examples, from the first line to the last', () => {
  const fences = [...read('docs/servers.md').matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```$/gms)];
  expect(fences).toHaveLength(5);
  for (const [, file = '', code = ''] of fences) {
    expect({ file, code }).toEqual({ file, code: read(file) });
  }
});

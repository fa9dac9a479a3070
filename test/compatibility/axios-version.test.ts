import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import axios from 'axios';

/** Set by the jest configurations that put another version in the place of the installed one. */
const { expectedAxios } = globalThis as { expectedAxios?: string };

function installed(): string {
  const text = readFileSync(join(__dirname, '../../node_modules/axios/package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

it('G19: these tests run with the version of axios that they are meant for', () => {
  expect(axios.VERSION).toBe(expectedAxios ?? installed());
});

it.each(['axios-mock-adapter', 'axios-retry', 'axios-cache-interceptor', '../../src/index'])(
  'G19: %s is loaded beside it',
  (name) => {
    expect(jest.requireActual<object>(name)).toBeDefined();
  },
);

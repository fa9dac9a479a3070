import { join } from 'node:path';
import {
  OTHER_LIBRARIES,
  isOneModule,
  moduleOf,
  pages,
  snippetsOf,
  typeErrors,
} from '../docs/snippets';
import { installPacked, type Consumer } from './pack';

jest.setTimeout(240_000);

let consumer: Consumer;
beforeAll(() => {
  consumer = installPacked();
});
afterAll(() => {
  consumer.remove();
});

/** Each entry has type declarations of its own: what one gives must be what another one takes. */
test('§2: the code of README and docs is valid against the types of the tarball', () => {
  const types = join(consumer.folder, 'node_modules/axios-auth-interceptors/dist');
  const paths = {
    'axios-auth-interceptors': [join(types, 'index.d.mts')],
    'axios-auth-interceptors/*': [join(types, '*.d.mts')],
  };
  // The two that are left out need the types of other libraries: tests of their own have these.
  const left = [OTHER_LIBRARIES, 'docs/frameworks.md'];
  const snippets = ['README.md', ...pages()]
    .filter((page) => !left.includes(page))
    .flatMap((page) => (isOneModule(page) ? [moduleOf(page)] : snippetsOf(page)));
  expect(snippets.length).toBeGreaterThan(40);
  expect(typeErrors(snippets, { paths })).toEqual([]);
});

import { readFileSync } from 'node:fs';
import * as entry from '../../src/node/index';
import { bundleScript } from './workers';
import { cleanUp } from '../support/rig';

afterEach(cleanUp);

test('the node entry needs nothing but what Node brings along', () => {
  const text = readFileSync(bundleScript('../../src/node/index', '--packages=external'), 'utf8');
  const modules = [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name!);
  expect(modules.length).toBeGreaterThan(0);
  expect(modules.filter((name) => !name.startsWith('node:'))).toEqual([]);
});

test('the node entry gives fileStore alone', () => {
  expect(Object.keys(entry)).toEqual(['fileStore']);
});

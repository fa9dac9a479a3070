import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calmCells, seed, stormyCells } from './cells';
import { DIFFERENCES } from './differences';
import { adapter } from './dimensions';
import { expectSame } from './expect-same';
import { closedPort, startMirror, type Mirror } from './mirror';
import { randomOf, shuffled } from './pairwise';
import { cleanUp } from '../support/clean-up';

let mirror: Mirror;
let closed = 0;

beforeAll(async () => {
  mirror = await startMirror();
  closed = await closedPort();
});
afterEach(cleanUp);
afterAll(() => mirror.close());

const adapters = adapter('http', 'fetch');
const cells = [...calmCells(adapters), ...stormyCells(adapters)];

/** `npm run test:transparency` makes all of them. */
describe(`G17: attached calls are the same, a sample of seed ${seed}`, () => {
  test.each(shuffled(cells, randomOf(seed)).slice(0, 24))('$name', async (cell) => {
    await expectSame(cell, { mirror, closed });
  });
});

test('the page lists the differences that the comparison allows, and no others', () => {
  const page = readFileSync(join(__dirname, '../../docs/guarantees.md'), 'utf8');
  const [, section = ''] = page.split('\n## What attaching does not change\n');
  const [list = ''] = section.split('\n## ');
  const items = list
    .split('\n- ')
    .slice(1)
    .map((item) => item.split('\n\n', 1).join('').replace(/\s+/g, ' ').trim());
  expect(items).toEqual(DIFFERENCES.map(({ text }) => text));
});

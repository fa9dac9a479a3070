import { calmCells, seed, stormyCells } from '../cells';
import { adapter } from '../dimensions';
import { expectSame } from '../expect-same';
import { closedPort, startMirror, type Mirror } from '../mirror';
import { cleanUp } from '../../support/clean-up';

let mirror: Mirror;
let closed = 0;

beforeAll(async () => {
  mirror = await startMirror();
  closed = await closedPort();
});
afterEach(cleanUp);
afterAll(() => mirror.close());

const adapters = adapter('http', 'fetch');

describe(`G17: attached calls are the same, seed ${seed}`, () => {
  test.each([...calmCells(adapters), ...stormyCells(adapters)])('$name', async (cell) => {
    await expectSame(cell, { mirror, closed });
  });
});

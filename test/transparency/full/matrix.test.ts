import { closedPort, startMirror, type Mirror } from '../mirror';
import * as dimensions from '../dimensions';
import { expectSame } from '../expect-same';
import { matrix } from '../matrix';
import { cleanUp } from '../../support/session';

const seed = Number(process.env.SEED ?? 1);
let mirror: Mirror;
let closed = 0;

beforeAll(async () => {
  mirror = await startMirror();
  closed = await closedPort();
});
afterEach(cleanUp);
afterAll(() => mirror.close());

const cells = matrix(
  [
    dimensions.data,
    dimensions.answer(() => closed),
    dimensions.other,
    dimensions.method,
    dimensions.responseType('json', 'text', 'arraybuffer', 'stream', 'blob'),
    dimensions.adapter('http', 'fetch'),
    dimensions.validateStatus,
    dimensions.transforms,
    dimensions.interceptors,
    dimensions.cancellation,
    dimensions.address,
    dimensions.headers,
    dimensions.calling,
  ],
  seed,
);

describe(`seed ${seed}`, () => {
  test.each(cells)('$name', async (cell) => {
    await expectSame(cell, { mirror, closed });
  });
});

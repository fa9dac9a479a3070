import * as all from '../dimensions';
import { calm, some } from '../dimensions';
import { expectSame } from '../expect-same';
import { matrix } from '../matrix';
import { closedPort, startMirror, type Mirror } from '../mirror';
import { cleanUp } from '../../support/session';

/** `SEED=5 npm run test:transparency` combines the choices in another way. */
const seed = Number(process.env.SEED ?? 1);
let mirror: Mirror;
let closed = 0;

beforeAll(async () => {
  mirror = await startMirror();
  closed = await closedPort();
});
afterEach(cleanUp);
afterAll(() => mirror.close());

const adapter = all.adapter('http', 'fetch');
const responseType = all.responseType('json', 'text', 'arraybuffer', 'stream', 'blob');
const answer = all.answer(() => closed);

/** Calls of which every choice has its effect. */
const CALM = [
  adapter,
  ...[all.data, answer, all.other, all.method, responseType, all.validateStatus].map(calm),
  ...[all.transforms, all.interceptors, all.address, all.headers, all.calling].map(calm),
];

/** Calls that end early as well, or are left alone. */
const STORMY = [
  adapter,
  some(
    all.data,
    'none',
    'an object',
    'FormData',
    'a Node stream',
    'a web stream',
    'a form of form-data',
  ),
  some(all.other, 'nothing', 'auth', 'maxBodyLength', 'a header of its own', 'progress'),
  some(all.method, 'get', 'post', 'patchForm'),
  answer,
  responseType,
  all.validateStatus,
  all.transforms,
  all.interceptors,
  all.cancellation,
  some(all.address, 'a path', 'an absolute URL that is not allowed', 'params'),
  all.calling,
];

describe(`G17: attached calls are the same, seed ${seed}`, () => {
  test.each(matrix(CALM, seed))('$name', async (cell) => {
    await expectSame(cell, { mirror, closed });
  });

  test.each(matrix(STORMY, seed))('$name', async (cell) => {
    await expectSame(cell, { mirror, closed });
  });
});

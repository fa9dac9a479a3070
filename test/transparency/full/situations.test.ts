import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { met } from '../compare';
import { DIFFERENCES } from '../differences';
import { expectSame } from '../expect-same';
import { closedPort, startAtSocket, startHttp2, startMirror } from '../mirror';
import type { Surroundings } from '../run';
import { ADDRESSES } from '../situations/addresses';
import { ANSWERS } from '../situations/answers';
import { BODIES } from '../situations/bodies';
import { SENDING } from '../situations/sending';
import { STEPS } from '../situations/steps';
import { cleanUp } from '../../support/clean-up';

const closings: (() => unknown)[] = [];
let surroundings: Surroundings;

beforeAll(async () => {
  const mirror = await startMirror();
  const http2 = await startHttp2(mirror);
  const folder = await mkdtemp(join(tmpdir(), 'transparency-'));
  const socketPath = join(folder, 'mirror.sock');
  const closeSocket = await startAtSocket(mirror, socketPath);
  closings.push(mirror.close, http2.close, closeSocket, () => rm(folder, { recursive: true }));
  surroundings = { mirror, closed: await closedPort(), http2Url: http2.url, socketPath };
});
afterEach(cleanUp);
afterAll(() => Promise.all(closings.map((close) => close())));

describe('G17: attached, the same happens', () => {
  test.each([...ADDRESSES, ...BODIES, ...ANSWERS, ...SENDING, ...STEPS])('$name', async (given) => {
    await expectSame(given, surroundings);
  });
});

test('every difference in the list is still there', () => {
  expect(DIFFERENCES.filter((difference) => !met.has(difference))).toEqual([]);
});

import type { AuthOptions } from '../../src/index';
import { until } from '../server/client';
import { controlClocks } from '../support/clocks';
import { json, type Handler } from '../support/http-server';
import { cleanUp } from '../support/rig';
import {
  codeOf,
  openSession,
  recordEvents,
  REFRESH_PATH,
  startTokenServer,
} from '../support/token-server';

afterEach(cleanUp);

const busy =
  (headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    json(response, 503, {}, headers);

const cut: Handler = (_request, response) => response.destroy();

async function openExpired(options: Partial<AuthOptions> = {}) {
  const server = await startTokenServer();
  const { api, auth } = openSession(server, options);
  server.expire();
  return {
    auth,
    request: () => codeOf(api.get('/a')),
    asked: () => server.at(REFRESH_PATH).length,
    answer: (...answers: Handler[]) => (server.refreshAnswers = answers),
  };
}

test.each([
  ['of a busy server', busy()],
  ['without an answer', cut],
])('G10: a failure %s has nothing to do with one ten minutes later', async (_which, fault) => {
  const clocks = controlClocks();
  const { request, answer } = await openExpired();
  answer(fault, fault, fault);
  expect(await request()).toBe('ERR_AUTH_REFRESH_FAILED');
  clocks.pass(600_000);
  answer(busy());
  expect(await request()).toBe('ok');
});

test('G10: a failure in the background minutes ago costs no request its retries', async () => {
  const clocks = controlClocks();
  const server = await startTokenServer();
  const { api, auth } = openSession(server, { tokens: null });
  await auth.signIn({ ...server.issue(), expiresIn: 900 });
  server.refreshAnswers = [busy(), busy()];
  const events = recordEvents(auth);
  clocks.pass(820_000);
  await api.get('/a');
  await until(() => events.some(({ type }) => type === 'refresh-failed'));

  clocks.pass(78_000);
  expect(await codeOf(api.get('/a'))).toBe('ok');
  expect(server.at(REFRESH_PATH)).toHaveLength(3);
});

test('G12: renewals that fail too often fail by what failed, not as a loop', async () => {
  const { request, answer } = await openExpired({ refreshRetries: 0 });
  answer(...Array.from({ length: 10 }, () => busy()));
  const codes: string[] = [];
  for (let n = 0; n < 7; n++) codes.push(await request());
  expect(codes).toEqual(Array(7).fill('ERR_AUTH_REFRESH_FAILED'));
});

test('G12: who is cut off is told at once, and nobody else hears of it', async () => {
  const { auth, request, answer, asked } = await openExpired({ refreshRetries: 0 });
  answer(...Array.from({ length: 10 }, () => busy()));
  for (let n = 0; n < 5; n++) await request();
  const events = recordEvents(auth);
  const statuses = new Set<string>();
  for (let n = 0; n < 20; n++) {
    const rejected = request();
    statuses.add(auth.status);
    expect(await rejected).toBe('ERR_AUTH_REFRESH_FAILED');
  }
  expect([events, [...statuses], asked()]).toEqual([[], ['signed-in'], 5]);
});

test('G10: a renewal that was cut off does not end the pause that the server asked for', async () => {
  const clocks = controlClocks();
  const { auth, request, asked, answer } = await openExpired({
    refreshRetries: 0,
    refreshLimit: { count: 1, per: 30_000 },
  });
  answer(...Array.from({ length: 10 }, () => busy({ 'retry-after': '200' })));
  await request();
  expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_REFRESH_FAILED');
  clocks.pass(31_000);
  expect(await request()).toBe('ERR_AUTH_REFRESH_FAILED');
  expect(asked()).toBe(1);
});

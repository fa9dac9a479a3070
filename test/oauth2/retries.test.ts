import { cleanUp, onCleanUp } from '../support/rig';
import type { Handler } from '../support/http-server';
import { answerWith, openBareSession, refuseWith, startBareServer } from './bare-server';

afterEach(cleanUp);

/** Pauses of at least half a second last no time at all; gives how long they were to last. */
function shortenPauses(): number[] {
  const pauses: number[] = [];
  const original = globalThis.setTimeout;
  const spy = jest
    .spyOn(globalThis, 'setTimeout')
    .mockImplementation((work: () => void, ms = 0) => {
      // The bounds of the library itself are longer than anything that a server asks for here.
      if (ms < 500 || ms >= 25_000) return original(work, ms);
      pauses.push(ms);
      return original(work, 0);
    });
  onCleanUp(() => {
    spy.mockRestore();
  });
  return pauses;
}

async function refreshAfter(answers: Handler[]) {
  const server = await startBareServer(...answers);
  const { auth } = openBareSession(server, { options: { refreshRetries: 2 } });
  const pauses = shortenPauses();
  const code = await auth.refresh().then(
    ({ accessToken }) => accessToken,
    (error: unknown) => (error as { code: string }).code,
  );
  return { code, pauses, attempts: server.requests.length, requests: server.requests };
}

const wait = { 'retry-after': '7' };

test.each<[string, Handler]>([
  ['temporarily_unavailable', refuseWith('temporarily_unavailable', 400, wait)],
  ['temporarily_unavailable with 503', refuseWith('temporarily_unavailable', 503, wait)],
  ['server_error', refuseWith('server_error', 400, wait)],
  ['slow_down', refuseWith('slow_down', 400, wait)],
  ['temporarily_unavailable with 200', refuseWith('temporarily_unavailable', 200, wait)],
  ['429', answerWith(429, '<h1>Slow down</h1>', wait)],
  ['503', answerWith(503, '<h1>Closed</h1>', wait)],
  ['408', answerWith(408, '', wait)],
  ['425', answerWith(425, '', wait)],
])('G10: after %s it waits as long as Retry-After says, and asks again', async (_what, answer) => {
  const { code, pauses, attempts } = await refreshAfter([answer, answer]);
  expect(code).toBe('access-token-3');
  expect(pauses).toEqual([7_000, 7_000]);
  expect(attempts).toBe(3);
});

test('G10: Retry-After may be a date', async () => {
  const date = new Date(Date.now() + 20_000).toUTCString();
  const { code, pauses } = await refreshAfter([answerWith(503, '', { 'retry-after': date })]);
  expect(code).toBe('access-token-2');
  expect(pauses).toHaveLength(1);
  // A date has whole seconds, and some time has gone by.
  expect(pauses[0]).toBeGreaterThan(10_000);
  expect(pauses[0]).toBeLessThanOrEqual(20_000);
});

test('G10: each attempt is the same request', async () => {
  const { requests } = await refreshAfter([answerWith(503, '', wait)]);
  expect(String(requests[1]?.body)).toBe(String(requests[0]?.body));
  expect(requests[0]?.body.length).toBeGreaterThan(0);
});

test('G10: what lasts is told after as many attempts as are allowed', async () => {
  const closed = answerWith(503, '', wait);
  const { code, attempts } = await refreshAfter([closed, closed, closed, closed]);
  expect(code).toBe('ERR_AUTH_REFRESH_FAILED');
  expect(attempts).toBe(3);
});

test.each(['invalid_grant', 'invalid_client', 'some_other_error'])(
  '%s is not asked again',
  async (name) => {
    const { attempts } = await refreshAfter([refuseWith(name, 400, wait)]);
    expect(attempts).toBe(1);
  },
);

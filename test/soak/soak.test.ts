import { writeSync } from 'node:fs';
import { cleanUp } from '../support/rig';
import { reportOf } from './report';
import { soak, type Findings } from './run';

const minutes = Number(process.env.MINUTES ?? 10);
const seed = process.env.SEED ?? String(Date.now());

// Much longer than it takes: a machine that has other things to do makes it slow, not red.
jest.setTimeout((minutes * 60 + 900) * 1_000);

/** One of each is shown. */
const kindOf = (what: string): string => what.replace(/^.*?: /, '').replace(/\d+/g, '');

describe(`${minutes} minutes of faults, seed ${seed}`, () => {
  let found: Findings;
  let report = '';
  beforeAll(async () => {
    found = await soak({ seed, ms: minutes * 60_000 });
    report = reportOf(found);
  });
  afterAll(async () => {
    await cleanUp();
    // Past Jest, which may keep back what a test prints.
    writeSync(1, report);
  });

  const wrong = (...kinds: string[]): string[] =>
    found.ledger.violations
      .filter((violation) => kinds.includes(violation.wrong))
      .filter(
        ({ what }, index, all) =>
          all.findIndex((one) => kindOf(one.what) === kindOf(what)) === index,
      )
      .slice(0, 6)
      .map(({ wrong, what, history }) => [`${wrong}: ${what}`, ...history].join('\n'));

  test('G15: each request is settled once, with its own answer or an error that has a cause', () => {
    expect(wrong('lost', 'not once', 'settled twice')).toEqual([]);
    expect(found.application.started).toBe(found.application.settled);
  });

  test('G22: none is answered as another user, or in another session than it was called in', () => {
    expect(wrong('crossed')).toEqual([]);
  });

  test('G12: none is sent more than three times, or again after its end; no effect is repeated', () => {
    expect(wrong('sent too often', 'sent after its end', 'effect repeated')).toEqual([]);
  });

  test('G9: none hangs, and none waits for more renewals than its sends may', () => {
    expect(wrong('waited too long')).toEqual([]);
    expect(found.hung).toEqual([]);
  });

  test('G10, G11: nobody is signed out without a cause', () => {
    expect(wrong('signed out')).toEqual([]);
  });

  test('G5, G27: one refresh at a time for each session', () => {
    expect(wrong('two refreshes at once')).toEqual([]);
    expect(found.mostRefreshes).toBe(1);
  });

  test('G35: nothing is printed, no rejection is unhandled', () => {
    expect(found.noise).toEqual([]);
  });

  test('G31, G35: nothing is left: no socket, no timer; each process ends by itself', () => {
    expect({ left: found.left, connections: found.connections }).toEqual({
      left: [],
      connections: 0,
    });
    expect(new Set(found.exits)).toEqual(new Set([0]));
  });

  test('the heap has not grown since the middle', () => {
    const { middle, end } = found.heap;
    expect(end).toBeLessThan(1.5 * middle + 10_000_000);
  });

  test('the soak was one: requests were under way all the time, and met every fault', () => {
    const { ledger, inFlight, worlds, application } = found;
    expect(inFlight.mean).toBeGreaterThan(180);
    expect(application.settled).toBeGreaterThan(minutes * 200);
    expect(ledger.recoveries).toBeGreaterThan(minutes * 20);
    // Of the rarest kind there is one in a hundred requests.
    expect(ledger.faults.size).toBeGreaterThanOrEqual(ledger.requests > 2_000 ? 13 : 8);
    for (const { refreshes } of worlds) expect(refreshes).toBeGreaterThan(minutes * 10);
  });
});

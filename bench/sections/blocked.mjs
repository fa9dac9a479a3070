import settle from 'axios/unsafe/core/settle.js';
import { isAuthError } from '../../dist/index.mjs';
import { ours } from '../contenders/index.mjs';
import { createApi, createJwt } from '../in-process.mjs';
import { interleave, spread } from '../measure.mjs';
import { atMost, fact } from '../report.mjs';

const ROUNDS = { quick: 1, usual: 3, full: 9 };
const RENEWALS = 20;
const BYTES = 3_000_000;
const TARGET = 300;

/** Many short strings, not one byte a character, and full of what tokens begin with. */
const ROW = { id: createJwt(60).slice(0, 30), name: 'Zażółć 漢字', tags: ['a', 'b'] };
const BODY = { rows: Array.from({ length: BYTES / JSON.stringify(ROW).length }, () => ROW) };

/** The longest time for which a large body that is rejected in the end lets nothing else run. */
export async function blocked({ effort }) {
  const rounds = ROUNDS[effort];
  const rejected = [];
  const tasks = {
    'bare axios': () => longestGap(() => createApi(refuse).post('/x', BODY).catch(readAll)),
    'refused, sent again, rejected': () =>
      longestGap(async () => rejected.push(await rejectSent(BODY))),
    'held before it is sent, rejected': () =>
      longestGap(async () => rejected.push(await rejectHeld(BODY))),
  };
  const times = await interleave(tasks, { rounds, before: globalThis.gc });
  return {
    title: 'Blocked: the longest gap in the event loop while a large body is rejected',
    note:
      `Rounds: ${rounds} of a POST of ${(BYTES / 1e6).toFixed(0)} MB of JSON, which waits while the session is renewed ` +
      `${RENEWALS} times, until a renewal is refused. Wall clock.`,
    rows: Object.entries(times).map(([request, gaps]) => ({
      request,
      'longest gap, ms': spread(gaps),
      ...(!request.startsWith('bare') && atMost(TARGET, spread(gaps))),
    })),
    facts: [
      fact(
        `each of ${rejected.length} such requests is rejected by an AuthError, having been sent twice or not at all`,
        rejected.every(({ sends, expected, error }) => sends === expected && isAuthError(error)),
      ),
    ],
  };
}

/** Milliseconds between two turns of the event loop, at most. */
async function longestGap(work) {
  let isDone = false;
  let longest = 0;
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isDone) setImmediate(look);
  };
  setImmediate(look);
  await work();
  await turn();
  isDone = true;
  return longest;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Under way all the time, then refused for its old token, sent again, and refused once more. */
async function rejectSent(body) {
  const answered = gate();
  const { api, session, count } = renewedOften(answered.promise);
  const request = rejection(api.post('/x', body));
  await turn();
  await renew(session, RENEWALS);
  answered.open();
  const error = await request;
  session.detach();
  return { error, sends: count.sends, expected: 2 };
}

/** Waits for a renewal before it is sent; the renewal is refused. */
async function rejectHeld(body) {
  const { api, session, count, last } = renewedOften();
  await renew(session, RENEWALS);
  const renewal = session.refresh().catch(() => undefined);
  const request = rejection(api.post('/x', body));
  await turn();
  last.open();
  const error = await request;
  await renewal;
  session.detach();
  return { error, sends: count.sends, expected: 0 };
}

/** A session whose renewals succeed so many times; the next one is refused. */
function renewedOften(firstAnswer) {
  const count = { sends: 0, tokens: 0 };
  const last = gate();
  if (firstAnswer) last.open();
  const api = createApi(async (config) => {
    if (++count.sends === 1) await firstAnswer;
    return refuse(config);
  });
  const next = () => {
    const jwt = createJwt(3600 + ++count.tokens);
    return { accessToken: jwt, refreshToken: `refresh-${jwt}` };
  };
  const session = ours.attach(api, {
    ...next(),
    renew: async () => (count.tokens > RENEWALS ? last.promise : next()),
    options: { refreshLimit: false },
  });
  return { api, session, count, last };
}

async function renew(session, times) {
  for (let n = 0; n < times; n++) await session.refresh();
}

const rejection = (request) =>
  request.catch((error) => {
    readAll(error);
    return error;
  });

/** As a logger does; nothing that is prepared only when somebody looks escapes the clock. */
function readAll(error) {
  JSON.stringify(error);
  for (const part of [error.config, error.response, error.cause]) Object.values(part ?? {});
}

const refuse = (config) =>
  new Promise((resolve, reject) => {
    const data = '{"code":"TOKEN_EXPIRED"}';
    settle(resolve, reject, { data, status: 401, statusText: '', headers: {}, config });
  });

function gate() {
  let open;
  const promise = new Promise((resolve) => (open = () => resolve(null)));
  return { promise, open };
}

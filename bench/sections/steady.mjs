import {
  axiosAuthRefresh,
  axiosJwtContender,
  bare,
  headerOnly,
  ours,
  queue,
} from '../contenders/index.mjs';
import { createApi, createJwt, createOpaque, inProcess } from '../in-process.mjs';
import { cpuTime, interleave, ratios, spread } from '../measure.mjs';
import { atMost, fact } from '../report.mjs';

/** Short slices in many rounds: a disturbance spoils few of them. */
const ROUNDS = { quick: 40, usual: 100, full: 300 };
const REQUESTS = 200;
const TARGET = 1.05;
const HOUR = 3_600_000;

/** A token that nothing is to be done about. */
const opaque = { accessToken: createOpaque('a'), expiresAt: Date.now() + HOUR, renew: unexpected };
const jwt = { accessToken: createJwt(3600, 3600), renew: unexpected };

const CONTENDERS = [
  [bare, opaque],
  [headerOnly, opaque],
  [queue, opaque],
  [axiosAuthRefresh, opaque],
  [axiosJwtContender, jwt],
  [ours, opaque],
  [{ ...ours, name: `${ours.name}, JWT` }, jwt],
];

/** The cost of a request that needs nothing but the header. */
export async function steady({ effort }) {
  const rounds = ROUNDS[effort];
  const instances = {};
  for (const [contender, session] of CONTENDERS) {
    instances[contender.name] = createApi(inProcess());
    await contender.attach(instances[contender.name], session);
  }
  const times = await interleave(
    Object.fromEntries(
      Object.entries(instances).map(([name, api]) => [name, () => oneByOne(api, REQUESTS)]),
    ),
    { rounds, warmups: Math.min(rounds, 15), clock: cpuTime },
  );

  const base = times[headerOnly.name];
  const rows = [];
  for (const [name, api] of Object.entries(instances)) {
    const ratio = spread(ratios(times[name], base));
    rows.push({
      contender: name,
      'over header-only': ratio,
      'microtask turns': await turnsOf(api),
      ...(name.startsWith(ours.name) && atMost(TARGET, ratio)),
    });
  }
  const decoded = await decodings();
  return {
    title: 'Steady state: a request that needs nothing but the header',
    note: `Rounds: ${rounds} of ${REQUESTS} requests one by one; the ratio over the header-only interceptor within each round, median and quartiles. Processor time.`,
    rows,
    facts: [
      fact(
        'a request settles within the turn of the event loop it was made in',
        rows.every((row) => row['microtask turns'] < MANY),
      ),
      fact(`a JWT is decoded once per token (1,000 requests: ${decoded})`, decoded === 1),
    ],
  };
}

async function oneByOne(api, count) {
  for (let n = 0; n < count; n++) await api.get('/x');
}

/** Beyond this the request waits for something that microtasks alone do not bring. */
const MANY = 1_000;

/** How many turns of the microtask queue a request takes. */
async function turnsOf(api) {
  let isSettled = false;
  const settled = api.get('/x').then(() => {
    isSettled = true;
  });
  let turns = 0;
  for (; !isSettled && turns < MANY; turns++) await null;
  await settled;
  return turns;
}

/** How often the claims of one token are read in a thousand requests. */
async function decodings() {
  const api = createApi(inProcess());
  ours.attach(api, { accessToken: createJwt(1800, 3600), renew: unexpected });
  const { atob } = globalThis;
  let count = 0;
  globalThis.atob = (text) => {
    count++;
    return atob(text);
  };
  try {
    await oneByOne(api, 1_000);
  } finally {
    globalThis.atob = atob;
  }
  return count;
}

function unexpected() {
  throw new Error('Nothing is to be renewed in the steady state.');
}

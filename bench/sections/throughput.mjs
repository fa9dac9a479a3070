import { setTimeout as pause } from 'node:timers/promises';
import { bare, ours } from '../contenders/index.mjs';
import { startServer } from '../http/client.mjs';
import { interleave, ratios, spread } from '../measure.mjs';
import { atLeast, fact } from '../report.mjs';

const REQUESTS = { quick: 1_000, usual: 2_500, full: 5_000 };
const ROUNDS = { quick: 3, usual: 5, full: 10 };
const WORKERS = 50;
const LIFETIME = 250;
const TARGET = 0.9;
/** A request that has not settled by then never will, and counts as not fulfilled. */
const PATIENCE = 30_000;

/** Thousands of requests over keep-alive, while the token expires four times a second. */
export async function throughput({ effort }) {
  const server = await startServer({ lifetime: LIFETIME, sockets: WORKERS });
  try {
    return await measure(server, REQUESTS[effort], ROUNDS[effort]);
  } finally {
    server.stop();
  }
}

async function measure(server, requests, rounds) {
  // A quarter of a second is no lifetime that the limit on renewals was made for.
  const options = { refreshLimit: false };
  const silent = { accessToken: '0', renew: () => server.renew(true), options };
  const telling = { accessToken: '0', expiresAt: 0, renew: () => server.renew(), options };
  const contenders = [
    [bare, {}],
    [{ ...ours, name: `${ours.name}, expiry told` }, telling],
    [{ ...ours, name: `${ours.name}, found by 401` }, silent],
  ];

  const tasks = {};
  const totals = {};
  for (const [contender, session] of contenders) {
    const total = (totals[contender.name] = { fulfilled: 0, refused: 0, refreshes: 0 });
    const api = server.createClient();
    if (contender === bare) api.defaults.headers.common.Authorization = 'Bearer never';
    contender.attach(api, session);
    tasks[contender.name] = async () => {
      const start = performance.now();
      total.fulfilled += await send(api, requests);
      const ms = performance.now() - start;
      const { refused, refreshes } = await server.counts();
      total.refused += refused;
      total.refreshes += refreshes;
      return ms;
    };
  }
  const times = await interleave(tasks, { rounds });

  const rows = contenders.map(([{ name }]) => {
    const speed = spread(ratios(times[bare.name], times[name]));
    return {
      contender: name,
      'requests per second, over bare': speed,
      ...totals[name],
      ...(name.startsWith(ours.name) && atLeast(TARGET, speed)),
    };
  });
  return {
    title: 'Throughput over real HTTP',
    note:
      `Rounds: ${rounds} of ${requests.toLocaleString('en')} GETs for each (and one before), over keep-alive, ${WORKERS} at a time, ` +
      `to a server in a process of its own. The token lives ${LIFETIME} ms; that of bare axios never expires.`,
    rows,
    facts: rows
      .filter(({ contender }) => contender.startsWith(ours.name))
      .map(({ contender, fulfilled }) =>
        fact(`${contender}: every request is fulfilled`, fulfilled === requests * (rounds + 1)),
      ),
  };
}

/** A number of workers, each of which sends one request after the other. */
async function send(api, count) {
  let left = count;
  let fulfilled = 0;
  async function work() {
    while (left-- > 0) {
      await api.get('/x').then(
        () => fulfilled++,
        () => undefined,
      );
    }
  }
  const giveUp = new AbortController();
  await Promise.race([
    Promise.all(Array.from({ length: WORKERS }, work)),
    pause(PATIENCE, undefined, { signal: giveUp.signal }).catch(() => undefined),
  ]);
  giveUp.abort();
  return fulfilled;
}

import { setTimeout as pause } from 'node:timers/promises';
import { ours } from '../contenders/index.mjs';
import { startServer } from '../http/client.mjs';
import { interleave, ratios, spread, timed } from '../measure.mjs';
import { atMost, fact } from '../report.mjs';

const DELAY = 50;
const AT_ONCE = 50;
const ROUNDS = { quick: 3, usual: 5, full: 15 };
const TARGET = 1.05;

/** With `refreshAhead`: this often a request, over this many lifetimes of a token. */
const LIFETIME = 3_000;
const EVERY = 20;
const LIFETIMES = { quick: 1, usual: 2, full: 5 };
/** The defaults are for tokens of minutes: with them, one of 3 s would count as expired at once. */
const AHEAD = { refreshAhead: 0.5, expiryLeeway: 200 };

/** Real HTTP over loopback, with a delay as between a client and a server far away. */
export async function latency({ effort }) {
  const rounds = ROUNDS[effort];
  const server = await startServer({ delay: DELAY, lifetime: LIFETIME });
  try {
    const recovered = await recovery(server, rounds);
    const ahead = await aheadOfExpiry(server, LIFETIMES[effort]);
    return {
      title: 'Latency over real HTTP',
      note: `Loopback with ${DELAY} ms added each way, to the API and to the auth server; rounds: ${rounds}. With refreshAhead (here ${AHEAD.refreshAhead}) the tokens live ${LIFETIME / 1000} s.`,
      rows: [...recovered.rows, ahead.row],
      facts: ahead.facts,
    };
  } finally {
    server.stop();
  }
}

/** One refused round trip, one to the auth server, and one that is fulfilled. */
async function recovery(server, rounds) {
  const bare = server.createClient();
  const headers = { Authorization: 'Bearer never' };
  const own = (count) => () => all(count, () => bare.get('/x', { headers }));
  const tasks = { refresh: () => server.renew() };
  for (const count of [1, AT_ONCE]) {
    tasks[`own ${count}`] = own(count);
    tasks[`recovered ${count}`] = () => recover(server, count);
  }
  const times = await interleave(tasks, { rounds });

  const rows = [1, AT_ONCE].map((count) => {
    const own = times[`own ${count}`];
    const recovered = times[`recovered ${count}`];
    const sum = own.map((ms, round) => ms + times.refresh[round] + ms);
    const ratio = spread(ratios(recovered, sum));
    return {
      requests: `${count} recovered`,
      'own round trip, ms': spread(own),
      'with auth, ms': spread(recovered),
      'over own + refresh + own': ratio,
      ...atMost(TARGET, ratio),
    };
  });
  return { rows };
}

const all = (count, send) => Promise.all(Array.from({ length: count }, send));

async function recover(server, count) {
  const api = server.createClient();
  const attached = ours.attach(api, { accessToken: 'over', renew: () => server.renew() });
  const ms = await timed(() => all(count, () => api.get('/x')));
  attached.detach();
  return ms;
}

/** Requests one after the other, over several expiries: none of them waits for a renewal. */
async function aheadOfExpiry(server, lifetimes) {
  const api = server.createClient();
  const bare = server.createClient();
  const headers = { Authorization: 'Bearer never' };
  const renew = () => server.renew();
  const attached = ours.attach(api, { accessToken: 'over', renew, options: AHEAD });
  await attached.refresh();
  await pause(EVERY);
  await server.counts();
  const renewals = [];
  attached.subscribe((event) => event.type === 'refreshed' && renewals.push(event));

  const pairs = [];
  for (let at = 0; at < LIFETIME * lifetimes; at += EVERY) {
    pairs.push(Promise.all([timed(() => bare.get('/x', { headers })), timed(() => api.get('/x'))]));
    await pause(EVERY);
  }
  const times = await Promise.all(pairs);
  attached.detach();
  const { refused } = await server.counts();
  const ratio = spread(times.map(([own, withAuth]) => withAuth / own));
  return {
    row: {
      requests: `${times.length} with refreshAhead, every ${EVERY} ms`,
      'own round trip, ms': spread(times.map(([own]) => own)),
      'with auth, ms': spread(times.map(([, withAuth]) => withAuth)),
      'over own': ratio,
      ...atMost(TARGET, ratio),
    },
    facts: [
      fact(
        `with refreshAhead no request of ${times.length} waits (${renewals.length} renewals, ${refused} refused)`,
        renewals.length > 0 && refused === 0 && renewals.every(({ held }) => held === 0),
      ),
    ],
  };
}

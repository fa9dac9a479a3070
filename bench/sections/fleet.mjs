import { writeFileSync } from 'node:fs';
import { compareWithPackage } from '../fleet/check.mjs';
import { draw } from '../fleet/draw.mjs';
import { RULES } from '../fleet/rules.mjs';
import { simulate, summary } from '../fleet/simulate.mjs';
import { atMost, fact } from '../report.mjs';

const CLIENTS = { quick: 50_000, usual: 1_000_000, full: 1_000_000 };
const SESSIONS = { quick: 20, usual: 60, full: 300 };
const TARGET = 3;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const MS = 1_000;

/** Before this second nothing is renewed. */
const FIRST = (RULES.lifetime * RULES.refreshAhead) / MS;
/** From one renewal of a client to its next, on average, in milliseconds. */
const PERIOD =
  RULES.lifetime * (RULES.refreshAhead + ((1 - RULES.refreshAhead) * RULES.spread) / 2);
const OUTAGE = { from: HOUR, to: HOUR + 5 * MINUTE };

/** What a fleet does to its auth server: no network, virtual time, the rules of the package. */
export async function fleet({ effort, svg }) {
  const clients = CLIENTS[effort];
  const wave = { clients, signInWithin: MINUTE * MS, until: 3 * HOUR * MS };
  const plain = simulate({ ...wave, rules: { ...RULES, spread: 0 } });
  const spread = simulate(wave);
  const outage = simulate({
    clients,
    signInWithin: PERIOD,
    until: 2 * HOUR * MS,
    isDown: (at) => at >= OUTAGE.from * MS && at < OUTAGE.to * MS,
  });
  const { average } = summary(outage, HOUR / 2, OUTAGE.from);
  const after = outageRow(outage, average, 'evenly spread, after it', OUTAGE.to, 2 * HOUR);
  if (svg) writeFileSync(svg, draw(panels({ clients, plain, spread, outage, average })));

  const checked = await compareWithPackage(SESSIONS[effort]);
  return {
    title: 'Fleet: calls of the auth server per second',
    note:
      `${clients.toLocaleString('en')} clients, tokens of 15 minutes, a request of each every 8 to 12 s, a round trip of 100 ms; ` +
      'no network, virtual time. The outage is five minutes of 503, through which every client goes on making requests. ' +
      'Over average: for the outage, the average before it.',
    rows: [
      waveRow(plain, 'signed in within a minute, no jitter, 3 h', FIRST, 3 * HOUR),
      waveRow(plain, 'signed in within a minute, no jitter, third hour', 2 * HOUR, 3 * HOUR),
      waveRow(spread, 'signed in within a minute, with jitter, 3 h', FIRST, 3 * HOUR),
      waveRow(spread, 'signed in within a minute, with jitter, third hour', 2 * HOUR, 3 * HOUR),
      outageRow(outage, average, 'evenly spread, before the outage', HOUR / 2, OUTAGE.from),
      outageRow(outage, average, 'evenly spread, during it', OUTAGE.from, OUTAGE.to),
      { ...after, ...atMost(TARGET, { median: after['peak over average'] }) },
    ],
    facts: [
      fact(
        `the package itself, on a virtual clock, calls at the same moments: ${checked.same} of ${SESSIONS[effort]} sessions, ${checked.calls} calls`,
        checked.same === SESSIONS[effort],
      ),
    ],
  };
}

function waveRow(perSecond, clients, from, to) {
  const { average, peak, p99 } = summary(perSecond, from, to);
  return row(clients, { average, peak, p99 }, average);
}

const outageRow = (perSecond, average, clients, from, to) =>
  row(clients, summary(perSecond, from, to), average);

function row(clients, { average, peak, p99 }, base) {
  return {
    clients,
    average: Math.round(average),
    peak,
    p99: p99,
    'peak over average': peak / base,
    'p99 over average': p99 / base,
  };
}

function panels({ clients, plain, spread, outage, average }) {
  const scale = clients / 1_000_000;
  const count = clients.toLocaleString('en');
  return [
    {
      title: `Refreshes per second: ${count} clients that signed in within one minute`,
      from: 0,
      to: 3 * HOUR,
      step: 15,
      x: { ticks: [0, 1, 2, 3].map((hour) => [hour * HOUR, `${hour} h`]) },
      y: { max: 18_000 * scale, ticks: [0, 5_000, 10_000, 15_000].map((tick) => tick * scale) },
      lines: [
        { name: 'b', label: 'no jitter', perSecond: plain },
        { name: 'a', label: 'with jitter', perSecond: spread },
      ],
    },
    {
      title: `Calls per second around an outage of five minutes: ${count} clients, evenly spread`,
      from: OUTAGE.from - 10 * MINUTE,
      to: OUTAGE.to + 25 * MINUTE,
      step: 5,
      x: {
        ticks: [-10, -5, 0, 5, 10, 15, 20, 25, 30].map((at) => [HOUR + at * MINUTE, `${at} min`]),
      },
      y: { max: 5_000 * scale, ticks: [0, 1_000, 2_000, 3_000, 4_000].map((tick) => tick * scale) },
      band: [OUTAGE.from, OUTAGE.to],
      lines: [{ name: 'a', label: 'with jitter', perSecond: outage }],
      limits: [{ value: TARGET * average, label: `${TARGET} × the average before` }],
    },
  ];
}

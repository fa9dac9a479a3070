/**
 * What the auth layer costs, measured side by side in one run. `--only steady,burst` picks sections,
 * `--json FILE` writes every figure, `--svg FILE` draws the fleet. `--quick` is few rounds, with wider gates,
 * `--full` takes the time for more rounds and the largest cycles. A fact that does not hold fails the
 * run, and so does a gate that is missed.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import axios from 'axios';
import { passes, print } from './report.mjs';
import { blocked } from './sections/blocked.mjs';
import { burst } from './sections/burst.mjs';
import { fleet } from './sections/fleet.mjs';
import { held } from './sections/held.mjs';
import { kept } from './sections/kept.mjs';
import { latency } from './sections/latency.mjs';
import { steady } from './sections/steady.mjs';
import { throughput } from './sections/throughput.mjs';

/** Few rounds on a machine that others use too: by this factor they may miss a gate. */
const QUICK_ROOM = 1.3;

const SECTIONS = { steady, burst, held, kept, latency, throughput, blocked, fleet };

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'string' },
    svg: { type: 'string' },
    quick: { type: 'boolean' },
    full: { type: 'boolean' },
  },
});
const wanted = values.only?.split(',') ?? Object.keys(SECTIONS);
const unknown = wanted.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  fail(`No section ${unknown.join(', ')}. There are: ${Object.keys(SECTIONS).join(', ')}.`);
}
if (values.quick && values.full) fail('--quick or --full, not both.');
if (!globalThis.gc) fail('Run it with node --expose-gc, or by npm run bench.');

const machine = {
  node: process.version,
  axios: axios.VERSION,
  cpus: cpus().length,
  platform: `${process.platform} ${process.arch}`,
};
console.log(
  Object.entries(machine)
    .map(([name, value]) => `${name} ${value}`)
    .join(', '),
);

const effort = values.quick ? 'quick' : values.full ? 'full' : 'usual';
const room = values.quick ? QUICK_ROOM : 1;
if (room > 1) console.log(`A gate may be missed by the factor ${room}: this is a quick run.`);
const start = performance.now();
const results = {};
for (const name of wanted) {
  const since = performance.now();
  const result = await SECTIONS[name]({ effort, svg: values.svg });
  results[name] = { ...result, seconds: secondsSince(since) };
  print(results[name], room);
}
const seconds = secondsSince(start);
console.log(`\n${seconds} s in all.`);
if (values.json)
  writeFileSync(values.json, JSON.stringify({ machine, effort, seconds, results }, null, 2));

const broken = Object.values(results).flatMap(({ title, rows, facts }) => [
  ...facts.filter(({ holds }) => !holds).map(({ what }) => what),
  ...rows
    .filter((row) => !passes(row, room))
    .map((row) => `${title}: ${Object.values(row)[0]}, ${row.gate.limit}`),
]);
if (broken.length > 0) fail(`These do not hold:\n${broken.map((what) => `- ${what}`).join('\n')}`);

function secondsSince(moment) {
  return Math.round((performance.now() - moment) / 1000);
}

function fail(message) {
  console.error(`\n${message}`);
  process.exit(1);
}

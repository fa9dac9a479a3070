/**
 * A section gives `{ title, note, rows, facts }`. A row is what JSON shows, in the order of its columns;
 * `{ median, low, high }` is a figure with its quartiles, and `gate` is from `atMost` or `atLeast`.
 */

/** A limit that the median of a figure has to keep; `over` says by what factor it does not. */
export const atMost = (limit, { median }) => ({
  gate: { limit: `≤ ${limit.toLocaleString('en')}`, over: median / limit },
});
export const atLeast = (limit, { median }) => ({
  gate: { limit: `≥ ${limit.toLocaleString('en')}`, over: limit / median },
});

/** Whether the row keeps its limit; `room` is what a run of few rounds may miss it by. */
export const passes = ({ gate }, room) => !gate || gate.over <= room;

/** What must hold on any machine, however slow: otherwise the run fails. */
export const fact = (what, holds) => ({ what, holds });

export function print({ title, note, rows, facts = [] }, room) {
  console.log(`\n${title}`);
  if (note) console.log(note);
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  const columns = [...names].filter((name) => name !== 'gate');
  if (names.has('gate')) columns.push('gate');
  const lines = [
    columns,
    ...rows.map((row) =>
      columns.map((name) => (name === 'gate' ? verdict(row, room) : show(row[name]))),
    ),
  ];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at].length)));
  const isText = columns.map(
    (name) => name === 'gate' || rows.some((row) => typeof row[name] === 'string'),
  );
  const pad = (text, at) => (isText[at] ? text.padEnd(widths[at]) : text.padStart(widths[at]));
  const [head, ...body] = lines.map((line) => `  ${line.map(pad).join('  ')}`.trimEnd());
  console.log(`\n${head}`);
  console.log(`  ${widths.map((width) => '─'.repeat(width)).join('  ')}`);
  for (const line of body) console.log(line);
  console.log();
  for (const { what, holds } of facts) console.log(`  ${holds ? '✓' : '✗ FAILED:'} ${what}`);
}

function verdict({ gate }, room) {
  if (!gate) return '';
  if (!passes({ gate }, room)) return `${gate.limit} MISSED`;
  return `${gate.limit} ${gate.over <= 1 ? 'kept' : 'missed, within the room'}`;
}

function show(value) {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return number(value);
  if (typeof value === 'object') {
    return `${number(value.median)} (${number(value.low)}–${number(value.high)})`;
  }
  return String(value);
}

function number(value) {
  if (Number.isInteger(value) || Math.abs(value) >= 100)
    return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) < 10 ? 3 : 1);
}

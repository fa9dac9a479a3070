/**
 * A section gives `{ title, note, rows, facts }`. A row is what JSON shows, in the order of its columns;
 * `{ median, low, high }` is a figure with its quartiles, and `target` is from `atMost` or `atLeast`.
 */

/** A target for a figure with a median, and whether it is met. */
export const atMost = (limit, { median }) => ({
  target: `≤ ${limit.toLocaleString('en')}`,
  met: median <= limit,
});
export const atLeast = (limit, { median }) => ({
  target: `≥ ${limit.toLocaleString('en')}`,
  met: median >= limit,
});

/** What must hold on any machine, however slow: otherwise the run fails. */
export const fact = (what, holds) => ({ what, holds });

export function print({ title, note, rows, facts = [] }) {
  console.log(`\n${title}`);
  if (note) console.log(note);
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  const columns = [...names].filter((name) => name !== 'met' && name !== 'target');
  if (names.has('target')) columns.push('target');
  const lines = [columns, ...rows.map((row) => columns.map((name) => cell(row, name)))];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at].length)));
  const isText = columns.map((name) => rows.some((row) => typeof row[name] === 'string'));
  const pad = (text, at) => (isText[at] ? text.padEnd(widths[at]) : text.padStart(widths[at]));
  const [head, ...body] = lines.map((line) => `  ${line.map(pad).join('  ')}`.trimEnd());
  console.log(`\n${head}`);
  console.log(`  ${widths.map((width) => '─'.repeat(width)).join('  ')}`);
  for (const line of body) console.log(line);
  console.log();
  for (const { what, holds } of facts) console.log(`  ${holds ? '✓' : '✗ FAILED:'} ${what}`);
}

function cell(row, name) {
  const value = row[name];
  if (name === 'target' && value) return `${value} ${row.met ? 'met' : 'MISSED'}`;
  return show(value);
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

const WIDTH = 760;
const HEIGHT = 250;
const PLOT = { left: 64, right: 32, top: 58, bottom: 34 };
const plotWidth = WIDTH - PLOT.left - PLOT.right;
const plotHeight = HEIGHT - PLOT.top - PLOT.bottom;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 14px }
  .grid { stroke: #d1d9e0 } .outage { fill: #8882 }
  .a { stroke: #0969da; fill: none; stroke-width: 1.5 } .b { stroke: #bc4c00; fill: none; stroke-width: 1.5 }
  .limit { stroke: #1a7f37; stroke-dasharray: 5 4; fill: none }
  text.a { fill: #0969da; stroke: none } text.b { fill: #bc4c00; stroke: none } text.limit { fill: #1a7f37; stroke: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .grid { stroke: #3d444d }
    .a { stroke: #4493f8 } text.a { fill: #4493f8 } .b { stroke: #f0883e } text.b { fill: #f0883e }
    .limit { stroke: #3fb950 } text.limit { fill: #3fb950 }
  }`;

/**
 * Panels one below the other, as SVG for light and dark.
 *
 * @param panels `{ title, from, to, step, y: { max, min?, ticks }, x: { ticks }, lines, limits?, band? }`:
 *   seconds of `perSecond` arrays, in means over `step` of them; a scale with `min` is logarithmic
 */
export function draw(panels) {
  const height = HEIGHT * panels.length;
  const drawn = panels.map(
    (panel, at) => `<g transform="translate(0 ${HEIGHT * at})">${one(panel)}</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${panels.map(({ title }) => title).join('; ')}</title>
<style>${STYLE}
</style>
${drawn.join('\n')}
</svg>
`;
}

function one({ title, from, to, step, x, y, lines, limits = [], band }) {
  const across = (second) => PLOT.left + ((second - from) / (to - from)) * plotWidth;
  const share = (value) =>
    y.min ? Math.log(Math.max(value, y.min) / y.min) / Math.log(y.max / y.min) : value / y.max;
  const up = (value) => PLOT.top + (1 - share(value)) * plotHeight;
  const right = WIDTH - PLOT.right;
  const parts = [`<text class="title" x="8" y="20">${title}</text>`];

  if (band) {
    const [start, end] = band.map(across);
    parts.push(
      `<rect class="outage" x="${start}" y="${PLOT.top}" width="${end - start}" height="${plotHeight}"/>`,
    );
  }
  for (const tick of y.ticks) {
    const level = up(tick).toFixed(1);
    parts.push(
      `<path class="grid" d="M${PLOT.left} ${level}H${right}"/>`,
      `<text x="${PLOT.left - 8}" y="${Number(level) + 4}" text-anchor="end">${tick.toLocaleString('en')}</text>`,
    );
  }
  for (const [second, label] of x.ticks) {
    parts.push(
      `<text x="${across(second)}" y="${HEIGHT - 14}" text-anchor="middle">${label}</text>`,
    );
  }
  for (const { value } of limits) {
    parts.push(`<path class="limit" d="M${PLOT.left} ${up(value).toFixed(1)}H${right}"/>`);
  }
  for (const { name, perSecond } of lines) {
    const points = means(perSecond, from, to, step).map(
      ({ at, mean }) => `${across(at).toFixed(1)} ${up(mean).toFixed(1)}`,
    );
    parts.push(`<path class="${name}" d="M${points.join('L')}"/>`);
  }
  let legend = PLOT.left;
  for (const { name = 'limit', label } of [...lines, ...limits]) {
    parts.push(`<text class="${name}" x="${legend}" y="42">${label}</text>`);
    legend += 7 * label.length + 20;
  }
  return parts.join('\n');
}

function means(perSecond, from, to, step) {
  const points = [];
  for (let at = from; at + step <= to; at += step) {
    const sum = perSecond.subarray(at, at + step).reduce((total, count) => total + count, 0);
    points.push({ at: at + step / 2, mean: sum / step });
  }
  return points;
}

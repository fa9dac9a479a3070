import type { Screen, Tone } from './style';
import type { Verdict } from './verdict';
import { rule } from './waterfall';

const LABEL = 26;
const VALUE = 9;
const MOST_PROBLEMS = 10;

type Line = [label: string, value: number | string, remark?: string, tone?: Tone];

export function drawSummary(
  { ok, problems, summary }: Verdict,
  seconds: number,
  screen: Screen,
): string[] {
  const { paint, width } = screen;
  const zero = (count: number): Tone => (count === 0 ? 'good' : 'bad');
  const lines: Line[] = [
    ['requests', summary.requests, `in ${seconds.toFixed(1)} seconds`],
    ['answers', summary.answers, 'each one checked: its id, the sha256, every byte'],
    ['aborted by the caller', summary.aborted],
    ['ended by signing out', summary.signedOut],
    ['401s seen by callers', summary.seen401s, '', zero(summary.seen401s)],
    ['401s recovered', summary.recovered401s],
    ['refreshes', summary.refreshes, refreshRemark(summary)],
    ['replays', summary.replays],
    ['longest hold', `${summary.longestHold} ms`, 'before a request was sent, or sent again'],
    ['lost', summary.lost, '', zero(summary.lost)],
  ];
  return [
    paint('title', rule('Summary', width)),
    ...lines.map(([label, value, remark = '', tone]) => {
      const amount = String(value).padStart(VALUE);
      return `  ${label.padEnd(LABEL)}${tone ? paint(tone, amount) : amount}   ${paint('quiet', remark)}`.trimEnd();
    }),
    '',
    ...shorten(problems).map((problem) => paint('bad', `  ${problem}`)),
    ok
      ? paint(
          'good',
          `  Nobody was lost: each caller got its own answer, or the end it had asked for.`,
        )
      : paint('bad', '  This must not happen: please report it.'),
  ];
}

function shorten(problems: readonly string[]): string[] {
  const rest = problems.length - MOST_PROBLEMS;
  return [...problems.slice(0, MOST_PROBLEMS), ...(rest > 0 ? [`and ${rest} more (--json)`] : [])];
}

function refreshRemark({ mostRefreshesAtOnce, outagesRecovered }: Verdict['summary']): string {
  const atOnce =
    mostRefreshesAtOnce <= 1 ? 'never two at once' : `up to ${mostRefreshesAtOnce} at once`;
  return outagesRecovered > 0 ? `${atOnce}, ${outagesRecovered} through an outage` : atOnce;
}

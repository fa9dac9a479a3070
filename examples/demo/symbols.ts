import type { Mark, Phase } from './phases';
import type { Screen } from './style';

/** One column wide each, and told apart without any colour. */
export const PHASES: Record<Phase, string> = {
  held: '░',
  sent: '─',
  waits: '·',
  replayed: '═',
  refresh: '▓',
  pause: '·',
};

export const MARKS: Record<Mark, string> = {
  '401': '×',
  '503': '!',
  done: '●',
  aborted: '○',
  'signed out': '■',
  lost: '?',
};

type Entry = [symbol: Phase | Mark, meaning: string];

const REQUEST: Entry[] = [
  ['held', 'held'],
  ['sent', 'sent'],
  ['401', '401'],
  ['waits', 'refresh wait'],
  ['replayed', 'replayed'],
  ['done', 'done'],
];

const REST: Entry[] = [
  ['refresh', 'refresh'],
  ['503', '503'],
  ['aborted', 'aborted'],
  ['signed out', 'signed out'],
  ['lost', 'lost'],
];

export function drawLegend({ paint }: Screen): string[] {
  const line = (entries: Entry[]): string =>
    entries
      .map(([symbol, meaning]) => {
        const glyph = symbol in PHASES ? PHASES[symbol as Phase].repeat(3) : MARKS[symbol as Mark];
        return `${paint(symbol, glyph)} ${meaning}`;
      })
      .join('   ');
  return [`  ${line(REQUEST)}`, `  ${line(REST)}`];
}

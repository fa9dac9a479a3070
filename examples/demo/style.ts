import type { Mark, Phase } from './phases';

export type Tone = 'title' | 'quiet' | 'good' | 'bad' | Phase | Mark;

/** Puts colour on a text, or leaves it as it is. */
export type Paint = (tone: Tone, text: string) => string;

const SGR: Record<Tone, string> = {
  title: '1',
  quiet: '2',
  good: '1;32',
  bad: '1;31',
  held: '33',
  sent: '36',
  waits: '33',
  replayed: '1;34',
  refresh: '35',
  pause: '2;35',
  '401': '1;31',
  '503': '1;31',
  done: '1;32',
  aborted: '1',
  'signed out': '1',
  lost: '1;41',
};

const coloured: Paint = (tone, text) => text && `\u001b[${SGR[tone]}m${text}\u001b[0m`;
const plain: Paint = (_tone, text) => text;

export interface Screen {
  width: number;
  paint: Paint;
}

interface Output {
  isTTY?: boolean;
  columns?: number;
}

const DEFAULT_WIDTH = 100;
const NARROWEST = 64;
const WIDEST = 132;

/** Colours only on a terminal that has them, and not against the user's will (no-color.org). */
export function screenFor(output: Output, env: NodeJS.ProcessEnv): Screen {
  const hasColour = output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  const width = output.columns || DEFAULT_WIDTH;
  return {
    width: Math.min(WIDEST, Math.max(NARROWEST, width)),
    paint: hasColour ? coloured : plain,
  };
}

import type { Call } from './load';
import type { Echo, Settlement } from './protocol';
import { hash } from './random';

type Answer = NonNullable<Settlement['answer']>;

/** How many lines come before the last of an answer that is streamed. */
export const LINES = 40;

/** Every body names its request. */
export const textFor = (id: string): string => `${id} ${'body of the request '.repeat(100)}`;

/** @param lines how many come before the one with the echo */
export const pathFor = (session: string, { id, think }: Call, lines = 0): string =>
  `/echo/${id}?session=${session}&think=${Math.round(think)}&lines=${lines}`;

/** The text of an answer; each line must be one of this request. */
export function readAnswer(
  text: string,
  id: string,
  lines: number,
  sent?: string | Uint8Array,
): Answer {
  const all = text.split('\n').map((line) => JSON.parse(line) as { id?: string; echo?: Echo });
  const echo = all.pop()?.echo;
  if (!echo) throw new Error('The answer has no echo.');
  const stranger = all.find((line) => line.id !== id)?.id;
  const isBodyWhole = sent === undefined || echo.hash === hash(sent);
  return {
    echo: stranger === undefined ? echo : { ...echo, id: stranger },
    isWhole: all.length === lines && isBodyWhole,
  };
}

/** A number from 0 to below 1. */
export type Random = () => number;

/** FNV-1a over the characters, and a finish that spreads what differs in the last of them only. */
export function hash(text: string | Uint8Array): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value ^= typeof text === 'string' ? text.charCodeAt(index) : text[index]!;
    value = Math.imul(value, 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** The generator mulberry32: the same numbers for the same seed. */
export function randomFrom(seed: string): Random {
  let state = hash(seed);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const pick = <T>(random: Random, list: readonly T[]): T =>
  list[Math.floor(random() * list.length)]!;

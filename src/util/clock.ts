/** Milliseconds by a clock that nobody can set, where the platform has one. */
export const steadyNow = (): number => (globalThis as Clock).performance?.now() ?? Date.now();

interface Clock {
  performance?: { now(): number };
}

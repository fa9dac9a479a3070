import type { Setup, Step } from './model';

/** A fault that the model has found, and that is there still: take it out when it is fixed. */
export interface KnownFault {
  title: string;
  setup: Setup;
  /** The shortest sequence. */
  steps: Step[];
  /** True for a run in which it may have happened. */
  explains(fault: string, setup: Setup, steps: readonly Step[]): boolean;
}

const SLOW: Setup = { store: 'slow', lock: false, onSend: false, lifetime: null, holds: 'a' };

export const KNOWN: KnownFault[] = [
  {
    // The write of the sign-in lands late, over what a peer has stored meanwhile. What the session had read
    // before that is put back in its place, although a read under way has the tokens of the peer.
    title: 'G9: a late write of a sign-in that failed leaves no older token over that of a peer',
    setup: SLOW,
    steps: [
      ['answer', 0, 'well'],
      ['sign-in', 'b'],
      ['pass', 35_000],
      ['peer', 'renews', 'tells'],
    ],
    explains: (fault, { store }, steps) =>
      fault.endsWith('is newer (G9)') &&
      store === 'slow' &&
      steps.some(([type]) => type === 'peer') &&
      steps.some(([type, ms]) => type === 'hang' || (type === 'pass' && ms > 10_000)),
  },
];

import { randomFrom } from './random';

/** `early`: the server has not seen the request. `late`: it has acted, and its answer suffers. */
const KINDS = {
  reset: { when: 'early', cuts: true },
  'closed after the request': { when: 'early', cuts: true },
  '503': { when: 'early', cuts: false },
  'late to the server': { when: 'early', cuts: false },
  'answer lost': { when: 'late', cuts: true },
  'answer reset': { when: 'late', cuts: true },
  'half a head': { when: 'late', cuts: true },
  'half a body': { when: 'late', cuts: true },
  'slow answer': { when: 'late', cuts: false },
  'late answer': { when: 'late', cuts: false },
} as const;

/** The token endpoint is down: nobody listens, a broken gateway, or silence. */
export type Outage = 'reset' | '503' | 'silent';

export type FaultKind = keyof typeof KINDS | `down: ${Outage}`;

export interface Fault {
  kind: keyof typeof KINDS;
  /** For those that take time. */
  ms: number;
}

/** Thousandths of all requests. */
type Shares = Partial<Record<keyof typeof KINDS, number>>;

const OF_REQUESTS: Shares = {
  reset: 12,
  'closed after the request': 12,
  '503': 8,
  'late to the server': 15,
  'answer lost': 12,
  'answer reset': 10,
  'half a head': 8,
  'half a body': 12,
  'slow answer': 15,
  'late answer': 15,
};

const OF_REFRESHES: Shares = {
  reset: 30,
  'closed after the request': 30,
  '503': 30,
  'late to the server': 50,
};

/** For a server that takes a used refresh token again for a while. */
const OF_FORGIVEN_REFRESHES: Shares = {
  ...OF_REFRESHES,
  'answer lost': 30,
  'answer reset': 20,
  'half a head': 20,
  'half a body': 30,
  'slow answer': 30,
  'late answer': 30,
};

/** How many of a hundred requests meet a 503 in a storm. */
const STORM = 0.6;

/** Whether the caller gets no whole answer of the server by it. */
export function isFailing(kind: FaultKind | null): boolean {
  if (kind === null) return false;
  return kind.startsWith('down: ') || kind === '503' || KINDS[kind as Fault['kind']].cuts;
}

export const isEarly = ({ kind }: Fault): boolean => KINDS[kind].when === 'early';

/** Which fault an attempt meets depends on the seed and on what it is, not on when it comes. */
export function faultOf(
  seed: string,
  attempt: { key: string; isRefresh: boolean; isForgiven: boolean; inStorm: boolean },
): Fault | null {
  const random = randomFrom(`${seed} ${attempt.key}`);
  const ms = 20 + random() * 500;
  if (attempt.inStorm && random() < STORM) return { kind: '503', ms };
  let left = random() * 1_000;
  const refreshes = attempt.isForgiven ? OF_FORGIVEN_REFRESHES : OF_REFRESHES;
  for (const [kind, share] of Object.entries(attempt.isRefresh ? refreshes : OF_REQUESTS)) {
    left -= share;
    if (left < 0) return { kind: kind as Fault['kind'], ms };
  }
  return null;
}

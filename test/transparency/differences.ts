import { EXPIRED, GOOD } from './mirror';
import type { Difference } from './compare';
import type { Trait, Way } from './run';

/** What attaching changes, and why. The page docs/guarantees.md has the same list. */
export interface DocumentedDifference {
  /** As it stands in the page. */
  text: string;
  allows(difference: Difference, way: Way, traits: readonly Trait[]): boolean;
}


const AT_ENTRY = /\.(adapter|transformRequest(\.\d+)?|Symbol\(called\)|order)$/;

export const DIFFERENCES: readonly DocumentedDifference[] = [
  {
    text: 'token',
    allows: ({ path, bare, other }) => path.endsWith('.token') && bare === undefined && (other === GOOD || other === EXPIRED),
  },
  {
    text: 'entry',
    allows: ({ path }) => /^events\.\d+\.(config|this)\./.test(path) && AT_ENTRY.test(path),
  },
  {
    text: 'ended before',
    allows: ({ path }) => /^(events\.\d+\.error|settlement\.(rejected|toJSON))\.config\./.test(path) && AT_ENTRY.test(path),
  },
  { text: 'is', allows: ({ path }, way) => way === 'replayed' && /\.is$/.test(path) },
];

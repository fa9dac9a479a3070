import { steadyNow } from '../util/clock';
import type { AuthError } from '../errors';
import type { ResolvedOptions } from '../options';
import type { Grant, State } from './state';

/** A renewal that failed for now: the tokens are kept. */
export interface Failure {
  /** The token that was to be replaced. */
  token: string | null;
  error: AuthError;
  /** Requests waited for it; otherwise it ran in the background. */
  waited: boolean;
  /** The auth server said no, and will say so again. */
  refused: boolean;
  /** Answered, but not now: for how many milliseconds the auth server wants to be left alone. */
  busyFor: number | undefined;
}

/**
 * Remembers how renewals failed, so that an auth server in trouble is not asked by every request of
 * every client: the longer it has been, the longer until it is asked again (G10, G31).
 */
export interface Failures {
  add(failure: Failure): void;
  /** The failure that a request shares which was sent with this token before it. */
  ofStraggler(sent: Grant): AuthError | undefined;
  /** The failure that requests share until it is time to ask again. */
  ofPause(token: string | null): AuthError | undefined;
  /** Whether it is too soon for another renewal in the background. */
  blocksAhead(token: string): boolean;
  /** The failure that is remembered for this token. */
  latest(token: string | null): AuthError | undefined;
  /** How often a renewal that requests wait for may be tried again. */
  retries(token: string | null): number;
  forget(): void;
}

/** Within this time, in milliseconds, it is a blip, and each request may try again. */
const BLIP = 60_000;

/** Nobody waits longer than this, in milliseconds, until the auth server is asked again. */
const LONGEST_PAUSE = 300_000;

/** A failure that comes so much later than it was time to ask again is a new one, in milliseconds. */
const FORGOTTEN_AFTER = 120_000;

/** After a failure in the background the token is still good: there is time, in milliseconds. */
const AHEAD_PAUSE = 180_000;

interface Trouble {
  token: string | null;
  since: number;
  /** When it failed last. */
  at: number;
  error: AuthError;
  /** How many failures that requests waited for there had been; 0 where none did. */
  count: number;
  until: number;
  aheadUntil: number;
}

export function createFailures(
  { refreshRetries }: Pick<ResolvedOptions, 'refreshRetries'>,
  state: State,
): Failures {
  let trouble: Trouble | undefined;

  const of = (token: string | null): Trouble | undefined =>
    trouble?.token === token ? trouble : undefined;

  /** Since when the auth server has been in trouble, if it still is. */
  function sinceOf(token: string | null, now: number): number | undefined {
    const found = of(token);
    if (!found) return undefined;
    const wasTime = Math.max(found.until, found.at + AHEAD_PAUSE);
    return now - wasTime > FORGOTTEN_AFTER ? undefined : found.since;
  }

  /** A time between the whole length and its double, so that a fleet does not come back at once. */
  function pauseAfter(busyFor: number | undefined, age: number): number {
    if (busyFor === undefined) return 0;
    const pause = age < BLIP ? 0 : age * (1 + Math.random());
    return Math.min(Math.max(pause, busyFor), LONGEST_PAUSE);
  }

  return {
    add({ token, error, waited, refused, busyFor }) {
      const now = steadyNow();
      const since = sinceOf(token, now) ?? now;
      const pause = pauseAfter(busyFor, now - since);
      const ahead = Math.max(pause, AHEAD_PAUSE * (0.5 + Math.random() / 2));
      trouble = {
        token,
        since,
        at: now,
        error,
        count: waited ? ++state.failures : (of(token)?.count ?? 0),
        until: now + pause,
        aheadUntil: refused ? Infinity : now + ahead,
      };
    },
    ofStraggler({ token, failures }) {
      const found = of(token);
      return found && found.count > failures ? found.error : undefined;
    },
    ofPause(token) {
      const found = of(token);
      return found && steadyNow() < found.until ? found.error : undefined;
    },
    latest: (token) => of(token)?.error,
    blocksAhead: (token) => steadyNow() < (of(token)?.aheadUntil ?? 0),
    retries(token) {
      const now = steadyNow();
      if (now - (sinceOf(token, now) ?? now) < BLIP) return refreshRetries;
      // After failures in the background alone, one retry tells another blip from an outage.
      return of(token)?.count ? 0 : Math.min(1, refreshRetries);
    },
    forget() {
      trouble = undefined;
    },
  };
}

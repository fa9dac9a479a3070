import { AuthError } from '../errors';
import type { ResolvedOptions } from '../options';
import { steadyNow } from '../util/time';
import type { FailedRenewal } from './refresh-call';
import type { Renewal } from './renewal';

interface Outage {
  token: string | null;
  since: number;
  /** When it failed last. */
  at: number;
  error: AuthError;
  /** How many failures that requests waited for there had been; 0 where none did. */
  count: number;
  /** Until then, requests share the failure. */
  until: number;
  /** Until then, nothing is renewed in the background. */
  aheadUntil: number;
}

/** Within this time, in milliseconds, a fault counts as transient, and each request may try again. */
const TRANSIENT = 60_000;

/** Nobody waits longer than this, in milliseconds, until the auth server is asked again. */
const LONGEST_PAUSE = 300_000;

/** A failure that comes so much later than it was time to ask again is a new one, in milliseconds. */
const FORGOTTEN_AFTER = 120_000;

/** After a failure in the background the token is still good: there is time, in milliseconds. */
const AHEAD_PAUSE = 180_000;

/**
 * Remembers how renewals failed, so that an auth server in trouble is not asked by every request of every
 * client: the longer an outage has lasted, the longer until it is asked again (G10, G31). And counts the
 * renewals that did not help (`refreshLimit`).
 */
export class Backoff {
  readonly #refreshRetries: number;
  readonly #limit: ResolvedOptions['refreshLimit'];
  #outage: Outage | undefined;
  /** How many renewals that requests waited for have failed. */
  failures = 0;
  #useless: { token: string; at: number }[] = [];

  constructor(options: Pick<ResolvedOptions, 'refreshRetries' | 'refreshLimit'>) {
    this.#refreshRetries = options.refreshRetries;
    this.#limit = options.refreshLimit;
  }

  /** A renewal has failed for now: the tokens are kept. */
  add(
    { token, isWaited }: Pick<Renewal, 'token' | 'isWaited'>,
    { kind, error, busyFor }: FailedRenewal,
  ): void {
    const now = steadyNow();
    const since = this.#since(token, now) ?? now;
    const pause = pauseAfter(busyFor, now - since);
    const ahead = Math.max(pause, AHEAD_PAUSE * (0.5 + Math.random() / 2));
    this.#outage = {
      token,
      since,
      at: now,
      error,
      count: isWaited ? ++this.failures : (this.#of(token)?.count ?? 0),
      until: now + pause,
      aheadUntil: kind === 'refused' ? Infinity : now + ahead,
    };
  }

  /** The failure that a request shares which was sent with this token before it (G10: stragglers). */
  ofStraggler(token: string | null, failuresThen: number): AuthError | undefined {
    const found = this.#of(token);
    return found && found.count > failuresThen ? found.error : undefined;
  }

  /** Why no renewal of this token may start now: it has just failed, or renewals do not help. */
  refuses(token: string | null): AuthError | undefined {
    const found = this.#of(token);
    if (found && steadyNow() < found.until) return found.error;
    return this.#limit && this.#countUseless() >= this.#limit.count
      ? refreshLoopError(`${this.#limit.count} renewals within ${this.#limit.per} ms did not help`)
      : undefined;
  }

  /** Whether it is too soon for another renewal in the background. */
  blocksAhead(token: string): boolean {
    return steadyNow() < (this.#of(token)?.aheadUntil ?? 0);
  }

  /** How often a renewal that requests wait for may be tried again. */
  retries(token: string | null): number {
    const now = steadyNow();
    if (now - (this.#since(token, now) ?? now) < TRANSIENT) return this.#refreshRetries;
    // After failures in the background alone, one retry tells a transient fault from an outage.
    return this.#of(token)?.count ? 0 : Math.min(1, this.#refreshRetries);
  }

  /** A request was sent with this renewed token, and refused as expired again. */
  addUseless(token: string): void {
    if (this.#useless.some((entry) => entry.token === token)) return;
    this.#useless.push({ token, at: steadyNow() });
  }

  /** After a renewal: the auth server is well again. */
  forgetOutage(): void {
    this.#outage = undefined;
  }

  /** With another session nothing of the past counts any more. */
  reset(): void {
    this.#outage = undefined;
    this.#useless = [];
  }

  #of(token: string | null): Outage | undefined {
    return this.#outage?.token === token ? this.#outage : undefined;
  }

  /** Since when the auth server has been in trouble, if it still is. */
  #since(token: string | null, now: number): number | undefined {
    const found = this.#of(token);
    if (!found) return undefined;
    const dueAt = Math.max(found.until, found.at + AHEAD_PAUSE);
    return now - dueAt > FORGOTTEN_AFTER ? undefined : found.since;
  }

  #countUseless(): number {
    const since = steadyNow() - (this.#limit ? this.#limit.per : 0);
    this.#useless = this.#useless.filter(({ at }) => at > since);
    return this.#useless.length;
  }
}

/** A time between the whole age and its double, so that a fleet does not come back at once. */
function pauseAfter(busyFor: number | undefined, age: number): number {
  if (busyFor === undefined) return 0;
  const pause = age < TRANSIENT ? 0 : age * (1 + Math.random());
  return Math.min(Math.max(pause, busyFor), LONGEST_PAUSE);
}

export function refreshLoopError(why: string): AuthError {
  return new AuthError(
    'ERR_AUTH_REFRESH_LOOP',
    `The server refuses renewed tokens as expired (${why}). If this answer is not about the token (a login with ` +
      'a wrong password), mark the request with skipAuth: true. Else check the clocks of the servers, and that ' +
      'both use the same issuer and audience.',
  );
}

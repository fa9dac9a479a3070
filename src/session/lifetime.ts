import { isSeconds, readClaims, type Tokens } from '../tokens';
import { steadyNow } from '../util/time';

/** `due`: still good, and old enough to be renewed in the background. */
export type Freshness = 'good' | 'due' | 'expired';

interface Clocks {
  wall: number;
  steady: number;
}

interface Measured {
  accessToken: string;
  expiresAt: number | null | undefined;
  /** Both clocks at the moment the token was first seen. */
  seen: Clocks;
  /** Milliseconds of life it had then; `undefined` where nobody knows. */
  lifetime: number | undefined;
  /** With less than this left, in milliseconds, it counts as expired. */
  leeway: number;
  /** The age from which it is renewed in the background, in milliseconds. */
  dueAt: number;
}

/** The leeway is at most this share of the lifetime: short-lived tokens would be expired on arrival. */
const LEEWAY_SHARE = 0.1;

/** How far into the rest of the lifetime the background renewals of many clients are spread. */
const SPREAD = 0.5;

/** A shorter lifetime, in milliseconds, is no plausible one, and says nothing (G32). */
const SHORTEST = 50;

/** Knows how fresh the tokens of one session are (G30–G32). */
export class Lifetimes {
  readonly #leeway: number;
  readonly #ahead: number | false;
  #current: Measured | undefined;

  constructor(options: { expiryLeeway: number; refreshAhead: number | false }) {
    this.#leeway = options.expiryLeeway;
    this.#ahead = options.refreshAhead;
  }

  of(tokens: Tokens): Freshness {
    const { lifetime, seen, leeway, dueAt } = this.#measured(tokens);
    if (lifetime === undefined) return 'good';
    const age = ageSince(seen);
    if (lifetime - age <= leeway) return 'expired';
    return age >= dueAt ? 'due' : 'good';
  }

  /** Milliseconds until the access token expires; Infinity where nobody knows. */
  left(tokens: Tokens): number {
    const { lifetime, seen } = this.#measured(tokens);
    return lifetime === undefined ? Infinity : lifetime - ageSince(seen);
  }

  #measured(tokens: Tokens): Measured {
    const known = this.#current;
    const isKnown =
      known?.accessToken === tokens.accessToken &&
      // A store may drop the expiry; one that somebody changed is news.
      (tokens.expiresAt == null || tokens.expiresAt === known.expiresAt);
    return isKnown ? known : (this.#current = this.#measure(tokens, false));
  }

  /** Counts from now on: the tokens have just come from the auth server. */
  received(tokens: Tokens): void {
    this.#current = this.#measure(tokens, true);
  }

  #measure(tokens: Tokens, isNew: boolean): Measured {
    const seen = { wall: Date.now(), steady: steadyNow() };
    const replaces = this.#current && this.#current.accessToken !== tokens.accessToken;
    const { lifetime, issued } = lifetimeOf(tokens, seen.wall, isNew, replaces === true);
    // Of a token that was found in the store only the rest of its life may be known.
    const whole = issued ?? (isNew || replaces ? lifetime : undefined) ?? Infinity;
    const ahead = this.#ahead;
    const { accessToken, expiresAt } = tokens;
    return {
      accessToken,
      expiresAt,
      seen,
      lifetime,
      leeway: Math.min(this.#leeway, whole * LEEWAY_SHARE),
      dueAt:
        ahead === false
          ? Infinity
          : (lifetime ?? 0) * (ahead + (1 - ahead) * SPREAD * Math.random()),
    };
  }
}

/**
 * Prefers the lifetime that the issuer gave (`exp` − `iat`): it needs no common clock. A token that has
 * replaced another and is over on arrival says that the clocks disagree, not that it is worthless; if it
 * counted as expired the next one would too, and a wrong clock could renew for ever (G32).
 */
function lifetimeOf(
  tokens: Tokens,
  wall: number,
  isNew: boolean,
  replaces: boolean,
): { lifetime?: number | undefined; issued?: number | undefined } {
  const { exp, iat } = tokens.expiresAt == null ? (readClaims(tokens.accessToken) ?? {}) : {};
  const expiresAt = tokens.expiresAt ?? (isSeconds(exp) ? exp * 1000 : undefined);
  if (expiresAt === undefined) return {};
  const left = expiresAt - wall;
  const given = isSeconds(iat) ? expiresAt - iat * 1000 : 0;
  const issued = given >= SHORTEST ? given : undefined;
  const isOdd = left < SHORTEST && (isNew || replaces);
  if (isOdd || (isNew && issued !== undefined)) return { lifetime: issued, issued };
  return { lifetime: issued === undefined ? left : Math.min(left, issued), issued };
}

/** The steady clock ignores jumps, the wall clock counts a machine's sleep: the older age is true. */
const ageSince = (seen: Clocks): number =>
  Math.max(Date.now() - seen.wall, steadyNow() - seen.steady);

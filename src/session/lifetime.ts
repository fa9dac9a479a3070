import { steadyNow } from '../util/clock';
import { isRecord, type Tokens } from '../tokens';

/** `ahead`: still good, and old enough to be renewed in the background. */
export type Freshness = 'good' | 'ahead' | 'expired';

interface Measured {
  accessToken: string;
  expiresAt: number | undefined;
  /** Both clocks at the moment the token was first seen. */
  seen: Clocks;
  /** Milliseconds of life it had then; `undefined` where nobody knows. */
  lifetime: number | undefined;
  leeway: number;
  /** The age from which it is renewed in the background. */
  aheadAt: number;
}

interface Clocks {
  wall: number;
  steady: number;
}

/** Knows how fresh the tokens of one session are (G30–G32). */
export interface Lifetimes {
  of(tokens: Tokens): Freshness;
  /** Counts from now: the tokens have just come from the auth server. */
  received(tokens: Tokens): void;
}

/** A token that a renewal brought may not count as expired before most of its life is over. */
const LEEWAY_SHARE = 0.05;

/** How far into the rest of the lifetime the background renewals of many clients are spread. */
const SPREAD = 0.5;

/** A JWT longer than this is not decoded: no real one is. */
const MAX_JWT = 16_384;

export function createLifetimes(options: {
  expiryLeeway: number;
  refreshAhead: number | false;
}): Lifetimes {
  let current: Measured | undefined;

  function measure(tokens: Tokens, fresh: boolean): Measured {
    const seen = { wall: Date.now(), steady: steadyNow() };
    const replaces = current !== undefined && current.accessToken !== tokens.accessToken;
    const lifetime = lifetimeOf(tokens, seen.wall, fresh, replaces);
    // The first token is judged by the leeway alone. One that replaced another was issued just now:
    // if it looked expired the next one would too, so a wrong clock could renew for ever (G32).
    const leeway =
      replaces && lifetime !== undefined
        ? Math.min(options.expiryLeeway, lifetime * LEEWAY_SHARE)
        : options.expiryLeeway;
    const ahead = options.refreshAhead;
    const aheadAt =
      ahead === false || lifetime === undefined
        ? Infinity
        : lifetime * (ahead + (1 - ahead) * SPREAD * Math.random());
    const { accessToken, expiresAt } = tokens;
    return { accessToken, expiresAt, seen, lifetime, leeway, aheadAt };
  }

  return {
    of(tokens) {
      const known =
        current?.accessToken === tokens.accessToken &&
        // A store may drop the expiry; one that somebody changed is news.
        (tokens.expiresAt === undefined || tokens.expiresAt === current.expiresAt);
      if (!known || !current) current = measure(tokens, false);
      const { lifetime, leeway, aheadAt, seen } = current;
      if (lifetime === undefined) return 'good';
      const age = elapsed(seen);
      if (age > lifetime - leeway) return 'expired';
      return age >= aheadAt ? 'ahead' : 'good';
    },
    received(tokens) {
      current = measure(tokens, true);
    },
  };
}

function lifetimeOf(
  tokens: Tokens,
  wall: number,
  fresh: boolean,
  replaces: boolean,
): number | undefined {
  const claims = tokens.expiresAt === undefined ? readClaims(tokens.accessToken) : {};
  const { exp, iat } = claims;
  const expiresAt = tokens.expiresAt ?? (exp === undefined ? undefined : exp * 1000);
  if (expiresAt === undefined) return undefined;
  const left = expiresAt - wall;
  const issued =
    exp !== undefined && iat !== undefined && exp > iat ? (exp - iat) * 1000 : undefined;
  if (fresh && issued !== undefined) return issued;
  // A new token that is over on arrival says that the clocks disagree, not that it is worthless.
  if (left <= 0 && (fresh || replaces)) return issued;
  return issued === undefined ? left : Math.min(left, issued);
}

/** The steady clock ignores jumps, the other one counts a machine's sleep: the older age is true. */
const elapsed = (since: Clocks): number =>
  Math.max(Date.now() - since.wall, steadyNow() - since.steady);

/**
 * Reads `exp` and `iat` (RFC 7519 §4.1) without verifying anything: they only save a request that
 * would fail. An opaque token, or a payload that is not what it should be, gives nothing.
 */
function readClaims(accessToken: string): { exp?: number; iat?: number } {
  const parts = accessToken.split('.');
  const payload = parts[1];
  if (parts.length !== 3 || !payload || accessToken.length > MAX_JWT) return {};
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    if (!isRecord(claims)) return {};
    return {
      ...(isNumericDate(claims.exp) && { exp: claims.exp }),
      ...(isNumericDate(claims.iat) && { iat: claims.iat }),
    };
  } catch {
    return {};
  }
}

const isNumericDate = (value: unknown): value is number =>
  typeof value === 'number' && value > 0 && value < 1e11;

import { AuthError } from './errors';
import { describe, isRecord } from './util/values';

/** What a signed-in user (or service) holds. */
export interface Tokens {
  /** One line of visible ASCII; RFC 6750 §2.1 calls the usual form a `b64token`. */
  accessToken: string;
  /** The credential of RFC 6749 §1.5, where the server gives one. */
  refreshToken?: string | null;
  /** When the access token expires, in milliseconds since the epoch, by this machine's clock. */
  expiresAt?: number | null;
}

interface OptionalFields {
  refreshToken?: string | null | undefined;
  refresh_token?: string | null | undefined;
  /** Milliseconds since the epoch. */
  expiresAt?: number | null | undefined;
  /** Lifetime in seconds, as a number or a numeric string (RFC 6749 §5.1). */
  expires_in?: number | string | null | undefined;
}

interface CamelCaseResponse extends OptionalFields {
  accessToken: string;
  /** Lifetime in seconds. */
  expiresIn?: number | string | null | undefined;
}

interface OAuthResponse extends OptionalFields {
  access_token: string;
}

/**
 * What `signIn()` and `refresh()` take: the answer of a login or token endpoint as it came, in camel case
 * or as in RFC 6749 §5.1. Extra fields are kept, and typed by `T`.
 */
export type TokenResponse<T extends Tokens = Tokens> = (OAuthResponse | CamelCaseResponse) &
  Omit<T, keyof Tokens>;

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** Below this, a time in milliseconds would lie before 1973: it can only be meant in seconds. */
const SECONDS_BELOW = 1e11;

/** True for a plausible number of seconds, since the epoch or of a lifetime. */
export const isSeconds = (value: unknown): value is number =>
  typeof value === 'number' && value > 0 && value < SECONDS_BELOW;

/** In place of an access token where only a cookie carries one (`headerName: false`). */
const COOKIE_MARK = 'cookie-session.';

/** True for an access token that may be put into a header (G4: one line of visible ASCII). */
export const isSendable = (accessToken: unknown): accessToken is string =>
  typeof accessToken === 'string' && VISIBLE_ASCII.test(accessToken);

/** What tells one set of tokens from another; null where there is none. */
export const accessOf = (tokens: Tokens | null): string | null => tokens?.accessToken || null;

/** True for the stand-in of an access token that only a cookie carries. */
export const isCookieMark = (accessToken: string): boolean => accessToken.startsWith(COOKIE_MARK);

/**
 * Turns what the auth server answered into tokens, over the ones it replaces: a refresh token that it
 * does not give again stays (RFC 6749 §6), and so do extra fields; an old expiry does not.
 *
 * @param byCookie the tokens are HttpOnly cookies: any answer will do (G37)
 * @param oddLifetime called where a lifetime is given that says nothing
 * @throws AuthError `ERR_AUTH_INVALID_TOKENS` when there is no usable access token
 */
export function receiveTokens<T extends Tokens>(
  response: unknown,
  previous: T | null,
  byCookie = false,
  oddLifetime?: () => void,
): T {
  const data = isRecord(response) ? dataOf(response) : undefined;
  const given = byCookie && (!data || isAxiosResponse(data)) ? {} : data;
  if (!given) {
    throw invalid(
      `Expected the body of an answer, response.data, got ${describe(response)}. Is it returned, and does no ` +
        'interceptor unwrap it before?',
    );
  }
  const {
    access_token,
    refresh_token,
    expires_in,
    accessToken = access_token,
    refreshToken = refresh_token,
    expiresIn = expires_in,
    expiresAt,
    ...extras
  } = given;

  const access = byCookie && accessToken == null ? COOKIE_MARK + randomId() : accessToken;
  if (access === undefined) throw invalid(missing(Object.keys(given)));
  if (!isSendable(access)) {
    throw invalid(
      'accessToken must be one line of visible ASCII without spaces (the token alone, without a ' +
        `scheme such as "Bearer"), got ${describe(access)}.`,
    );
  }
  if (refreshToken != null && typeof refreshToken !== 'string') {
    throw invalid(`refreshToken must be a string, got ${describe(refreshToken)}.`);
  }
  const tokens: Tokens = { ...previous, ...extras, accessToken: access };
  delete tokens.expiresAt;
  if (refreshToken) tokens.refreshToken = refreshToken;
  const expiry = expiryOf(expiresAt, expiresIn);
  if (expiry !== undefined) tokens.expiresAt = expiry;
  else if (expiresIn != null) oddLifetime?.();
  return tokens as T;
}

/** Where the tokens are cookies, the answer itself is nothing to keep: its config holds headers and bodies. */
const isAxiosResponse = (answer: object): boolean => 'config' in answer && 'status' in answer;

/**
 * Own enumerable data properties only: libraries add methods such as `expiresIn()` to an answer. Nothing of a
 * proxy that throws.
 */
function dataOf(response: object): Record<string, unknown> | undefined {
  try {
    return Object.fromEntries(
      Object.entries(Object.getOwnPropertyDescriptors(response))
        .filter(([, field]) => field.enumerable && 'value' in field)
        .map(([key, field]): [string, unknown] => [key, field.value])
        .filter(([, value]) => typeof value !== 'function'),
    );
  } catch {
    return undefined;
  }
}

const randomId = (): string => Math.random().toString(36).slice(2) + Date.now().toString(36);

function expiryOf(expiresAt: unknown, expiresIn: unknown): number | undefined {
  if (expiresAt != null) {
    if (typeof expiresAt !== 'number' || !Number.isFinite(expiresAt)) {
      throw invalid(
        `expiresAt must be a number of milliseconds since the epoch, got ${describe(expiresAt)}.`,
      );
    }
    if (expiresAt < SECONDS_BELOW) {
      throw invalid(
        'expiresAt is in milliseconds since the epoch, and the given value can only be seconds: ' +
          'multiply it by 1000, or give the lifetime as expiresIn (seconds).',
      );
    }
    return expiresAt;
  }
  // A lifetime that is no plausible number of seconds says nothing.
  const isGiven = typeof expiresIn === 'number' || typeof expiresIn === 'string';
  const seconds = isGiven ? Number(expiresIn) : NaN;
  return isSeconds(seconds) ? Date.now() + seconds * 1000 : undefined;
}

/** The keys help to find the mistake; the values may be credentials. */
function missing(keys: string[]): string {
  const has = (key: string): boolean => keys.includes(key);
  const cause =
    has('data') && has('status')
      ? 'It looks like a whole response: return response.data.'
      : has('token')
        ? 'Is "token" the access token? Then name it accessToken.'
        : 'Give an object with accessToken (or access_token), and throw for an answer that is an error.';
  const names = keys.slice(0, 20).map((key) => key.slice(0, 40));
  return `There is no accessToken; the keys are: ${names.join(', ') || 'none'}. ${cause}`;
}

function invalid(message: string): AuthError {
  return new AuthError('ERR_AUTH_INVALID_TOKENS', `Unusable tokens. ${message}`);
}

/** For a token in the store that must not be put into a header (G4). */
export function unsendable(accessToken: unknown): AuthError {
  return new AuthError(
    'ERR_AUTH_INVALID_TOKENS',
    'The access token in the token store cannot be put into a header: it must be one line of ' +
      `visible ASCII, got ${describe(accessToken)}. Sign in again, or correct what the store holds.`,
  );
}

/**
 * The default of the option `sameUser`: compares issuer and subject (RFC 7519 §4.1) where both access
 * tokens are JWTs. Of other tokens nobody knows, and they count as tokens of the same user.
 */
export function isSameUser(before: Tokens, after: Tokens): boolean {
  const [one, two] = [readClaims(before.accessToken), readClaims(after.accessToken)];
  return !one || !two || userOf(one) === userOf(two);
}

/** As a text: there are issuers that name a subject by an object. */
const userOf = ({ iss, sub }: Record<string, unknown>): string => JSON.stringify([iss, sub]);

/** A JWT longer than this is not decoded: no real one is. */
const MAX_JWT = 16_384;

/**
 * The claims of a JWT (RFC 7519 §4), without verifying anything; null for every other token. They serve
 * as hints only: when a token expires, and whether two tokens belong to the same user.
 */
export function readClaims(accessToken: string): Record<string, unknown> | null {
  if (accessToken.length > MAX_JWT) return null;
  const [, payload, signature, ...more] = accessToken.split('.');
  if (!payload || signature === undefined || more.length > 0) return null;
  try {
    // Base64 is Latin-1 to `atob`, and claims are UTF-8: names of users may come out garbled, which
    // changes nothing for a comparison.
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    return isRecord(claims) ? claims : null;
  } catch {
    return null;
  }
}

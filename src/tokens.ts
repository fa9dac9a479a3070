import { AuthError } from './errors';

/** What a signed-in user (or service) holds. Extra fields are kept as they are. */
export interface Tokens {
  /** One line of visible ASCII; RFC 6750 §2.1 calls the usual form a `b64token`. */
  accessToken: string;
  /** The credential of RFC 6749 §1.5, where the server gives one. */
  refreshToken?: string;
  /** When the access token expires, in milliseconds since the epoch, by this machine's clock. */
  expiresAt?: number;
  [extra: string]: unknown;
}

/** The token response of RFC 6749 §5.1, as it came from the token endpoint. */
export interface OAuthTokenResponse {
  access_token: string;
  refresh_token?: string;
  /** Lifetime in seconds. */
  expires_in?: number;
  [extra: string]: unknown;
}

/**
 * What `signIn()` and `refresh()` take: tokens, tokens with `expiresIn` (seconds) in place of
 * `expiresAt`, or an OAuth token response as it came.
 */
export type TokenResponse<T extends Tokens = Tokens> =
  (T & { expiresIn?: number }) | OAuthTokenResponse;

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** Below this, a time in milliseconds would lie before 1973: it can only be meant in seconds. */
const SECONDS_BELOW = 1e11;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** True for an access token that may be put into a header (G4). */
export const isSendable = (accessToken: unknown): accessToken is string =>
  typeof accessToken === 'string' && VISIBLE_ASCII.test(accessToken);

/**
 * Turns what the auth server answered into tokens, over the ones it replaces: a refresh token that
 * it does not give again stays (RFC 6749 §6), and so do extra fields; an old expiry does not.
 *
 * @throws AuthError `ERR_AUTH_INVALID_TOKENS` when there is no usable access token.
 */
export function receiveTokens(
  response: unknown,
  previous: Tokens | null,
  now: number = Date.now(),
): Tokens {
  if (!isRecord(response)) throw invalid(`Expected tokens, got ${describe(response)}.`);
  const {
    access_token,
    refresh_token,
    expires_in,
    accessToken = access_token,
    refreshToken = refresh_token,
    expiresIn = expires_in,
    expiresAt,
    ...extras
  } = response;

  if (!isSendable(accessToken)) {
    throw invalid(
      'accessToken must be one line of visible ASCII without spaces (the token alone, without a ' +
        `scheme such as "Bearer"), got ${describe(accessToken)}.`,
    );
  }
  if (refreshToken != null && typeof refreshToken !== 'string') {
    throw invalid(`refreshToken must be a string, got ${describe(refreshToken)}.`);
  }

  const tokens: Tokens = { ...previous, ...extras, accessToken };
  delete tokens.expiresAt;
  if (refreshToken) tokens.refreshToken = refreshToken;
  const expiry = expiryOf(expiresAt, expiresIn, now);
  if (expiry !== undefined) tokens.expiresAt = expiry;
  return tokens;
}

function expiryOf(expiresAt: unknown, expiresIn: unknown, now: number): number | undefined {
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
  // Some servers send the seconds as a string; a lifetime that says nothing is no lifetime.
  const seconds = Number(expiresIn ?? NaN);
  return seconds > 0 && seconds < SECONDS_BELOW ? now + seconds * 1000 : undefined;
}

function invalid(message: string): AuthError {
  return new AuthError('ERR_AUTH_INVALID_TOKENS', `Unusable tokens. ${message}`);
}

/** For a token in the store that G4 keeps out of every header. */
export function unsendable(accessToken: unknown): AuthError {
  return new AuthError(
    'ERR_AUTH_INVALID_TOKENS',
    'The access token in the token store cannot be put into a header: it must be one line of ' +
      `visible ASCII, got ${describe(accessToken)}. Sign in again, or mend the store.`,
  );
}

/** Names the kind of a value, never the value: it may be a credential. */
export function describe(value: unknown): string {
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return 'an array';
  return value == null ? String(value) : `a value of type ${typeof value}`;
}

/** What tells one set of tokens from another; null where there is none. */
export const accessOf = (tokens: Tokens | null): string | null => tokens?.accessToken || null;

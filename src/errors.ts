import { AxiosError } from 'axios';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { Challenge } from './response/challenges';
import { isRecord, safely } from './util/values';

const CODES = [
  'ERR_AUTH_SESSION_EXPIRED',
  'ERR_AUTH_SIGNED_OUT',
  'ERR_AUTH_REFRESH_FAILED',
  'ERR_AUTH_REFRESH_TIMEOUT',
  'ERR_AUTH_REFRESH_LOOP',
  'ERR_AUTH_INVALID_TOKENS',
  'ERR_AUTH_STORE',
  'ERR_AUTH_NOT_REPLAYABLE',
  'ERR_AUTH_INSECURE_URL',
  'ERR_AUTH_CONFIG',
] as const;

/**
 * Why a request or a call on the session was rejected.
 *
 * | code | meaning |
 * | --- | --- |
 * | `ERR_AUTH_SESSION_EXPIRED` | the auth server ended the session: sign in again |
 * | `ERR_AUTH_SIGNED_OUT` | the session in which the request was called is over, or nobody is signed in |
 * | `ERR_AUTH_REFRESH_FAILED` | no new token for now; the tokens are kept, try again later |
 * | `ERR_AUTH_REFRESH_TIMEOUT` | the renewal took longer than `refreshTimeout` |
 * | `ERR_AUTH_REFRESH_LOOP` | fresh tokens are refused as expired |
 * | `ERR_AUTH_INVALID_TOKENS` | an access token that cannot be sent |
 * | `ERR_AUTH_STORE` | the token store threw, gave no tokens, or did not answer |
 * | `ERR_AUTH_NOT_REPLAYABLE` | the token is renewed, but the body was a stream: send the request anew |
 * | `ERR_AUTH_INSECURE_URL` | the token would have gone over plain http |
 * | `ERR_AUTH_CONFIG` | the library cannot know what was meant, or cannot do it safely |
 */
export type AuthErrorCode = (typeof CODES)[number];

/** What an AuthError may carry: parts of an allow-list, without credentials (G34). */
export interface AuthErrorDetails {
  cause?: Error | undefined;
  oauthError?: string | undefined;
  config?: InternalAxiosRequestConfig | undefined;
  response?: AxiosResponse | undefined;
  challenge?: Challenge | undefined;
}

/** Shared through the global symbol registry, so that two copies of the package agree. */
const BRAND = Symbol.for('axios-auth-interceptors.AuthError');

/**
 * What this library rejects with (G33: nothing else escapes). It is an `AxiosError`; where the request itself
 * was refused, `error.response?.status === 401` keeps working. A request that was never sent, as the token was
 * known to be expired, has no `response`: ask for `code`. `axios.isCancel` is false for it. It describes the
 * request by method and URL, and carries no headers, body or transport of it (G34).
 *
 * @example
 * if (isAuthError(error) && error.code === 'ERR_AUTH_SESSION_EXPIRED') showLogin();
 */
export class AuthError<T = unknown, D = unknown> extends AxiosError<T, D> {
  declare code: AuthErrorCode;
  /** The challenge of the answer that led here (RFC 9110 §11.3), where there was one. */
  declare challenge?: Challenge;
  /**
   * The `error` that the token endpoint answered (RFC 6749 §5.2), such as `invalid_grant`, where the refresh
   * is that of `./oauth2`, or where what the refresh threw has a property of this name.
   */
  declare oauthError?: string;

  constructor(code: AuthErrorCode, message: string, details: AuthErrorDetails = {}) {
    super(
      message,
      code,
      details.config,
      undefined,
      details.response as AxiosResponse<T, D> | undefined,
    );
    this.name = 'AuthError';
    this.code = code;
    define(this, BRAND, true);
    if (details.challenge) this.challenge = details.challenge;
    const { cause, oauthError = (cause as AuthErrorDetails | undefined)?.oauthError } = details;
    if (cause) define(this, 'cause', cause);
    if (oauthError !== undefined) this.oauthError = oauthError;
  }
}

/** Not enumerable, as the platform has it for `cause`: loggers that walk own keys stay short. */
function define(error: Error, key: PropertyKey, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true });
}

/**
 * True for an error of this library, also one from another copy of the package.
 *
 * @example
 * if (isAuthError(error)) report(error.code);
 */
export function isAuthError(value: unknown): value is AuthError {
  const codes: readonly unknown[] = CODES;
  return safely(() => isRecord(value) && BRAND in value && codes.includes(value.code)) === true;
}

/** For what belongs to a session that is over (G22). */
export function signedOutError(
  message = 'The session in which this was called is over: it was signed out, or another one was signed in.',
): AuthError {
  return new AuthError('ERR_AUTH_SIGNED_OUT', message);
}

import type { AxiosResponse } from 'axios';
import { AuthError } from '../errors';
import type { TokenResponse, Tokens } from '../tokens';
import { isRecord } from '../util/values';
import type { Hide } from './client-authentication';

/** The user has to sign in again (RFC 6749 §5.2; OpenID Connect Core 1.0 §3.1.2.6). */
const SESSION_IS_OVER = [
  'invalid_grant',
  'interaction_required',
  'login_required',
  'consent_required',
  'account_selection_required',
];

/** No user can mend these, so no session ends by them (RFC 6749 §5.2, RFC 8707 §2). */
const MISCONFIGURED: Readonly<Record<string, string>> = {
  invalid_client: 'Check clientId, clientSecret and clientAuthentication.',
  unauthorized_client: 'Check what the auth server allows this client.',
  unsupported_grant_type: 'Check grantType, and what the auth server allows this client.',
  invalid_request: 'Check extraParameters, and what else the auth server asks for.',
  invalid_scope: 'Check scope: a refresh cannot ask for more than was granted.',
  invalid_target: 'Check resource.',
};

const PASSES = ['temporarily_unavailable', 'server_error', 'slow_down'];
const PASSING_STATUS = [408, 425, 429];

/**
 * How servers that know no better say that a refresh token is expired or revoked: those made with
 * league/oauth2-server before version 9 (Laravel Passport), and with what is modelled on it.
 */
const REFRESH_TOKEN_IS_BAD = /refresh.?token|token (?:has been revoked|has expired|is not linked)/i;

type Headers = AxiosResponse['headers'];

/**
 * Reads what the token endpoint answered (RFC 6749 §5).
 *
 * @param hide takes the credentials of the client out of a text: a server may quote them
 * @throws AuthError that says whether the session is over (`ERR_AUTH_SESSION_EXPIRED`), the options
 * are wrong (`ERR_AUTH_CONFIG`), or the fault passes (`ERR_AUTH_REFRESH_FAILED`)
 */
export function readTokenAnswer<T extends Tokens>(
  { status, data, headers }: AxiosResponse<unknown>,
  hide: Hide,
): TokenResponse<T> {
  const error = errorOf(data, hide);
  // Some servers answer 200 with an error.
  if (status >= 200 && status < 300 && !error) return checkType(data) as TokenResponse<T>;
  const message = `the token endpoint answered ${describeStatus(status)}${error?.text ?? ''}`;
  const code = error?.code ?? '';
  const isOver = SESSION_IS_OVER.includes(code);
  if (isOver || (code === 'invalid_request' && REFRESH_TOKEN_IS_BAD.test(message))) {
    throw new AuthError('ERR_AUTH_SESSION_EXPIRED', message);
  }
  const advice = Object.hasOwn(MISCONFIGURED, code) && MISCONFIGURED[code];
  if (advice) throw new AuthError('ERR_AUTH_CONFIG', `${capital(message)}. ${advice}`);
  const fault = passing(PASSES.includes(code) ? 503 : status, message, headers);
  if (fault) throw fault;
  // Whatever the code: a refusal ends the session, also one that comes with status 200 (G11).
  const isRefused = status < 300 || [400, 401, 403].includes(status);
  throw isRefused ? new AuthError('ERR_AUTH_SESSION_EXPIRED', message) : new Error(message);
}

/** @throws Error when the tokens may still be good (RFC 7009 §2.2) */
export function readRevocationAnswer({ status, data }: AxiosResponse<unknown>, hide: Hide): void {
  if (status === 200) return;
  const text = errorOf(data, hide)?.text ?? '';
  throw new Error(`the revocation endpoint answered ${describeStatus(status)}${text}`);
}

/** A fault that passes, with the `Retry-After` of its answer; nothing for any other status. */
export function passing(status: number, message: string, headers: Headers): AuthError | undefined {
  if (status < 500 && !PASSING_STATUS.includes(status)) return undefined;
  const response = { status, headers } as AxiosResponse;
  return new AuthError('ERR_AUTH_REFRESH_FAILED', message, { response });
}

/** Of a redirect a browser shows nothing, not even its status. */
export function describeStatus(status: number): string {
  const isRedirect = status === 0 || (status > 299 && status < 400);
  return isRedirect ? 'with a redirect, which is not followed' : String(status);
}

/** RFC 6749 §7.1: a token of a type that is not understood must not be used. */
function checkType(data: unknown): TokenResponse {
  if (!isRecord(data)) {
    throw new AuthError(
      'ERR_AUTH_INVALID_TOKENS',
      'The token endpoint answered 200 without tokens.',
    );
  }
  const { token_type: type } = data;
  if (typeof type === 'string' && type.toLowerCase() !== 'bearer') {
    throw new AuthError(
      'ERR_AUTH_INVALID_TOKENS',
      `The token endpoint gave a token of the type ${short(type)}, and only bearer tokens can be sent (RFC 6750).`,
    );
  }
  return data as unknown as TokenResponse;
}

function errorOf(data: unknown, hide: Hide): { code: string; text: string } | undefined {
  if (!isRecord(data) || typeof data.error !== 'string') return undefined;
  const { error, error_description: description } = data;
  const reason =
    typeof description === 'string' && description ? ` (${short(hide(description))})` : '';
  return { code: error, text: `, ${short(hide(error))}${reason}` };
}

/** It comes from outside, and goes into a message. */
export const short = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

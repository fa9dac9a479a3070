import type { AxiosResponse } from 'axios';
import { AuthError } from '../errors';
import { judgeStatus } from '../session/judge-fault';
import type { TokenResponse, Tokens } from '../tokens';
import { isRecord } from '../util/values';
import type { Hide } from './client-authentication';

/** The user has to sign in again, whatever the status (RFC 6749 §5.2; OpenID Connect Core 1.0 §3.1.2.6). */
const SESSION_IS_OVER =
  /^(?:invalid_grant|(?:interaction|login|consent|account_selection)_required)$/;

const CHECK_CLIENT = 'Check clientId, clientSecret and clientAuthentication.';
const BEARER_ONLY = 'This client sends bearer tokens only.';

/** No user can fix these, so no session ends by them (RFC 6749 §5.2, RFC 8707 §2, RFC 9449 §5). */
const MISCONFIGURED: Readonly<Record<string, string>> = {
  invalid_client: CHECK_CLIENT,
  unauthorized_client: 'Check what the auth server allows this client.',
  unsupported_grant_type: 'Check grantType.',
  invalid_request: 'Check extraParameters.',
  invalid_scope: 'Check scope: it cannot be more than was granted.',
  invalid_target: 'Check resource.',
  invalid_dpop_proof: BEARER_ONLY,
  use_dpop_nonce: BEARER_ONLY,
};

/**
 * The client as servers without RFC 6749 §5.2 name it: `bad_client_secret`, `BAD_CLIENT_ID`,
 * `deleted_client`; and `access_denied` with no other reason than `Unauthorized`, where a user who is
 * denied is told why.
 */
const CLIENT_IS_BAD =
  /client[ _]?(?:id|secret|credentials)\b|\b(?:invalid|deleted|disabled)[ _]client\b|^access_denied unauthorized$/i;

/** `temporarily_unavailable`, `server_error`, and what servers call it that know other names. */
const TRANSIENT =
  /temporar|unavailable|slow_?down|rate_?limit|too_?many|timeout|^(?:server|internal|fatal|unknown)_error$/i;

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
 * are wrong (`ERR_AUTH_CONFIG`), or the fault is transient (`ERR_AUTH_REFRESH_FAILED`)
 */
export function readTokenAnswer<T extends Tokens>(
  { status, data, headers }: AxiosResponse<unknown>,
  hide: Hide,
): TokenResponse<T> {
  const error = errorOf(data, hide);
  const isSuccess = isSuccessful(status);
  // Some servers answer 200 with an error; an empty one, or any other field, is none.
  if (isSuccess && !error?.name) return checkType(data) as TokenResponse<T>;
  const message = `the token endpoint answered ${describeStatus(status)}${error?.text ?? ''}`;
  const code = error?.code ?? '';
  const saysOver =
    SESSION_IS_OVER.test(code) ||
    (/^(?:invalid_request|unauthorized_client)$/.test(code) &&
      REFRESH_TOKEN_IS_BAD.test(message) &&
      !/grant.?type/i.test(message));
  const refused = isSuccess || judgeStatus(status) === 'refused';
  const advice = Object.hasOwn(MISCONFIGURED, code)
    ? MISCONFIGURED[code]
    : refused && CLIENT_IS_BAD.test(error?.clue ?? '') && CHECK_CLIENT;
  const details = { oauthError: error?.name };
  if (advice && !saysOver) {
    throw new AuthError('ERR_AUTH_CONFIG', `${capital(message)}. ${advice}`, details);
  }
  const fault = transient(TRANSIENT.test(code) ? 503 : status, message, headers, details);
  if (fault && !saysOver) throw fault;
  if (isRedirect(status)) {
    throw new AuthError(
      'ERR_AUTH_CONFIG',
      `${capital(message)}: the credentials would go along. Give the URL that it redirects to.`,
    );
  }
  if (saysOver || refused) {
    throw new AuthError('ERR_AUTH_SESSION_EXPIRED', message, details);
  }
  throw new Error(message);
}

/** @throws Error when the tokens may still be good (RFC 7009 §2.2) */
export function readRevocationAnswer({ status, data }: AxiosResponse<unknown>, hide: Hide): void {
  if (isSuccessful(status)) return;
  const text = errorOf(data, hide)?.text ?? '';
  throw new Error(`the revocation endpoint answered ${describeStatus(status)}${text}`);
}

/** A transient fault, with the `Retry-After` of its answer; nothing for any other status. */
export function transient(
  status: number,
  message: string,
  headers: Headers,
  details: { oauthError?: string | undefined } = {},
): AuthError | undefined {
  if (judgeStatus(status) !== 'transient') return undefined;
  const response = { status, headers } as AxiosResponse;
  return new AuthError('ERR_AUTH_REFRESH_FAILED', message, { response, ...details });
}

const isSuccessful = (status: number): boolean => status >= 200 && status < 300;

/** Of a redirect a browser shows nothing, not even its status. */
const isRedirect = (status: number): boolean => status === 0 || (status > 299 && status < 400);

export const describeStatus = (status: number): string =>
  isRedirect(status) ? 'with a redirect, which is not followed' : String(status);

/** How servers name what goes into a header as `Bearer`; `bot` and `user` say only whose token it is. */
const BEARER = /^(?:bearer(?:token)?|bot|user)$/i;

/** RFC 6749 §7.1: a token of a type that is not understood must not be used. */
function checkType(data: unknown): TokenResponse {
  if (!isRecord(data)) {
    throw new AuthError('ERR_AUTH_INVALID_TOKENS', 'The token endpoint gave no tokens.');
  }
  const { token_type: type } = data;
  if (typeof type === 'string' && !BEARER.test(type)) {
    throw new AuthError(
      'ERR_AUTH_INVALID_TOKENS',
      `The token endpoint gave a token of the type ${short(type)}. ${BEARER_ONLY}`,
    );
  }
  return data as unknown as TokenResponse;
}

interface AnsweredError {
  code: string;
  /** The same, as a property of the AuthError: without credentials of the client. */
  name: string | undefined;
  /** For the message. */
  text: string;
  /** Where the client may be named as what is wrong. */
  clue: string;
}

/** RFC 6749 §5.2; else `status`, `errorCode` and `message`, or a list of `errors`, of an answer that brings no tokens. */
function errorOf(data: unknown, hide: Hide): AnsweredError | undefined {
  if (!isRecord(data)) return undefined;
  const { error, error_description: description } = data;
  if (typeof error === 'string') {
    const why = typeof description === 'string' ? description : '';
    const reason = why && ` (${short(hide(why))})`;
    const name = short(hide(error));
    const clue = error === 'access_denied' ? `${error} ${why}` : error;
    return { code: error, name, text: `, ${name}${reason}`, clue };
  }
  if ('access_token' in data || 'accessToken' in data) return undefined;
  const { status, message, errors, errorCode, __type: type } = data;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const code = [status, type, errorCode].find(isText) ?? '';
  const clue = [code, message, isRecord(first) && first.field].filter(isText).join(' ').trim();
  return clue ? { code, name: undefined, text: '', clue } : undefined;
}

/** An object in the place of a text may have a `toString` that throws. */
const isText = (value: unknown): value is string => typeof value === 'string';

/** It comes from outside, and goes into a message. */
export const short = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

import type { AxiosResponse } from 'axios';
import { isRecord } from '../tokens';
import type { Challenge } from './challenges';

/** What to do about a 401: renew and send again, end the session, or hand it to the caller. */
export type Verdict = 'refresh' | 'sign-out' | 'pass';

/** Beside the verdicts that a classifier may give: get tokens that are worth more. */
export type Finding = Verdict | 'step-up';

const VERDICTS: readonly unknown[] = ['refresh', 'sign-out', 'pass'] satisfies Verdict[];

export const isVerdict = (value: unknown): value is Verdict => VERDICTS.includes(value);

/** A 401, as a classifier sees it. */
export interface AuthAnswer {
  status: number;
  /** The code that decides: from the body, else from the challenge. In the server's own case. */
  code: string | undefined;
  /** The challenge of `WWW-Authenticate`: the Bearer one, else the first (RFC 9110 §11.6.1). */
  challenge: Challenge | undefined;
  /** The parsed body, whatever `responseType` was asked for; its text where it is not JSON. */
  data: unknown;
  response: AxiosResponse;
}

/** Decides by code; `null` where the table does not know it. Codes come in upper case. */
export type CodeTable = Readonly<Record<string, Verdict>>;

const CODES: CodeTable = {
  TOKEN_EXPIRED: 'refresh',
  EXPIRED_TOKEN: 'refresh',
  ACCESS_TOKEN_EXPIRED: 'refresh',
  TOKEN_INVALID: 'sign-out',
  INVALID_TOKEN: 'sign-out',
  TOKEN_REVOKED: 'sign-out',
  ACCOUNT_SUSPENDED: 'sign-out',
  USER_INACTIVE: 'sign-out',
};

/**
 * RFC 6750 §3.1: `invalid_token` is "expired, revoked, malformed, or invalid for other reasons", so
 * a renewal is the way to find out. It is an OAuth error name, and no `code` of an application.
 */
const OAUTH_ERRORS: CodeTable = { INVALID_TOKEN: 'refresh' };

/** Finds the code of a 401 and its verdict by the table: an application's own codes, then ours. */
export function readCode(
  data: unknown,
  challenge: Challenge | undefined,
  own: CodeTable = {},
): { code: string | undefined; verdict: Verdict | undefined } {
  const body = bodyCode(data);
  const oauth = challenge?.params.error;
  const verdict = body && look(body.code, body.oauth, own);
  // A body code that the table knows wins over the challenge.
  if (verdict || !oauth) return { code: body?.code, verdict };
  return { code: oauth, verdict: look(oauth, true, own) };
}

/** Codes are compared without regard to case. */
export function upperCased(codes: CodeTable = {}): CodeTable {
  return Object.fromEntries(Object.entries(codes).map(([code, to]) => [code.toUpperCase(), to]));
}

/**
 * The same for a body that has been through the application's `transformResponse`: an envelope may
 * stand around what the server sent.
 */
export function unwrap(data: unknown, own: CodeTable): unknown {
  if (!isRecord(data) || readCode(data, undefined, own).verdict) return data;
  const inner = Object.values(data).find((part) => readCode(part, undefined, own).verdict);
  return inner ?? data;
}

function look(code: string, oauth: boolean, own: CodeTable): Verdict | undefined {
  const key = code.toUpperCase();
  const tables = oauth ? [own, OAUTH_ERRORS, CODES] : [own, CODES];
  return tables.find((table) => Object.hasOwn(table, key))?.[key];
}

function bodyCode(data: unknown): { code: string; oauth: boolean } | undefined {
  if (!isRecord(data)) return undefined;
  const { code, error, errors } = data;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  for (const candidate of [code, isRecord(error) && error.code, isRecord(first) && first.code]) {
    if (typeof candidate === 'string' && candidate) return { code: candidate, oauth: false };
    if (typeof candidate === 'number') return { code: String(candidate), oauth: false };
  }
  return typeof error === 'string' && error ? { code: error, oauth: true } : undefined;
}

/**
 * The classifier that is used by default: by the code of the answer, `pass` for a code that it does
 * not know and for a 401 without any.
 *
 * | code | verdict |
 * | --- | --- |
 * | `TOKEN_EXPIRED`, `EXPIRED_TOKEN`, `ACCESS_TOKEN_EXPIRED`, OAuth's `invalid_token` | refresh |
 * | `TOKEN_INVALID`, `INVALID_TOKEN`, `TOKEN_REVOKED`, `ACCOUNT_SUSPENDED`, `USER_INACTIVE` | sign-out |
 *
 * @example
 * classify: (answer) => (answer.code === 'MAINTENANCE' ? 'pass' : defaultClassify(answer))
 */
export function defaultClassify(answer: AuthAnswer): Verdict {
  return readCode(answer.data, answer.challenge).verdict ?? 'pass';
}

/**
 * The classifier for servers that send a bare 401: it refreshes on every one.
 *
 * @example
 * attachAuthInterceptors(api, { classify: anyUnauthorized, refresh });
 */
export function anyUnauthorized(answer: AuthAnswer): Verdict {
  return answer.status === 401 ? 'refresh' : 'pass';
}

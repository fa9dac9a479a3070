import { isRecord } from '../util/values';
import type { Challenge } from './challenges';

/** What to do about an answer: renew and send again, end the session, or hand it to the caller. */
export type Verdict = 'refresh' | 'sign-out' | 'pass';

const VERDICTS: readonly unknown[] = ['refresh', 'sign-out', 'pass'] satisfies Verdict[];

export const isVerdict = (value: unknown): value is Verdict => VERDICTS.includes(value);

/** Verdicts by code. Codes are compared without regard to case, and come in upper case. */
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
 * RFC 6750 §3.1: `invalid_token` is "expired, revoked, malformed, or invalid for other reasons", so a
 * renewal is the way to find out. It is an OAuth error name, and no `code` of an application.
 */
const OAUTH_ERRORS: CodeTable = { INVALID_TOKEN: 'refresh' };

interface Candidate {
  code: string;
  /** It stands where OAuth puts its errors. */
  oauth: boolean;
}

/** The code that decides about an answer, and its verdict where a table knows it. */
export interface FoundCode {
  code: string | undefined;
  verdict: Verdict | undefined;
}

/** Takes the first code that a table knows; if none does, the first one that there is. */
export function findCode(
  body: unknown,
  challenge: Challenge | undefined,
  own: CodeTable = {},
): FoundCode {
  const candidates = candidatesIn(body, challenge?.params.error);
  for (const { code, oauth } of candidates) {
    const verdict = verdictOf(code.toUpperCase(), oauth, own);
    if (verdict) return { code, verdict };
  }
  return { code: candidates[0]?.code, verdict: undefined };
}

export function upperCased(codes: CodeTable = {}): CodeTable {
  return Object.fromEntries(Object.entries(codes).map(([code, to]) => [code.toUpperCase(), to]));
}

function verdictOf(code: string, oauth: boolean, own: CodeTable): Verdict | undefined {
  const tables = oauth ? [own, OAUTH_ERRORS, CODES] : [own, CODES];
  return tables.find((table) => Object.hasOwn(table, code))?.[code];
}

/** In the order of precedence: the fields of the body, then the challenge. */
function candidatesIn(body: unknown, challengeError: string | undefined): Candidate[] {
  const found: Candidate[] = [];
  const add = (value: unknown, oauth = false): void => {
    if (typeof value === 'string' && value) found.push({ code: value, oauth });
  };
  try {
    const { code, error, errors } = isRecord(body) ? body : {};
    add(code);
    add(isRecord(error) && error.code);
    // One pass over the list for each of the two places that a code may stand in.
    const entries: unknown[] = Array.isArray(errors) ? errors.slice(0, MOST_ERRORS) : [];
    for (const entry of entries) add(isRecord(entry) && entry.code);
    for (const entry of entries) {
      add(isRecord(entry) && isRecord(entry.extensions) && entry.extensions.code);
    }
    add(error, true);
  } catch {
    // A body that an adapter has parsed may have getters that throw.
  }
  add(challengeError, true);
  return found;
}

const MOST_ERRORS = 100;

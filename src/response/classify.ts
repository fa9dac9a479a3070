import type { AxiosResponse } from 'axios';
import type { ResolvedOptions } from '../options';
import { chain, ignoreRejection, type Awaitable } from '../util/awaitable';
import { isRecord } from '../util/values';
import { parseChallenges, type Challenge } from './challenges';
import { findCode, isVerdict, type Verdict } from './codes';
import { isStream, peekBody } from './peek-body';

/** An answer whose status is classified, as a classifier sees it. */
export interface AuthAnswer {
  status: number;
  /** The code that decides: from the body, else from the challenge. In the server's own case. */
  code: string | undefined;
  /** The challenge of `WWW-Authenticate`: the one for our scheme, else the Bearer one, else the first. */
  challenge: Challenge | undefined;
  /** The parsed body, whatever `responseType` was asked for; its text where it is not JSON. */
  data: unknown;
  response: AxiosResponse;
}

/** What is to be done about an answer, and why. */
export interface Classified {
  action: Verdict | 'step-up';
  code: string | undefined;
  /** The table knows the code, or the application has decided. */
  isKnown: boolean;
  challenge: Challenge | undefined;
  /** The text of the body, as far as it was read. */
  text: string | undefined;
}

/** Tells faults of the application's `classify`. */
export type ReportFault = (message: string, fault?: unknown) => void;

/** A body that does not end says nothing: after so many milliseconds the challenge decides. */
const BODY_TIMEOUT = 5_000;

const STEP_UP_STATUSES: readonly number[] = [401, 403];

/** True for a status that may mean something to the session; a step-up looks at 401 and 403 as well. */
export const isClassified = ({ statuses, stepUp }: ResolvedOptions, status: number): boolean =>
  statuses.includes(status) || (stepUp !== undefined && STEP_UP_STATUSES.includes(status));

/**
 * Decides what an answer means: by the application's `classify`, else by the table of codes. The body
 * stays readable for the caller. A promise only where the body has to be waited for.
 */
export function classify(
  response: AxiosResponse,
  options: ResolvedOptions,
  report: ReportFault,
): Awaitable<Classified> {
  const { status } = response;
  const challenges = challengesOf(response);
  const stepUp = options.stepUp?.challengeIn(challenges, status);
  // A stream that is no refusal is left to the caller: it may go on for hours.
  const isOpen = status < 300 && isStream(response.data);
  if (isOpen || !options.statuses.includes(status)) {
    const action = stepUp ? 'step-up' : 'pass';
    const code = stepUp?.params.error;
    return { action, code, isKnown: true, challenge: stepUp, text: undefined };
  }
  const challenge = bestChallenge(challenges, options.scheme);
  return chain(peekBody(response, BODY_TIMEOUT), (body): Classified => {
    const { code, verdict } = findCode(body.data, challenge, options.codes);
    const { text } = body;
    if (stepUp && !verdict) {
      return { action: 'step-up', code, isKnown: true, challenge: stepUp, text };
    }
    const answer = { status, code, challenge, data: body.data, response };
    const decided = askClassifier(answer, options, report);
    const isKnown = decided !== undefined || verdict !== undefined;
    return { action: decided ?? verdict ?? 'pass', code, isKnown, challenge, text };
  });
}

function askClassifier(
  answer: AuthAnswer,
  options: ResolvedOptions,
  report: ReportFault,
): Verdict | undefined {
  if (!options.classify) return undefined;
  try {
    const verdict: unknown = options.classify(answer);
    ignoreRejection(verdict);
    if (isVerdict(verdict)) return verdict;
    report("classify must return 'refresh', 'sign-out' or 'pass'; the table of codes decides.");
  } catch (fault) {
    report('classify threw; the table of codes decides.', fault);
  }
  return undefined;
}

/** The challenge for our scheme, else for Bearer, else the first (RFC 9110 §11.6.1). */
function bestChallenge(challenges: Challenge[], scheme: string): Challenge | undefined {
  const of = (wanted: string): Challenge | undefined =>
    challenges.find((challenge) => challenge.scheme.toLowerCase() === wanted.toLowerCase());
  return of(scheme) ?? of('Bearer') ?? challenges[0];
}

/** Adapters of others may answer with plain headers, or with none. */
function challengesOf({ headers }: AxiosResponse): Challenge[] {
  const fields: unknown = headers;
  if (!isRecord(fields)) return [];
  const key = Object.keys(fields).find((name) => name.toLowerCase() === 'www-authenticate');
  const header = key && fields[key];
  return typeof header === 'string' || Array.isArray(header)
    ? parseChallenges(header as string | string[])
    : [];
}

/**
 * The classifier that is used by default: by the code of the answer; `pass` for a code that it does not
 * know, and for an answer without any.
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
  return findCode(answer.data, answer.challenge).verdict ?? 'pass';
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

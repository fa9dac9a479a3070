import type { AxiosResponse } from 'axios';
import { isThenable, swallow, type Awaitable } from '../util/awaitable';
import type { ResolvedOptions } from '../options';
import type { Herald } from '../session/events';
import { isRecord } from '../tokens';
import { readBody } from './body';
import { parseChallenges, type Challenge } from './challenges';
import type { AuthAnswer, Finding, Verdict } from './verdict';
import { isVerdict, readCode, unwrap, upperCased } from './verdict';

/** A 401 or 403 and what is to be done about it. */
export interface Judged {
  challenge: Challenge | undefined;
  verdict: Finding;
}

/** The errors that a better token mends: RFC 6750 §3.1, RFC 9470 §3. */
const STEP_UP: Readonly<Record<number, string>> = {
  401: 'insufficient_user_authentication',
  403: 'insufficient_scope',
};

/** A body that does not end says nothing: after this, in milliseconds, the challenge decides. */
const BODY_PATIENCE = 5_000;

/** Reads what 401s and 403s mean to one session: by the application's classifier, else by the table of codes. */
export function createReader(
  options: ResolvedOptions,
  herald: Herald,
): (response: AxiosResponse, isTransformed: boolean) => Awaitable<Judged> {
  const own = upperCased(options.codes);

  function classify(answer: AuthAnswer, byTable: Verdict): Verdict {
    if (!options.classify) return byTable;
    try {
      const verdict: unknown = options.classify(answer);
      swallow(verdict);
      if (isVerdict(verdict)) return verdict;
      herald.log(
        'error',
        "classify must return 'refresh', 'sign-out' or 'pass'; the table decides.",
      );
    } catch {
      herald.log('error', 'classify threw; the table decides.');
    }
    return byTable;
  }

  function bodyOf(response: AxiosResponse): unknown {
    try {
      return readBody(response, Math.min(options.refreshTimeout, BODY_PATIENCE));
    } catch {
      return undefined;
    }
  }

  return (response, isTransformed) => {
    const challenges = challengesOf(response);
    const stepUp = options.onStepUp && stepUpIn(challenges, response.status);
    if (response.status !== 401) return { challenge: stepUp, verdict: stepUp ? 'step-up' : 'pass' };

    const judge = (body?: unknown): Judged => {
      const data = isTransformed ? unwrap(body, own) : body;
      const challenge = bestChallenge(challenges, options.scheme);
      const { code, verdict } = readCode(data, challenge, own);
      if (stepUp && !verdict) return { challenge: stepUp, verdict: 'step-up' };
      const answer = { status: response.status, code, challenge, data, response };
      return { challenge, verdict: classify(answer, verdict ?? 'pass') };
    };
    const body = bodyOf(response);
    return isThenable(body) ? body.then(judge, () => judge()) : judge(body);
  };
}

/** The challenge for our scheme, else for Bearer, else the first. */
function bestChallenge(challenges: Challenge[], scheme: string): Challenge | undefined {
  const of = (wanted: string): Challenge | undefined =>
    challenges.find((challenge) => challenge.scheme.toLowerCase() === wanted.toLowerCase());
  return of(scheme) ?? of('Bearer') ?? challenges[0];
}

function stepUpIn(challenges: Challenge[], status: number): Challenge | undefined {
  return challenges.find(({ params }) => params.error?.toLowerCase() === STEP_UP[status]);
}

function challengesOf(response: AxiosResponse): Challenge[] {
  const header = headerOf(response, 'www-authenticate');
  return typeof header === 'string' || Array.isArray(header)
    ? parseChallenges(header as string | string[])
    : [];
}

/** Adapters of others may answer with plain headers, or none. */
function headerOf({ headers }: AxiosResponse, name: string): unknown {
  const fields: unknown = headers;
  if (!isRecord(fields)) return undefined;
  const key = Object.keys(fields).find((field) => field.toLowerCase() === name);
  return key && fields[key];
}

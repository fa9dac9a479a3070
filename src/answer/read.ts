import type { AxiosResponse } from 'axios';
import type { ResolvedOptions } from '../options';
import type { Herald } from '../session/events';
import { swallow } from '../session/time';
import { isRecord } from '../tokens';
import { readBody } from './body';
import { parseChallenges, type Challenge } from './challenges';
import { isVerdict, readCode, unwrap, upperCased, type AuthAnswer, type Verdict } from './verdict';

/** A 401 and what is to be done about it. */
export interface Judged {
  challenge: Challenge | undefined;
  verdict: Verdict;
}

/** A body that does not end says nothing: after this, in milliseconds, the challenge decides. */
const BODY_PATIENCE = 5_000;

/** Reads 401s for one session: by the application's classifier, else by the table of codes. */
export function createReader(
  options: ResolvedOptions,
  herald: Herald,
): (response: AxiosResponse, isTransformed: boolean) => Promise<Judged> {
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

  return async (response, isTransformed) => {
    const patience = Math.min(options.refreshTimeout, BODY_PATIENCE);
    const body = await readBody(response, patience).catch(() => undefined);
    const data = isTransformed ? unwrap(body, own) : body;
    const challenge = bestChallenge(headerOf(response, 'www-authenticate'), options.scheme);
    const { code, verdict = 'pass' } = readCode(data, challenge, own);
    const answer = { status: response.status, code, challenge, data, response };
    return { challenge, verdict: classify(answer, verdict) };
  };
}

/** The challenge for our scheme, else for Bearer, else the first. */
function bestChallenge(header: unknown, scheme: string): Challenge | undefined {
  if (typeof header !== 'string' && !Array.isArray(header)) return undefined;
  const challenges = parseChallenges(header as string | string[]);
  const of = (wanted: string): Challenge | undefined =>
    challenges.find((challenge) => challenge.scheme.toLowerCase() === wanted.toLowerCase());
  return of(scheme) ?? of('Bearer') ?? challenges[0];
}

/** Adapters of others may answer with plain headers, or none. */
function headerOf({ headers }: AxiosResponse, name: string): unknown {
  const fields: unknown = headers;
  if (!isRecord(fields)) return undefined;
  const key = Object.keys(fields).find((field) => field.toLowerCase() === name);
  return key && fields[key];
}

import type { AxiosInstance, AxiosResponse } from 'axios';
import type { Challenge } from '../response/challenges';
import type { StepUp, StepUpRunner, StepUpSession } from '../session/step-up-port';
import type { TokenResponse, Tokens } from '../tokens';
import type { Awaitable } from '../util/awaitable';
import { describe } from '../util/values';
import { StepUps } from './step-ups';
import { MAX_TIMER } from '../util/time';

export type { StepUp };

/** What the handler gets beside the challenge. */
export interface StepUpContext {
  /** Without interceptors: requests of the handler must not wait for the step-up that they are a part of. */
  client: AxiosInstance;
  /** Aborts on timeout, and when the session is over. */
  signal: AbortSignal;
  /** What the session holds now. */
  tokens: Tokens;
  /** The answer that brought the challenge. */
  response: AxiosResponse;
}

/** Gets tokens that are worth more; `null` where the user declines. */
export type StepUpHandler = (
  challenge: Challenge,
  context: StepUpContext,
) => Awaitable<TokenResponse | null | undefined>;

/** Options of {@link stepUp}. */
export interface StepUpOptions {
  /** In milliseconds: the bound on one call of the handler, which may ask the user. @default 300_000 */
  timeout?: number;
}

/** The errors that a better token answers: RFC 6750 §3.1, RFC 9470 §3. */
const ERRORS: Readonly<Record<number, string>> = {
  401: 'insufficient_user_authentication',
  403: 'insufficient_scope',
};

const TIMEOUT = 300_000;

/**
 * Makes the option `stepUp`: gets tokens that are worth more after a challenge that the present ones
 * cannot meet, `insufficient_scope` (403, RFC 6750 §3.1) or `insufficient_user_authentication` (401,
 * RFC 9470 §3). Only the requests that met the challenge wait, and are sent again; the others go on. Where
 * the handler gives `null`, throws, or takes too long, the caller gets the answer as it came.
 *
 * @throws TypeError for a handler or a timeout that cannot work
 * @example
 * attachAuthInterceptors(api, {
 *   refresh,
 *   stepUp: stepUp((challenge) => signInAgain({ acr: challenge.params.acr_values })),
 * });
 */
export function stepUp(handler: StepUpHandler, { timeout = TIMEOUT }: StepUpOptions = {}): StepUp {
  if (typeof handler !== 'function') {
    throw new TypeError(
      `stepUp(handler): handler must be a function that gets better tokens, got ${describe(handler)}.`,
    );
  }
  if (typeof timeout !== 'number' || !(timeout > 0 && timeout <= MAX_TIMER)) {
    throw new TypeError('stepUp(handler, { timeout }): timeout must be milliseconds above 0.');
  }
  return {
    challengeIn: (challenges, status) =>
      challenges.find(({ params }) => params.error?.toLowerCase() === ERRORS[status]),
    start(session: StepUpSession): StepUpRunner {
      const stepUps = new StepUps(session, handler, timeout);
      return (sent, challenge, response, attempt) =>
        stepUps.ask(sent, challenge, response, attempt);
    },
  };
}

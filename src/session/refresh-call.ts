import { AuthError, isAuthError, type AuthErrorCode } from '../errors';
import type { RefreshContext, ResolvedOptions } from '../options';
import type { Tokens } from '../tokens';
import { pause, steadyNow } from '../util/time';
import type { AsyncScope } from './async-scope';
import { busyFor, judgeFault, retryAfter, type Judgement } from './judge-fault';
import type { Secrets } from './secrets';

/** What `refresh` gave. It is not checked yet. */
export interface Answered {
  kind: 'answered';
  answer: unknown;
  attempts: number;
}

/** No new tokens: `refused` by the auth server, or `failed` for now. */
export interface FailedRenewal {
  kind: 'refused' | 'failed';
  error: AuthError;
  /** It answered, but not now: for how many milliseconds the auth server wants to be left alone. */
  busyFor?: number | undefined;
}

/** By these a refresh says what is wrong, as that of `./oauth2` does; every other code becomes `REFRESH_FAILED`. */
const KEPT_CODES: readonly AuthErrorCode[] = [
  'ERR_AUTH_CONFIG',
  'ERR_AUTH_INVALID_TOKENS',
  'ERR_AUTH_INSECURE_URL',
];

/** Before the first retry at most, in milliseconds; before each other three times as long. */
const BACKOFF = 300;

/**
 * Calls `refresh`, again after transient faults: exponential backoff with jitter in its upper half,
 * `Retry-After` obeyed but never sooner than the backoff, and never past the end of the renewal (G10).
 *
 * @param limits how often it may be tried again, and until when by the steady clock
 */
export function callRefresh(
  { options, secrets }: { options: ResolvedOptions; secrets: Secrets },
  scope: AsyncScope,
  tokens: Tokens | null,
  context: RefreshContext,
  limits: { retries(): number; endsAt: number },
): Promise<Answered | FailedRenewal> {
  return scope.run(async (): Promise<Answered | FailedRenewal> => {
    for (let attempts = 1; ; attempts++) {
      try {
        const answer = await options.refresh(tokens && { ...tokens }, context);
        if (answer !== null) return { kind: 'answered', answer, attempts };
        return { kind: 'refused', error: sessionExpired('refresh gave null') };
      } catch (fault) {
        const cause = secrets.describeFault(fault);
        const judged = judgeFault(fault);
        if (judged === 'refused') {
          return { kind: 'refused', error: sessionExpired(cause.message, cause) };
        }
        const error = refreshFailed(fault, cause, attempts, judged);
        if (judged === 'permanent') return { kind: 'failed', error };
        const backoff = BACKOFF * 3 ** (attempts - 1) * (0.5 + Math.random() / 2);
        const wait = Math.max(backoff, retryAfter(fault) ?? 0);
        const isLast = attempts > limits.retries() || steadyNow() + wait > limits.endsAt;
        if (!isLast && (await pause(wait, context.signal))) continue;
        return { kind: 'failed', error, busyFor: busyFor(fault) };
      }
    }
  });
}

function sessionExpired(why: string, cause?: Error): AuthError {
  return new AuthError(
    'ERR_AUTH_SESSION_EXPIRED',
    `The session is over: the auth server refused to refresh it (${why}). Sign in again.`,
    { cause },
  );
}

function refreshFailed(fault: unknown, cause: Error, attempts: number, is: Judgement): AuthError {
  if (isAuthError(fault) && KEPT_CODES.includes(fault.code)) {
    return new AuthError(fault.code, cause.message, { cause });
  }
  return new AuthError(
    'ERR_AUTH_REFRESH_FAILED',
    `The access token could not be renewed (${cause.message}; attempts: ${attempts}). The session is kept: ` +
      (is === 'transient'
        ? 'try again later.'
        : 'waiting does not help, check the option refresh.'),
    { cause },
  );
}

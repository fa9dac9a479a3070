import { steadyNow } from '../util/clock';
import { AuthError, isAuthError } from '../errors';
import type { RefreshContext, ResolvedOptions } from '../options';
import type { Redactor } from '../redact';
import type { Tokens } from '../tokens';
import { busyFor, judgeFault, retryAfter } from './faults';
import type { Inside } from './inside';
import { pause } from '../util/timers';

/** How the refresh call ended. `answer` is not checked yet. */
export type RefreshOutcome =
  | { kind: 'answered'; answer: unknown; attempts: number }
  | { kind: 'refused'; error: AuthError }
  | { kind: 'failed'; error: AuthError; busyFor?: number | undefined };

/** Before the first retry at most, in milliseconds; before each other three times as long. */
const BACKOFF = 300;

/** How often to look whether there is a network again, in milliseconds. */
const LOOK_FOR_NETWORK = 250;

/**
 * Calls `refresh`, again after faults that pass: exponential backoff with full jitter in the upper
 * half, `Retry-After` obeyed, and never past the end of the renewal (G10).
 */
export async function callRefresh(
  tokens: Tokens | null,
  context: RefreshContext,
  options: ResolvedOptions,
  tools: { inside: Inside; redactor: Redactor; endsAt: number; retries(): number },
): Promise<RefreshOutcome> {
  for (let attempts = 1; ; attempts++) {
    // An attempt without a network would only be lost.
    while (isOffline()) {
      const isLast = steadyNow() + LOOK_FOR_NETWORK > tools.endsAt;
      if (!isLast && (await pause(LOOK_FOR_NETWORK, context.signal))) continue;
      const cause = new Error('there is no network');
      return { kind: 'failed', error: failed(cause, cause, attempts - 1) };
    }
    try {
      const answer = await tools.inside.run(async () => options.refresh(tokens, context));
      if (answer !== null) return { kind: 'answered', answer, attempts };
      return { kind: 'refused', error: expired('refresh gave null') };
    } catch (fault) {
      const cause = tools.redactor.error(fault);
      const judged = judgeFault(fault);
      if (judged === 'refused') return { kind: 'refused', error: expired(cause.message, cause) };
      const wait = retryAfter(fault) ?? BACKOFF * 3 ** (attempts - 1) * (0.5 + Math.random() / 2);
      const isLast = attempts > tools.retries() || steadyNow() + wait > tools.endsAt;
      const isPassing = judged === 'passing';
      if (isPassing && !isLast && (await pause(wait, context.signal))) continue;
      const error = failed(fault, cause, attempts);
      return { kind: 'failed', error, busyFor: isPassing ? busyFor(fault) : undefined };
    }
  }
}

/** Only browsers know; what they take for a network may be none, so `false` alone counts. */
function isOffline(): boolean {
  const { navigator } = globalThis as { navigator?: { onLine?: boolean } };
  return navigator?.onLine === false;
}

function expired(why: string, cause?: Error): AuthError {
  return new AuthError(
    'ERR_AUTH_SESSION_EXPIRED',
    `The session is over: the auth server refused to refresh it (${why}). Sign in again.`,
    { cause },
  );
}

function failed(fault: unknown, cause: Error, attempts: number): AuthError {
  if (isAuthError(fault) && fault.code !== 'ERR_AUTH_REFRESH_FAILED') {
    return new AuthError(fault.code, cause.message, { cause });
  }
  return new AuthError(
    'ERR_AUTH_REFRESH_FAILED',
    `The access token could not be renewed (${cause.message}; attempts: ${attempts}). ` +
      'The session is kept: try again later.',
    { cause },
  );
}

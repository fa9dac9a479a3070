import { AuthError } from '../../src/errors';
import type { ResolvedOptions } from '../../src/options';
import type { Herald } from '../../src/session/events';
import { createFailures, type Failure, type Failures } from '../../src/session/failures';
import { createState, type State } from '../../src/session/state';

/** What a session remembers of renewals that failed. */
export interface Remembered {
  failures: Failures;
  state: State;
  /** A renewal of `access-1` fails: answered with 503, and a request waited for it. */
  fail(failure?: Partial<Failure>): AuthError;
}

export function remember(): Remembered {
  const state = createState({} as ResolvedOptions, {} as Herald);
  const failures = createFailures({ refreshRetries: 2 }, state);
  return {
    failures,
    state,
    fail(failure) {
      const error = new AuthError('ERR_AUTH_REFRESH_FAILED', 'busy');
      failures.add({
        token: 'access-1',
        error,
        waited: true,
        refused: false,
        busyFor: 0,
        ...failure,
      });
      return error;
    },
  };
}

/** Time stands still, and every draw is the lowest. */
export function controlTimeAndChance(): void {
  jest.useFakeTimers();
  random(0);
}

export function releaseTimeAndChance(): void {
  jest.useRealTimers();
  jest.restoreAllMocks();
}

export const random = (value: number): unknown => jest.spyOn(Math, 'random').mockReturnValue(value);

export const pass = (ms: number): unknown => jest.advanceTimersByTime(ms);

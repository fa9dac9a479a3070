import type { AuthOptions } from '../../src/index';

/** What an application does with a challenge: it brings tokens that meet it, or declines with `null`. */
export type StepUpHandler = NonNullable<AuthOptions['onStepUp']>;

/** The options of a session that steps up: the one place that knows how the feature is switched on. */
export const withStepUp = (
  handler: StepUpHandler,
  timeout?: number,
): Pick<AuthOptions, 'onStepUp' | 'stepUpTimeout'> => ({
  onStepUp: handler,
  ...(timeout !== undefined && { stepUpTimeout: timeout }),
});

/** How the log line of a handler that has failed begins. */
export const STEP_UP_FAILED = 'onStepUp failed';

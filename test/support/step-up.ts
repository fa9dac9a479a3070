import type { AuthOptions } from '../../src/index';
import { stepUp, type StepUpHandler } from '../../src/step-up/index';

export type { StepUpHandler };

/** The options of a session that steps up: the one place that knows how the feature is switched on. */
export const withStepUp = (
  handler: StepUpHandler,
  timeout?: number,
): Pick<AuthOptions, 'stepUp'> => ({
  stepUp: stepUp(handler, timeout === undefined ? {} : { timeout }),
});

/** How the log line of a handler that has failed begins. */
export const STEP_UP_FAILED = 'The step-up handler failed';

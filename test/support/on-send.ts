import type { AuthOptions } from '../../src/index';

export type ReplayHook = NonNullable<AuthOptions['onReplay']>;

/** The options of a session that calls `hook` before each replay, with the new token in place. */
export const beforeReplay = (hook: ReplayHook): Pick<AuthOptions, 'onReplay'> => ({
  onReplay: hook,
});

import type { InternalAxiosRequestConfig } from 'axios';
import type { AuthOptions, Awaitable } from '../../src/index';

export type ReplayHook = (
  config: InternalAxiosRequestConfig,
) => Awaitable<InternalAxiosRequestConfig | void>;

/** The options of a session that calls `hook` before each replay, with the new token in place. */
export const beforeReplay = (hook: ReplayHook): Pick<AuthOptions, 'onSend'> => ({
  onSend: (config, { attempt }) => (attempt > 1 ? hook(config) : undefined),
});

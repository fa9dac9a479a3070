import { attachAuthInterceptors, memoryStore } from '../../dist/index.mjs';

/** This package, with the default options where a section does not say otherwise. */
export const ours = {
  name: 'axios-auth-interceptors',
  attach(api, { renew, options, ...tokens }) {
    return attachAuthInterceptors(api, {
      tokenStore: memoryStore({ refreshToken: 'refresh', ...tokens }),
      refresh: () => renew(),
      ...options,
    });
  },
};

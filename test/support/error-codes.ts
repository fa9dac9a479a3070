import type { AuthErrorCode } from '../../src/index';

/** The codes of the contract, word by word: what `src` says is compared with this. */
export const ERROR_CODES: readonly AuthErrorCode[] = [
  'ERR_AUTH_SESSION_EXPIRED',
  'ERR_AUTH_SIGNED_OUT',
  'ERR_AUTH_REFRESH_FAILED',
  'ERR_AUTH_REFRESH_TIMEOUT',
  'ERR_AUTH_REFRESH_LOOP',
  'ERR_AUTH_INVALID_TOKENS',
  'ERR_AUTH_STORE',
  'ERR_AUTH_NOT_REPLAYABLE',
  'ERR_AUTH_INSECURE_URL',
  'ERR_AUTH_CONFIG',
];

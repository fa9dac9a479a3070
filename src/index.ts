// `G1` to `G40` in comments are the guarantees of docs/guarantees.md; `state.ts` has the states of a session.
export { attachAuthInterceptors } from './attach';
export { AuthError, isAuthError } from './errors';
export { oncePerToken } from './once-per-token';
export { parseChallenges } from './response/challenges';
export { anyUnauthorized, defaultClassify } from './response/classify';
export { cachedStore } from './stores/cached';
export { keyValueStore } from './stores/key-value';
export { memoryStore } from './stores/memory';
export { webStorageStore } from './stores/web-storage';

export type { AuthErrorCode, AuthErrorDetails } from './errors';
export type { OncePerTokenOptions } from './once-per-token';
export type {
  AuthLogger,
  AuthOptions,
  CookieAuthOptions,
  Refresh,
  RefreshContext,
  RefreshLimit,
  RefreshReason,
  RevokeContext,
} from './options';
export type { Challenge } from './response/challenges';
export type { AuthAnswer } from './response/classify';
export type { CodeTable, Verdict } from './response/codes';
export type { AttachableInstance, AttachOptions, AuthSession } from './session/auth-session';
export type { AuthEvent, SignedOutReason } from './session/events';
export type { SessionStatus } from './session/session';
export type { Phase as AuthStatus } from './session/state';
export type { StepUp } from './session/step-up-port';
export type { CachedStoreOptions } from './stores/cached';
export type { KeyValueStorage } from './stores/key-value';
export type { TokenStore } from './stores/store';
export type { TextStoreOptions } from './stores/text';
export type { WebStorage } from './stores/web-storage';
export type { TokenResponse, Tokens } from './tokens';
export type { Awaitable } from './util/awaitable';

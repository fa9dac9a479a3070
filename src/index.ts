export { attachAuthInterceptors } from './attach';
export { anyUnauthorized, defaultClassify } from './response/verdict';
export { parseChallenges } from './response/challenges';
export { AuthError, isAuthError } from './errors';
export { cachedStore } from './stores/cached';
export { keyValueStore } from './stores/key-value';
export { memoryStore } from './stores/memory';
export { webStorageStore } from './stores/web-storage';

export type { AuthAnswer, CodeTable, Verdict } from './response/verdict';
export type { Challenge } from './response/challenges';
export type { AuthErrorCode, AuthErrorDetails } from './errors';
export type { Awaitable } from './util/awaitable';
export type {
  AuthLogger,
  AuthOptions,
  Refresh,
  RefreshContext,
  RefreshReason,
  RevokeContext,
  StepUpContext,
} from './options';
export type { AuthEvent, SignedOutReason } from './session/events';
export type { AuthSession } from './session/session';
export type { SessionStatus } from './session/core';
export type { CachedStoreOptions } from './stores/cached';
export type { KeyValueStorage } from './stores/key-value';
export type { TextStoreOptions } from './stores/text';
export type { WebStorage } from './stores/web-storage';
export type { TokenStore } from './stores/store';
export type { OAuthTokenResponse, TokenResponse, Tokens } from './tokens';

import type { AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { Challenge } from './response/challenges';
import type { AuthAnswer, Verdict } from './response/verdict';
import type { Awaitable } from './util/awaitable';
import type { AuthError } from './errors';
import type { TokenStore } from './stores/store';
import type { TokenResponse, Tokens } from './tokens';

/** Why a renewal was started. */
export type RefreshReason = 'expired' | 'rejected' | 'ahead' | 'manual' | 'missing';

/** What `refresh` gets beside the tokens. */
export interface RefreshContext {
  /** The defaults of the attached instance (baseURL, adapter, agents …), none of its interceptors. */
  client: AxiosInstance;
  /** Aborts on timeout, sign-out and detach. */
  signal: AbortSignal;
  reason: RefreshReason;
  /** The answer that caused the renewal, where one did. */
  response?: AxiosResponse;
}

/** What `revoke` gets beside the tokens: the signal aborts after 5 seconds, when nobody waits for it. */
export type RevokeContext = Pick<RefreshContext, 'client' | 'signal'>;

/** A function for the option `refresh`, with what `oauth2Refresh` knows beside. */
export interface Refresh<T extends Tokens = Tokens> {
  (tokens: T | null, context: RefreshContext): Awaitable<TokenResponse<T> | null>;
  /** The default of the option of that name. */
  revoke?(tokens: T | null, context: RevokeContext): Awaitable<unknown>;
  /** It needs no credential of the store, so it is called while there is none (RFC 6749 §4.4). */
  startsAlone?: boolean;
}

/** What `onStepUp` gets beside the challenge. */
export interface StepUpContext extends RevokeContext {
  /** What the session holds now. */
  tokens: Tokens;
  /** The answer that brought the challenge. */
  response: AxiosResponse;
}

/** Gets messages without credentials. Whatever it throws is ignored. */
export interface AuthLogger {
  debug?(message: string, details?: unknown): void;
  warn?(message: string, details?: unknown): void;
  error?(message: string, details?: unknown): void;
}

/** The options of {@link attachAuthInterceptors}; only `refresh` is required. */
export interface AuthOptions<T extends Tokens = Tokens> {
  /**
   * Gets new tokens from the auth server (RFC 6749 §6). Give back what it answered, or `null` when
   * the session is over. Throw for everything else: a fault that passes (no answer, 408, 425, 429,
   * 5xx) is tried again, a refusal (400, 401, 403) ends the session.
   *
   * @example
   * refresh: async (tokens, { client }) =>
   *   (await client.post('/auth/refresh', { refreshToken: tokens?.refreshToken })).data
   */
  refresh(tokens: T | null, context: RefreshContext): Awaitable<TokenResponse<T> | null>;
  /**
   * Tells the auth server that the tokens are not used any more (RFC 7009). `signOut()` calls it when
   * the session is over here, and waits for it for 5 seconds at most; a fault of it goes to the logger.
   * The tokens are `null` where there may be a session that only a cookie knows of (`cookieRefresh`).
   * It is called once more for tokens that a refresh still brings after the sign-out.
   *
   * @default what `oauth2Refresh` brings along
   */
  revoke?(tokens: T | null, context: RevokeContext): Awaitable<unknown>;
  /**
   * Gets tokens that are worth more, after a challenge that the present ones cannot meet:
   * `insufficient_scope` (403, RFC 6750 §3.1) or `insufficient_user_authentication` (401, RFC 9470 §3).
   * Only the requests that met the challenge wait, and are sent again; the others go on. Give back
   * `null` where the user declines: the caller then gets the answer as it came. Requests of its own go
   * through `context.client`. A request's own `timeout` ends its wait as well.
   *
   * @example
   * onStepUp: (challenge) => signInAgain({ acr: challenge.params.acr_values })
   */
  onStepUp?(challenge: Challenge, context: StepUpContext): Awaitable<TokenResponse<T> | null>;
  /** In milliseconds: the bound on one `onStepUp`, which may ask the user. @default 300_000 */
  stepUpTimeout?: number;
  /** Where the tokens live. @default memoryStore() */
  tokenStore?: TokenStore<T>;
  /** Decides about a 401. @default defaultClassify */
  classify?(answer: AuthAnswer): Verdict;
  /** Merged over the table of codes of `defaultClassify`; compared without regard to case. */
  codes?: Record<string, Verdict>;
  /** Return false for a request that is to go without the token. It cannot widen `allowedOrigins`. */
  shouldAttach?(config: InternalAxiosRequestConfig): boolean;
  /**
   * The origins that may see the token: `https://api.example.com`, or a RegExp for the origin.
   *
   * @default the origin of the instance's baseURL, and the page's own
   */
  allowedOrigins?: (string | RegExp)[];
  /** Send the token over plain http to hosts other than loopback. @default false */
  allowInsecureHttp?: boolean;
  /** The refresh credential is an HttpOnly cookie: refresh even with an empty store. @default false */
  cookieRefresh?: boolean;
  /** Renew in the background from this fraction of the lifetime on. @default 0.8 */
  refreshAhead?: number | false;
  /** In milliseconds: a token with less than this left counts as expired. @default 5_000 */
  expiryLeeway?: number;
  /** In milliseconds: the bound on one renewal, its retries included. @default 30_000 */
  refreshTimeout?: number;
  /** How often a refresh is tried again after a fault that passes. @default 2 */
  refreshRetries?: number;
  /** At most `count` renewals within `per` milliseconds. @default { count: 5, per: 30_000 } */
  refreshLimit?: { count: number; per: number } | false;
  /** The header that carries the token. @default 'Authorization' */
  headerName?: string;
  /** What stands before the token; `''` for the bare token. @default 'Bearer' */
  scheme?: string;
  /** Called once when a session ends: with the error that ended it, with null after `signOut()`. */
  onSignedOut?(error: AuthError | null): void;
  /** May change a request before it is sent again; the token is already in place. */
  onReplay?(config: InternalAxiosRequestConfig): Awaitable<InternalAxiosRequestConfig | void>;
  /** Where faults are reported that reject nobody's promise. @default none */
  logger?: AuthLogger;
}

/** The options as the inner code sees them: checked, and with their defaults. */
export interface ResolvedOptions extends Omit<
  AuthOptions,
  | 'tokenStore'
  | 'refreshAhead'
  | 'expiryLeeway'
  | 'refreshTimeout'
  | 'refreshRetries'
  | 'stepUpTimeout'
  | 'cookieRefresh'
> {
  tokenStore: TokenStore;
  refreshAhead: number | false;
  expiryLeeway: number;
  refreshTimeout: number;
  refreshRetries: number;
  stepUpTimeout: number;
  /** When a refresh may start from an empty store: until a session has ended, or whenever. */
  startsEmpty: 'once' | 'always' | false;
  refreshLimit: { count: number; per: number } | false;
  headerName: string;
  scheme: string;
}

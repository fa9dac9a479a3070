import type { AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { AuthError } from './errors';
import type { AuthAnswer } from './response/classify';
import type { CodeTable, Verdict } from './response/codes';
import type { SignedOutReason } from './session/events';
import type { StepUp } from './session/step-up-port';
import type { TokenStore } from './stores/store';
import type { TokenResponse, Tokens } from './tokens';
import type { Awaitable } from './util/awaitable';

/** Why a renewal was started. */
export type RefreshReason = 'expired' | 'rejected' | 'ahead' | 'manual' | 'missing';

/** What `refresh` gets beside the tokens. */
export interface RefreshContext {
  /**
   * An axios instance with the defaults of the attached one as they are now (baseURL, adapter, agents …)
   * and none of its interceptors. It follows no redirect to another origin.
   */
  client: AxiosInstance;
  /** Aborts on timeout and on sign-out; not on `detach()`. */
  signal: AbortSignal;
  reason: RefreshReason;
  /** The answer that caused the renewal, where one did. */
  response?: AxiosResponse;
}

/** What `revoke` gets beside the tokens: the signal aborts after 5 seconds, when nobody waits for it. */
export type RevokeContext = Pick<RefreshContext, 'client' | 'signal'>;

/** `Promise` is named for TypeScript's sake: it then says what is wrong with the answer that it resolves with. */
type RefreshResult<T extends Tokens> =
  Promise<TokenResponse<T> | null> | Awaitable<TokenResponse<T> | null>;

/** A function for the option `refresh`, with what `oauth2Refresh` brings along. */
export interface Refresh<T extends Tokens = Tokens> {
  (tokens: T | null, context: RefreshContext): RefreshResult<T>;
  /** The default of the option of that name. */
  revoke?(tokens: T | null, context: RevokeContext): Awaitable<unknown>;
  /** It needs no credential of the store, so it is called while there is none (RFC 6749 §4.4). */
  startsAlone?: boolean;
}

/** Gets messages without credentials. Whatever it throws is ignored. */
export interface AuthLogger {
  debug?(message: string, details?: unknown): void;
  warn?(message: string, details?: unknown): void;
  error?(message: string, details?: unknown): void;
}

/** At most `count` renewals that did not help within `per` milliseconds. */
export interface RefreshLimit {
  count: number;
  per: number;
}

interface CommonOptions<T extends Tokens> {
  /** Where the tokens live. @default memoryStore() */
  tokenStore?: TokenStore<T> | undefined;
  /** Decides about an answer with one of `statuses`. @default defaultClassify */
  classify?(answer: AuthAnswer): Verdict;
  /** Merged over the table of codes of `defaultClassify`; compared without regard to case. */
  codes?: Record<string, Verdict> | undefined;
  /** The statuses that are classified; 200 is allowed (GraphQL errors). @default [401] */
  statuses?: readonly number[] | undefined;
  /**
   * Return false for a request that is to go without the token. It is called when the request is sent,
   * and cannot widen `allowedOrigins`. A promise, or a throw, counts as false. @default true
   */
  shouldAttach?(config: InternalAxiosRequestConfig): boolean;
  /**
   * The origins that may see the token: `https://api.example.com`, or a RegExp for the origin.
   *
   * @default the origin of the instance's baseURL, and the page's own
   */
  allowedOrigins?: readonly (string | RegExp)[] | undefined;
  /** Send the token over plain http to hosts other than loopback. @default false */
  allowInsecureHttp?: boolean | undefined;
  /**
   * Only with a `headerName` of your own: send also where the adapter follows redirects by itself (XHR,
   * React Native). You trust the server then not to redirect to another host. @default false
   */
  allowRedirects?: boolean | undefined;
  /** What stands before the token; `''` for the bare token. @default 'Bearer' */
  scheme?: string | undefined;
  /** The refresh credential is an HttpOnly cookie: refresh even with an empty store. @default false */
  cookieRefresh?: boolean | undefined;
  /** Reject requests with `ERR_AUTH_SIGNED_OUT` while nobody is signed in. @default false */
  requireSession?: boolean | undefined;
  /**
   * Whether tokens that somebody else has stored belong to the user of this session. If not, the session
   * is over. @default compares `iss` and `sub` where both access tokens are JWTs, else true
   */
  sameUser?(before: T, after: T): boolean;
  /** Renew in the background from this fraction of the lifetime on. @default 0.8 */
  refreshAhead?: number | false | undefined;
  /**
   * In milliseconds: a token with less than this left counts as expired. At most 10 % of the lifetime.
   * @default 5_000
   */
  expiryLeeway?: number | undefined;
  /** In milliseconds: the bound on one renewal, its retries included. @default 30_000 */
  refreshTimeout?: number | undefined;
  /** How often a refresh is tried again after a transient fault. @default 2 */
  refreshRetries?: number | undefined;
  /**
   * Cuts off renewals that do not help: a request that was sent with the new token was refused as expired
   * again. Renewals at an honest expiry do not count. @default { count: 5, per: 30_000 }
   */
  refreshLimit?: RefreshLimit | false | undefined;
  /**
   * Tells the auth server that the tokens are not used any more (RFC 7009). `signOut()` calls it when the
   * session is over here, and waits for it for 5 seconds at most; a fault of it goes to the logger. The
   * tokens are `null` where there may be a session that only a cookie knows of. It is called once more
   * for tokens that a refresh still brings after the sign-out. @default what `oauth2Refresh` brings
   */
  revoke?(tokens: T | null, context: RevokeContext): Awaitable<unknown>;
  /** What `stepUp(handler)` of `axios-auth-interceptors/step-up` returns. @default none */
  stepUp?: StepUp | undefined;
  /**
   * Called before every send, with the token in place. May change the request, or return another config;
   * may be asynchronous (HMAC, nonces, DPoP). `attempt` counts from 1.
   */
  onSend?(
    config: InternalAxiosRequestConfig,
    context: { attempt: number },
  ): Awaitable<InternalAxiosRequestConfig | void>;
  /** Called once when a session ends: with the error that ended it, or with null. */
  onSignedOut?(error: AuthError | null, reason: SignedOutReason): void;
  /** Gets faults that reject nobody's promise, and explanations at the level `debug`. @default none */
  logger?: AuthLogger | undefined;
}

/** The options of `attachAuthInterceptors`; only `refresh` is required. */
export interface AuthOptions<T extends Tokens = Tokens> extends CommonOptions<T> {
  /**
   * Gets new tokens from the auth server (RFC 6749 §6). Give back what it answered, or `null` when the
   * session is over. Throw for everything else: a transient fault (no answer, 408, 425, 429, 5xx) is tried
   * again, a refusal (400, 401, 403) ends the session.
   *
   * @example
   * refresh: async (tokens, { client }) =>
   *   (await client.post('/auth/refresh', { refreshToken: tokens?.refreshToken })).data
   */
  refresh(tokens: T | null, context: RefreshContext): RefreshResult<T>;
  /** The header that carries the token. @default 'Authorization' */
  headerName?: string | undefined;
}

/** The options where the access token is an HttpOnly cookie, which only the server can read. */
export interface CookieAuthOptions<T extends Tokens = Tokens> extends CommonOptions<T> {
  /** Nothing is attached, `cookieRefresh` is implied, and `signIn()` needs no tokens. */
  headerName: false;
  /** Has the server set new cookies. Any result will do, but `null`, which ends the session. */
  refresh(tokens: T | null, context: RefreshContext): Awaitable<unknown>;
}

/**
 * `AuthOptions`, as the parameter of `attachAuthInterceptors` names it. Where an object fits neither type of
 * a union, TypeScript explains why it does not fit the youngest one: that is this one, whatever the
 * application has named before, and so the message is about `refresh`, and not about `headerName: false`.
 */
export interface TokenAuthOptions<T extends Tokens = Tokens> extends AuthOptions<T> {
  headerName?: string | undefined;
}

type WithDefault =
  | 'tokenStore'
  | 'statuses'
  | 'scheme'
  | 'refreshAhead'
  | 'expiryLeeway'
  | 'refreshTimeout'
  | 'refreshRetries'
  | 'refreshLimit';

type Defaults = { [K in WithDefault]-?: Exclude<CommonOptions<Tokens>[K], undefined> };

/** The options as the inner code sees them: checked, with their defaults, and without a prototype. */
export interface ResolvedOptions
  extends Omit<CommonOptions<Tokens>, WithDefault | 'codes' | 'cookieRefresh'>, Defaults {
  refresh(tokens: Tokens | null, context: RefreshContext): Awaitable<unknown>;
  /** Null: nothing is attached. */
  headerName: string | null;
  /** In upper case. */
  codes: CodeTable;
  /** When a refresh may start from an empty store: until a session has ended, or whenever. */
  startsEmpty: 'once' | 'always' | false;
}

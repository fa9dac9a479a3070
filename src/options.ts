import type { AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { isVerdict, type AuthAnswer, type Verdict } from './answer/verdict';
import type { AuthError } from './errors';
import type { TokenStore } from './stores/store';
import { describe, isRecord, type TokenResponse, type Tokens } from './tokens';

export type Awaitable<T> = T | PromiseLike<T>;

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
  onReplay?(
    config: InternalAxiosRequestConfig,
  ): // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a callback may return nothing
  Awaitable<InternalAxiosRequestConfig | void>;
  /** Where faults are reported that reject nobody's promise. @default none */
  logger?: AuthLogger;
}

/** The options as the inner code sees them: checked, and with their defaults. */
export interface ResolvedOptions extends Omit<
  AuthOptions,
  'tokenStore' | 'refreshAhead' | 'expiryLeeway' | 'refreshTimeout' | 'refreshRetries'
> {
  tokenStore: TokenStore;
  refreshAhead: number | false;
  expiryLeeway: number;
  refreshTimeout: number;
  refreshRetries: number;
  refreshLimit: { count: number; per: number } | false;
  headerName: string;
  scheme: string;
}

type Check = (value: unknown) => string | false;

const isAmount = (value: unknown): boolean =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;
const expect =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value) =>
    holds(value) ? false : what;

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** In a function, so that whoever imports only `AuthError` does not carry it along. */
function createChecks(): Record<keyof AuthOptions, Check> {
  const aFunction = expect('a function', (value) => typeof value === 'function');
  const aBoolean = expect('true or false', (value) => typeof value === 'boolean');
  const milliseconds = expect('a number of milliseconds, 0 or more', isAmount);

  return {
    refresh: expect(
      'a function that gets new tokens, (tokens, { client, signal }) => Promise',
      (value) => typeof value === 'function',
    ),
    tokenStore: expect(
      'an object with get(), set(tokens) and clear()',
      (value) =>
        isRecord(value) &&
        ['get', 'set', 'clear'].every((name) => typeof value[name] === 'function'),
    ),
    classify: aFunction,
    codes: expect(
      "an object such as { MY_EXPIRED: 'refresh' }, with 'refresh', 'sign-out' or 'pass' as values",
      (value) => isRecord(value) && Object.values(value).every(isVerdict),
    ),
    shouldAttach: aFunction,
    allowedOrigins: expect(
      "an array of origins such as 'https://api.example.com' (no path), or of RegExps",
      (value) =>
        Array.isArray(value) && value.every((item) => item instanceof RegExp || isOrigin(item)),
    ),
    allowInsecureHttp: aBoolean,
    cookieRefresh: aBoolean,
    refreshAhead: expect(
      'false or a fraction of the lifetime between 0 and 1',
      (value) => value === false || (isAmount(value) && (value as number) < 1),
    ),
    expiryLeeway: milliseconds,
    refreshTimeout: expect(
      'a number of milliseconds above 0',
      (value) => isAmount(value) && value !== 0,
    ),
    refreshRetries: expect(
      'a whole number, 0 or more',
      (value) => isAmount(value) && Number.isInteger(value),
    ),
    refreshLimit: expect(
      'false or { count, per }, both above 0',
      (value) =>
        value === false ||
        (isRecord(value) && [value.count, value.per].every((part) => isAmount(part) && part !== 0)),
    ),
    headerName: expect(
      'the name of a header',
      (value) => typeof value === 'string' && HEADER_NAME.test(value),
    ),
    scheme: expect(
      "an auth scheme such as 'Bearer', or '' for the bare token",
      (value) => value === '' || (typeof value === 'string' && HEADER_NAME.test(value)),
    ),
    onSignedOut: aFunction,
    onReplay: aFunction,
    logger: expect('an object with debug, warn or error functions', isRecord),
  };
}

function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z][a-z\d+.-]*:\/\/[^/?#\\@\s]+\/?$/i.test(value);
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws TypeError that names the option and says what it takes.
 */
export function resolveOptions<T extends Tokens>(
  options: AuthOptions<T>,
  memory: () => TokenStore,
): ResolvedOptions {
  if (!isRecord(options)) {
    throw new TypeError(
      `attachAuthInterceptors(instance, options): options must be an object with at least refresh, got ${describe(options)}.`,
    );
  }
  const checks = createChecks();
  for (const [name, value] of Object.entries<unknown>(
    Object.assign({ refresh: undefined }, options),
  )) {
    const check = Object.hasOwn(checks, name) && checks[name as keyof AuthOptions];
    if (!check) {
      throw new TypeError(
        `Unknown option "${name}". The options are: ${Object.keys(checks).join(', ')}.`,
      );
    }
    const wanted = (value !== undefined || name === 'refresh') && check(value);
    if (wanted) throw new TypeError(`Option "${name}" must be ${wanted}, got ${describe(value)}.`);
  }
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as AuthOptions;
  return {
    refreshAhead: 0.8,
    expiryLeeway: 5_000,
    refreshTimeout: 30_000,
    refreshRetries: 2,
    refreshLimit: { count: 5, per: 30_000 },
    headerName: 'Authorization',
    scheme: 'Bearer',
    ...given,
    tokenStore: given.tokenStore ?? memory(),
  };
}

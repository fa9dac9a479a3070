import type { AuthOptions, CookieAuthOptions, Refresh, ResolvedOptions } from './options';
import { isVerdict, upperCased } from './response/codes';
import { memoryStore } from './stores/memory';
import type { Tokens } from './tokens';
import { aBoolean, aFunction, checkOptions, type Check } from './util/check-options';
import { isRecord } from './util/values';
import { MAX_TIMER } from './util/time';

const isAmount = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= MAX_TIMER;
const isAboveZero = (value: unknown): boolean => isAmount(value) && value > 0;

const hasFunctions = (value: unknown, names: readonly string[]): boolean =>
  isRecord(value) && names.every((name) => typeof value[name] === 'function');

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^/?#\\@\s]+\/?$/i;

const isOrigin = (value: unknown): boolean =>
  value instanceof RegExp || (typeof value === 'string' && ORIGIN.test(value));

/** The options of one attached instance that say where its token may go. */
export const originChecks = (): Record<'allowedOrigins' | 'allowInsecureHttp', Check> => ({
  allowedOrigins: [
    "an array of origins such as 'https://api.example.com' (no path), or of RegExps",
    (value) => Array.isArray(value) && value.every(isOrigin),
  ],
  allowInsecureHttp: aBoolean,
});

/** In a function, so that whoever imports only `AuthError` does not carry it along. */
function createChecks(): Record<keyof AuthOptions, Check> {
  return {
    refresh: [
      'a function that gets new tokens, (tokens, { client, signal }) => Promise',
      (value) => typeof value === 'function',
    ],
    tokenStore: [
      'an object with get(), set(tokens) and clear(), such as webStorageStore(() => localStorage)',
      (value) => hasFunctions(value, ['get', 'set', 'clear']),
    ],
    classify: aFunction,
    codes: [
      "an object such as { MY_EXPIRED: 'refresh' }, with 'refresh', 'sign-out' or 'pass' as values",
      (value) => isRecord(value) && Object.values(value).every(isVerdict),
    ],
    statuses: [
      'an array of HTTP statuses, such as [401, 419]',
      (value) =>
        Array.isArray(value) &&
        value.every((status) => Number.isInteger(status) && status >= 200 && status <= 599),
    ],
    shouldAttach: aFunction,
    ...originChecks(),
    allowRedirects: aBoolean,
    headerName: [
      'the name of a header, or false where the access token is an HttpOnly cookie',
      (value) => value === false || (typeof value === 'string' && HEADER_NAME.test(value)),
    ],
    scheme: [
      "an auth scheme such as 'Bearer', or '' for the bare token",
      (value) => value === '' || (typeof value === 'string' && HEADER_NAME.test(value)),
    ],
    cookieRefresh: aBoolean,
    requireSession: aBoolean,
    sameUser: aFunction,
    refreshAhead: [
      'false or a fraction of the lifetime between 0 and 1',
      (value) => value === false || (isAmount(value) && value < 1),
    ],
    expiryLeeway: ['a number of milliseconds, 0 or more', isAmount],
    refreshTimeout: ['a number of milliseconds above 0', isAboveZero],
    refreshRetries: [
      'a whole number, 0 or more',
      (value) => isAmount(value) && Number.isInteger(value),
    ],
    refreshLimit: [
      'false or { count, per }, both above 0',
      (value) =>
        value === false || (isRecord(value) && [value.count, value.per].every(isAboveZero)),
    ],
    revoke: aFunction,
    stepUp: [
      'what stepUp(handler) of axios-auth-interceptors/step-up returns',
      (value) => hasFunctions(value, ['challengeIn', 'start']),
    ],
    onSend: aFunction,
    onSignedOut: aFunction,
    logger: ['an object with debug, warn or error functions', isRecord],
  };
}

/**
 * Checks the options and fills in the defaults. The result has no prototype: a polluted
 * `Object.prototype` cannot set an option (G3).
 *
 * @throws TypeError that names the option and says what it takes
 */
export function resolveOptions<T extends Tokens>(
  options: AuthOptions<T> | CookieAuthOptions<T>,
): ResolvedOptions {
  checkOptions('attachAuthInterceptors(instance, options)', options, createChecks(), 'refresh');
  const given = Object.assign(Object.create(null), options) as AuthOptions;
  for (const key of Object.keys(given) as (keyof AuthOptions)[]) {
    if (given[key] === undefined) delete given[key];
  }
  const { cookieRefresh, codes, headerName = 'Authorization', ...rest } = given;
  const isCookie = (headerName as string | false) === false;
  const { revoke, startsAlone } = given.refresh as Refresh;
  const defaults = {
    statuses: [401],
    scheme: 'Bearer',
    refreshAhead: 0.8,
    expiryLeeway: 5_000,
    refreshTimeout: 30_000,
    refreshRetries: 2,
    refreshLimit: { count: 5, per: 30_000 },
    ...(revoke && { revoke }),
  };
  return Object.assign(Object.create(null), defaults, rest, {
    tokenStore: given.tokenStore ?? memoryStore(),
    codes: upperCased(codes),
    headerName: isCookie ? null : headerName,
    startsEmpty: startsAlone ? 'always' : cookieRefresh || isCookie ? 'once' : false,
  }) as ResolvedOptions;
}

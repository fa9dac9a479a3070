import { isVerdict } from './response/verdict';
import { aBoolean, aFunction, checkOptions, type Check } from './util/check-options';
import type { AuthOptions, Refresh, ResolvedOptions } from './options';
import type { TokenStore } from './stores/store';
import { isRecord, type Tokens } from './tokens';

/** Timers of a longer time go off at once. */
const MAX_AMOUNT = 2_147_483_647;

const isAmount = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value <= MAX_AMOUNT;

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** In a function, so that whoever imports only `AuthError` does not carry it along. */
function createChecks(): Record<keyof AuthOptions, Check> {
  const moreThanZero: Check = [
    'a number of milliseconds above 0',
    (value) => isAmount(value) && value !== 0,
  ];
  const milliseconds: Check = ['a number of milliseconds, 0 or more', isAmount];

  return {
    refresh: [
      'a function that gets new tokens, (tokens, { client, signal }) => Promise',
      (value) => typeof value === 'function',
    ],
    revoke: aFunction,
    onStepUp: aFunction,
    stepUpTimeout: moreThanZero,
    tokenStore: [
      'an object with get(), set(tokens) and clear()',
      (value) =>
        isRecord(value) &&
        ['get', 'set', 'clear'].every((name) => typeof value[name] === 'function'),
    ],
    classify: aFunction,
    codes: [
      "an object such as { MY_EXPIRED: 'refresh' }, with 'refresh', 'sign-out' or 'pass' as values",
      (value) => isRecord(value) && Object.values(value).every(isVerdict),
    ],
    shouldAttach: aFunction,
    allowedOrigins: [
      "an array of origins such as 'https://api.example.com' (no path), or of RegExps",
      (value) =>
        Array.isArray(value) && value.every((item) => item instanceof RegExp || isOrigin(item)),
    ],
    allowInsecureHttp: aBoolean,
    cookieRefresh: aBoolean,
    refreshAhead: [
      'false or a fraction of the lifetime between 0 and 1',
      (value) => value === false || (isAmount(value) && (value as number) < 1),
    ],
    expiryLeeway: milliseconds,
    refreshTimeout: moreThanZero,
    refreshRetries: [
      'a whole number, 0 or more',
      (value) => isAmount(value) && Number.isInteger(value),
    ],
    refreshLimit: [
      'false or { count, per }, both above 0',
      (value) =>
        value === false ||
        (isRecord(value) && [value.count, value.per].every((part) => isAmount(part) && part !== 0)),
    ],
    headerName: [
      'the name of a header',
      (value) => typeof value === 'string' && HEADER_NAME.test(value),
    ],
    scheme: [
      "an auth scheme such as 'Bearer', or '' for the bare token",
      (value) => value === '' || (typeof value === 'string' && HEADER_NAME.test(value)),
    ],
    onSignedOut: aFunction,
    onReplay: aFunction,
    logger: ['an object with debug, warn or error functions', isRecord],
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
  checkOptions('attachAuthInterceptors(instance, options)', options, createChecks(), 'refresh');
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as AuthOptions;
  const { revoke, startsAlone } = given.refresh as Refresh;
  const onceOrNever = given.cookieRefresh ? 'once' : false;
  return {
    refreshAhead: 0.8,
    expiryLeeway: 5_000,
    refreshTimeout: 30_000,
    refreshRetries: 2,
    stepUpTimeout: 300_000,
    refreshLimit: { count: 5, per: 30_000 },
    headerName: 'Authorization',
    scheme: 'Bearer',
    ...(revoke && { revoke }),
    ...given,
    startsEmpty: startsAlone ? 'always' : onceOrNever,
    tokenStore: given.tokenStore ?? memory(),
  };
}

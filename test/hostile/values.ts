import fc from 'fast-check';
import { AxiosError } from 'axios';
import { runInNewContext } from 'node:vm';
import { AuthError } from '../../src/index';

/**
 * The description of a hostile value: plain data, so that fast-check can print and shrink it. `build` makes
 * the value.
 */
export type Spec =
  | ['text', string]
  | ['number', number]
  | ['other', keyof typeof OTHERS]
  | ['object', Kind, [key: string, value: Spec][]]
  /** A getter: gives the first value so many times, and throws the second from then on. */
  | ['getter', Kind, key: string, times: number, gives: Spec, thrown: Spec, [string, Spec][]]
  /** A proxy of the object; the traps throw the value, or the proxy itself. */
  | ['proxy', traps: Trap[], thrown: Spec | 'itself', target: [string, Spec][]]
  | ['thenable', How, Spec]
  | ['frozen', Spec]
  | ['cyclic', key: string]
  | ['realm', keyof typeof REALM];

type Kind = keyof typeof KINDS;
type Trap = 'get' | 'has' | 'ownKeys' | 'getOwnPropertyDescriptor' | 'getPrototypeOf';
type How =
  'promise' | 'rejected' | 'never' | 'twice' | 'throws' | 'throws late' | 'itself' | 'nested';

const BRAND = Symbol.for('axios-auth-interceptors.AuthError');

const OTHERS = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  false: () => false,
  bigint: () => 10n ** 30n,
  symbol: () => Symbol('hostile'),
  function: () => () => 'hostile',
  'throwing function': () => () => {
    throw new Error('hostile');
  },
  'async function': () => () => handled(Promise.reject(new Error('hostile'))),
  array: () => [],
  date: () => new Date(NaN),
  map: () => new Map([['accessToken', 'x']]),
  bytes: () => new Uint8Array([0xff, 0xfe, 0]),
  'revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'revoked function': () => {
    const { proxy, revoke } = Proxy.revocable(() => undefined, {});
    revoke();
    return proxy;
  },
  'boxed text': () => Object('access-boxed') as unknown,
  'no conversion': () => Object.create(null) as unknown,
  brand: () => ({ [BRAND]: true, code: 'ERR_EVIL', message: 'x' }),
  'known brand': () => ({ [BRAND]: true, code: 'ERR_AUTH_SIGNED_OUT', message: 'x' }),
} satisfies Record<string, () => unknown>;

const KINDS = {
  plain: () => ({}),
  bare: () => Object.create(null) as object,
  error: () => new Error('hostile'),
  'type error': () => new TypeError('fetch failed'),
  'axios error': () => new AxiosError('hostile', 'ERR_NETWORK'),
  'auth error': () => new AuthError('ERR_AUTH_REFRESH_FAILED', 'hostile'),
  inherited: () => Object.create({ accessToken: 'access-inherited', refreshToken: 'r' }) as object,
  array: () => [] as unknown[],
  function: () => () => undefined,
} satisfies Record<string, () => object>;

/** Values of another realm: none of their classes is one of ours. */
const REALM = {
  error: 'Object.assign(new Error("other realm"), { code: "ECONNRESET" })',
  aggregate: 'new AggregateError([new Error("a"), 1, null], "other realm")',
  tokens: '({ accessToken: "access-realm", refreshToken: "refresh-realm", expires_in: "60" })',
  promise: 'Promise.resolve({ accessToken: "access-realm" })',
  rejected: 'Promise.reject(Object.assign(new Error("other realm"), { status: 503 }))',
  array: '[1, 2, 3]',
  text: 'new String("access-realm")',
  proxy: 'new Proxy({}, { get() { throw new Error("other realm") } })',
  throwing: '({ get message() { throw new RangeError("other realm") } })',
} as const;

const throwerOf =
  (thrown: () => unknown): (() => never) =>
  () => {
    throw thrown();
  };

export function build(spec: Spec): unknown {
  switch (spec[0]) {
    case 'text':
    case 'number':
      return spec[1];
    case 'other':
      return OTHERS[spec[1]]();
    case 'object':
      return fill(KINDS[spec[1]](), spec[2]);
    case 'getter':
      return withGetter(spec);
    case 'proxy':
      return proxyOf(spec);
    case 'thenable':
      return thenable(spec[1], spec[2]);
    case 'frozen': {
      const value = build(spec[1]);
      try {
        return Object.freeze(value);
      } catch {
        return value;
      }
    }
    case 'cyclic': {
      const error = new Error('hostile');
      return define(define(error, 'cause', error), spec[1], error);
    }
    case 'realm': {
      const value: unknown = runInNewContext(REALM[spec[1]]);
      return spec[1] === 'rejected' ? handled(value as Promise<unknown>) : value;
    }
  }
}

function fill(object: object, entries: [string, Spec][]): object {
  for (const [key, value] of entries) define(object, key, build(value));
  return object;
}

/** Also __proto__ is a key like any other. */
const define = (object: object, key: string, value: unknown): object =>
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });

function withGetter([, kind, key, times, gives, thrown, rest]: Spec & { 0: 'getter' }): object {
  let left = times;
  return Object.defineProperty(fill(KINDS[kind](), rest), key, {
    enumerable: true,
    configurable: true,
    get(): unknown {
      if (left-- > 0) return build(gives);
      throw build(thrown);
    },
  });
}

function proxyOf([, traps, thrown, target]: Spec & { 0: 'proxy' }): object {
  const boom = throwerOf(() => (thrown === 'itself' ? proxy : build(thrown)));
  const handler = Object.fromEntries(traps.map((trap) => [trap, boom]));
  const proxy: object = new Proxy(fill({}, target), handler);
  return proxy;
}

/** It is made here, and perhaps never used: its rejection is none of the package. */
function handled<R>(promise: Promise<R>): Promise<R> {
  promise.catch(() => undefined);
  return promise;
}

function thenable(how: How, spec: Spec): unknown {
  switch (how) {
    case 'promise':
      return handled(Promise.resolve(build(spec)));
    case 'rejected':
      return handled(Promise.reject(build(spec) as Error));
    case 'never':
      return { then: () => undefined };
    case 'twice':
      return {
        then(resolve: (value: unknown) => void, reject: (reason: unknown) => void) {
          resolve(build(spec));
          reject(build(spec));
          throw build(spec);
        },
      };
    case 'throws':
      return { then: throwerOf(() => build(spec)) };
    case 'throws late':
      return {
        then(_resolve: unknown, reject: (reason: unknown) => void) {
          void Promise.resolve().then(() => {
            reject(build(spec));
          });
        },
      };
    case 'itself': {
      const value = {
        then(resolve: (value: unknown) => void) {
          resolve(build(spec));
        },
      };
      return Object.assign(value, { catch: throwerOf(() => build(spec)), finally: null });
    }
    case 'nested':
      return {
        then(resolve: (value: unknown) => void) {
          resolve(thenable('throws', spec));
        },
      };
  }
}

/** The names that the package looks at. */
const KEYS = [
  'accessToken',
  'access_token',
  'refreshToken',
  'refresh_token',
  'expiresAt',
  'expiresIn',
  'expires_in',
  'then',
  'message',
  'name',
  'code',
  'stack',
  'status',
  'statusCode',
  'response',
  'headers',
  'get',
  'retry-after',
  'cause',
  'oauthError',
  'error',
  'errors',
  'extensions',
  'isAxiosError',
  'config',
  'data',
  'constructor',
  'toString',
  'toJSON',
  'pipe',
  'getReader',
  'unshift',
  'url',
  '__proto__',
  'idToken',
  '__CANCEL__',
] as const;

/** Texts that mean something, with the credentials that `world.ts` deals in. */
const TEXTS = [
  '',
  'access-hostile',
  'Bearer access-hostile',
  'TOKEN_EXPIRED',
  'invalid_grant',
  'ECONNRESET',
  'ERR_AUTH_SESSION_EXPIRED',
  'AuthError',
  'a\nb',
  '\ud800',
  '\u{1f600}',
  '3600',
  '0x10',
  '1e400',
  '-1',
  'access-secret-1',
  'no luck with refresh-secret-1',
] as const;

const NUMBERS = [0, -0, -1, 1, 0.5, 1e11, 1e13, 1e300, NaN, Infinity, -Infinity, 5e-324, 401, 503];

export const key = fc.constantFrom(...KEYS);

const kind = fc.constantFrom(...(Object.keys(KINDS) as Kind[]));
const traps = fc.subarray<Trap>(
  ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf'],
  { minLength: 1 },
);
const how = fc.constantFrom<How>(
  'promise',
  'rejected',
  'never',
  'twice',
  'throws',
  'throws late',
  'itself',
  'nested',
);

const simple: fc.Arbitrary<Spec> = fc.oneof(
  fc.tuple(fc.constant('text' as const), fc.oneof(fc.constantFrom(...TEXTS), fc.string())),
  fc.tuple(fc.constant('number' as const), fc.constantFrom(...NUMBERS)),
  fc.tuple(
    fc.constant('other' as const),
    fc.constantFrom(...(Object.keys(OTHERS) as (keyof typeof OTHERS)[])),
  ),
  fc.tuple(
    fc.constant('realm' as const),
    fc.constantFrom(...(Object.keys(REALM) as (keyof typeof REALM)[])),
  ),
  fc.tuple(fc.constant('cyclic' as const), key),
);

/** Any hostile value. */
export const { value: hostile } = fc.letrec<{ value: Spec; entries: [string, Spec][] }>((tie) => ({
  entries: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }),
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    simple,
    fc.tuple(fc.constant('object' as const), kind, tie('entries')),
    fc.tuple(
      fc.constant('getter' as const),
      kind,
      key,
      fc.nat(3),
      tie('value'),
      tie('value'),
      tie('entries'),
    ),
    fc.tuple(
      fc.constant('proxy' as const),
      traps,
      fc.oneof(fc.constant('itself' as const), tie('value')),
      tie('entries'),
    ),
    fc.tuple(fc.constant('thenable' as const), how, tie('value')),
    fc.tuple(fc.constant('frozen' as const), tie('value')),
  ),
}));

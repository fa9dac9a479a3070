import fc from 'fast-check';
import axios, { AxiosError } from 'axios';
import type { AxiosAdapter, AxiosResponse } from 'axios';
import { attachAuthInterceptors, AuthError, memoryStore, parseChallenges } from '../../src/index';
import type { AuthOptions, Tokens, TokenStore } from '../../src/index';
import { readRevocationAnswer, readTokenAnswer } from '../../src/oauth2/answer';
import { Lifetimes } from '../../src/session/lifetime';
import { isSameUser, isSendable, readClaims, receiveTokens } from '../../src/tokens';
import { stepUp } from '../../src/step-up/index';
import { expectNoCredentials } from '../support/credentials';
import { ERROR_CODES } from '../support/error-codes';
import { watchEscapes } from './escapes';
import { settings, TIMEOUT } from './runs';
import { build, hostile } from './values';

const escapes = watchEscapes();

const ACCESS = 'access-secret-1';
const REFRESH = 'refresh-secret-1';

/** The names that parsers stumble over, among those that they look for. */
const names = (...wanted: string[]): fc.Arbitrary<string> =>
  fc.constantFrom(
    ...wanted,
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'length',
    '',
  );

/** JSON values with such names as their keys. */
const jsonWith = (keys: fc.Arbitrary<string>, texts: string[]): fc.Arbitrary<unknown> =>
  fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.oneof(
        fc.constantFrom(...texts),
        fc.string(),
        fc.double(),
        fc.constantFrom(null, true, false, -1, 0, 1e12, 3_600),
      ),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.array(fc.tuple(keys, tie('value')), { maxLength: 5 }).map(objectOf),
    ),
  })).value;

/** As JSON.parse makes it: `__proto__` is a key like any other. */
const objectOf = (entries: [string, unknown][]): unknown =>
  JSON.parse(
    `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`,
  );

/** An answer of the API without any server. */
const answering =
  (answer: (token: string) => Partial<AxiosResponse>): AxiosAdapter =>
  (config) => {
    const token = String(config.headers.get('Authorization') ?? '');
    const response = {
      status: 200,
      statusText: '',
      headers: {},
      data: '',
      config,
      ...answer(token),
    } as AxiosResponse;
    if (response.status < 300) return Promise.resolve(response);
    return Promise.reject(new AxiosError('refused', 'ERR_OWN', config, undefined, response));
  };

/** What a session may reject with, and nothing else. */
async function outcomeOf(call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    const isOwn = error instanceof AuthError && ERROR_CODES.includes(error.code);
    const isRefusal = axios.isAxiosError(error) && error.code === 'ERR_OWN';
    if (!isOwn && !isRefusal) throw error;
    return error;
  }
}

/** Whatever a session may be asked for. Only AuthErrors may come of it, without credentials. */
async function playWith(
  options: Partial<AuthOptions>,
  answer: (token: string) => Partial<AxiosResponse> = () => ({}),
  secrets: readonly string[] = [ACCESS, REFRESH],
): Promise<void> {
  const outputs: unknown[] = [];
  const log = (...line: unknown[]): void => void outputs.push(line);
  const api = axios.create({ baseURL: 'https://api.test', adapter: answering(answer) });
  const auth = attachAuthInterceptors(api, {
    refresh: () => null,
    refreshRetries: 0,
    logger: { debug: log, warn: log, error: log },
    ...options,
  });
  auth.subscribe((event) => void outputs.push(event));
  for (const call of [
    () => api.get('/a'),
    () => auth.getAccessToken(),
    () => auth.getTokens(),
    () => api.post('/b', { text: 'x' }),
    () => auth.refresh(),
    () => auth.signOut(),
  ]) {
    const error = await outcomeOf(call);
    if (error instanceof AuthError) outputs.push(error);
  }
  auth.detach();
  await expectNoCredentials(secrets, outputs);
  expect(escapes.take()).toEqual([]);
}

const fuzz = <T>(
  title: string,
  arbitrary: fc.Arbitrary<T>,
  predicate: (value: T) => Promise<void> | void,
  share = 1,
): void => {
  test(
    title,
    async () => {
      const check = async (value: T): Promise<void> => {
        await predicate(value);
      };
      await fc.assert(fc.asyncProperty(arbitrary, check), settings<[T]>(share));
    },
    TIMEOUT,
  );
};

/** Those that can be made: the stack of an error is written from its other fields, which may throw. */
const buildable = hostile.filter((spec) => {
  try {
    build(spec);
    return true;
  } catch {
    return false;
  }
});

const challengeText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'Bearer',
        'DPoP',
        'Negotiate',
        ' ',
        ', ',
        ',',
        '=',
        '"',
        '\\',
        '\\"',
        '\t',
        'error',
        'realm',
        'scope',
        'error="invalid_token"',
        'error=insufficient_scope',
        '__proto__=1',
        'constructor="x"',
        'a*=b',
        'YWJj==',
        '\u0000',
        '\ud800',
        '\n',
        'é',
        ACCESS,
        REFRESH,
        `realm="${ACCESS}"`,
        `${ACCESS}=1`,
      ),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 25 },
  )
  .map((parts) => parts.join(''));

fuzz('G33: whatever a header holds, the challenges in it are texts', challengeText, (text) => {
  for (const { scheme, params, token68 } of parseChallenges(text)) {
    expect(Object.getPrototypeOf(params)).toBeNull();
    const texts = [scheme, ...Object.keys(params), ...Object.values(params), token68 ?? ''];
    expect(texts.every((part) => typeof part === 'string' && part.length <= text.length)).toBe(
      true,
    );
  }
});

fuzz(
  'G33, G34: whatever a header holds, a 401 or a 403 with it ends in an answer or an AuthError',
  fc.tuple(
    fc.oneof(challengeText, fc.array(challengeText, { maxLength: 3 })),
    fc.constantFrom(401, 403),
  ),
  ([header, status]) =>
    playWith(
      {
        tokenStore: memoryStore({ accessToken: ACCESS, refreshToken: REFRESH }),
        refresh: () => ({ accessToken: 'access-2' }),
        stepUp: stepUp(() => null),
        statuses: [401, 403],
      },
      (token) =>
        token.includes(ACCESS) ? { status, headers: { 'www-authenticate': header } } : {},
    ),
  0.5,
);

const bytes = fc
  .uint8Array({ maxLength: 60 })
  .map((given) => Buffer.from(given).toString('base64url'));
const claims = jsonWith(names('iss', 'sub', 'exp', 'iat', 'nbf', 'aud'), ['alice', ACCESS]);
const payload = fc.oneof(
  {
    weight: 4,
    arbitrary: claims.map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
  },
  bytes,
  fc.constantFrom(
    '',
    '=',
    '%',
    '\ud800',
    'e30',
    'bnVsbA',
    'W10',
    Buffer.from('['.repeat(12_000)).toString('base64url'),
  ),
);
const jwtLike = fc
  .tuple(
    fc.array(payload, { minLength: 0, maxLength: 5 }),
    fc.constantFrom('', 'e30.', 'eyJhbGciOiJub25lIn0.'),
  )
  .map(([segments, header]) => header + segments.join('.'));

fuzz(
  'G33: whatever claims a token has, it is told from another one, and has an age or none',
  fc.tuple(jwtLike, jwtLike),
  ([one, two]) => {
    const found = readClaims(one);
    expect(found === null || typeof found === 'object').toBe(true);
    const [mine, theirs] = [{ accessToken: one }, { accessToken: two }];
    expect(isSameUser(mine, theirs)).toBe(isSameUser(theirs, mine));
    expect(isSameUser(mine, { accessToken: one })).toBe(true);
    const lifetimes = new Lifetimes({ expiryLeeway: 5_000, refreshAhead: 0.8 });
    for (const tokens of [mine, theirs, mine]) {
      expect(['good', 'due', 'expired']).toContain(lifetimes.of(tokens));
      expect(Number.isNaN(lifetimes.left(tokens))).toBe(false);
    }
  },
);

fuzz(
  'G32, G33: whatever claims tokens have, a session renews once for a request at most',
  fc.array(jwtLike.filter(isSendable), { minLength: 2, maxLength: 6 }),
  async (given) => {
    let refreshes = 0;
    const [first = 'a'] = given;
    const api = axios.create({ baseURL: 'https://api.test', adapter: answering(() => ({})) });
    const auth = attachAuthInterceptors(api, {
      tokenStore: memoryStore({ accessToken: first, refreshToken: REFRESH }),
      refresh: () => ({ accessToken: given[++refreshes % given.length] ?? 'a' }),
      refreshAhead: false,
    });
    for (let request = 0; request < 5; request++) {
      expect(await outcomeOf(() => api.get('/a'))).toBe(undefined);
    }
    auth.detach();
    // A token that was found in the store may be over; one that has just been issued counts as good.
    expect(refreshes).toBeLessThanOrEqual(1);
    expect(escapes.take()).toEqual([]);
  },
);

const tokenNames = names('accessToken', 'refreshToken', 'expiresAt', 'idToken', 'then', 'get');
const storedJson = jsonWith(tokenNames, [ACCESS, REFRESH, '', 'a b', '\ud800', 'null']);

/** The same value with another prototype, frozen, or with getters in the place of its fields. */
const dressed = fc
  .tuple(
    storedJson,
    fc.constantFrom('plain', 'bare', 'class', 'frozen', 'getters', 'hidden', 'proxy', 'inherited'),
  )
  .map(
    ([value, how]) =>
      () =>
        dress(value, how),
  );

function dress(value: unknown, how: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.getOwnPropertyDescriptors(value);
  switch (how) {
    case 'bare':
      return Object.create(null, fields);
    // Its getters throw for anything that is none.
    case 'class':
      return Object.create(URL.prototype, fields);
    case 'frozen':
      return Object.freeze(value);
    case 'getters':
      return Object.create(
        null,
        Object.fromEntries(
          Object.entries(fields).map(([key, { value: held }]) => [
            key,
            { get: () => held as unknown, enumerable: true },
          ]),
        ),
      );
    case 'hidden':
      return Object.defineProperties(
        {},
        Object.fromEntries(
          Object.entries(fields).map(([key, field]) => [key, { ...field, enumerable: false }]),
        ),
      );
    case 'proxy':
      return new Proxy(value, {});
    case 'inherited':
      return Object.create(value);
    default:
      return value;
  }
}

/** What the store throws may quote credentials that the session has never seen. */
const stored = fc.oneof(
  fc.tuple(dressed, fc.constant([ACCESS, REFRESH])),
  fc.tuple(
    buildable.map((spec) => () => build(spec)),
    fc.constant<string[]>([]),
  ),
);

fuzz(
  'G33, G34: whatever a store gives, only AuthErrors come of it',
  fc.tuple(
    stored,
    fc.boolean(),
    fc.constantFrom<StartOptions>({}, { cookieRefresh: true }, { headerName: false }),
  ),
  async ([[make, secrets], isAsync, start]) => {
    let gives = true;
    const tokenStore = {
      get: () => {
        if (!gives) return null;
        return isAsync ? Promise.resolve().then(make) : make();
      },
      set: () => undefined,
      clear: () => void (gives = false),
    } as unknown as TokenStore;
    const options = { tokenStore, refreshTimeout: 100, ...start } as Partial<AuthOptions>;
    await playWith(options, undefined, secrets);
  },
  0.2,
);

type StartOptions = { cookieRefresh: true } | { headerName: false } | object;

const answerNames = names(
  'accessToken',
  'access_token',
  'refreshToken',
  'refresh_token',
  'expiresIn',
  'expires_in',
  'expiresAt',
  'data',
  'status',
  'config',
  'token',
);
const answers = fc.oneof(
  jsonWith(answerNames, [ACCESS, REFRESH, 'a b', '', '3600', '1e9', '0x10']).map(
    (value) => () => value,
  ),
  buildable.map((spec) => () => build(spec)),
);

fuzz(
  'G13, G33: whatever a refresh gives, it is tokens that can be sent, or ERR_AUTH_INVALID_TOKENS',
  fc.tuple(answers, fc.boolean()),
  ([make, byCookie]) => {
    const previous = { accessToken: ACCESS, refreshToken: REFRESH, expiresAt: 1e13 };
    const answer = make();
    let tokens: Tokens;
    try {
      tokens = receiveTokens(answer, previous, byCookie);
    } catch (error) {
      expect(error).toBeInstanceOf(AuthError);
      expect(error).toMatchObject({ code: 'ERR_AUTH_INVALID_TOKENS' });
      return;
    }
    expect(isSendable(tokens.accessToken)).toBe(true);
    expect(Object.getPrototypeOf(tokens)).toBe(Object.prototype);
    expect(['string', 'undefined']).toContain(typeof tokens.refreshToken);
    expect(tokens.expiresAt === undefined || Number.isFinite(tokens.expiresAt)).toBe(true);
    expect(previous).toEqual({ accessToken: ACCESS, refreshToken: REFRESH, expiresAt: 1e13 });
  },
);

const oauthNames = names(
  'error',
  'error_description',
  'access_token',
  'accessToken',
  'token_type',
  'status',
  'message',
  'errors',
  'errorCode',
  '__type',
  'field',
);
const oauthBody = jsonWith(oauthNames, [
  'access_denied',
  'invalid_grant',
  'invalid_client',
  'temporarily_unavailable',
  'Bearer',
  'mac',
  ACCESS,
]);

fuzz(
  'G11, G33: whatever a token endpoint answers, a refusal ends the session and nothing of ours throws',
  fc.tuple(oauthBody, fc.constantFrom(200, 201, 204, 302, 400, 401, 403, 404, 418, 429, 500, 503)),
  ([data, status]) => {
    const response = { status, data, headers: {} } as AxiosResponse;
    for (const read of [readTokenAnswer, readRevocationAnswer]) {
      try {
        read(response, (text) => text);
      } catch (error) {
        // A TypeError would pass for a permanent fault, and the session would never end.
        expect((error as Error).name).toMatch(/^(?:Error|AuthError)$/);
      }
    }
  },
);

test('G11: a refusal whose texts are objects ends the session like any other', () => {
  const data = { error: 'access_denied', error_description: { toString: 0 } };
  const read = (): unknown =>
    readTokenAnswer({ status: 400, data } as AxiosResponse, (text) => text);
  expect(read).toThrow(expect.objectContaining({ code: 'ERR_AUTH_SESSION_EXPIRED' }) as Error);
});

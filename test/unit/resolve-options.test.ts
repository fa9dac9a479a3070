import { memoryStore, type AuthOptions } from '../../src/index';
import { resolveOptions } from '../../src/resolve-options';

const refresh = (): null => null;
const resolve = (options: object) => resolveOptions({ refresh, ...options });

function refusalOf(options: object): TypeError {
  try {
    resolve(options);
  } catch (error) {
    if (error instanceof TypeError) return error;
  }
  throw new Error('No TypeError was thrown.');
}

const WRONG: Record<keyof AuthOptions, unknown[]> = {
  refresh: [undefined, null, 'POST /refresh', {}],
  revoke: [null, 'POST /revoke', {}],
  stepUp: [null, true, {}, refresh, { challengeIn: refresh }],
  tokenStore: [null, 'local', {}, { get: refresh, set: refresh }, { get: 1, set: 1, clear: 1 }],
  classify: [null, 'refresh', {}],
  codes: [null, 'CODE', { CODE: 'retry' }, { CODE: null }, { FIRST: 'pass', SECOND: 'retry' }],
  shouldAttach: [null, true],
  statuses: [null, 401, ['401'], [99], [199], [600], [401.5], [NaN], [401, 99]],
  allowRedirects: [null, 'yes', 1],
  requireSession: [null, 'yes', 0],
  sameUser: [null, true],
  allowedOrigins: [
    null,
    'https://a.example',
    ['a.example'],
    ['https://a.example/path'],
    ['https://user@a.example'],
    ['https://a.example?x'],
    ['https://a b.example'],
    ['https://a.example\\x'],
    ['//a.example'],
    ['!https://a.example'],
    ['a b://c'],
    [['https://a.example']],
    ['https://a.example', 'https://b.example/path'],
    [5],
    [null],
  ],
  allowInsecureHttp: [null, 'yes', 1],
  cookieRefresh: [null, 'yes', 0],
  refreshAhead: [null, true, 1, 1.5, -0.1, NaN, '0.8'],
  expiryLeeway: [null, -1, NaN, Infinity, '5000'],
  refreshTimeout: [null, 0, -1, NaN, Infinity, 3e9, '30000'],
  refreshRetries: [null, -1, 1.5, NaN, Infinity, '2'],
  refreshLimit: [
    null,
    true,
    5,
    {},
    { count: 5 },
    { count: 0, per: 1 },
    { count: 1, per: 0 },
    { count: -1, per: 1 },
    { count: 1, per: NaN },
  ],
  headerName: [null, true, '', 'X Token', 'X-Token:', 'X\nToken', 5],
  scheme: [null, 'Bearer ', 'two words', 'Bearer\n', 5],
  onSignedOut: [null, '/login'],
  onSend: [null, true],
  logger: [null, 'console', 5],
};

const each = Object.entries(WRONG).flatMap(([name, values]) =>
  values.map((value) => ({ name, value })),
);

describe('options that cannot work', () => {
  it.each(each)('a TypeError names $name when it is $value', ({ name, value }) => {
    expect(refusalOf({ [name]: value }).message).toContain(
      `attachAuthInterceptors(instance, options): Option "${name}" must be `,
    );
  });

  it('an unknown option is a TypeError that names it and those that there are', () => {
    const { message } = refusalOf({ tokenstore: memoryStore() });
    expect(message).toContain('"tokenstore"');
    for (const name of Object.keys(WRONG)) expect(message).toContain(name);
  });

  it.each(['constructor', 'toString', 'valueOf'])(
    'a name that every object has is unknown all the same: %s',
    (name) => {
      expect(refusalOf({ [name]: refresh }).message).toContain(`Unknown option "${name}"`);
    },
  );

  it.each([undefined, null, 'options', refresh])(
    '%p in place of the options is refused',
    (given) => {
      expect(() => resolveOptions(given as never)).toThrow(
        /options must be an object with at least refresh/,
      );
    },
  );

  it('options without refresh are refused', () => {
    expect(() => resolveOptions({} as never)).toThrow(/Option "refresh" must be/);
  });

  it('G34: a wrong value is not shown', () => {
    expect(refusalOf({ scheme: 'Bearer abc.def' }).message).not.toContain('abc.def');
  });
});

describe('options that work', () => {
  it('the defaults are as documented', () => {
    const { tokenStore, ...others } = resolve({});
    expect(tokenStore.get()).toBeNull();
    expect(others).toEqual({
      refresh,
      statuses: [401],
      codes: {},
      refreshAhead: 0.8,
      expiryLeeway: 5_000,
      refreshTimeout: 30_000,
      refreshRetries: 2,
      startsEmpty: false,
      refreshLimit: { count: 5, per: 30_000 },
      headerName: 'Authorization',
      scheme: 'Bearer',
    });
  });

  it('an option that is undefined gets its default', () => {
    const names = Object.keys(WRONG).filter((name) => name !== 'refresh');
    const given = resolve(Object.fromEntries(names.map((name) => [name, undefined])));
    expect(given).toEqual({ ...resolve({}), tokenStore: expect.anything() as unknown });
  });

  it('every option that is given is kept, and the codes are in upper case', () => {
    const options = {
      tokenStore: memoryStore(),
      revoke: refresh,
      stepUp: { challengeIn: refresh, start: refresh },
      classify: () => 'pass',
      statuses: [200, 401, 599],
      shouldAttach: () => true,
      allowedOrigins: [
        'https://a.example',
        'https://b.example:8443/',
        'capacitor://app',
        'h2c://a',
        /c/,
      ],
      allowInsecureHttp: true,
      allowRedirects: true,
      requireSession: true,
      sameUser: () => true,
      refreshAhead: false,
      expiryLeeway: 0,
      refreshTimeout: 1,
      refreshRetries: 0,
      refreshLimit: false,
      headerName: 'X-Token',
      scheme: '',
      onSignedOut: refresh,
      onSend: () => undefined,
      logger: {},
    };
    const given = { ...options, codes: { My_Code: 'sign-out' }, cookieRefresh: true };
    expect(resolve(given)).toEqual({
      refresh,
      ...options,
      codes: { MY_CODE: 'sign-out' },
      startsEmpty: 'once',
    });
  });

  it('G37: without a header nothing is attached, and the refresh credential is a cookie', () => {
    expect(resolve({ headerName: false })).toMatchObject({ headerName: null, startsEmpty: 'once' });
    expect(resolve({ headerName: false, cookieRefresh: false }).startsEmpty).toBe('once');
  });

  it('a refresh brings its own revoke, and may start alone', () => {
    const revoke = (): void => undefined;
    const service = Object.assign(() => null, { revoke, startsAlone: true });
    expect(resolve({ refresh: service })).toMatchObject({ revoke, startsEmpty: 'always' });
    expect(resolve({ refresh: service, revoke: refresh }).revoke).toBe(refresh);
    expect(resolve({ refresh: service, revoke: undefined }).revoke).toBe(revoke);
  });

  it('a fraction of nought and a limit of one are allowed', () => {
    const refreshLimit = { count: 1, per: 1 };
    expect(resolve({ refreshAhead: 0, refreshLimit })).toMatchObject({
      refreshAhead: 0,
      refreshLimit,
    });
  });

  it('times may be as long as timers can be', () => {
    const longest = 2 ** 31 - 1;
    expect(resolve({ refreshTimeout: longest }).refreshTimeout).toBe(longest);
    expect(refusalOf({ refreshTimeout: longest + 1 }).message).toContain('"refreshTimeout"');
  });

  it('a scheme may be another one', () => {
    expect(resolve({ scheme: 'DPoP' }).scheme).toBe('DPoP');
  });

  it('G3: a polluted Object.prototype sets none', () => {
    const polluted = Object.prototype as { allowInsecureHttp?: boolean; shouldAttach?: unknown };
    polluted.allowInsecureHttp = true;
    polluted.shouldAttach = 5;
    try {
      const { allowInsecureHttp, shouldAttach } = resolve({});
      expect([allowInsecureHttp, shouldAttach]).toStrictEqual([undefined, undefined]);
    } finally {
      delete polluted.allowInsecureHttp;
      delete polluted.shouldAttach;
    }
  });

  it('the object of the application is left as it is', () => {
    const given = Object.freeze({ refresh, codes: Object.freeze({ a: 'pass' as const }) });
    expect(() => resolveOptions(given)).not.toThrow();
  });
});

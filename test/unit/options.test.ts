import { memoryStore, type AuthOptions } from '../../src/index';
import { resolveOptions } from '../../src/resolve-options';

const refresh = (): null => null;
const resolve = (options: object) => resolveOptions({ refresh, ...options }, memoryStore);

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
  onStepUp: [null, true, {}],
  stepUpTimeout: [null, 0, -1, NaN, Infinity, 3e9, '300000'],
  tokenStore: [null, 'local', {}, { get: refresh, set: refresh }, { get: 1, set: 1, clear: 1 }],
  classify: [null, 'refresh', {}],
  codes: [null, 'CODE', { CODE: 'retry' }, { CODE: null }],
  shouldAttach: [null, true],
  allowedOrigins: [
    null,
    'https://a.example',
    ['a.example'],
    ['https://a.example/path'],
    ['https://user@a.example'],
    ['https://a.example?x'],
    ['https://a b.example'],
    ['//a.example'],
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
  headerName: [null, '', 'X Token', 'X-Token:', 'X\nToken', 5],
  scheme: [null, 'Bearer ', 'two words', 'Bearer\n', 5],
  onSignedOut: [null, '/login'],
  onReplay: [null, true],
  logger: [null, 'console', 5],
};

const each = Object.entries(WRONG).flatMap(([name, values]) =>
  values.map((value) => ({ name, value })),
);

describe('options that cannot work', () => {
  it.each(each)('a TypeError names $name when it is $value', ({ name, value }) => {
    expect(refusalOf({ [name]: value }).message).toContain(`Option "${name}" must be `);
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
      expect(() => resolveOptions(given as never, memoryStore)).toThrow(
        /options must be an object with at least refresh/,
      );
    },
  );

  it('options without refresh are refused', () => {
    expect(() => resolveOptions({} as never, memoryStore)).toThrow(/Option "refresh" must be/);
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
      refreshAhead: 0.8,
      expiryLeeway: 5_000,
      refreshTimeout: 30_000,
      refreshRetries: 2,
      stepUpTimeout: 300_000,
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

  it('every option that is given is kept', () => {
    const options = {
      tokenStore: memoryStore(),
      revoke: refresh,
      onStepUp: refresh,
      stepUpTimeout: 1,
      classify: () => 'pass',
      codes: { MY_CODE: 'sign-out' },
      shouldAttach: () => true,
      allowedOrigins: ['https://a.example', 'https://b.example:8443/', 'capacitor://app', /c/],
      allowInsecureHttp: true,
      cookieRefresh: true,
      refreshAhead: false,
      expiryLeeway: 0,
      refreshTimeout: 1,
      refreshRetries: 0,
      refreshLimit: false,
      headerName: 'X-Token',
      scheme: '',
      onSignedOut: refresh,
      onReplay: () => undefined,
      logger: {},
    };
    expect(resolve(options)).toEqual({ refresh, ...options, startsEmpty: 'once' });
  });

  it('a fraction of nought and a limit of one are allowed', () => {
    const refreshLimit = { count: 1, per: 1 };
    expect(resolve({ refreshAhead: 0, refreshLimit })).toMatchObject({
      refreshAhead: 0,
      refreshLimit,
    });
  });
});

import axios, { AxiosError, CanceledError } from 'axios';
import type * as Library from '../../src/index';
import { AuthError, isAuthError } from '../../src/index';
import { CODES, FAILURES, provoke } from '../support/failures';
import { attached, cleanUp, createRig, rejection, until } from '../support/session';

afterEach(cleanUp);

const failing = async (code: (typeof CODES)[number], adapter: 'http' | 'fetch' = 'http') =>
  (await provoke(code, { adapter })).error as AuthError;

describe('G33: what this library rejects with is an AuthError', () => {
  describe.each(['http', 'fetch'] as const)('with the %s adapter', (adapter) => {
    test.each(CODES)('%s is an AuthError, and so an AxiosError', async (code) => {
      const error = await failing(code, adapter);
      expect(error).toMatchObject({ name: 'AuthError', code });
      expect(isAuthError(error)).toBe(true);
      expect(error).toBeInstanceOf(AuthError);
      expect(error).toBeInstanceOf(AxiosError);
      expect(error).toBeInstanceOf(Error);
      expect(axios.isAxiosError(error)).toBe(true);
    });

    test.each(CODES)('%s is no cancellation', async (code) => {
      const error = await failing(code, adapter);
      expect(axios.isCancel(error)).toBe(false);
      expect(error).not.toBeInstanceOf(CanceledError);
    });

    test.each(CODES)('%s tells of its own request and of its own 401', async (code) => {
      const error = await failing(code, adapter);
      const isRaw = code === 'ERR_AUTH_NOT_REPLAYABLE';
      expect(error.config).toMatchObject({
        url: expect.stringMatching(isRaw ? /\/raw$/ : /\/profile$/) as string,
        method: isRaw ? 'post' : 'get',
      });
      expect(error.response?.status === 401).toBe(FAILURES[code].refused);
      expect(error.status).toBe(FAILURES[code].refused ? 401 : undefined);
    });
  });

  test.each(CODES.filter((code) => FAILURES[code].refused))(
    '%s carries the challenge and the body of the 401',
    async (code) => {
      const error = await failing(code);
      expect(error.challenge).toMatchObject({
        scheme: 'Bearer',
        params: { realm: 'reference-auth-server', error: 'invalid_token' },
      });
      expect(JSON.stringify(error.response?.data)).toContain('TOKEN_EXPIRED');
      expect(error.response?.config).toMatchObject({ url: error.config?.url });
    },
  );

  test.each(CODES)('%s has a message that says what to do', async (code) => {
    const { message, stack } = await failing(code);
    expect(message).toMatch(/^\S.{40,}\.$/s);
    expect(message).not.toMatch(/\[object|NaN/);
    expect(stack).toContain(message);
  });

  test.each([
    ['ERR_AUTH_SESSION_EXPIRED', { status: 401 }],
    ['ERR_AUTH_REFRESH_FAILED', { status: 503 }],
    ['ERR_AUTH_STORE', { message: expect.stringContaining('Cannot parse') as string }],
  ] as const)('the cause of %s is what went wrong below', async (code, cause) => {
    const error = await failing(code);
    expect(error.cause).toMatchObject(cause);
    expect(error.cause).toHaveProperty('stack');
  });

  test('toJSON tells name, code, message and status', async () => {
    const error = await failing('ERR_AUTH_SESSION_EXPIRED');
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      name: 'AuthError',
      code: 'ERR_AUTH_SESSION_EXPIRED',
      message: error.message,
      status: 401,
    });
  });

  test('requests that were held have no 401 of their own, and an error of their own', async () => {
    const { server, api } = await createRig();
    server.controls.failRefresh(Infinity, 401);
    server.controls.hold();
    server.controls.expireAllAccessTokens();
    const first = rejection(api.get('/profile'));
    await until(() => server.stats.seen.some(({ path }) => path === '/auth/refresh'));
    const held = rejection(api.get('/items', { params: { page: 2 } }));
    server.controls.release();
    const [one, two] = (await Promise.all([first, held])) as unknown as [AuthError, AuthError];
    expect([one.code, two.code]).toEqual(Array(2).fill('ERR_AUTH_SESSION_EXPIRED'));
    expect(one.response?.status).toBe(401);
    expect(two.response).toBeUndefined();
    expect(two.config).toMatchObject({ url: '/items', method: 'get' });
    expect(two.config).not.toHaveProperty('params');
    expect(two).not.toBe(one);
  });

  test('a response interceptor that looks for 401s sees the one behind it', async () => {
    const { server, api } = await createRig();
    const statuses: unknown[] = [];
    api.interceptors.response.use(undefined, (error: AxiosError) => {
      statuses.push(error.response?.status);
      return Promise.reject(error);
    });
    server.controls.failRefresh(Infinity, 400);
    server.controls.expireAllAccessTokens();
    await rejection(api.get('/profile'));
    expect(statuses).toEqual([401]);
  });

  test('refresh(), signIn() and getAccessToken() reject with AuthErrors too', async () => {
    const { auth } = attached({ tokens: null });
    const bad = attached({ tokens: { accessToken: 'a b' } });
    const errors = [
      await rejection(auth.refresh()),
      await rejection(auth.signIn({ accessToken: '' })),
      await rejection(bad.auth.getAccessToken()),
    ];
    expect(errors.map(isAuthError)).toEqual([true, true, true]);
  });

  describe('isAuthError', () => {
    function secondCopy(): typeof Library {
      let copy: typeof Library | undefined;
      jest.isolateModules(() => {
        copy = jest.requireActual('../../src/index');
      });
      return copy!;
    }

    test('knows an AuthError of another copy of the package, both ways', () => {
      const other = secondCopy();
      expect(other.AuthError).not.toBe(AuthError);
      const theirs = new other.AuthError('ERR_AUTH_CONFIG', 'theirs');
      const ours = new AuthError('ERR_AUTH_CONFIG', 'ours');
      expect(theirs).not.toBeInstanceOf(AuthError);
      expect([isAuthError(theirs), other.isAuthError(ours)]).toEqual([true, true]);
    });

    test.each([
      ['an AxiosError', new AxiosError('no', 'ERR_AUTH_CONFIG')],
      ['a CanceledError', new CanceledError()],
      ['an Error with the name', Object.assign(new Error('no'), { name: 'AuthError' })],
      ['an object with the code', { code: 'ERR_AUTH_CONFIG', isAxiosError: true }],
      ['a string', 'ERR_AUTH_CONFIG'],
      ['null', null],
      ['undefined', undefined],
      ['a function', () => undefined],
    ])('does not take %s for one', (_what, value) => {
      expect(isAuthError(value)).toBe(false);
    });
  });
});

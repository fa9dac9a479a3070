import { inspect } from 'node:util';
import { isAuthError } from '../../src/index';
import type { TokenStore } from '../../src/index';
import { attached, recorder } from '../support/attached';
import { rejection } from '../support/outcomes';
import { json, startServer } from '../support/http-server';
import { cleanUp, onCleanUp } from '../support/rig';
import { codeOf } from '../support/token-server';
import { watchProcess } from '../support/watched';
import { ERROR_CODES } from '../support/error-codes';

afterEach(cleanUp);

const boom = (): never => {
  throw new Error('boom');
};

/** An API that takes every token for expired. */
const refusingAll = () =>
  startServer((_request, response) => json(response, 401, { code: 'TOKEN_EXPIRED' }));

const throwingGetter = (name: string, rest: object = {}): object =>
  Object.defineProperty({ ...rest }, name, { get: boom, enumerable: true });

const BROKEN_PROXY = new Proxy({}, { get: boom, has: boom, ownKeys: boom, getPrototypeOf: boom });

/** What its message throws has a message that throws as well, and so on. */
const throwingDeep = (depth = 6): object =>
  Object.defineProperty(new Error('x'), 'message', {
    get() {
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      throw depth > 0 ? throwingDeep(depth - 1) : new Error('boom');
    },
  });

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

describe('G33: whatever refresh throws, what is rejected is an AuthError of the list', () => {
  const BRAND = Symbol.for('axios-auth-interceptors.AuthError');
  const THROWN: [string, () => unknown][] = [
    ['a message that throws', () => throwingGetter('message')],
    [
      'a message that throws, in an Error',
      () => Object.defineProperty(new Error('x'), 'message', { get: boom }),
    ],
    ['a message that throws the like', throwingDeep],
    ['a name that throws', () => throwingGetter('name', { message: 'x' })],
    ['a code that throws', () => throwingGetter('code', { message: 'x' })],
    ['a status that throws', () => throwingGetter('status', { message: 'x' })],
    ['a response that throws', () => throwingGetter('response', { message: 'x' })],
    ['headers that throw', () => ({ response: throwingGetter('headers', { status: 503 }) })],
    ['a proxy that throws', () => BROKEN_PROXY],
    ['a revoked proxy', revoked],
    ['no object at all', () => undefined],
    ['a symbol', () => Symbol('fault')],
    ['a frozen error', () => Object.freeze(new Error('x'))],
    ['a message that is no text', () => ({ message: Symbol('x'), name: 1n })],
    ['our brand, and a code of its own', () => ({ [BRAND]: true, code: 'ERR_EVIL', message: 'x' })],
    [
      'our brand, and one of our codes',
      () => ({ [BRAND]: true, code: 'ERR_AUTH_SIGNED_OUT', message: 'x' }),
    ],
    ['our brand, and no code', () => Object.assign(new Error('x'), { [BRAND]: true })],
  ];

  test.each(THROWN)('%s', async (_, fault) => {
    const watch = watchProcess();
    const server = await refusingAll();
    const { api, auth } = attached({
      axios: { baseURL: server.url },
      tokens: { accessToken: 'access-1', refreshToken: 'refresh-1' },
      options: {
        refreshRetries: 0,
        refresh: () => {
          throw fault();
        },
        logger: { debug: () => undefined, warn: () => undefined, error: () => undefined },
      },
    });
    const errors = await Promise.all([rejection(api.get('/a')), rejection(auth.refresh())]);
    for (const error of errors) {
      expect(isAuthError(error)).toBe(true);
      expect(ERROR_CODES).toContain(error.code);
      expect(error.code).not.toBe('ERR_AUTH_SIGNED_OUT');
      expect(typeof error.message).toBe('string');
    }
    expect(auth.status).toBe('signed-in');
    expect(await watch.settled()).toEqual([]);
  });
});

describe('G33: tokens that no encoding takes', () => {
  test.each([
    ['a lone surrogate', 'refresh-\ud800-1'],
    ['the other half alone', 'refresh-\udc00'],
    ['a percent sign', '%E0%A4%A-refresh'],
    ['characters of regular expressions', 'refresh-$&-(.*)+[a-z]{2,}\\'],
  ])('a refresh token with %s', async (_, refreshToken) => {
    const watch = watchProcess();
    const server = await refusingAll();
    const { api, auth } = attached({
      axios: { baseURL: server.url },
      tokens: { accessToken: 'access-1', refreshToken },
      options: {
        refreshRetries: 0,
        refresh: () => Promise.reject(new Error(`no: ${refreshToken}`)),
      },
    });
    const error = await rejection(api.post('/a', { refreshToken }));
    expect(isAuthError(error)).toBe(true);
    expect(error.code).toBe('ERR_AUTH_REFRESH_FAILED');
    expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_REFRESH_FAILED');
    expect(await watch.settled()).toEqual([]);
  });
});

describe('G33: whatever the store gives, what is rejected is an AuthError', () => {
  const storeOf = (value: () => unknown): TokenStore => ({
    get: value as TokenStore['get'],
    set: () => undefined,
    clear: () => undefined,
  });

  /** What a request, and calls on the session, are rejected with. */
  async function outcomes(tokenStore: TokenStore): Promise<string[]> {
    const { adapter } = recorder();
    const { api, auth } = attached({
      axios: { baseURL: 'https://api.example.com', adapter },
      options: { tokenStore, refreshTimeout: 5_000 },
    });
    return Promise.all([
      codeOf(api.get('/a')),
      codeOf(auth.getTokens()),
      codeOf(auth.getAccessToken()),
    ]);
  }

  test.each([
    ['an accessToken that throws', () => throwingGetter('accessToken')],
    ['a then that throws', () => throwingGetter('then', { accessToken: 'a' })],
    ['a proxy that throws', () => BROKEN_PROXY],
    ['a revoked proxy', revoked],
    [
      'a promise of an accessToken that throws',
      () => Promise.resolve(throwingGetter('accessToken')),
    ],
  ])('%s', async (_, value) => {
    const watch = watchProcess();
    expect(await outcomes(storeOf(value))).toEqual([
      'ERR_AUTH_STORE',
      'ERR_AUTH_STORE',
      'ERR_AUTH_STORE',
    ]);
    expect(await watch.settled()).toEqual([]);
  });

  test.each([
    ['a refreshToken that throws', () => throwingGetter('refreshToken', { accessToken: 'a' })],
    ['an expiresAt that throws', () => throwingGetter('expiresAt', { accessToken: 'a' })],
    ['an extra field that throws', () => throwingGetter('user', { accessToken: 'a' })],
    ['an expiresAt that is a BigInt', () => ({ accessToken: 'a', expiresAt: 10n ** 13n })],
    ['an expiresAt that is a symbol', () => ({ accessToken: 'a', expiresAt: Symbol('x') })],
    [
      'an expiresAt that is an object',
      () => ({ accessToken: 'a', expiresAt: Object.create(null) }),
    ],
    ['an accessToken that is a BigInt', () => ({ accessToken: 1n })],
    ['a refreshToken that is a symbol', () => ({ accessToken: 'a', refreshToken: Symbol('x') })],
  ])('%s: no raw error', async (_, value) => {
    const watch = watchProcess();
    for (const outcome of await outcomes(storeOf(value))) {
      expect(['ok', ...ERROR_CODES]).toContain(outcome);
    }
    expect(await watch.settled()).toEqual([]);
  });
});

describe('G35: timers', () => {
  test('no timer is set with a negative time when a renewal times out', async () => {
    const delays: unknown[] = [];
    const original = globalThis.setTimeout;
    const spy = jest
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation((callback: () => void, ms?: number) => {
        delays.push(ms);
        return original(callback, ms);
      });
    onCleanUp(() => {
      spy.mockRestore();
    });
    const { auth } = attached({
      options: { refreshTimeout: 100, refresh: () => new Promise(() => undefined) },
    });
    expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_REFRESH_TIMEOUT');
    await new Promise((resolve) => original(resolve, 50));
    const wrong = delays.filter((ms) => ms !== undefined && !(typeof ms === 'number' && ms >= 0));
    expect(wrong).toEqual([]);
  });
});

describe('G33: a classify that throws', () => {
  test('is reported to the logger, with what it threw', async () => {
    const watch = watchProcess();
    const lines: unknown[][] = [];
    const note = (...line: unknown[]): void => void lines.push(line);
    const server = await refusingAll();
    const { api } = attached({
      axios: { baseURL: server.url },
      options: { classify: boom, logger: { warn: note, error: note } },
    });
    expect(await codeOf(api.get('/a'))).toMatch(/^ERR_/);
    expect(inspect(lines)).toContain('boom');
    expect(await watch.settled()).toEqual([]);
  });
});

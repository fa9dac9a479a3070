import axios, { AxiosHeaders } from 'axios';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { AuthError, isAuthError, signedOutError } from '../../src/errors';
import { ERROR_CODES } from '../support/error-codes';

const BRAND = Symbol.for('axios-auth-interceptors.AuthError');
const config: InternalAxiosRequestConfig = { url: '/a', headers: new AxiosHeaders() };
const response: AxiosResponse = { data: 1, status: 401, statusText: '', headers: {}, config };

describe('an AuthError', () => {
  it('G33: is an AxiosError with a code and a name of its own, and no cancellation', () => {
    const error = new AuthError('ERR_AUTH_STORE', 'It failed.', { config, response });
    expect(error).toMatchObject({
      name: 'AuthError',
      code: 'ERR_AUTH_STORE',
      message: 'It failed.',
    });
    expect([error.config, error.response, error.status]).toEqual([config, response, 401]);
    expect(axios.isAxiosError(error)).toBe(true);
    expect(axios.isCancel(error)).toBe(false);
  });

  it('G33: has no key for what there is not', () => {
    const error = new AuthError('ERR_AUTH_STORE', 'It failed.');
    for (const key of ['challenge', 'cause', 'oauthError']) expect(key in error).toBe(false);
  });

  it('G34: its cause and its mark are there, and no logger that walks the keys meets them', () => {
    const cause = new Error('why');
    const error = new AuthError('ERR_AUTH_STORE', 'It failed.', { cause });
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).not.toContain('cause');
    const hidden = { enumerable: false, configurable: true, writable: true };
    expect(Object.getOwnPropertyDescriptor(error, 'cause')).toMatchObject(hidden);
    expect(Object.getOwnPropertyDescriptor(error, BRAND)).toMatchObject(hidden);
  });

  it('G33: names the challenge, and the error of the token endpoint', () => {
    const challenge = { scheme: 'Bearer', params: {} };
    const cause = Object.assign(new Error('why'), { oauthError: 'invalid_grant' });
    expect(new AuthError('ERR_AUTH_CONFIG', '', { challenge }).challenge).toBe(challenge);
    expect(new AuthError('ERR_AUTH_CONFIG', '', { cause }).oauthError).toBe('invalid_grant');
    const both = { cause, oauthError: 'invalid_client' };
    expect(new AuthError('ERR_AUTH_CONFIG', '', both).oauthError).toBe('invalid_client');
  });
});

describe('what is taken for an AuthError', () => {
  it.each(ERROR_CODES)(
    'G33: one with the code %s, also from another copy of the package',
    (code) => {
      expect(isAuthError(new AuthError(code, ''))).toBe(true);
      expect(isAuthError(Object.assign(new Error(), { code, [BRAND]: true }))).toBe(true);
    },
  );

  it.each<unknown>([
    null,
    undefined,
    'ERR_AUTH_STORE',
    { code: 'ERR_AUTH_STORE' },
    { code: 'ERR_NETWORK', [BRAND]: true },
    { [BRAND]: true },
  ])('G33: not %p', (value) => {
    expect(isAuthError(value)).toBe(false);
  });
});

test('G22: the error of a session that is over says so', () => {
  expect(signedOutError().code).toBe('ERR_AUTH_SIGNED_OUT');
  expect(signedOutError().message).toContain('is over');
  expect(signedOutError('Nobody is signed in.').message).toBe('Nobody is signed in.');
});

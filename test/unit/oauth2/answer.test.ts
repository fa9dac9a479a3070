import type { AxiosResponse } from 'axios';
import { isAuthError } from '../../../src/errors';
import {
  describeStatus,
  readRevocationAnswer,
  readTokenAnswer,
  short,
  transient,
} from '../../../src/oauth2/answer';

const EXPIRED = 'ERR_AUTH_SESSION_EXPIRED';
const CONFIG = 'ERR_AUTH_CONFIG';
const TRANSIENT = 'ERR_AUTH_REFRESH_FAILED';
const INVALID = 'ERR_AUTH_INVALID_TOKENS';
/** No AuthError: the session goes on, and the caller says what that is. */
const PLAIN = 'another error';

type Read = (answer: AxiosResponse<unknown>, hide: (text: string) => string) => unknown;

const hideNothing = (text: string): string => text;

/** What is thrown for an answer. */
function faultOf(read: Read, status: number, data: unknown, headers: object = {}) {
  try {
    read({ status, data, headers } as AxiosResponse<unknown>, hideNothing);
  } catch (fault) {
    return fault as Error;
  }
  return undefined;
}

/** What comes of an answer of the token endpoint. */
function outcome(status: number, data: unknown): string {
  const fault = faultOf(readTokenAnswer, status, data);
  if (!fault) return 'tokens';
  // Anything else would be a fault of ours (G33).
  if (!isAuthError(fault)) return fault.name === 'Error' ? PLAIN : String(fault);
  return fault.code;
}

const messageOf = (status: number, data: unknown): string | undefined =>
  faultOf(readTokenAnswer, status, data)?.message;

const tokens = (more: object = {}): object => ({ access_token: 'access-1', ...more });

describe('the status', () => {
  test.each([
    [0, CONFIG],
    [199, PLAIN],
    [200, 'tokens'],
    [299, 'tokens'],
    [300, CONFIG],
    [399, CONFIG],
    [400, EXPIRED],
    [401, EXPIRED],
    [402, PLAIN],
    [403, EXPIRED],
    [404, PLAIN],
    [408, TRANSIENT],
    [425, TRANSIENT],
    [429, TRANSIENT],
    [499, PLAIN],
    [500, TRANSIENT],
    [599, TRANSIENT],
  ])('G10, G11, G13: %i with tokens is: %s', (status, expected) => {
    expect(outcome(status, tokens())).toBe(expected);
  });

  test.each([
    [0, 'with a redirect, which is not followed'],
    [199, '199'],
    [299, '299'],
    [300, 'with a redirect, which is not followed'],
    [399, 'with a redirect, which is not followed'],
    [400, '400'],
  ])('G3: %i is described as: %s', (status, expected) => {
    expect(describeStatus(status)).toBe(expected);
  });

  it('G3: where a redirect leads is not asked, and the message says what to do', () => {
    expect(messageOf(307, '')).toBe(
      'The token endpoint answered with a redirect, which is not followed: the credentials would go along. ' +
        'Give the URL that it redirects to.',
    );
  });
});

/** A status that says nothing about the session: what differs is due to the code. */
const SILENT = 404;
/** One that is transient unless the code says otherwise. */
const BUSY = 503;

describe('the code', () => {
  test.each([
    'invalid_grant',
    'interaction_required',
    'login_required',
    'consent_required',
    'account_selection_required',
  ])('G11: %s ends the session whatever the status, and only under this name', (error) => {
    expect([SILENT, BUSY].map((status) => outcome(status, { error }))).toEqual([EXPIRED, EXPIRED]);
    expect(outcome(SILENT, { error: `x${error}` })).toBe(PLAIN);
    expect(outcome(SILENT, { error: `${error}x` })).toBe(PLAIN);
  });

  test.each(['invalid_request', 'unauthorized_client'])(
    'G11: %s about the refresh token ends the session, and only under this name',
    (error) => {
      const description = { error_description: 'The refresh token is invalid.' };
      expect(outcome(BUSY, { error, ...description })).toBe(EXPIRED);
      expect(outcome(BUSY, { error: `x${error}`, ...description })).toBe(TRANSIENT);
      expect(outcome(BUSY, { error: `${error}x`, ...description })).toBe(TRANSIENT);
    },
  );

  test.each([
    ['The refresh token is invalid.', EXPIRED],
    ['refresh_token is unknown', EXPIRED],
    ['Unknown refreshToken', EXPIRED],
    ['Token has been revoked', EXPIRED],
    ['Token has expired', EXPIRED],
    ['Token is not linked to client', EXPIRED],
    ['Token is required', CONFIG],
    ['refresh a token', CONFIG],
    ['The grant type refresh_token is not allowed', CONFIG],
    ['grant_type must be refresh_token', CONFIG],
    ['grantType must be refresh_token', CONFIG],
  ])('G11: invalid_request, "%s" is: %s', (error_description, expected) => {
    expect(outcome(400, { error: 'invalid_request', error_description })).toBe(expected);
  });

  test.each([
    ['temporarily_unavailable', TRANSIENT],
    ['slow_down', TRANSIENT],
    ['slowdown', TRANSIENT],
    ['slow_a_down', EXPIRED],
    ['rate_limit', TRANSIENT],
    ['ratelimit', TRANSIENT],
    ['rate_no_limit', EXPIRED],
    ['too_many_requests', TRANSIENT],
    ['toomanyrequests', TRANSIENT],
    ['too_few_many', EXPIRED],
    ['gateway_timeout', TRANSIENT],
    ['server_error', TRANSIENT],
    ['INTERNAL_ERROR', TRANSIENT],
    ['fatal_error', TRANSIENT],
    ['unknown_error', TRANSIENT],
    ['xserver_error', EXPIRED],
    ['server_errorx', EXPIRED],
    ['other_error', EXPIRED],
  ])('G10: a 400 with %s is: %s', (error, expected) => {
    expect(outcome(400, { error })).toBe(expected);
    expect(outcome(400, { status: error })).toBe(expected);
  });

  test.each([
    ['bad_client_id', CONFIG],
    ['BadClientSecret', CONFIG],
    ['incorrect client credentials', CONFIG],
    ['bad_client_identity', EXPIRED],
    ['bad_client_a_id', EXPIRED],
    ['invalid client', CONFIG],
    ['deleted_client', CONFIG],
    ['disabled_client', CONFIG],
    ['disabledclient', EXPIRED],
    ['undeleted_client', EXPIRED],
    ['deleted_clients', EXPIRED],
    ['deleted-client', EXPIRED],
  ])('a 400 with %s is: %s', (error, expected) => {
    expect(outcome(400, { error })).toBe(expected);
    expect(outcome(400, { errorCode: error })).toBe(expected);
  });

  it('the client is to blame only where the status refuses', () => {
    const statuses = [200, 400, SILENT, BUSY];
    expect(statuses.map((status) => outcome(status, { error: 'deleted_client' }))).toEqual([
      CONFIG,
      CONFIG,
      PLAIN,
      TRANSIENT,
    ]);
  });

  test.each([
    ['access_denied', 'Unauthorized', CONFIG],
    ['access_denied', 'Unauthorized by the administrator', EXPIRED],
    ['access_denied', 'The client id is unknown', CONFIG],
    // A description beside another error is prose, which may name the client for any reason.
    ['some_error', 'The token belongs to another client id', EXPIRED],
    ['not_access_denied', 'Unauthorized', EXPIRED],
  ])('G11: %s, "%s" is: %s', (error, error_description, expected) => {
    expect(outcome(401, { error, error_description })).toBe(expected);
  });

  test.each<[object, string]>([
    [{ status: 'access_denied', message: 'Unauthorized' }, CONFIG],
    [{ message: 'access_denied Unauthorized' }, CONFIG],
    [{ status: 'access_denied', message: 'Unauthorized user' }, EXPIRED],
    [{ status: 'some_access_denied', message: 'Unauthorized' }, EXPIRED],
    [{ message: 'Bad client', errors: [{ field: 'client_id' }] }, CONFIG],
    [{ message: 'Bad token', errors: [{ field: 'token' }] }, EXPIRED],
    [{ message: 'Bad token', errors: [null] }, EXPIRED],
    [{ __type: 'InternalError', errorCode: 'server_error' }, EXPIRED],
    [{ __type: 7, errorCode: 'server_error' }, TRANSIENT],
    [{}, EXPIRED],
  ])('G11: without the name of an error, a 401 with %j is: %s', (data, expected) => {
    expect(outcome(401, data)).toBe(expected);
  });

  test.each(['access_token', 'accessToken'])(
    'G11: what stands beside %s is about the tokens, and no error',
    (name) => {
      const beside = { status: 'invalid_client', errorCode: 'server_error' };
      expect(outcome(400, { [name]: 'access-1', ...beside })).toBe(EXPIRED);
      expect(outcome(400, beside)).toBe(CONFIG);
    },
  );
});

describe('the message', () => {
  test.each<[string, number, unknown, string]>([
    ['a page', 401, '<h1>Who?</h1>', 'the token endpoint answered 401'],
    ['a code alone', 400, { error: 'a_b' }, 'the token endpoint answered 400, a_b'],
    [
      'a reason',
      400,
      { error: 'a_b', error_description: 'so' },
      'the token endpoint answered 400, a_b (so)',
    ],
    ['no RFC 6749', 400, { status: 'a_b', message: 'so' }, 'the token endpoint answered 400'],
    ['an error that no code explains', 404, '', 'the token endpoint answered 404'],
    [
      'a wrong configuration, in a sentence of its own',
      400,
      { error: 'unsupported_grant_type' },
      'The token endpoint answered 400, unsupported_grant_type. Check grantType.',
    ],
    [
      'a type',
      200,
      tokens({ token_type: 'DPoP\n' }),
      'The token endpoint gave a token of the type DPoP?. This client sends bearer tokens only.',
    ],
  ])('of %s', (_what, status, data, expected) => {
    expect(messageOf(status, data)).toBe(expected);
  });

  it('G33: a description that is no text is left out', () => {
    for (const error_description of [null, 7, { why: 'so' }, ['so']]) {
      expect(messageOf(400, { error: 'a_b', error_description })).toBe(
        'the token endpoint answered 400, a_b',
      );
    }
  });

  it('G33: a field that cannot be made a text is left out', () => {
    const trap = {
      toString: () => {
        throw new Error('a trap');
      },
    };
    expect(outcome(401, { status: 'a_b', message: trap, errors: [{ field: trap }] })).toBe(EXPIRED);
  });

  it('shows printable ASCII, and not much of it', () => {
    expect(short('a\n\u001b~\u007fé b')).toBe('a??~?? b');
    expect(short('x'.repeat(201))).toBe('x'.repeat(200));
  });
});

describe('the type of the token', () => {
  test.each(['bearer', 'Bearer', 'BearerToken', 'bot', 'user', undefined, null, 7])(
    '%p is a bearer token',
    (token_type) => {
      expect(outcome(200, tokens({ token_type }))).toBe('tokens');
    },
  );

  test.each(['', 'xbearer', 'bearerx', 'xbot', 'bots', 'xuser', 'users', 'mac'])(
    'G13: of the type "%s" a token is not used',
    (token_type) => {
      expect(outcome(200, tokens({ token_type }))).toBe(INVALID);
    },
  );

  test.each(['a text', null, undefined])('G13: %p holds no tokens', (data) => {
    expect(outcome(200, data)).toBe(INVALID);
  });
});

describe('the answer to a revocation', () => {
  const PREFIX = 'the revocation endpoint answered';

  test.each<[number, unknown, string | undefined]>([
    [0, '', `${PREFIX} with a redirect, which is not followed`],
    [199, '', `${PREFIX} 199`],
    [200, '', undefined],
    [299, '', undefined],
    [300, '', `${PREFIX} with a redirect, which is not followed`],
    [400, '<h1>No</h1>', `${PREFIX} 400`],
    [400, { error: 'a_b', error_description: 'so' }, `${PREFIX} 400, a_b (so)`],
    [503, { message: 'so' }, `${PREFIX} 503`],
  ])('G21: %i with %j is told as: %s', (status, data, expected) => {
    expect(faultOf(readRevocationAnswer, status, data)?.message).toBe(expected);
  });
});

describe('a transient fault', () => {
  it('G10: has a code, and what the answer says about the next attempt', () => {
    const headers = { 'retry-after': '7' };
    expect(transient(503, 'busy', headers, { oauthError: 'a_b' })).toMatchObject({
      code: TRANSIENT,
      message: 'busy',
      oauthError: 'a_b',
      response: { status: 503, headers },
    });
  });

  test.each([0, 200, 399, 400, 404, 499])('G10: %i is none', (status) => {
    expect(transient(status, 'busy', {})).toBeUndefined();
  });

  it('G10: of which the code says so has a status that says so, too', () => {
    const fault = faultOf(readTokenAnswer, 400, { error: 'slow_down' }, { 'retry-after': '7' });
    expect(fault).toMatchObject({
      code: TRANSIENT,
      oauthError: 'slow_down',
      response: { status: 503, headers: { 'retry-after': '7' } },
    });
  });
});

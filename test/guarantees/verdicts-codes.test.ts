import { refusing, verdictOn } from '../support/refusing';
import { cleanUp } from '../support/session';

afterEach(cleanUp);

const TABLE = [
  ['TOKEN_EXPIRED', 'refresh'],
  ['EXPIRED_TOKEN', 'refresh'],
  ['ACCESS_TOKEN_EXPIRED', 'refresh'],
  ['TOKEN_INVALID', 'sign-out'],
  ['INVALID_TOKEN', 'sign-out'],
  ['TOKEN_REVOKED', 'sign-out'],
  ['ACCOUNT_SUSPENDED', 'sign-out'],
  ['USER_INACTIVE', 'sign-out'],
  ['TOKEN_MISSING', 'pass'],
  ['INVALID_CREDENTIALS', 'pass'],
  ['MFA_REQUIRED', 'pass'],
  ['constructor', 'pass'],
  ['__proto__', 'pass'],
] as const;

describe('Verdicts: the codes of an answer', () => {
  describe('the code of a JSON body', () => {
    test.each(TABLE)('%s as code is %s', async (code, verdict) => {
      expect(await verdictOn({ body: { code } })).toBe(verdict);
    });

    test.each(TABLE)('%s as error.code is %s', async (code, verdict) => {
      expect(await verdictOn({ body: { error: { code } } })).toBe(verdict);
    });

    test.each(TABLE)('%s as errors[0].code is %s', async (code, verdict) => {
      expect(await verdictOn({ body: { errors: [{ code }, { code: 'OTHER' }] } })).toBe(verdict);
    });

    test.each([
      ['token_expired', 'refresh'],
      ['Token_Expired', 'refresh'],
      ['token_revoked', 'sign-out'],
    ])('case does not matter: %s is %s', async (code, verdict) => {
      expect(await verdictOn({ body: { code } })).toBe(verdict);
    });

    test.each([
      ['TOKEN_EXPIRED', 'refresh'],
      ['TOKEN_REVOKED', 'sign-out'],
      ['invalid_token', 'refresh'],
      ['INVALID_TOKEN', 'refresh'],
      ['Unauthorized', 'pass'],
    ])('the string %s as error is %s', async (error, verdict) => {
      expect(await verdictOn({ body: { error } })).toBe(verdict);
    });

    test.each([
      [{ code: 'TOKEN_EXPIRED', error: { code: 'TOKEN_REVOKED' } }, 'refresh'],
      [{ error: { code: 'TOKEN_EXPIRED' }, errors: [{ code: 'TOKEN_REVOKED' }] }, 'refresh'],
      [{ code: 'TOKEN_REVOKED', error: 'invalid_token' }, 'sign-out'],
      [{ errors: [{ code: 'TOKEN_REVOKED' }], error: 'invalid_token' }, 'sign-out'],
      [{ errors: [{ code: 'OTHER' }, { code: 'TOKEN_EXPIRED' }] }, 'refresh'],
    ])(
      'of several codes the first that the table knows counts: %j is %s',
      async (body, verdict) => {
        expect(await verdictOn({ body })).toBe(verdict);
      },
    );

    test.each([
      ['nothing', ''],
      ['null', 'null'],
      ['a number', '42'],
      ['a string', '"TOKEN_EXPIRED"'],
      ['an array', '[{"code":"TOKEN_EXPIRED"}]'],
      ['plain text', 'TOKEN_EXPIRED'],
      ['HTML', '<h1>TOKEN_EXPIRED</h1>'],
      ['JSON that was cut off', '{"code":"TOKEN_EXPIRED"'],
      ['a code that is an object', '{"code":{"a":1}}'],
      ['a message alone', '{"message":"TOKEN_EXPIRED"}'],
      ['an empty list of errors', '{"errors":[]}'],
      ['a null among the errors', '{"errors":[null],"error":null,"code":null}'],
    ])('a 401 with %s as its body passes', async (_what, body) => {
      expect(await verdictOn({ body })).toBe('pass');
    });

    test('the content type does not matter', async () => {
      const headers = { 'content-type': 'text/plain' };
      expect(await verdictOn({ body: '{"code":"TOKEN_EXPIRED"}', headers })).toBe('refresh');
    });
  });

  describe('the Bearer challenge', () => {
    test.each([
      ['Bearer error="invalid_token"', 'refresh'],
      ['bearer realm="api, the \\"best\\"", ERROR=Invalid_Token', 'refresh'],
      ['Bearer error="TOKEN_REVOKED"', 'sign-out'],
      ['Bearer error="token_expired"', 'refresh'],
      ['Basic realm="x", Bearer realm="y", error="invalid_token"', 'refresh'],
      ['Negotiate abc==, Bearer error="invalid_token"', 'refresh'],
      ['Bearer realm="api"', 'pass'],
      ['Bearer', 'pass'],
      ['Bearer error="insufficient_scope"', 'pass'],
      ['Bearer error_description="invalid_token"', 'pass'],
      ['Bearer realm="error=invalid_token"', 'pass'],
      ['Basic realm="x"', 'pass'],
      ['', 'pass'],
    ])('%s is %s', async (challenge, verdict) => {
      expect(await verdictOn({ body: '', challenge })).toBe(verdict);
    });

    test('it may stand in the second of two headers', async () => {
      const challenge = ['Basic realm="x"', 'Bearer error="invalid_token"'];
      expect(await verdictOn({ body: '', challenge })).toBe('refresh');
    });

    test.each([
      [{ code: 'TOKEN_REVOKED' }, 'invalid_token', 'sign-out'],
      [{ code: 'INVALID_TOKEN' }, 'invalid_token', 'sign-out'],
      [{ code: 'TOKEN_EXPIRED' }, 'TOKEN_REVOKED', 'refresh'],
      [{ error: 'invalid_token' }, 'TOKEN_REVOKED', 'refresh'],
      [{ code: 'UNKNOWN' }, 'invalid_token', 'refresh'],
      [{ code: 'UNKNOWN' }, 'TOKEN_REVOKED', 'sign-out'],
      [{ code: 'UNKNOWN' }, 'unknown_too', 'pass'],
    ])('body %j with challenge %s is %s', async (body, error, verdict) => {
      expect(await verdictOn({ body, challenge: `Bearer error="${error}"` })).toBe(verdict);
    });
  });

  describe('other answers', () => {
    test.each([200, 400, 403, 404, 407, 419, 440, 498, 500, 503])(
      'a %i is no auth failure, whatever its body says',
      async (status) => {
        const challenge = 'Bearer error="invalid_token"';
        const { api, server, refresh } = await refusing({
          status,
          body: { code: 'TOKEN_EXPIRED' },
          challenge,
        });
        const answer = await api.get('/', { validateStatus: () => true });
        expect(answer).toMatchObject({ status, data: { code: 'TOKEN_EXPIRED' } });
        expect([server.requests.length, refresh.mock.calls.length]).toEqual([1, 0]);
      },
    );

    test('a 401 to a request without a token passes', async () => {
      const { api, auth, refresh } = await refusing({ body: { code: 'TOKEN_EXPIRED' } });
      await auth.signOut();
      await expect(api.get('/')).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST', status: 401 });
      expect(refresh).not.toHaveBeenCalled();
    });
  });

  describe('a 401 that validateStatus resolves', () => {
    const validateStatus = () => true;

    test.each(TABLE)('with %s it is %s all the same', async (code, verdict) => {
      if (verdict !== 'pass') {
        expect(await verdictOn({ body: { code } }, {}, { validateStatus })).toBe(verdict);
        return;
      }
      const { api, refresh } = await refusing({ body: { code } });
      const answer = await api.get('/', { validateStatus });
      expect(answer).toMatchObject({ status: 401, data: { code } });
      expect(refresh).not.toHaveBeenCalled();
    });

    test('the caller of a recovered request gets the answer to the replay', async () => {
      const { api } = await refusing({ body: { code: 'TOKEN_EXPIRED' } });
      const answer = await api.get('/', { validateStatus });
      expect(answer).toMatchObject({ status: 200, data: { renewed: true } });
    });
  });
});

import { anyUnauthorized, defaultClassify } from '../../src/index';
import type { AuthAnswer } from '../../src/index';
import { refusing, verdictOn } from '../support/refusing';
import { attached, cleanUp } from '../support/session';

afterEach(cleanUp);

describe('Verdicts: codes and classify', () => {
  describe('codes', () => {
    test.each([
      ['SESSION_STALE', 'refresh'],
      ['BANNED', 'sign-out'],
      ['TOKEN_EXPIRED', 'refresh'],
      ['TOKEN_REVOKED', 'pass'],
    ])('%s is %s when they are merged over the table', async (code, verdict) => {
      const codes = {
        SESSION_STALE: 'refresh',
        BANNED: 'sign-out',
        TOKEN_REVOKED: 'pass',
      } as const;
      expect(await verdictOn({ body: { code } }, { codes })).toBe(verdict);
    });

    test('their case does not matter', async () => {
      const codes = { Session_Stale: 'refresh' } as const;
      expect(await verdictOn({ body: { code: 'sESSION_sTALE' } }, { codes })).toBe('refresh');
    });

    test('a number is no code', async () => {
      expect(await verdictOn({ body: { code: 4010 } }, { codes: { 4010: 'refresh' } })).toBe(
        'pass',
      );
      expect(await verdictOn({ body: { code: '4010' } }, { codes: { 4010: 'refresh' } })).toBe(
        'refresh',
      );
    });

    test('they hold for the challenge and for the body’s error as well', async () => {
      const codes = { stale: 'refresh', invalid_token: 'sign-out' } as const;
      const challenge = (error: string) => ({ body: '', challenge: `Bearer error="${error}"` });
      expect(await verdictOn(challenge('stale'), { codes })).toBe('refresh');
      expect(await verdictOn(challenge('invalid_token'), { codes })).toBe('sign-out');
      expect(await verdictOn({ body: { error: 'invalid_token' } }, { codes })).toBe('sign-out');
    });

    test('a body code that they know wins over the challenge, also one that passes', async () => {
      const refusal = { body: { code: 'MFA' }, challenge: 'Bearer error="invalid_token"' };
      expect(await verdictOn(refusal, { codes: { MFA: 'pass' } })).toBe('pass');
    });
  });

  describe('classify', () => {
    test.each(['refresh', 'sign-out', 'pass'] as const)('its %s is done', async (verdict) => {
      expect(await verdictOn({ body: { any: 1 } }, { classify: () => verdict })).toBe(verdict);
    });

    test('it sees status, code, challenge, parsed body and the answer itself', async () => {
      const seen: AuthAnswer[] = [];
      const classify = (answer: AuthAnswer) => {
        seen.push(answer);
        return 'pass' as const;
      };
      const body = { code: 'Tired', more: [1] };
      const challenge = 'Basic realm="b", Bearer realm="r"';
      await verdictOn({ body, challenge }, { classify });
      expect(seen).toHaveLength(1);
      expect(seen[0]).toMatchObject({ status: 401, code: 'Tired', data: body });
      expect(seen[0]?.challenge).toMatchObject({ scheme: 'Bearer', params: { realm: 'r' } });
      expect(seen[0]?.response).toMatchObject({ status: 401, config: { url: '/' } });
    });

    test('it sees the text of a body that is no JSON, and no code', async () => {
      const classify = jest.fn<'pass', [AuthAnswer]>(() => 'pass');
      await verdictOn({ body: 'token has expired' }, { classify });
      expect(classify.mock.calls[0]?.[0]).toMatchObject({
        code: undefined,
        challenge: undefined,
        data: 'token has expired',
      });
    });

    test('it can build on defaultClassify', async () => {
      const classify = (answer: AuthAnswer) =>
        answer.data === 'expired' ? 'refresh' : defaultClassify(answer);
      expect(await verdictOn({ body: 'expired' }, { classify })).toBe('refresh');
      expect(await verdictOn({ body: { code: 'TOKEN_EXPIRED' } }, { classify })).toBe('refresh');
      expect(await verdictOn({ body: { code: 'TOKEN_REVOKED' } }, { classify })).toBe('sign-out');
      expect(await verdictOn({ body: { code: 'MFA' } }, { classify })).toBe('pass');
    });

    test.each([
      ['throws', () => JSON.parse('{') as never],
      ['returns something else', () => 'retry' as never],
      ['returns a promise', () => Promise.resolve('pass') as never],
    ])('where it %s, the table decides and the fault is logged', async (_what, classify) => {
      const error = jest.fn();
      const options = { classify, logger: { error } };
      expect(await verdictOn({ body: { code: 'TOKEN_EXPIRED' } }, options)).toBe('refresh');
      expect(error).toHaveBeenCalledTimes(1);
    });

    test('it is not asked about other answers than 401s', async () => {
      const classify = jest.fn();
      const { api } = await refusing({ status: 403, body: {} }, { options: { classify } });
      await expect(api.get('/')).rejects.toMatchObject({ status: 403 });
      expect(classify).not.toHaveBeenCalled();
    });
  });

  describe('anyUnauthorized', () => {
    test.each([
      ['a bare 401', { body: '' }],
      ['an unknown code', { body: { code: 'NOPE' } }],
      ['a code that would sign out', { body: { code: 'TOKEN_REVOKED' } }],
    ])('it refreshes on %s', async (_what, refusal) => {
      expect(await verdictOn(refusal, { classify: anyUnauthorized })).toBe('refresh');
    });
  });

  test.each([
    ['codes', { codes: { A: 'retry' } }],
    ['codes', { codes: 'TOKEN_EXPIRED' }],
    ['classify', { classify: 'refresh' }],
  ])('the option %s is checked when attaching', (name, options) => {
    const attaching = () => attached({ options: options as never });
    expect(attaching).toThrow(TypeError);
    expect(attaching).toThrow(name);
  });
});

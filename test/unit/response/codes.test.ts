import fc from 'fast-check';
import { findCode, isVerdict, upperCased, type CodeTable } from '../../../src/response/codes';
import { parseChallenges, type Challenge } from '../../../src/response/challenges';

const challenge = (error: string): Challenge | undefined =>
  parseChallenges(`Bearer error="${error}"`)[0];

/** The places in the order of their precedence, each with a code in it. */
const PLACES: [string, (code: string) => object][] = [
  ['code', (code) => ({ code })],
  ['error.code', (code) => ({ error: { code } })],
  ['errors[].code', (code) => ({ errors: [{}, { code }] })],
  ['errors[].extensions.code', (code) => ({ errors: [{}, { extensions: { code } }] })],
  ['error', (code) => ({ error: code })],
];

describe('the table of codes', () => {
  it.each([
    ['TOKEN_EXPIRED', 'refresh'],
    ['EXPIRED_TOKEN', 'refresh'],
    ['ACCESS_TOKEN_EXPIRED', 'refresh'],
    ['TOKEN_INVALID', 'sign-out'],
    ['INVALID_TOKEN', 'sign-out'],
    ['TOKEN_REVOKED', 'sign-out'],
    ['ACCOUNT_SUSPENDED', 'sign-out'],
    ['USER_INACTIVE', 'sign-out'],
    ['MAINTENANCE', undefined],
    ['__PROTO__', undefined],
    ['CONSTRUCTOR', undefined],
    ['', undefined],
  ])('G12: %s: %s', (code, verdict) => {
    expect(findCode({ code }, undefined).verdict).toBe(verdict);
    expect(findCode({ code: code.toLowerCase() }, undefined).verdict).toBe(verdict);
  });

  it.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'])(
    'G12: a member of every object is no code: %s',
    (code) => {
      expect(findCode({ code }, undefined)).toEqual({ code, verdict: undefined });
    },
  );

  it("G12: OAuth's invalid_token is a reason to refresh where OAuth puts it, and nowhere else", () => {
    expect(findCode({ error: 'invalid_token' }, undefined).verdict).toBe('refresh');
    expect(findCode(undefined, challenge('invalid_token')).verdict).toBe('refresh');
    for (const [, bodyOf] of PLACES.slice(0, 4)) {
      expect(findCode(bodyOf('invalid_token'), undefined).verdict).toBe('sign-out');
    }
  });

  it('G12: one of the application lies over it', () => {
    const own = upperCased({ token_Expired: 'pass', my_Code: 'refresh', Invalid_Token: 'pass' });
    expect(findCode({ code: 'TOKEN_EXPIRED' }, undefined, own).verdict).toBe('pass');
    expect(findCode({ code: 'MY_code' }, undefined, own).verdict).toBe('refresh');
    expect(findCode({ error: 'invalid_token' }, undefined, own).verdict).toBe('pass');
    expect(findCode({ code: 'TOKEN_REVOKED' }, undefined, own).verdict).toBe('sign-out');
  });

  it('G12: one of the application keeps a code named like the prototype', () => {
    const own = upperCased(JSON.parse('{"__proto__":"refresh"}') as CodeTable);
    expect(findCode({ code: '__proto__' }, undefined, own).verdict).toBe('refresh');
  });
});

describe('which code decides', () => {
  it.each(PLACES)('G12: one in %s is found', (_, bodyOf) => {
    expect(findCode(bodyOf('Token_Revoked'), undefined)).toEqual({
      code: 'Token_Revoked',
      verdict: 'sign-out',
    });
  });

  it('G12: the first place that has one wins, then the challenge', () => {
    for (const [at, [, bodyOf]] of PLACES.entries()) {
      for (const [, laterOf] of PLACES.slice(at + 1)) {
        const body = merge(bodyOf('TOKEN_EXPIRED'), laterOf('TOKEN_REVOKED'));
        if (body === undefined) continue;
        expect(findCode(body, challenge('invalid_token'))).toEqual({
          code: 'TOKEN_EXPIRED',
          verdict: 'refresh',
        });
      }
    }
  });

  it('G12: a known one wins over unknown ones before it', () => {
    const body = { code: 'E1', errors: [{ code: 'E2' }, { code: 'TOKEN_EXPIRED' }] };
    expect(findCode(body, undefined)).toEqual({ code: 'TOKEN_EXPIRED', verdict: 'refresh' });
    expect(findCode({ code: 'E1' }, challenge('invalid_token'))).toEqual({
      code: 'invalid_token',
      verdict: 'refresh',
    });
  });

  it('G12: if none is known, the first text that there is', () => {
    const body = { code: 40_101, error: 'e', errors: [{ extensions: { code: 'E2' } }] };
    expect(findCode(body, challenge('x'))).toEqual({ code: 'E2', verdict: undefined });
    expect(findCode(null, challenge('x'))).toEqual({ code: 'x', verdict: undefined });
  });

  it('G12: a code that is a number hides nothing', () => {
    expect(findCode({ code: 40_101, error: { code: 'TOKEN_EXPIRED' } }, undefined).verdict).toBe(
      'refresh',
    );
  });

  it('G33: no JSON whatever makes it throw', () => {
    const key = fc.constantFrom('code', 'error', 'errors', 'extensions', '__proto__');
    const json = fc.jsonValue({ maxDepth: 2 });
    const { body } = fc.letrec<{ body: unknown }>((tie) => ({
      body: fc.oneof(
        { maxDepth: 4 },
        json,
        fc.constantFrom('TOKEN_EXPIRED', 'E1'),
        fc.array(tie('body'), { maxLength: 3 }),
        fc.dictionary(key, tie('body')),
      ),
    }));
    fc.assert(
      fc.property(body, (given) => {
        const { code, verdict } = findCode(given, undefined);
        expect(['string', 'undefined']).toContain(typeof code);
        expect(verdict === undefined || isVerdict(verdict)).toBe(true);
        // A verdict without a code would be one for no reason.
        if (verdict !== undefined) expect(code).toBeDefined();
      }),
      { seed: 33 },
    );
  });

  it('G40: of a list without end, the first hundred entries are looked at', () => {
    const errors = Array.from({ length: 10_000 }, () => ({ code: 'E1' }));
    errors[10_000] = { code: 'TOKEN_EXPIRED' };
    expect(findCode({ errors }, undefined)).toEqual({ code: 'E1', verdict: undefined });
  });
});

test('G33: a verdict is one of three texts', () => {
  expect(['refresh', 'sign-out', 'pass'].every(isVerdict)).toBe(true);
  expect(['retry', '', 'REFRESH', null, undefined, 0, ['pass']].some(isVerdict)).toBe(false);
});

/** Both bodies in one, or nothing where both want the same field. */
function merge(one: object, other: object): object | undefined {
  const shared = Object.keys(one).filter((key) => key in other);
  return shared.length > 0 ? undefined : { ...one, ...other };
}

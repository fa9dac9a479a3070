import fc from 'fast-check';
import { Secrets } from '../../../src/session/secrets';
import type { Tokens } from '../../../src/tokens';

/** Every sign that one of the encodings writes in its own way, and letters of both cases. */
const SECRET = `S/e+c=r~e!t'(k)*e"y\\&%`;

function knowing(...accessTokens: string[]): Secrets {
  const secrets = new Secrets();
  for (const accessToken of accessTokens) secrets.remember({ accessToken });
  return secrets;
}

const lowerHex = (text: string): string =>
  text.replace(/%[\dA-F]{2}/g, (escape) => escape.toLowerCase());

const inForm = (text: string): string => new URLSearchParams({ _: text }).toString().slice(2);

describe('the forms of a credential', () => {
  it.each([
    ['plain', SECRET],
    ['JSON', JSON.stringify(SECRET).slice(1, -1)],
    ['JSON of PHP', JSON.stringify(SECRET).slice(1, -1).replaceAll('/', '\\/')],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['percent-encoded in lower case', lowerHex(encodeURIComponent(SECRET))],
    ['form-encoded', inForm(SECRET)],
    ['form-encoded in lower case', lowerHex(inForm(SECRET))],
    ['upper case', SECRET.toUpperCase()],
  ])('G34: %s: is removed, once and whole', (_, written) => {
    expect(knowing(SECRET).remove(`at ${written}, and ${written}!`)).toBe(
      'at [redacted], and [redacted]!',
    );
  });

  it('G34: with spaces: %20 and + are the same', () => {
    const secrets = new Secrets();
    secrets.remember({ accessToken: 'a', refreshToken: 'two words' });
    expect(secrets.remove('two%20words two+words two words')).toBe(
      '[redacted] [redacted] [redacted]',
    );
  });

  it('G34: with spaces, and signs that encoders leave alone or not', () => {
    const secrets = knowing('two words!');
    for (const written of ['two%20words!', 'two%20words%21', 'two+words%21']) {
      expect(secrets.remove(written)).toBe('[redacted]');
    }
  });

  it('G34: Base64 in the alphabet for URLs', () => {
    const secret = '~~~???>>>access-token';
    for (const before of ['', 'x', 'xx']) {
      const written = Buffer.from(`${before}${secret}!`).toString('base64url');
      expect(written).toMatch(/[-_]/);
      const rest = knowing(secret).remove(written).replace('[redacted]', '');
      expect(rest.length).toBeLessThanOrEqual(12);
    }
  });

  it.each([
    ['percent-encoded twice', (text: string) => encodeURIComponent(encodeURIComponent(text))],
    ['in HTML', (text: string) => text.replace(/[^\w-]/g, (sign) => `&#${sign.charCodeAt(0)};`)],
    [
      'as \\x escapes',
      (text: string) => text.replace(/[^\w-]/g, (sign) => `\\x${sign.charCodeAt(0)}`),
    ],
  ])('G34: %s: nothing longer than eleven signs in a row is left of it', (_, encode) => {
    const secret = 'Zq3vX8LmN2pRtY7w+Kd9fGh4JsB6cV1xzA/Qe5uTi0oWyPaSlD==';
    const cleaned = knowing(secret).remove(`Authorization: Bearer ${encode(secret)}, refused`);
    expect(cleaned).toMatch(/^Authorization: Bearer \[redacted\].*, refused$/);
    for (const run of secret.match(/[\w-]{12,}/g) ?? []) expect(cleaned).not.toContain(run);
  });

  it('G40: of a long credential, the first sixteen runs are searched for', () => {
    const runs = Array.from({ length: 18 }, (_, index) => `run-number-${index + 10}`);
    const cleaned = knowing(runs.join('/')).remove(runs.join('&#47;'));
    expect(cleaned.match(/run-number-\d+/g)).toEqual(['run-number-26', 'run-number-27']);
  });

  it('G40: a credential that is longer than any text that is searched is not looked for', () => {
    const secrets = knowing('x'.repeat(65_537));
    expect(secrets.remove('x'.repeat(65_536))).toHaveLength(65_536);
    expect(secrets.remove('x'.repeat(65_537))).toBe('[left out: too long]');
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'G34: Base64, behind %d bytes of something else: no more than its edges is left',
    (before) => {
      const secret = 'access-token-in-basic-auth';
      for (const after of ['', '!', '!!', '!!!']) {
        const whole = btoa('x'.repeat(before) + secret + after);
        const cleaned = knowing(secret).remove(`Basic ${whole}`);
        expect(cleaned).toMatch(/^Basic [\w+/]*\[redacted\][\w+/]*=*$/);
        const [start = '', end = ''] = cleaned.replace('Basic ', '').split('[redacted]');
        expect(start.length).toBeLessThanOrEqual(4 * Math.ceil(before / 3));
        expect(end.length).toBeLessThanOrEqual(8);
      }
    },
  );

  it('G34: a key of an echoed body is as good as a value', () => {
    const text = JSON.stringify({ [SECRET]: 1, list: [{ a: SECRET }] });
    expect(JSON.parse(knowing(SECRET).remove(text))).toEqual({
      '[redacted]': 1,
      list: [{ a: '[redacted]' }],
    });
  });

  it('G34: a credential that contains another is removed whole, whichever came first', () => {
    for (const tokens of [
      ['token', 'token-longer'],
      ['token-longer', 'token'],
    ]) {
      expect(knowing(...tokens).remove('token-longer, token')).toBe('[redacted], [redacted]');
    }
  });

  it('G33: a lone surrogate is no reason to throw', () => {
    const secrets = new Secrets();
    secrets.remember({ accessToken: 'access', refreshToken: 'half \ud83d of it' });
    const inJson = String.raw`half \ud83d of it`;
    expect(secrets.remove(`half \ud83d of it; ${inJson}; access`)).toBe(
      '[redacted]; [redacted]; [redacted]',
    );
  });

  it('G34: no credential survives in any form, whatever it is made of', () => {
    const secret = fc.string({ minLength: 4, maxLength: 30, unit: 'binary' });
    fc.assert(
      fc.property(secret, (refreshToken) => {
        const secrets = new Secrets();
        secrets.remember({ accessToken: 'access', refreshToken });
        for (const written of [refreshToken, JSON.stringify(refreshToken), inForm(refreshToken)]) {
          expect(secrets.remove(written).replaceAll('"', '')).toBe('[redacted]');
        }
      }),
      { seed: 34, numRuns: 300 },
    );
  });
});

describe('which fields are credentials', () => {
  it('G34: those of the tokens and those that are named like one, but for the type of the token', () => {
    const secrets = new Secrets();
    secrets.remember({
      accessToken: 'the-access',
      refreshToken: 'the-refresh',
      idToken: 'the-identity',
      session_secret: 'the-session',
      apiKey: 'the-api-key',
      token_type: 'Bearer',
      tokenType: 'Bearer',
      scope: 'everything',
      nested_token: { a: 'not-searched' },
      token_type_secret: 'the-secret',
      my_token_type: 'the-other',
    } as Tokens);
    expect(
      secrets.remove(
        'the-access the-refresh the-identity the-session the-api-key Bearer everything',
      ),
    ).toBe('[redacted] [redacted] [redacted] [redacted] [redacted] Bearer everything');
    expect(secrets.remove('the-secret the-other')).toBe('[redacted] [redacted]');
  });

  it('G33: a field that is no text is none, whatever its name says', () => {
    const secrets = new Secrets();
    secrets.remember({ accessToken: 5, backup_tokens: ['a', 'b', 'c', 'd'] } as never);
    expect(secrets.remove('a,b,c,d 5')).toBe('a,b,c,d 5');
    expect(['5', ''].some((token) => secrets.hasHeld(token))).toBe(false);
  });

  it('G34: a value of three letters is none: it would be found in any text', () => {
    expect(knowing('the', 'then').remove('the then')).toBe('the [redacted]');
    expect(knowing('the').remove(`the ${btoa('the')}`)).toBe(`the ${btoa('the')}`);
  });

  it('G34: nothing is removed where nothing is known', () => {
    expect(new Secrets().remove('a text')).toBe('a text');
  });
});

describe('the bounds', () => {
  it('G40: 64 KiB are searched, and longer text is left out', () => {
    const secrets = knowing(SECRET);
    const text = (length: number): string => SECRET.padEnd(length, '.');
    expect(secrets.remove(text(65_536))).toBe(`[redacted]${'.'.repeat(65_536 - SECRET.length)}`);
    expect(secrets.remove(text(65_537))).toBe('[left out: too long]');
  });

  it('G34: the latest forty credentials are searched for; one that is used again counts as late', () => {
    const tokens = Array.from({ length: 40 }, (_, index) => `token-${index}-end`);
    const secrets = knowing(...tokens, 'token-0-end', 'another-one');
    expect(secrets.remove('token-0-end token-1-end another-one')).toBe(
      '[redacted] token-1-end [redacted]',
    );
  });

  it('G2: ten thousand access tokens are recognised as ours, and no other', () => {
    const secrets = knowing(...Array.from({ length: 10_001 }, (_, index) => `token-${index}`));
    expect(secrets.hasHeld('token-0')).toBe(false);
    expect(secrets.hasHeld('token-1')).toBe(true);
    expect(secrets.hasHeld('token-10000')).toBe(true);
    expect(secrets.hasHeld('TOKEN-1')).toBe(false);
    expect(secrets.hasHeld('')).toBe(false);
  });
});

const throws = (): never => {
  throw new Error('a getter that throws');
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();

describe('what is left of a fault', () => {
  it('G34: keeps name, message, code, status and stack, without credentials', () => {
    const fault = Object.assign(new TypeError(`sent ${SECRET}`), {
      code: `E_${SECRET}`,
      status: 503,
      oauthError: `invalid_${SECRET}`,
      stack: `TypeError: sent ${SECRET}\n    at the.origin`,
      config: { headers: { Authorization: SECRET } },
    });
    const copy = knowing(SECRET).describeFault(fault);
    expect(copy).toMatchObject({
      name: 'TypeError',
      message: 'sent [redacted]',
      code: 'E_[redacted]',
      status: 503,
      oauthError: 'invalid_[redacted]',
      stack: 'TypeError: sent [redacted]\n    at the.origin',
    });
    expect(Object.keys(copy).sort()).toEqual(['code', 'name', 'oauthError', 'status']);
  });

  it('G34: takes the status of the response before that of the error', () => {
    const fault = { message: 'm', response: { status: 500, data: SECRET }, status: 400 };
    const copy = knowing(SECRET).describeFault(fault);
    expect(copy).toMatchObject({ message: 'm', status: 500 });
    expect(copy).not.toHaveProperty('response');
  });

  it.each([
    ['undefined', undefined, 'unknown fault'],
    ['null', null, 'null'],
    ['a text', `at ${SECRET}`, 'at [redacted]'],
    ['a number', 5, '5'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a bigint', 5n, '5'],
    ['an empty object', {}, 'unknown fault'],
    ['an object without a prototype', Object.create(null), 'unknown fault'],
    ['a message that is no text', { message: { toString: throws } }, 'unknown fault'],
    ['a message without a prototype', { message: Object.create(null) as unknown }, 'unknown fault'],
    ['getters that throw', new Proxy({}, { get: throws }), 'unknown fault'],
    ['a revoked proxy', revoked.proxy, 'unknown fault'],
    ['a response that throws', { response: new Proxy({}, { get: throws }) }, 'unknown fault'],
    ['a function', { f: () => SECRET }.f, '() => SECRET'],
    ['an endless message', { message: 'x'.repeat(100_000) }, '[left out: too long]'],
    ['a status that is a symbol', { message: 'm', status: Symbol('s') }, 'm'],
  ])('G33: %s becomes an error', (_, fault, message) => {
    const copy = knowing(SECRET).describeFault(fault);
    expect(copy).toBeInstanceOf(Error);
    expect(copy.message).toBe(message);
    expect(copy.name).toBe('Error');
    expect(copy).not.toHaveProperty('status');
  });
});

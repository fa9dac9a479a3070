import { AxiosHeaders } from 'axios';
import type { InternalAxiosRequestConfig } from 'axios';
import { createRedactor, type Redactor } from '../../src/redact';
import type { Tokens } from '../../src/tokens';

const SECRET = 'sec/ret+token=1';

function knowing(...tokens: string[]): Redactor {
  const redactor = createRedactor('X-Auth');
  for (const accessToken of tokens) redactor.remember({ accessToken });
  return redactor;
}

function cleaned(data: unknown, headers: Record<string, string> = {}): InternalAxiosRequestConfig {
  return knowing(SECRET).config({ headers: new AxiosHeaders(headers), data });
}

describe('what is shown to others', () => {
  it.each([
    SECRET,
    encodeURIComponent(SECRET),
    JSON.stringify(SECRET),
    String.raw`sec\/ret+token=1`,
  ])('G34: a token is taken out of a text however it is written: %s', (written) => {
    expect(knowing(SECRET).text(`at ${written}!`)).toContain('[redacted]');
    expect(knowing(SECRET).text(`at ${written}!`)).not.toMatch(/ret/);
  });

  it('G34: the latest forty tokens are known, and none before', () => {
    const tokens = Array.from({ length: 41 }, (_, index) => `token-${index}-end`);
    const redactor = knowing(...tokens);
    expect(tokens.filter((token) => !redactor.isAccessToken(token))).toEqual(['token-0-end']);
  });

  it('G34: a token that is used again is not forgotten first', () => {
    const tokens = Array.from({ length: 40 }, (_, index) => `token-${index}-end`);
    const redactor = knowing(...tokens, 'token-0-end', 'another');
    expect(redactor.isAccessToken('token-0-end')).toBe(true);
    expect(redactor.isAccessToken('token-1-end')).toBe(false);
  });

  it('G34: forms and parameters are copied without the token, files left out', () => {
    const form = new FormData();
    form.append('field', `a ${SECRET}`);
    form.append('file', new Blob([SECRET]), 'name.txt');
    const copy = cleaned(form).data as FormData;
    expect([...copy]).toEqual([['field', 'a [redacted]']]);
    const params = cleaned(new URLSearchParams({ a: SECRET })).data as URLSearchParams;
    expect(params.toString()).not.toContain('ret');
  });

  it('G34: bytes are kept where they hold no token and are not too many', () => {
    const harmless = new TextEncoder().encode('harmless');
    expect(cleaned(harmless).data).toBe(harmless);
    expect(cleaned(harmless.buffer).data).toBe(harmless.buffer);
    expect(cleaned(new TextEncoder().encode(SECRET)).data).toBeUndefined();
    expect(cleaned(new Uint8Array(65_537)).data).toBeUndefined();
  });

  it('G34: fields named like a credential are hidden, the header of the session too', () => {
    const data = { password: 'x', list: [{ apiKey: { a: 1 } }], tokens: 3, name: 'n' };
    expect(cleaned(data).data).toEqual({
      password: '[redacted]',
      list: [{ apiKey: '[redacted]' }],
      tokens: 3,
      name: 'n',
    });
    expect(cleaned(undefined, { 'X-AUTH': 'other', Cookie: 'c' }).headers.toJSON()).toEqual({
      'X-AUTH': '[redacted]',
      Cookie: '[redacted]',
    });
  });

  it('G34: what is nested without end, or of an unknown kind, is left out', () => {
    const endless: Record<string, unknown> = {};
    endless.next = endless;
    expect(JSON.stringify(cleaned(endless).data)).toMatch(/^(\{"next":)+\{\}+$/);
    expect(cleaned(new Map([['a', SECRET]])).data).toBeUndefined();
    expect(cleaned(Object.assign(Object.create(null) as object, { a: 1 })).data).toEqual({ a: 1 });
  });

  it.each([undefined, null, 5, 'a text', {}])(
    'G34: %j that was thrown becomes an error',
    (cause) => {
      expect(knowing(SECRET).error(cause)).toBeInstanceOf(Error);
    },
  );

  it('G34: an error keeps name, code and status, without the token', () => {
    const fault = Object.assign(new TypeError(SECRET), { code: `E ${SECRET}`, status: 503 });
    const copy = knowing(SECRET).error(fault);
    expect(copy).toMatchObject({ name: 'TypeError', message: '[redacted]', code: 'E [redacted]' });
    expect(copy).toMatchObject({ status: 503 });
    expect(copy.stack).not.toContain(SECRET);
    const answered = knowing().error({ message: 'm', response: { status: 500 }, status: 400 });
    expect(answered).toMatchObject({ message: 'm', status: 500 });
  });

  it('G34: a challenge keeps its parameters, without the token', () => {
    const redactor = knowing(SECRET);
    const params = { realm: SECRET, error: 'invalid_token' };
    expect(redactor.challenge({ scheme: 'Bearer', params })).toEqual({
      scheme: 'Bearer',
      params: { realm: '[redacted]', error: 'invalid_token' },
    });
    expect(redactor.challenge({ scheme: 'N', params: {}, token68: SECRET }).token68).toBe(
      '[redacted]',
    );
  });
});

test('G34: what was changed in place since it was given is known as well', () => {
  const redactor = createRedactor('Authorization');
  const tokens: Tokens = { accessToken: 'access-1', idToken: 'identity-1' };
  redactor.remember(tokens);
  tokens.idToken = 'identity-2';
  expect(redactor.text('identity-1 identity-2')).toBe('[redacted] [redacted]');
});

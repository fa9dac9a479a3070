import { isAuthError } from '../../src/index';
import { describe as describeValue, receiveTokens } from '../../src/tokens';

const NOW = 1_700_000_000_000;
const receive = (response: unknown, previous: Parameters<typeof receiveTokens>[1] = null) =>
  receiveTokens(response, previous, NOW);

function refusal(response: unknown): { code?: unknown; message: string } {
  try {
    receive(response);
  } catch (error) {
    if (isAuthError(error)) return error;
  }
  throw new Error('It was taken.');
}

describe('receiveTokens', () => {
  it('G13: tokens are taken as they are, extra fields too', () => {
    const tokens = {
      accessToken: 'a',
      refreshToken: 'r',
      expiresAt: NOW + 5,
      scope: 'x',
      user: {},
    };
    expect(receive(tokens)).toEqual(tokens);
  });

  it('G13: an OAuth token response is taken as it came', () => {
    const response = {
      access_token: 'a',
      refresh_token: 'r',
      expires_in: 60,
      token_type: 'Bearer',
    };
    expect(receive(response)).toEqual({
      accessToken: 'a',
      refreshToken: 'r',
      expiresAt: NOW + 60_000,
      token_type: 'Bearer',
    });
  });

  it('G13: the refresh token and the extra fields of the old tokens stay, their expiry does not', () => {
    const previous = { accessToken: 'a', refreshToken: 'r', expiresAt: NOW, idToken: 'i' };
    expect(receive({ accessToken: 'b' }, previous)).toEqual({
      accessToken: 'b',
      refreshToken: 'r',
      idToken: 'i',
    });
    expect(previous).toEqual({
      accessToken: 'a',
      refreshToken: 'r',
      expiresAt: NOW,
      idToken: 'i',
    });
  });

  it.each([null, ''])('G13: a refresh token that is %j keeps the old one', (refreshToken) => {
    const previous = { accessToken: 'a', refreshToken: 'r' };
    expect(receive({ accessToken: 'b', refreshToken }, previous).refreshToken).toBe('r');
  });

  it.each([undefined, null, 'token', 5, true])(
    'G13: %j in place of tokens is refused',
    (response) => {
      expect(refusal(response).code).toBe('ERR_AUTH_INVALID_TOKENS');
    },
  );

  it.each([
    undefined,
    null,
    '',
    5,
    [],
    {},
    'two words',
    'Bearer abc',
    'line\nbreak',
    'ünicode',
    'nul\u0000',
    'del\u007f',
  ])('G4: %j is no access token', (accessToken) => {
    expect(refusal({ accessToken }).code).toBe('ERR_AUTH_INVALID_TOKENS');
  });

  it('G34: a refused value is not shown, only its kind', () => {
    expect(refusal({ accessToken: 'hidden secret' }).message).not.toContain('hidden');
    expect(refusal({ accessToken: 'a', expiresAt: '1712345' }).message).not.toContain('1712345');
  });

  it.each([5, {}, [], true])('G13: a refresh token that is %j is refused', (refreshToken) => {
    const { code, message } = refusal({ accessToken: 'a', refreshToken });
    expect(code).toBe('ERR_AUTH_INVALID_TOKENS');
    expect(message).toContain('refreshToken');
  });

  it('G32: an expiresAt in seconds is refused with a message that says so', () => {
    const { code, message } = refusal({ accessToken: 'a', expiresAt: NOW / 1000 });
    expect(code).toBe('ERR_AUTH_INVALID_TOKENS');
    expect(message).toMatch(/seconds.*1000/s);
  });

  it.each(['soon', NaN, Infinity, {}, new Date(NOW)])(
    'G32: an expiresAt that is %p is refused',
    (expiresAt) => {
      expect(refusal({ accessToken: 'a', expiresAt }).message).toContain('expiresAt');
    },
  );

  it('G32: expiresAt wins over expiresIn, and null counts as none', () => {
    expect(receive({ accessToken: 'a', expiresAt: NOW + 1, expiresIn: 60 }).expiresAt).toBe(
      NOW + 1,
    );
    expect(receive({ accessToken: 'a', expiresAt: null, expiresIn: 60 }).expiresAt).toBe(
      NOW + 60_000,
    );
  });

  it('G32: a lifetime may come as a string of digits', () => {
    expect(receive({ accessToken: 'a', expiresIn: '60' }).expiresAt).toBe(NOW + 60_000);
  });

  it.each([0, -1, NaN, 'an hour', null, {}, 1e11, Infinity])(
    'G32: a lifetime of %p says nothing',
    (expiresIn) => {
      expect(receive({ accessToken: 'a', expiresIn })).toEqual({ accessToken: 'a' });
    },
  );

  it('G32: a lifetime counts from now where no time is given', () => {
    const before = Date.now();
    const { expiresAt = 0 } = receiveTokens({ accessToken: 'a', expiresIn: 60 }, null);
    expect(expiresAt).toBeGreaterThanOrEqual(before + 60_000);
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + 60_000);
  });
});

it.each([
  ['', 'an empty string'],
  [[], 'an array'],
  [null, 'null'],
  [undefined, 'undefined'],
  ['secret', 'a value of type string'],
  [{}, 'a value of type object'],
])('G34: %j is described as its kind', (value, text) => {
  expect(describeValue(value)).toBe(text);
});

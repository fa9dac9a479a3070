import { isAuthError } from '../../src/index';
import {
  accessOf,
  isCookieMark,
  isSameUser,
  isSendable,
  readClaims,
  receiveTokens,
  unsendable,
} from '../../src/tokens';
import { jwt } from '../support/clocks';

const NOW = 1_700_000_000_000;
const receive = (response: unknown, previous: Parameters<typeof receiveTokens>[1] = null) =>
  receiveTokens(response, previous);

beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
});
afterEach(() => {
  jest.useRealTimers();
});

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

  it('G32: the first time that is taken for milliseconds lies in 1973', () => {
    expect(receive({ accessToken: 'a', expiresAt: 1e11 }).expiresAt).toBe(1e11);
    expect(refusal({ accessToken: 'a', expiresAt: 1e11 - 1 }).message).toContain('seconds');
  });

  it.each([undefined, 0, -1, NaN, 'an hour', null, {}, [60], true, 1e11, Infinity])(
    'G32: a lifetime of %p says nothing',
    (expiresIn) => {
      expect(receive({ accessToken: 'a', expiresIn })).toStrictEqual({ accessToken: 'a' });
    },
  );

  it.each<[unknown, number]>([
    ['an hour', 1],
    [0, 1],
    [60, 0],
    [undefined, 0],
    [null, 0],
  ])('G32: that a lifetime of %j says nothing is told: %i times', (expiresIn, times) => {
    const told = jest.fn();
    receiveTokens({ accessToken: 'a', expiresIn }, null, false, told);
    expect(told).toHaveBeenCalledTimes(times);
  });

  it('G13: camel case wins over snake case', () => {
    const both = { accessToken: 'a', access_token: 'b', refreshToken: 'r', refresh_token: 's' };
    expect(receive({ ...both, expiresIn: 60, expires_in: 120 })).toEqual({
      accessToken: 'a',
      refreshToken: 'r',
      expiresAt: NOW + 60_000,
    });
  });

  it('G13: only own enumerable data counts: no methods, getters, or what is inherited', () => {
    const response = Object.create({ refreshToken: 'inherited' }) as object;
    Object.defineProperties(response, {
      access_token: { value: 'a', enumerable: true },
      expiresIn: { value: () => 60, enumerable: true },
      claims: { value: () => ({}), enumerable: true },
      refresh_token: { value: 'hidden', enumerable: false },
      scope: { get: () => 'computed', enumerable: true },
    });
    expect(receive(response)).toEqual({ accessToken: 'a' });
  });

  it.each([
    [{ data: { accessToken: 'hidden' }, status: 200 }, /data, status.*return response\.data/],
    [{ token: 'hidden' }, /token.*name it accessToken/],
    [{ user: 'hidden' }, /user.*accessToken \(or access_token\)/],
    [{ data: 'hidden' }, /data.*accessToken \(or access_token\)/],
    [{ status: 'hidden' }, /status.*accessToken \(or access_token\)/],
    [{}, /none/],
    [{ accessToken: undefined, id: 'hidden' }, /accessToken, id/],
  ])('G13: %j without an access token: the message names the keys and the cause', (given, said) => {
    const { code, message } = refusal(given);
    expect(code).toBe('ERR_AUTH_INVALID_TOKENS');
    expect(message).toMatch(said);
    expect(message).not.toContain('hidden');
  });

  it('G40: of many long keys, the message names some, and cuts them', () => {
    const keys = Array.from({ length: 1_000 }, (_, at) => [`${at}${'k'.repeat(1_000)}`, 1]);
    expect(refusal(Object.fromEntries(keys)).message.length).toBeLessThan(2_000);
  });

  it('G37: any answer will do where the tokens are cookies, each of them another', () => {
    const answers = [undefined, '', 5, {}, { user: 'alice' }, { accessToken: null }];
    const received = answers.map((answer) => receiveTokens(answer, null, true).accessToken);
    expect(received.every((mark) => isCookieMark(mark) && isSendable(mark))).toBe(true);
    expect(new Set(received).size).toBe(answers.length);
    expect(receiveTokens({ accessToken: 'a', expiresIn: 60 }, null, true)).toEqual({
      accessToken: 'a',
      expiresAt: NOW + 60_000,
    });
  });

  it('G37: of a whole answer of axios nothing is kept where the tokens are cookies', () => {
    const response = { data: {}, status: 200, config: { headers: {} }, accessToken: 'inside' };
    const received = receiveTokens(response, null, true);
    expect(Object.keys(received)).toEqual(['accessToken']);
    expect(isCookieMark(received.accessToken)).toBe(true);
  });

  it.each([{ status: 'active' }, { config: 'dark' }])(
    'G37: %j is no answer of axios, and is kept',
    (answer) => {
      expect(receiveTokens(answer, null, true)).toMatchObject(answer);
    },
  );
});

it('G37: only what stands for a cookie is taken for it', () => {
  expect(isCookieMark(receiveTokens({}, null, true).accessToken)).toBe(true);
  expect(isCookieMark('opaque')).toBe(false);
});

describe('whether two tokens belong to one user', () => {
  const of = (claims: Record<string, unknown>) => ({ accessToken: jwt(claims) });
  const alice = of({ iss: 'i', sub: 'alice', exp: 1 });
  it.each([
    ['the same issuer and subject', of({ iss: 'i', sub: 'alice', exp: 2 }), true],
    ['another subject', of({ iss: 'i', sub: 'bob' }), false],
    ['another issuer', of({ iss: 'j', sub: 'alice' }), false],
    ['no subject', of({ iss: 'i' }), false],
    ['no JWT', { accessToken: 'opaque' }, true],
    ['no access token yet', { accessToken: '' }, true],
  ])('G22: %s', (_, other, same) => {
    expect(isSameUser(alice, other)).toBe(same);
    expect(isSameUser(other, alice)).toBe(same);
  });
});

it('G4: what may be put into a header is one line of visible ASCII', () => {
  expect(['a', '!~', 'abc.def-ghi_jkl='].every(isSendable)).toBe(true);
  expect(['', 'a b', 'a\n', 'ü', '\u0000', 5, null, undefined].some(isSendable)).toBe(false);
  const { code, message } = unsendable('two hidden words');
  expect(code).toBe('ERR_AUTH_INVALID_TOKENS');
  expect(message).not.toContain('hidden');
});

it('an empty access token is none', () => {
  expect([accessOf({ accessToken: 'a' }), accessOf({ accessToken: '' }), accessOf(null)]).toEqual([
    'a',
    null,
    null,
  ]);
});

it('G30: the claims of a JWT are read, and those of anything else are none', () => {
  expect(readClaims(jwt({ sub: 'alice', exp: 1 }))).toEqual({ sub: 'alice', exp: 1 });
  const payload = btoa('{"sub":"alice"}');
  const others = ['', 'opaque', 'a.b', '..', `a.${payload}`, `${jwt({})}.d`, 'a.!!.c'];
  for (const token of [...others, `a.${btoa('5')}.c`]) {
    expect(readClaims(token)).toBeNull();
  }
});

it('G30: the alphabet of a JWT is that of URLs', () => {
  const claims = { sub: '<<???>>' };
  const token = jwt(claims);
  expect(token.split('.')[1]).toMatch(/-.*_|_.*-/);
  expect(readClaims(token)).toEqual(claims);
});

it('G40: a JWT that is longer than any real one is not decoded', () => {
  const token = jwt({ sub: 'alice' });
  const longest = token.padEnd(16_384, 's');
  expect(readClaims(longest)).toEqual({ sub: 'alice' });
  expect(readClaims(`${longest}s`)).toBeNull();
});

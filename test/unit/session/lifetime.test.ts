import { Lifetimes } from '../../../src/session/lifetime';
import type { Tokens } from '../../../src/tokens';

const NOW = 1_700_000_000_000;
const OPTIONS = { expiryLeeway: 5_000, refreshAhead: 0.8 };

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const jwtOf = (payload: string): string => `${base64url('{"alg":"none"}')}.${payload}.c2ln`;
const jwt = (claims: unknown): string => jwtOf(base64url(JSON.stringify(claims)));
const seconds = (ms: number): number => ms / 1000;

/** How long it lives, once it has come from the auth server. */
function receive(tokens: Tokens): number {
  const lifetimes = new Lifetimes(OPTIONS);
  lifetimes.received(tokens);
  return lifetimes.left(tokens);
}

beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('the lifetime of a JWT', () => {
  it('G30: is read from its exp', () => {
    const accessToken = jwt({ exp: seconds(NOW - 1_000) });
    expect(new Lifetimes(OPTIONS).of({ accessToken })).toBe('expired');
  });

  it('G30: is read where the payload holds what base64 and base64url write differently', () => {
    const payload = base64url(JSON.stringify({ exp: seconds(NOW - 1_000), name: '>>>???~~~ÿ' }));
    expect(payload).toMatch(/[-_]/);
    expect(new Lifetimes(OPTIONS).of({ accessToken: jwtOf(payload) })).toBe('expired');
  });

  it('G30: gives way to expiresAt', () => {
    const tokens = { accessToken: jwt({ exp: seconds(NOW - 1_000) }), expiresAt: NOW + 60_000 };
    expect(new Lifetimes(OPTIONS).of(tokens)).toBe('good');
    const short = jwt({ iat: seconds(NOW) - 100, exp: seconds(NOW) + 10 });
    expect(receive({ accessToken: short, expiresAt: NOW + 60_000 })).toBe(60_000);
  });

  it.each<[unknown, number]>([
    [seconds(NOW) - 30, 90_000],
    ['1', 60_000],
    [-1, 60_000],
    [undefined, 60_000],
  ])('G32: with an iat of %j is %d ms from receipt, whatever is left', (iat, lifetime) => {
    expect(receive({ accessToken: jwt({ iat, exp: seconds(NOW) + 60 }) })).toBe(lifetime);
  });

  it('G32: says nothing below 50 ms', () => {
    expect(receive({ accessToken: jwt({ iat: 1, exp: 1.05 }) })).toBe(50);
    expect(receive({ accessToken: jwt({ iat: 1, exp: 1.049 }) })).toBe(Infinity);
    expect(receive({ accessToken: 'a', expiresAt: NOW + 50 })).toBe(50);
    expect(receive({ accessToken: 'a', expiresAt: NOW + 49 })).toBe(Infinity);
  });

  it.each([
    ['no payload', 'a..c'],
    ['two parts', `a.${base64url(JSON.stringify({ exp: 1 }))}`],
    ['five parts (a JWE)', `a.${base64url(JSON.stringify({ exp: 1 }))}.c.d.e`],
    ['no base64', jwtOf('!!!!')],
    ['no JSON', jwtOf(base64url('exp=1'))],
    ['cut JSON', jwtOf(base64url('{"exp":1'))],
    ['a number', jwt(1)],
    ['null', jwt(null)],
    ['a text', jwt('exp')],
    ['an array', jwt([1])],
    ['no exp', jwt({ iat: 1 })],
    ['an exp that is a text', jwt({ exp: '1' })],
    ['an exp that is null', jwt({ exp: null })],
    ['an exp that is an object', jwt({ exp: { valueOf: 1 } })],
    ['an exp of nought', jwt({ exp: 0 })],
    ['a negative exp', jwt({ exp: -1 })],
    ['an exp in milliseconds', jwt({ exp: NOW })],
    ['an exp of 1e11', jwt({ exp: 1e11 })],
    ['an exp beyond numbers', jwtOf(base64url('{"exp":1e999}'))],
    ['an exp by way of the prototype', jwtOf(base64url('{"__proto__":{"exp":1}}'))],
    ['a payload beyond all measure', jwt({ exp: 1, padding: 'x'.repeat(20_000) })],
    ['an opaque token', 'opaque'],
  ])('G30: is unknown, and the token good, with %s', (_, accessToken) => {
    const lifetimes = new Lifetimes(OPTIONS);
    expect(lifetimes.of({ accessToken })).toBe('good');
    expect(lifetimes.left({ accessToken })).toBe(Infinity);
    lifetimes.received({ accessToken: `${accessToken}x` });
    expect(lifetimes.of({ accessToken })).toBe('good');
  });

  it('G32: counts from receipt as exp - iat, whatever the clock says', () => {
    const lifetimes = new Lifetimes({ ...OPTIONS, refreshAhead: false });
    const yesterday = seconds(NOW) - 86_400;
    const tokens = { accessToken: jwt({ iat: yesterday, exp: yesterday + 60 }) };
    lifetimes.received(tokens);
    expect(lifetimes.of(tokens)).toBe('good');
    jest.advanceTimersByTime(61_000);
    expect(lifetimes.of(tokens)).toBe('expired');
  });

  it('G32: is not read from an iat at or after exp', () => {
    const lifetimes = new Lifetimes({ ...OPTIONS, refreshAhead: false });
    const tokens = { accessToken: jwt({ iat: seconds(NOW) + 90, exp: seconds(NOW) + 60 }) };
    lifetimes.received(tokens);
    expect(lifetimes.of(tokens)).toBe('good');
    jest.advanceTimersByTime(61_000);
    expect(lifetimes.of(tokens)).toBe('expired');
  });

  it('G32: is no longer than exp - iat where the clock is slow', () => {
    const lifetimes = new Lifetimes({ ...OPTIONS, refreshAhead: false });
    const tomorrow = seconds(NOW) + 86_400;
    const tokens = { accessToken: jwt({ iat: tomorrow, exp: tomorrow + 60 }) };
    expect(lifetimes.of(tokens)).toBe('good');
    jest.advanceTimersByTime(61_000);
    expect(lifetimes.of(tokens)).toBe('expired');
  });
});

describe('the age of a token', () => {
  it.each([
    ['the leeway', 60_000, 55_000],
    ['a tenth of a lifetime that is shorter than ten leeways', 10_000, 9_000],
    ['a tenth of one that is shorter than the leeway', 1_000, 900],
  ])('G30: counts as expired with no more left than %s', (_, lifetime, from) => {
    const lifetimes = new Lifetimes({ ...OPTIONS, refreshAhead: false });
    const tokens = { accessToken: 'a', expiresAt: NOW + lifetime };
    lifetimes.received(tokens);
    expect(lifetimes.of(tokens)).toBe('good');
    jest.advanceTimersByTime(from - 1);
    expect(lifetimes.of(tokens)).toBe('good');
    jest.advanceTimersByTime(1);
    expect(lifetimes.of(tokens)).toBe('expired');
    expect(lifetimes.left(tokens)).toBe(lifetime - from);
  });

  it('G30: of a token that was found in the store, the whole leeway counts: it may be old', () => {
    const lifetimes = new Lifetimes(OPTIONS);
    expect(lifetimes.of({ accessToken: 'a', expiresAt: NOW + 4_999 })).toBe('expired');
    const issued = { iat: seconds(NOW) - 6, exp: seconds(NOW) + 4 };
    expect(new Lifetimes(OPTIONS).of({ accessToken: jwt(issued) })).not.toBe('expired');
  });

  it('G30: that nobody knows is no reason to renew', () => {
    const lifetimes = new Lifetimes(OPTIONS);
    expect(lifetimes.left({ accessToken: 'a' })).toBe(Infinity);
    jest.advanceTimersByTime(365 * 86_400_000);
    expect(lifetimes.of({ accessToken: 'a' })).toBe('good');
  });

  it.each([
    [0, 80_000],
    [1, 90_000],
  ])('G31: with a jitter of %d it is due from %d ms on', (jitter, from) => {
    jest.spyOn(Math, 'random').mockReturnValue(jitter);
    const lifetimes = new Lifetimes(OPTIONS);
    const tokens = { accessToken: 'a', expiresAt: NOW + 100_000 };
    lifetimes.received(tokens);
    jest.advanceTimersByTime(from - 1);
    expect(lifetimes.of(tokens)).toBe('good');
    jest.advanceTimersByTime(1);
    expect(lifetimes.of(tokens)).toBe('due');
  });

  it('G31: without refreshAhead nothing is due', () => {
    const lifetimes = new Lifetimes({ ...OPTIONS, refreshAhead: false });
    const tokens = { accessToken: 'a', expiresAt: NOW + 100_000 };
    lifetimes.received(tokens);
    jest.advanceTimersByTime(94_000);
    expect(lifetimes.of(tokens)).toBe('good');
  });

  it('G32: an expiry that the store drops is remembered', () => {
    const lifetimes = new Lifetimes(OPTIONS);
    lifetimes.received({ accessToken: 'a', expiresAt: NOW + 60_000 });
    jest.advanceTimersByTime(60_000);
    expect(lifetimes.of({ accessToken: 'a' })).toBe('expired');
  });

  it('G32: an expiry that somebody changed is news', () => {
    const lifetimes = new Lifetimes(OPTIONS);
    lifetimes.received({ accessToken: 'a', expiresAt: NOW + 60_000 });
    expect(lifetimes.of({ accessToken: 'a', expiresAt: NOW })).toBe('expired');
  });

  it('G32: a new token that is over on arrival is not renewed again', () => {
    const lifetimes = new Lifetimes(OPTIONS);
    lifetimes.received({ accessToken: 'a', expiresAt: NOW - 1 });
    expect(lifetimes.of({ accessToken: 'a', expiresAt: NOW - 1 })).toBe('good');
    expect(lifetimes.of({ accessToken: 'b', expiresAt: NOW - 1 })).toBe('good');
  });

  it('G32: a renewed token that lives shorter than the leeway is good for most of its life', () => {
    const lifetimes = new Lifetimes({ ...OPTIONS, refreshAhead: false });
    lifetimes.received({ accessToken: 'a', expiresAt: NOW + 1_000 });
    const next = { accessToken: 'b', expiresAt: NOW + 1_000 };
    lifetimes.received(next);
    jest.advanceTimersByTime(899);
    expect(lifetimes.of(next)).toBe('good');
    jest.advanceTimersByTime(1);
    expect(lifetimes.of(next)).toBe('expired');
  });

  it('G32: a jump of the wall clock backwards makes no token younger', () => {
    const lifetimes = new Lifetimes(OPTIONS);
    const tokens = { accessToken: 'a', expiresAt: NOW + 60_000 };
    lifetimes.received(tokens);
    jest.advanceTimersByTime(60_000);
    jest.setSystemTime(NOW - 3_600_000);
    expect(lifetimes.of(tokens)).toBe('expired');
  });

  it('G31: the sleep of the machine counts, which the steady clock may miss', () => {
    const lifetimes = new Lifetimes(OPTIONS);
    const tokens = { accessToken: 'a', expiresAt: NOW + 60_000 };
    lifetimes.received(tokens);
    jest.setSystemTime(NOW + 60_000);
    expect(lifetimes.of(tokens)).toBe('expired');
  });

  it('G32: a runtime without a steady clock goes by the wall clock', () => {
    jest.replaceProperty(globalThis, 'performance', undefined as never);
    const lifetimes = new Lifetimes(OPTIONS);
    const tokens = { accessToken: 'a', expiresAt: NOW + 60_000 };
    expect(lifetimes.of(tokens)).toBe('good');
    jest.setSystemTime(NOW + 60_000);
    expect(lifetimes.of(tokens)).toBe('expired');
  });
});

import type { Tokens } from '../../src/index';
import { isSameUser, readClaims } from '../../src/tokens';
import { testTokens } from '../../src/testing/index';
import { attached, cleanUp } from '../support/session';

afterEach(cleanUp);

const claimsOf = (tokens: { accessToken: string }) => readClaims(tokens.accessToken) ?? {};

test('the access token is an unsigned JWT with the user and the lifetime', () => {
  const before = Date.now() / 1000;
  const claims = claimsOf(testTokens({ user: 'bob', expiresIn: 60 }));
  expect(claims).toMatchObject({ sub: 'bob', iss: 'https://auth.example.com' });
  expect((claims.exp as number) - (claims.iat as number)).toBeCloseTo(60);
  expect(claims.iat).toBeGreaterThanOrEqual(before - 0.001);
});

test('by default it is that of alice, in the form of RFC 7519: a header, and no signature', () => {
  const { accessToken } = testTokens();
  const [header = '', , signature] = accessToken.split('.');
  expect(JSON.parse(atob(header))).toEqual({ alg: 'none', typ: 'JWT' });
  expect(signature).toBe('');
  expect(claimsOf({ accessToken })).toMatchObject({ sub: 'alice' });
});

test.each([0, -60])('with %i seconds left it was issued an hour before', (expiresIn) => {
  const { iat, exp } = claimsOf(testTokens({ expiresIn }));
  expect((exp as number) - (iat as number)).toBeCloseTo(3_600);
});

test('it is base64url: what base64 has beside letters and digits is written in another way', () => {
  const claims = { name: '>>>???>>>???' };
  const { accessToken } = testTokens({ claims });
  expect(accessToken).toMatch(/-.*_|_.*-/);
  expect(readClaims(accessToken)).toMatchObject(claims);
});

test('each call gives other tokens, of the same user', () => {
  const [one, two] = [testTokens(), testTokens()];
  expect(one.accessToken).not.toBe(two.accessToken);
  expect(one.refreshToken).not.toBe(two.refreshToken);
  expect(isSameUser(one, two)).toBe(true);
  expect(isSameUser(one, testTokens({ user: 'bob' }))).toBe(false);
});

test('a refresh token can be given, or be left out', () => {
  expect(testTokens({ refreshToken: 'r1' }).refreshToken).toBe('r1');
  expect(testTokens({ refreshToken: null }).refreshToken).toBeNull();
});

test('claims are added, in any script, and win over those of its own', () => {
  const { accessToken } = testTokens({ claims: { name: 'Zoë 山', iss: 'https://b.example' } });
  expect(accessToken).toMatch(/^[\w.-]+$/);
  expect(readClaims(accessToken)).toMatchObject({ name: 'Zoë 山', iss: 'https://b.example' });
});

test('G30: in a store, one that has expired is renewed first, and one that has not is used', async () => {
  const tokenOf = (tokens: Tokens) => attached({ tokens }).auth.getAccessToken();
  expect(await tokenOf(testTokens({ expiresIn: -1 }))).toBe('access-2');
  const good = testTokens();
  expect(await tokenOf(good)).toBe(good.accessToken);
});

test('G30: with a fake clock it expires by that clock', async () => {
  jest.useFakeTimers();
  try {
    const { auth } = attached({ tokens: testTokens({ expiresIn: 60 }) });
    const first = await auth.getAccessToken();
    await jest.advanceTimersByTimeAsync(40_000);
    expect(await auth.getAccessToken()).toBe(first);
    await jest.advanceTimersByTimeAsync(21_000);
    expect(await auth.getAccessToken()).toBe('access-2');
  } finally {
    jest.useRealTimers();
  }
});

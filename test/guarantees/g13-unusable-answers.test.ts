import type { AuthOptions, Tokens } from '../../src/index';
import { cleanUp, codeOf, openSession, startTokenServer } from '../support/session';

afterEach(cleanUp);

const FIRST = { accessToken: 'access-alice-1', refreshToken: 'refresh-alice-1' };

/** The tokens after one refresh that was answered so. */
async function after(answer: unknown, before: Tokens = FIRST): Promise<Tokens | null> {
  const server = await startTokenServer();
  const { auth } = openSession(server, {
    tokens: before,
    refresh: (() => answer) as unknown as AuthOptions['refresh'],
  });
  await auth.refresh();
  return auth.getTokens();
}

async function codeAfter(answer: unknown): Promise<string> {
  return codeOf(after(answer));
}

const NOW = (): number => Date.now();

const nonsense = (value: unknown): AuthOptions['refresh'] =>
  (() => value) as unknown as AuthOptions['refresh'];

describe('G13: a refresh answer without a usable token changes nothing', () => {
  test('an answer without a refresh token keeps the old one', async () => {
    expect(await after({ accessToken: 'access-alice-2' })).toEqual({
      ...FIRST,
      accessToken: 'access-alice-2',
    });
  });

  test.each([[null], ['']])('a refresh token of %j keeps the old one', async (refreshToken) => {
    expect(await after({ accessToken: 'access-alice-2', refreshToken })).toMatchObject({
      refreshToken: FIRST.refreshToken,
    });
  });

  test('the extra fields of the old tokens are kept, new ones win', async () => {
    const before = { ...FIRST, idToken: 'id-1', scope: 'read', user: { name: 'Alice' } };
    expect(await after({ accessToken: 'access-alice-2', scope: 'read write' }, before)).toEqual({
      ...before,
      accessToken: 'access-alice-2',
      scope: 'read write',
    });
  });

  test('an old expiry is not kept beside a new access token', async () => {
    const before = { ...FIRST, expiresAt: NOW() + 60_000 };
    expect(await after({ accessToken: 'access-alice-2' }, before)).not.toHaveProperty('expiresAt');
  });

  test('a token response of RFC 6749 is taken as it came', async () => {
    const start = NOW();
    const tokens = await after({
      access_token: 'access-alice-2',
      refresh_token: 'refresh-alice-2',
      expires_in: 3_600,
      token_type: 'Bearer',
    });
    expect(tokens).toMatchObject({
      accessToken: 'access-alice-2',
      refreshToken: 'refresh-alice-2',
      token_type: 'Bearer',
    });
    expect(Object.keys(tokens ?? {})).not.toContain('access_token');
    expect(tokens?.expiresAt).toBeGreaterThanOrEqual(start + 3_600_000);
  });

  test('expiresIn may be a string of seconds', async () => {
    const start = NOW();
    const tokens = await after({ accessToken: 'access-alice-2', expiresIn: '900' });
    expect(tokens?.expiresAt).toBeGreaterThanOrEqual(start + 900_000);
    expect(tokens?.expiresAt).toBeLessThanOrEqual(NOW() + 900_000);
  });

  test.each([[0], [-5], ['soon'], [null], [NaN]])(
    'an expiresIn of %p says nothing about the lifetime',
    async (expiresIn) => {
      expect(await after({ accessToken: 'access-alice-2', expiresIn })).not.toHaveProperty(
        'expiresAt',
      );
    },
  );

  test('an expiresAt that can only be seconds is refused with a message that says so', async () => {
    const server = await startTokenServer();
    const expiresAt = Math.floor(NOW() / 1_000) + 900;
    const { auth, store } = openSession(server, {
      refresh: () => ({ accessToken: 'access-alice-2', expiresAt }),
    });
    const before = await store.get();

    await expect(auth.refresh()).rejects.toMatchObject({
      code: 'ERR_AUTH_INVALID_TOKENS',
      message: expect.stringMatching(/expiresAt.*seconds/s) as string,
    });
    await expect(auth.signIn({ ...FIRST, expiresAt })).rejects.toThrow(/seconds/);
    expect(await store.get()).toEqual(before);
  });

  test.each([['2030-01-01T00:00:00Z'], [Infinity], [{}]])(
    'an expiresAt of %p is refused',
    async (expiresAt) => {
      expect(await codeAfter({ accessToken: 'access-alice-2', expiresAt })).toBe(
        'ERR_AUTH_INVALID_TOKENS',
      );
    },
  );

  test('an expiresAt in milliseconds is kept as it is', async () => {
    const expiresAt = NOW() + 123_456;
    expect(await after({ accessToken: 'access-alice-2', expiresAt })).toMatchObject({ expiresAt });
  });

  test('signIn() refuses unusable tokens and leaves the session as it was', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    await api.get('/a');
    const bad = auth.signIn({ accessToken: 'two words' });

    expect(await codeOf(bad)).toBe('ERR_AUTH_INVALID_TOKENS');
    expect((await api.get<{ user: string }>('/a')).data.user).toBe('alice');
  });

  test('refresh() gives the whole new tokens', async () => {
    const server = await startTokenServer();
    const { auth } = openSession(server);
    expect(await auth.refresh()).toEqual({
      accessToken: 'access-alice-2',
      refreshToken: 'refresh-alice-2',
    });
  });

  test.each([
    ['undefined', undefined],
    ['a number', 42],
    ['a string', 'access-alice-2'],
    ['an empty object', {}],
    ['an array', []],
    ['a response instead of its data', { data: { accessToken: 'access-alice-2' }, status: 200 }],
    ['an access token that is no string', { accessToken: 7 }],
    ['an empty access token', { accessToken: '' }],
    ['an access token with a line break', { accessToken: 'access-alice-2\r\nX-Evil: 1' }],
    ['a refresh token that is no string', { accessToken: 'access-alice-2', refreshToken: 5 }],
  ])('a refresh that gives %s rejects with a code, and keeps the tokens', async (_, value) => {
    const server = await startTokenServer();
    const { api, auth, store } = openSession(server, { refresh: nonsense(value) });
    const before = await store.get();
    server.expire();

    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_INVALID_TOKENS');
    expect(await store.get()).toEqual(before);
    expect(auth.status).toBe('signed-in');
  });
});

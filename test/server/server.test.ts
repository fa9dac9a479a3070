import { decodeJwt } from 'jose';
import { bearer, TestClient, until } from './client';
import { startAuthServer, type AuthServer } from './index';

const ORIGIN = 'https://app.example.test';

/** What the tests of the package rely on: the answers, the rotation, the controls, the statistics. */
describe('the reference auth server', () => {
  const lines: string[] = [];
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    const logger = { write: (line: string) => void lines.push(line) };
    server = await startAuthServer({ corsOrigin: ORIGIN, logger });
    client = new TestClient(server);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await server.controls.reset();
  });
  afterAll(() => server.close());

  async function expectRefused(code: string, token: string): Promise<void> {
    const answer = await client.profile(token);
    expect(answer).toMatchObject({ status: 401, data: { code, message: expect.any(String) } });
    expect(answer.headers['www-authenticate']).toMatch(
      /^Bearer realm="[^"]+", error="invalid_token", error_description="[^"]+"$/,
    );
  }

  async function expectInvalid(refreshToken: string): Promise<void> {
    const answer = await client.refresh(refreshToken);
    expect(answer).toMatchObject({ status: 401, data: { code: 'INVALID_REFRESH_TOKEN' } });
  }

  test('answers the right password with tokens, and any other with one refusal', async () => {
    const { status, data, headers } = await client.tryLogin('alice');
    expect({ status, data }).toEqual({
      status: 200,
      data: {
        accessToken: expect.any(String),
        refreshToken: expect.any(String),
        expiresIn: 300,
        tokenType: 'Bearer',
        user: { id: 'u1', username: 'alice', roles: ['user', 'admin'] },
      },
    });
    expect(headers['cache-control']).toBe('no-store');
    for (const name of ['alice', 'nobody', 'carol']) {
      const refused = await client.tryLogin(name, 'wrong');
      expect(refused).toMatchObject({ status: 401, data: { code: 'INVALID_CREDENTIALS' } });
    }
    expect((await client.tryLogin('carol')).data.code).toBe('ACCOUNT_SUSPENDED');
    expect((await client.tryLogin('dave')).data.code).toBe('USER_INACTIVE');
  });

  test('serves the profile to a valid token, and asks the others for one', async () => {
    const { accessToken } = await client.login('bob');
    expect((await client.profile(accessToken)).data).toMatchObject({ id: 'u2', username: 'bob' });
    const missing = await client.profile();
    expect(missing).toMatchObject({ status: 401, data: { code: 'TOKEN_MISSING' } });
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="reference-auth-server"');
    await expectRefused('TOKEN_INVALID', 'a.b.c');
    const foreign = await server.controls.mintAccessToken('bob', { issuer: 'https://evil.test' });
    await expectRefused('TOKEN_INVALID', foreign);
  });

  test('decides a fractional lifetime by the millisecond', async () => {
    const issuedAt = 1_800_000_000_900;
    const now = jest.spyOn(Date, 'now').mockReturnValue(issuedAt);
    server.settings.accessTokenLifetime = 0.25;
    const { accessToken, expiresIn } = await client.login();
    expect(expiresIn).toBe(0.25);
    now.mockReturnValue(issuedAt + 249);
    expect((await client.profile(accessToken)).status).toBe(200);
    now.mockReturnValue(issuedAt + 250);
    await expectRefused('TOKEN_EXPIRED', accessToken);
  });

  test('expires, revokes and bars on demand', async () => {
    const [alice, bob] = [await client.login('alice'), await client.login('bob')];
    await server.controls.revokeAccessToken(alice.accessToken);
    await expectRefused('TOKEN_REVOKED', alice.accessToken);
    server.controls.suspend('bob');
    await expectRefused('ACCOUNT_SUSPENDED', bob.accessToken);
    const { data } = await client.refresh(alice.refreshToken);
    server.controls.expireAllAccessTokens();
    await expectRefused('TOKEN_EXPIRED', data.accessToken);
    expect((await client.refresh(data.refreshToken)).status).toBe(200);
    const refused = await client.refresh(bob.refreshToken);
    expect(refused).toMatchObject({ status: 403, data: { code: 'ACCOUNT_SUSPENDED' } });
  });

  test('asks for the scope of an administrator', async () => {
    const { accessToken } = await client.login('bob');
    const refused = await client.get('/admin', accessToken);
    expect(refused).toMatchObject({ status: 403, data: { code: 'INSUFFICIENT_SCOPE' } });
    expect(refused.headers['www-authenticate']).toMatch(
      /error="insufficient_scope".*scope="admin"/,
    );
  });

  test('rotates refresh tokens, and revokes the family where one is used again', async () => {
    const [first, other] = [await client.login(), await client.login()];
    const { status, data: second } = await client.refresh(first.refreshToken);
    expect(status).toBe(200);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    await expectInvalid(first.refreshToken);
    await expectInvalid(second.refreshToken);
    await expectRefused('TOKEN_REVOKED', second.accessToken);
    expect((await client.refresh(other.refreshToken)).status).toBe(200);
    expect(server.stats).toMatchObject({ refreshes: 2, refreshRefused: 2, reuseDetected: 1 });
    expect((await client.refresh()).data.code).toBe('REFRESH_TOKEN_MISSING');
  });

  test('holds refreshes, and lets one of two uses of a token win', async () => {
    const { accessToken, refreshToken } = await client.login();
    server.controls.hold();
    const answers = [client.refresh(refreshToken), client.refresh(refreshToken)];
    await until(() => server.stats.seen.length === 3);
    expect((await client.profile(accessToken)).status).toBe(200);
    server.controls.release();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 401]);
  });

  test('fails refreshes without using the token, and drops them before or after the rotation', async () => {
    const { refreshToken } = await client.login();
    server.controls.failRefresh(1, 429, { retryAfter: 3, code: 'SLOW_DOWN' });
    const failed = await client.refresh(refreshToken);
    expect(failed).toMatchObject({ status: 429, data: { code: 'SLOW_DOWN' } });
    expect(failed.headers['retry-after']).toBe('3');
    server.controls.dropRefresh();
    await expect(client.refresh(refreshToken)).rejects.toMatchObject({ code: 'ECONNRESET' });
    const { data } = await client.refresh(refreshToken);
    server.controls.dropRefresh(1, 'after');
    await expect(client.refresh(data.refreshToken)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expectInvalid(data.refreshToken);
  });

  test('delivers the refresh token in a cookie out of the reach of scripts', async () => {
    server.settings.tokenDelivery = 'cookie';
    const { data, headers } = await client.tryLogin('alice');
    expect(data).not.toHaveProperty('refreshToken');
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^refresh_token=[\w-]+; .*Path=\/auth; .*HttpOnly; SameSite=Strict/);
    const config = { headers: { Cookie: cookie.split(';')[0] ?? '' } };
    expect((await client.refresh(undefined, config)).status).toBe(200);
    expect((await client.refresh(undefined, config)).status).toBe(401);
  });

  test('logs out and revokes with everything that belongs to the refresh token', async () => {
    const [first, second] = [await client.login(), await client.login()];
    await client.http.post('/auth/logout', { refreshToken: first.refreshToken });
    await client.http.post('/auth/revoke', new URLSearchParams({ token: second.refreshToken }));
    for (const { accessToken, refreshToken } of [first, second]) {
      await expectRefused('TOKEN_REVOKED', accessToken);
      await expectInvalid(refreshToken);
    }
    expect((await client.http.post('/auth/revoke', { token: 'junk' })).status).toBe(200);
  });

  test('sees every request, and forgets everything on a reset', async () => {
    const { accessToken, refreshToken } = await client.login();
    await client.get('/profile?secret=1', accessToken);
    await client.http.get('/nowhere', bearer('junk'));
    expect(server.stats.seen).toMatchObject([
      { method: 'POST', path: '/auth/login', authorization: 'none', status: 200 },
      { path: '/profile', authorization: 'bearer', tokenId: decodeJwt(accessToken).jti },
      { path: '/nowhere', authorization: 'bearer', status: 404 },
    ]);
    await server.controls.reset();
    expect(server.stats).toMatchObject({ requests: 0, logins: 0, seen: [] });
    await expectInvalid(refreshToken);
  });

  test('answers the origin of the page, and no other', async () => {
    const from = (origin: string) => client.http.get('/profile', { headers: { Origin: origin } });
    const { headers } = await from(ORIGIN);
    expect(headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-expose-headers': 'WWW-Authenticate, Retry-After',
    });
    expect((await from('https://evil.test')).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
  });

  test('writes no secret to the log', async () => {
    const { accessToken, refreshToken } = await client.login();
    await client.tryLogin('alice', 'wrong-password');
    await client.get(`/nowhere?access_token=${accessToken}`, accessToken);
    await client.refresh('made-up-token');
    expect(lines.length).toBeGreaterThan(0);
    for (const secret of [accessToken, refreshToken, 'wrong-password', 'made-up-token']) {
      expect(lines.join('')).not.toContain(secret);
    }
  });

  test('closes at once, with requests in flight', async () => {
    const own = await startAuthServer();
    const ownClient = new TestClient(own);
    const { refreshToken } = await ownClient.login();
    own.controls.hold();
    const outcome = Promise.allSettled([ownClient.refresh(refreshToken)]);
    await until(() => own.stats.seen.length === 2);
    await Promise.all([own.close(), own.close()]);
    expect((await outcome).map(({ status }) => status)).toEqual(['rejected']);
  });
});

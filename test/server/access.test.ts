import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose';
import { TestClient } from './client';
import { startAuthServer, type AuthServer } from './index';

describe('protected routes', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await startAuthServer();
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

  it('serves the profile to a valid token', async () => {
    const { accessToken } = await client.login('bob');
    const { status, data } = await client.profile(accessToken);
    expect(status).toBe(200);
    expect(data).toEqual({ id: 'u2', username: 'bob', roles: ['user'] });
  });

  it.each([undefined, 'Basic YTpi', 'Bearer', 'Bearer '])(
    'answers %p with TOKEN_MISSING and a challenge without an error',
    async (header) => {
      const headers = header === undefined ? {} : { Authorization: header };
      const answer = await client.http.get('/profile', { headers });
      expect(answer).toMatchObject({ status: 401, data: { code: 'TOKEN_MISSING' } });
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="reference-auth-server"');
    },
  );

  it('accepts the scheme in any case', async () => {
    const { accessToken } = await client.login();
    const headers = { Authorization: `bEARER ${accessToken}` };
    expect((await client.http.get('/profile', { headers })).status).toBe(200);
  });

  it('refuses malformed and tampered tokens', async () => {
    const { accessToken } = await client.login();
    const [header, payload, signature = ''] = accessToken.split('.');
    const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
    const tampered = [header, payload, flipped].join('.');
    for (const token of ['undefined', 'a.b.c', `${accessToken} x`, tampered]) {
      await expectRefused('TOKEN_INVALID', token);
    }
  });

  it('refuses a foreign key, another algorithm and no algorithm', async () => {
    const claims = decodeJwt((await client.login()).accessToken);
    const sign = (alg: string) =>
      new SignJWT(claims).setProtectedHeader({ alg }).sign(new Uint8Array(64).fill(1));
    await expectRefused('TOKEN_INVALID', await sign('HS256'));
    await expectRefused('TOKEN_INVALID', await sign('HS512'));
    await expectRefused('TOKEN_INVALID', new UnsecuredJWT(claims).encode());
  });

  it('refuses another issuer and another audience', async () => {
    const { mintAccessToken } = server.controls;
    expect((await client.profile(await mintAccessToken('alice'))).status).toBe(200);
    for (const bent of [{ issuer: 'https://evil.test' }, { audience: 'https://other.test' }]) {
      await expectRefused('TOKEN_INVALID', await mintAccessToken('alice', bent));
    }
  });

  it('refuses the token of another server', async () => {
    const other = await startAuthServer();
    try {
      const { accessToken } = await new TestClient(other).login();
      await expectRefused('TOKEN_INVALID', accessToken);
    } finally {
      await other.close();
    }
  });

  it('decides a fractional lifetime by the millisecond', async () => {
    const issuedAt = 1_800_000_000_900;
    const now = jest.spyOn(Date, 'now').mockReturnValue(issuedAt);
    server.settings.accessTokenLifetime = 0.25;
    const { accessToken, expiresIn } = await client.login();
    expect(expiresIn).toBe(0.25);
    expect(decodeJwt(accessToken)).toMatchObject({ exp: 1_800_000_002, exp_ms: issuedAt + 250 });
    now.mockReturnValue(issuedAt + 249);
    expect((await client.profile(accessToken)).status).toBe(200);
    now.mockReturnValue(issuedAt + 250);
    await expectRefused('TOKEN_EXPIRED', accessToken);
    server.settings.clockTolerance = 0.1;
    expect((await client.profile(accessToken)).status).toBe(200);
    now.mockReturnValue(issuedAt + 350);
    await expectRefused('TOKEN_EXPIRED', accessToken);
  });

  it('refuses a token before its time', async () => {
    const issuedAt = 1_800_000_000_900;
    const now = jest.spyOn(Date, 'now').mockReturnValue(issuedAt);
    server.settings.notBefore = 1.5;
    const { accessToken } = await client.login();
    now.mockReturnValue(issuedAt + 1499);
    await expectRefused('TOKEN_NOT_ACTIVE', accessToken);
    now.mockReturnValue(issuedAt + 1500);
    expect((await client.profile(accessToken)).status).toBe(200);
  });

  it('expires all access tokens at once, and only those', async () => {
    const { accessToken, refreshToken } = await client.login();
    server.controls.expireAllAccessTokens();
    await expectRefused('TOKEN_EXPIRED', accessToken);
    const { data } = await client.refresh(refreshToken);
    expect((await client.profile(data.accessToken)).status).toBe(200);
  });

  it('refuses a revoked token but not its sibling', async () => {
    const [first, second] = [await client.login(), await client.login()];
    await server.controls.revokeAccessToken(first.accessToken);
    await expectRefused('TOKEN_REVOKED', first.accessToken);
    expect((await client.profile(second.accessToken)).status).toBe(200);
    await expect(server.controls.revokeAccessToken('junk')).rejects.toThrow('Not a token');
  });

  it('refuses users barred after the issue', async () => {
    const [alice, bob] = [await client.login('alice'), await client.login('bob')];
    server.controls.suspend('alice');
    server.controls.deactivate('bob');
    await expectRefused('ACCOUNT_SUSPENDED', alice.accessToken);
    await expectRefused('USER_INACTIVE', bob.accessToken);
    expect(() => server.controls.suspend('nobody')).toThrow('No such user');
  });

  it('asks for the admin scope', async () => {
    const [alice, bob] = [await client.login('alice'), await client.login('bob')];
    expect((await client.get('/admin', alice.accessToken)).status).toBe(200);
    const refused = await client.get('/admin', bob.accessToken);
    expect(refused).toMatchObject({ status: 403, data: { code: 'INSUFFICIENT_SCOPE' } });
    expect(refused.headers['www-authenticate']).toMatch(
      /^Bearer realm="[^"]+", error="insufficient_scope", error_description="[^"]+", scope="admin"$/,
    );
    const narrow = await server.controls.mintAccessToken('alice', { scope: 'user' });
    expect((await client.get('/admin', narrow)).status).toBe(403);
  });

  it('signs with ES256 when set so, and pins it', async () => {
    const es = await startAuthServer({ algorithm: 'ES256' });
    try {
      const esClient = new TestClient(es);
      const { accessToken } = await esClient.login();
      expect(decodeProtectedHeader(accessToken).alg).toBe('ES256');
      expect((await esClient.profile(accessToken)).status).toBe(200);
      const forged = new SignJWT(decodeJwt(accessToken)).setProtectedHeader({ alg: 'HS256' });
      const answer = await esClient.profile(await forged.sign(new Uint8Array(32)));
      expect(answer).toMatchObject({ status: 401, data: { code: 'TOKEN_INVALID' } });
    } finally {
      await es.close();
    }
  });
});

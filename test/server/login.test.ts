import bcrypt from 'bcryptjs';
import { bearer, TestClient } from './client';
import { startAuthServer, type AuthServer } from './index';

describe('login, logout and revocation', () => {
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

  it('answers the right password with tokens that no cache may keep', async () => {
    const { status, data, headers } = await client.tryLogin('alice');
    expect(status).toBe(200);
    expect(data).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresIn: 300,
      tokenType: 'Bearer',
      user: { id: 'u1', username: 'alice', roles: ['user', 'admin'] },
    });
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['set-cookie']).toBeUndefined();
    expect(server.stats.logins).toBe(1);
  });

  it('gives no hint whether the user or the password was wrong', async () => {
    const compare = jest.spyOn(bcrypt, 'compare');
    const { status, data, headers } = await client.tryLogin('alice', 'wrong');
    const unknown = await client.tryLogin('nobody', 'wrong');
    const barred = await client.tryLogin('carol', 'wrong');
    expect(status).toBe(401);
    expect(data.code).toBe('INVALID_CREDENTIALS');
    for (const other of [unknown, barred]) {
      expect({ status: other.status, data: other.data }).toEqual({ status, data });
      const { date: _a, ...otherHeaders } = { ...other.headers };
      const { date: _b, ...ownHeaders } = { ...headers };
      expect(otherHeaders).toEqual(ownHeaders);
    }
    expect(headers['www-authenticate']).toBe('Bearer realm="reference-auth-server"');
    // One comparison of one cost each, a clock would only tell how busy the machine is.
    const costs = compare.mock.calls.map(([, hash]) => bcrypt.getRounds(hash));
    expect(costs).toEqual([4, 4, 4]);
  });

  it('tells a barred user so, but only after the right password', async () => {
    const suspended = await client.tryLogin('carol');
    expect(suspended).toMatchObject({ status: 403, data: { code: 'ACCOUNT_SUSPENDED' } });
    const inactive = await client.tryLogin('dave');
    expect(inactive).toMatchObject({ status: 401, data: { code: 'USER_INACTIVE' } });
  });

  it.each([{}, { username: 'alice' }, { username: 'alice', password: ['wonderland'] }, []])(
    'refuses the incomplete body %j',
    async (body) => {
      const answer = await client.http.post('/auth/login', body);
      expect(answer).toMatchObject({ status: 400, data: { code: 'INVALID_REQUEST' } });
    },
  );

  it('does not echo a malformed body', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await client.http.post('/auth/login', '{"password":"hunter2', { headers });
    expect(answer).toMatchObject({ status: 400, data: { code: 'INVALID_REQUEST' } });
    expect(JSON.stringify(answer.data)).not.toContain('hunter2');
  });

  it('takes its users from the settings', async () => {
    const users = [{ username: 'erin', password: 'pw', roles: ['guest'] }];
    const own = await startAuthServer({ users });
    try {
      const ownClient = new TestClient(own);
      expect((await ownClient.tryLogin('erin', 'pw')).data.user.roles).toEqual(['guest']);
      expect((await ownClient.tryLogin('alice')).status).toBe(401);
    } finally {
      await own.close();
    }
  });

  it.each(['refresh token', 'access token', 'expired access token'])(
    'logs out by %s alone, again and again',
    async (kind) => {
      const { accessToken, refreshToken } = await client.login();
      if (kind === 'expired access token') server.controls.expireAllAccessTokens();
      const body = kind === 'refresh token' ? { refreshToken } : {};
      const config = kind === 'refresh token' ? {} : bearer(accessToken);
      for (let times = 0; times < 2; times += 1) {
        expect((await client.http.post('/auth/logout', body, config)).status).toBe(204);
      }
      const refused = await client.refresh(refreshToken);
      expect(refused).toMatchObject({ status: 401, data: { code: 'INVALID_REFRESH_TOKEN' } });
      const code = kind === 'expired access token' ? 'TOKEN_EXPIRED' : 'TOKEN_REVOKED';
      expect((await client.profile(accessToken)).data.code).toBe(code);
    },
  );

  it('answers a logout without anything valid the same', async () => {
    expect((await client.http.post('/auth/logout')).status).toBe(204);
    const junk = await client.http.post('/auth/logout', { refreshToken: 'x' }, bearer('y'));
    expect(junk.status).toBe(204);
  });

  it('revokes an access token alone, from a form', async () => {
    const { accessToken, refreshToken } = await client.login();
    const form = new URLSearchParams({ token: accessToken });
    expect((await client.http.post('/auth/revoke', form)).status).toBe(200);
    expect((await client.profile(accessToken)).data.code).toBe('TOKEN_REVOKED');
    expect((await client.refresh(refreshToken)).status).toBe(200);
  });

  it('revokes a refresh token with its family, from JSON', async () => {
    const { accessToken, refreshToken } = await client.login();
    const revoked = await client.http.post('/auth/revoke', { token: refreshToken });
    expect(revoked.status).toBe(200);
    expect((await client.profile(accessToken)).data.code).toBe('TOKEN_REVOKED');
    expect((await client.refresh(refreshToken)).data.code).toBe('INVALID_REFRESH_TOKEN');
  });

  it('answers 200 to the revocation of anything', async () => {
    expect((await client.http.post('/auth/revoke', { token: 'junk' })).status).toBe(200);
    expect((await client.http.post('/auth/revoke')).status).toBe(200);
  });
});

import { TestClient, until } from './client';
import { startAuthServer, type AuthServer } from './index';

describe('refresh', () => {
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

  async function expectInvalid(refreshToken: string): Promise<void> {
    const answer = await client.refresh(refreshToken);
    expect(answer).toMatchObject({ status: 401, data: { code: 'INVALID_REFRESH_TOKEN' } });
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="reference-auth-server"');
  }

  it('rotates', async () => {
    const first = await client.login();
    const { status, data, headers } = await client.refresh(first.refreshToken);
    expect(status).toBe(200);
    expect(Object.keys(data)).toEqual(['accessToken', 'refreshToken', 'expiresIn', 'tokenType']);
    expect(data.refreshToken).not.toBe(first.refreshToken);
    expect(headers['cache-control']).toBe('no-store');
    expect((await client.profile(data.accessToken)).status).toBe(200);
    expect((await client.profile(first.accessToken)).status).toBe(200);
    expect((await client.refresh(data.refreshToken)).status).toBe(200);
    expect(server.stats).toMatchObject({ refreshes: 2, refreshRefused: 0, reuseDetected: 0 });
  });

  it('answers a missing and an unknown token', async () => {
    const missing = await client.refresh();
    expect(missing).toMatchObject({ status: 400, data: { code: 'REFRESH_TOKEN_MISSING' } });
    expect((await client.http.post('/auth/refresh')).status).toBe(400);
    await expectInvalid('unknown');
    expect(server.stats).toMatchObject({ refreshes: 0, refreshRefused: 3 });
  });

  it('revokes the family with its access tokens on reuse, and no other family', async () => {
    const [first, bystander] = [await client.login(), await client.login()];
    const { data: second } = await client.refresh(first.refreshToken);
    await expectInvalid(first.refreshToken);
    await expectInvalid(second.refreshToken);
    for (const { accessToken } of [first, second]) {
      expect((await client.profile(accessToken)).data.code).toBe('TOKEN_REVOKED');
    }
    expect((await client.profile(bystander.accessToken)).status).toBe(200);
    expect((await client.refresh(bystander.refreshToken)).status).toBe(200);
    expect(server.stats.reuseDetected).toBe(1);
  });

  it('lets one of two concurrent uses win and detects the other', async () => {
    const { refreshToken } = await client.login();
    server.controls.hold();
    const answers = [client.refresh(refreshToken), client.refresh(refreshToken)];
    await until(() => server.stats.seen.length === 3);
    server.controls.release();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 401]);
    expect(server.stats).toMatchObject({ refreshes: 1, refreshRefused: 1, reuseDetected: 1 });
  });

  it('kills the winner of a race too', async () => {
    const { refreshToken } = await client.login();
    const answers = await Promise.all([1, 2, 3, 4].map(() => client.refresh(refreshToken)));
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    expect((await client.profile(winners[0]?.data.accessToken)).data.code).toBe('TOKEN_REVOKED');
    await expectInvalid(winners[0]?.data.refreshToken);
  });

  it('refuses without revoking when reuse detection is off', async () => {
    server.settings.reuseDetection = false;
    const { refreshToken } = await client.login();
    const { data } = await client.refresh(refreshToken);
    await expectInvalid(refreshToken);
    expect((await client.refresh(data.refreshToken)).status).toBe(200);
    expect(server.stats.reuseDetected).toBe(0);
  });

  it('gives the same token back when rotation is off', async () => {
    server.settings.rotation = false;
    const { refreshToken } = await client.login();
    for (let times = 0; times < 2; times += 1) {
      expect((await client.refresh(refreshToken)).data.refreshToken).toBe(refreshToken);
    }
  });

  it('honours a used token inside the grace window, counted from its first use', async () => {
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_800_000_000_000);
    server.settings.graceWindow = 100;
    const { refreshToken } = await client.login();
    const { data: first } = await client.refresh(refreshToken);
    now.mockReturnValue(1_800_000_000_099);
    const { data: second } = await client.refresh(refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    now.mockReturnValue(1_800_000_000_100);
    await expectInvalid(refreshToken);
    await expectInvalid(second.refreshToken);
  });

  it('expires by the millisecond, without taking that for reuse', async () => {
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_800_000_000_000);
    server.settings.refreshTokenLifetime = 0.5;
    const [early, late] = [await client.login(), await client.login()];
    now.mockReturnValue(1_800_000_000_499);
    expect((await client.refresh(early.refreshToken)).status).toBe(200);
    now.mockReturnValue(1_800_000_000_500);
    await expectInvalid(late.refreshToken);
    await client.login();
    await expectInvalid(early.refreshToken);
    expect(server.stats.reuseDetected).toBe(0);
  });

  it('refuses barred users without using their token up', async () => {
    const { refreshToken } = await client.login('bob');
    server.controls.deactivate('bob');
    const inactive = await client.refresh(refreshToken);
    expect(inactive).toMatchObject({ status: 401, data: { code: 'USER_INACTIVE' } });
    server.controls.suspend('bob');
    const suspended = await client.refresh(refreshToken);
    expect(suspended).toMatchObject({ status: 403, data: { code: 'ACCOUNT_SUSPENDED' } });
    expect(server.stats.reuseDetected).toBe(0);
  });

  it('revokes all families of a user on demand', async () => {
    const logins = [await client.login('bob'), await client.login('bob')];
    const alice = await client.login('alice');
    await server.controls.revokeFamily('bob');
    for (const { accessToken, refreshToken } of logins) {
      expect((await client.profile(accessToken)).data.code).toBe('TOKEN_REVOKED');
      await expectInvalid(refreshToken);
    }
    expect((await client.profile(alice.accessToken)).status).toBe(200);
  });

  it('delivers by cookie out of the reach of scripts', async () => {
    server.settings.tokenDelivery = 'cookie';
    const { data, headers } = await client.tryLogin('alice');
    expect(data).not.toHaveProperty('refreshToken');
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^refresh_token=[\w-]+; Max-Age=604800; Path=\/auth; /);
    expect(cookie).toContain('; HttpOnly; SameSite=Strict');
    const [pair = ''] = cookie.split(';');
    const config = { headers: { Cookie: `theme=dark; ${pair}` } };
    const refreshed = await client.refresh(undefined, config);
    expect(refreshed.status).toBe(200);
    expect(refreshed.data).not.toHaveProperty('refreshToken');
    const [next = ''] = refreshed.headers['set-cookie'] ?? [];
    expect(next).not.toContain(pair);
    const nextConfig = { headers: { Cookie: next.split(';')[0] ?? '' } };
    const out = await client.http.post('/auth/logout', {}, nextConfig);
    expect(out.headers['set-cookie']?.[0]).toMatch(/^refresh_token=; Path=\/auth; Expires=Thu, 01/);
    expect((await client.refresh(undefined, nextConfig)).status).toBe(401);
  });
});

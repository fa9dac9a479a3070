import { decodeJwt } from 'jose';
import { bearer, TestClient, until } from './client';
import { startAuthServer, type AuthServer } from './index';

describe('controls, statistics and limits', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await startAuthServer();
    client = new TestClient(server);
  });
  afterEach(() => server.controls.reset());
  afterAll(() => server.close());

  it('fails that many refreshes without using the token up', async () => {
    const { refreshToken } = await client.login();
    server.controls.failRefresh(2, 429, { retryAfter: 3, code: 'SLOW_DOWN' });
    for (let times = 0; times < 2; times += 1) {
      const failed = await client.refresh(refreshToken);
      expect(failed).toMatchObject({ status: 429, data: { code: 'SLOW_DOWN' } });
      expect(failed.headers['retry-after']).toBe('3');
    }
    expect((await client.refresh(refreshToken)).status).toBe(200);
    expect(server.stats).toMatchObject({ refreshes: 1, refreshRefused: 2 });
  });

  it('fails every refresh until cleared', async () => {
    const { refreshToken } = await client.login();
    server.controls.failRefresh();
    for (let times = 0; times < 3; times += 1) {
      expect((await client.refresh(refreshToken)).status).toBe(503);
    }
    server.controls.clearFaults();
    expect((await client.refresh(refreshToken)).status).toBe(200);
  });

  it('drops the connection before or after the rotation', async () => {
    const { refreshToken } = await client.login();
    server.controls.dropRefresh();
    await expect(client.refresh(refreshToken)).rejects.toMatchObject({ code: 'ECONNRESET' });
    server.controls.dropRefresh(1, 'after');
    await expect(client.refresh(refreshToken)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await client.refresh(refreshToken)).status).toBe(401);
    expect(server.stats).toMatchObject({ refreshes: 0, refreshRefused: 1, reuseDetected: 1 });
    expect(server.stats.seen.map(({ status }) => status)).toEqual([200, 0, 0, 401]);
  });

  it('holds refreshes, and nothing else, until released', async () => {
    const { accessToken, refreshToken } = await client.login();
    server.controls.hold();
    let answered = false;
    const refresh = client.refresh(refreshToken).then(({ status }) => {
      answered = true;
      return status;
    });
    await until(() => server.stats.seen.length === 2);
    expect((await client.profile(accessToken)).status).toBe(200);
    expect(answered).toBe(false);
    server.controls.release();
    await expect(refresh).resolves.toBe(200);
  });

  it('delays refreshes and all answers', async () => {
    const { refreshToken } = await client.login();
    server.controls.delayRefresh(30);
    server.settings.latency = 30;
    const start = performance.now();
    expect((await client.refresh(refreshToken)).status).toBe(200);
    // A timer may fire a millisecond early by another clock, but never by far.
    expect(performance.now() - start).toBeGreaterThan(55);
  });

  it('sees every request', async () => {
    const before = Date.now();
    const { accessToken } = await client.login();
    await client.get('/profile?secret=1', accessToken);
    await client.http.get('/profile', { headers: { Authorization: 'Basic YTpi' } });
    await client.http.get('/nowhere', bearer('junk'));
    const login = { method: 'POST', path: '/auth/login', authorization: 'none', status: 200 };
    const get = { method: 'GET', path: '/profile' };
    expect(server.stats.seen).toMatchObject([
      { ...login, tokenId: undefined },
      { ...get, authorization: 'bearer', tokenId: decodeJwt(accessToken).jti, status: 200 },
      { ...get, authorization: 'other', tokenId: undefined, status: 401 },
      { method: 'GET', path: '/nowhere', authorization: 'bearer', status: 404 },
    ]);
    expect(server.stats).toMatchObject({ requests: 4, unauthorized: 1, logins: 1 });
    for (const { at } of server.stats.seen) expect(at).toBeGreaterThanOrEqual(before);
  });

  it('resets to the start, where earlier tokens are worth nothing', async () => {
    const { stats, settings, controls } = server;
    const { seen } = stats;
    const { accessToken, refreshToken } = await client.login('bob');
    await controls.revokeAccessToken(accessToken);
    controls.suspend('bob');
    controls.failRefresh();
    settings.accessTokenLifetime = 1;
    await controls.reset();
    expect(stats).toMatchObject({ requests: 0, logins: 0, seen: [] });
    expect(stats.seen).toBe(seen);
    expect(settings.accessTokenLifetime).toBe(300);
    expect((await client.refresh(refreshToken)).status).toBe(401);
    expect((await client.profile(accessToken)).data.code).toBe('TOKEN_EXPIRED');
    expect((await client.tryLogin('bob')).status).toBe(200);
  });

  it('limits logins and refreshes separately', async () => {
    const limited = await startAuthServer({ rateLimit: { windowMs: 3_600_000, limit: 2 } });
    try {
      const own = new TestClient(limited);
      const { refreshToken } = await own.login();
      expect((await own.tryLogin('alice', 'wrong')).status).toBe(401);
      const refused = await own.tryLogin('alice');
      expect(refused).toMatchObject({ status: 429, data: { code: 'RATE_LIMITED' } });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      const { data } = await own.refresh(refreshToken);
      expect((await own.refresh(data.refreshToken)).status).toBe(200);
      expect((await own.refresh('any')).status).toBe(429);
      await limited.controls.reset();
      expect((await own.tryLogin('alice')).status).toBe(200);
    } finally {
      await limited.close();
    }
  });

  it('closes at once, even twice and with requests in flight', async () => {
    const own = await startAuthServer();
    const ownClient = new TestClient(own);
    const { accessToken, refreshToken } = await ownClient.login();
    own.controls.hold();
    const failures = Promise.allSettled([
      ownClient.get('/slow?ms=60000', accessToken),
      ownClient.refresh(refreshToken),
    ]);
    await until(() => own.stats.seen.length === 3);
    await Promise.all([own.close(), own.close()]);
    expect((await failures).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(ownClient.get('/health')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('rejects when its port is taken', async () => {
    const taken = startAuthServer({ port: server.port });
    await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

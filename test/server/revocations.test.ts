import { decodeJwt } from 'jose';
import { TestClient } from './client';
import { startFakeRedis, type FakeRedis } from './fake-redis';
import { startAuthServer, type AuthServer } from './index';

describe('the revocation list in Redis', () => {
  let redis: FakeRedis;
  let server: AuthServer;
  let client: TestClient;

  beforeEach(async () => {
    redis = await startFakeRedis();
    server = await startAuthServer({ redisUrl: redis.url });
    client = new TestClient(server);
  });
  afterEach(async () => {
    await server.close();
    await redis.close();
  });

  it('holds a token no longer than the token would have lived', async () => {
    const { accessToken } = await client.login();
    expect((await client.profile(accessToken)).status).toBe(200);
    await server.controls.revokeAccessToken(accessToken);
    expect((await client.profile(accessToken)).data.code).toBe('TOKEN_REVOKED');
    const [key, entry] = [...redis.keys][0] ?? [];
    expect(key).toContain(decodeJwt(accessToken).jti);
    expect(entry?.ttl).toBeGreaterThan(0);
    expect(entry?.ttl).toBeLessThanOrEqual(301_000);
  });

  it('holds the family of a reused refresh token', async () => {
    const { accessToken, refreshToken } = await client.login();
    await client.refresh(refreshToken);
    await client.refresh(refreshToken);
    expect((await client.profile(accessToken)).data.code).toBe('TOKEN_REVOKED');
    await server.controls.reset();
    expect(redis.keys.size).toBe(0);
  });

  it('lets nobody in while Redis is away, and everybody again once it is back', async () => {
    const { accessToken } = await client.login();
    expect((await client.profile(accessToken)).status).toBe(200);
    const { port } = redis;
    await redis.close();
    expect((await client.profile(accessToken)).status).toBe(500);
    expect((await client.profile(accessToken)).status).toBe(500);
    redis = await startFakeRedis(port);
    expect((await client.profile(accessToken)).status).toBe(200);
  });

  it('lets nobody in when it cannot be read', async () => {
    const { accessToken } = await client.login();
    redis.break();
    expect((await client.profile(accessToken)).status).toBe(500);
  });
});

import { startAuthServer, type AuthServer, type AuthServerOptions } from '../server/index';
import { until } from '../server/client';
import { cleanUp, login, onCleanUp } from '../support/rig';
import { startFleet, type Worker } from './fleet';
import { describeRedis, startRedis, type RedisServer } from './redis-server';
import { eventually, openStore } from './steps';

jest.setTimeout(60_000);

const LEASE = 1_000;

describeRedis('an owner of the lock that dies or stops', () => {
  let redis: RedisServer;
  let server: AuthServer;
  afterEach(cleanUp);

  async function startSignedIn(count: number, options?: AuthServerOptions): Promise<Worker[]> {
    redis = await startRedis();
    server = await startAuthServer(options);
    onCleanUp(() => server.close());
    const places = { serverUrl: server.url, redisPort: redis.port };
    const fleet = await startFleet(count, {
      library: 'redis',
      cached: true,
      leaseMs: LEASE,
      ...places,
    });
    const signedIn = await login(server);
    for (const worker of fleet.slice(0, 1)) await worker.ask('signIn', signedIn);
    return fleet;
  }

  /** So many refreshes have arrived at the auth server, which answers none of them. */
  const refreshesHeld = (count: number): Promise<void> =>
    until(() => server.stats.seen.filter(({ path }) => path === '/auth/refresh').length === count);

  test('G28: killed in mid-refresh, it does not block the others beyond its lease', async () => {
    const [owner, ...others] = (await startSignedIn(4)) as [Worker, ...Worker[]];
    server.controls.hold();
    server.controls.expireAllAccessTokens();
    void owner.ask('requests', 5);
    await refreshesHeld(1);
    const outcomes = others.map((worker) => worker.ask('requests', 5));
    owner.kill('SIGKILL');
    expect(await owner.ended).toBe('SIGKILL');
    await refreshesHeld(2);
    server.controls.release();
    expect(await Promise.all(outcomes)).toEqual(others.map(() => ({ 200: 5 })));
    expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
  });

  test('G28: stopped in mid-refresh beyond its lease, it adopts what the next one stored', async () => {
    const [owner, next] = (await startSignedIn(2, { graceWindow: 60_000 })) as [Worker, Worker];
    server.controls.hold();
    server.controls.expireAllAccessTokens();
    const stopped = owner.ask('requests', 5);
    await refreshesHeld(1);
    owner.kill('SIGSTOP');
    const going = next.ask('requests', 5);
    await refreshesHeld(2);
    // Both are answered, each with tokens of its own.
    server.controls.release();
    expect(await going).toEqual({ 200: 5 });
    const stored = await next.ask('tokens');
    owner.kill('SIGCONT');
    expect(await stopped).toEqual({ 200: 5 });
    expect(server.stats).toMatchObject({ refreshes: 2, reuseDetected: 0 });
    expect(await (await openStore(redis)).get()).toEqual(stored);
    expect(await owner.ask('tokens')).toEqual(stored);
  });

  test('G28: stopped before it writes, it cannot overwrite a newer value', async () => {
    const [owner] = (await startSignedIn(1)) as [Worker];
    const other = await openStore(redis);
    const late = owner.ask('writeInLock', 'stale').catch(String);
    await eventually(async () => (await redis.command('EXISTS', '{billing}:lock')) === 1);
    owner.kill('SIGSTOP');
    await other.lock(
      () => Promise.resolve(other.set({ accessToken: 'newer' })),
      new AbortController().signal,
    );
    owner.kill('SIGCONT');
    owner.go();
    expect(await late).toContain('the lock was lost');
    expect(await other.get()).toEqual({ accessToken: 'newer' });
  });
});

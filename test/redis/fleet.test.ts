import { startAuthServer, type AuthServer } from '../server/index';
import { cleanUp, login, onCleanUp } from '../support/rig';
import type { Library } from './clients';
import { startFleet, type Worker } from './fleet';
import { describeRedis, startRedis, type RedisServer } from './redis-server';
import { eventually } from './steps';

jest.setTimeout(150_000);

describeRedis('a fleet of processes over one redisStore', () => {
  let redis: RedisServer;
  let server: AuthServer;
  beforeEach(async () => {
    redis = await startRedis();
    server = await startAuthServer();
    onCleanUp(() => server.close());
  });
  afterEach(cleanUp);

  /** Rotation and reuse detection are on: one refresh too many would end the session. */
  async function startSignedIn(
    count: number,
    library: Library,
    cached: boolean,
  ): Promise<Worker[]> {
    const settings = {
      library,
      cached,
      serverUrl: server.url,
      redisPort: redis.port,
      leaseMs: 10_000,
    };
    const fleet = await startFleet(count, settings);
    await fleet[0]?.ask('signIn', await login(server));
    await eventually(async () => (await tokens(fleet)).every(Boolean));
    return fleet;
  }

  const each = <R>(fleet: Worker[], ask: (worker: Worker) => Promise<R>): Promise<R[]> =>
    Promise.all(fleet.map(ask));
  const statuses = (fleet: Worker[]) => each(fleet, (worker) => worker.ask('status'));
  const ends = (fleet: Worker[]) => each(fleet, (worker) => worker.ask('ends'));
  const tokens = (fleet: Worker[]) => each(fleet, (worker) => worker.ask('tokens'));

  async function expectOneRefreshPerExpiry(
    fleet: Worker[],
    rounds: number,
    requests: number,
  ): Promise<void> {
    for (let round = 1; round <= rounds; round++) {
      server.controls.expireAllAccessTokens();
      const outcomes = await each(fleet, (worker) => worker.ask('requests', requests));
      expect(outcomes).toEqual(fleet.map(() => ({ 200: requests })));
      expect(server.stats.refreshes).toBe(round);
    }
    expect(server.stats).toMatchObject({ reuseDetected: 0, refreshRefused: 0, logins: 1 });
    expect(await statuses(fleet)).toEqual(fleet.map(() => 'signed-in'));
    expect(await ends(fleet)).toEqual(fleet.map(() => []));
  }

  test('G27: 8 processes, 100 requests each, 20 expiries: 20 refreshes, and nobody notices', async () => {
    const fleet = await startSignedIn(8, 'redis', true);
    await expectOneRefreshPerExpiry(fleet, 20, 100);
  });

  test('G27: the same with ioredis, without a cache', async () => {
    const fleet = await startSignedIn(4, 'ioredis', false);
    await expectOneRefreshPerExpiry(fleet, 5, 50);
  });

  test('G29: a sign-out in one process is seen by the others, and so is a sign-in', async () => {
    const fleet = await startSignedIn(3, 'redis', true);
    await fleet[1]?.ask('signOut');
    await eventually(async () =>
      (await statuses(fleet)).every((status) => status === 'signed-out'),
    );
    expect(await ends(fleet)).toEqual([['signed out'], ['signed out'], ['signed out']]);
    await fleet[2]?.ask('signIn', await login(server));
    await eventually(async () => (await statuses(fleet)).every((status) => status === 'signed-in'));
    expect(await fleet[0]?.ask('requests', 5)).toEqual({ 200: 5 });
  });

  test.each(['redis', 'ioredis'] as const)(
    'G35: a process ends by itself once its own client has ended (%s)',
    async (library) => {
      const [worker] = await startSignedIn(1, library, true);
      await worker?.ask('end');
      expect(await worker?.ended).toBe(0);
    },
  );
});

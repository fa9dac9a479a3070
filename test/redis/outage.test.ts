import axios from 'axios';
import type { AxiosInstance } from 'axios';
import { attachAuthInterceptors, type AuthSession } from '../../src/index';
import { until } from '../server/client';
import { startAuthServer, type AuthServer } from '../server/index';
import { cleanUp, login, onCleanUp } from '../support/rig';
import { LIBRARIES, type Library } from './clients';
import { describeRedis, startRedis, type RedisServer } from './redis-server';
import { eventually, openStore } from './steps';

jest.setTimeout(40_000);

interface Process {
  api: AxiosInstance;
  auth: AuthSession;
}

describeRedis('a Redis that is away or slow', () => {
  let redis: RedisServer;
  let server: AuthServer;
  beforeEach(async () => {
    redis = await startRedis();
    server = await startAuthServer();
    onCleanUp(() => server.close());
  });
  afterEach(cleanUp);

  async function start(library: Library, refreshTimeout: number): Promise<Process> {
    const api = axios.create({ baseURL: server.url });
    const auth = attachAuthInterceptors(api, {
      tokenStore: await openStore(redis, { library, leaseMs: 10_000 }),
      refreshTimeout,
      refresh: async (tokens, { client }) =>
        (await client.post('/auth/refresh', { refreshToken: tokens?.refreshToken })).data as never,
    });
    onCleanUp(() => {
      auth.detach();
    });
    return { api, auth };
  }

  /** Two sessions with a client each, as in two processes, signed in. */
  async function startTwo(library: Library, refreshTimeout = 20_000): Promise<[Process, Process]> {
    const two = [
      await start(library, refreshTimeout),
      await start(library, refreshTimeout),
    ] as const;
    await two[0].auth.signIn(await login(server));
    return [...two];
  }

  const profiles = (...processes: Process[]): Promise<number[]> =>
    Promise.all(processes.map(async ({ api }) => (await api.get('/profile')).status));

  async function whileRefreshing(disturb: () => Promise<unknown>, ...processes: Process[]) {
    server.controls.hold();
    server.controls.expireAllAccessTokens();
    const answers = profiles(...processes);
    await until(() => server.stats.seen.some(({ path }) => path === '/auth/refresh'));
    await disturb();
    server.controls.release();
    return answers;
  }

  describe.each(LIBRARIES)('with %s', (library) => {
    test('G27: restarted between two expiries, it costs no session', async () => {
      const two = await startTwo(library);
      await redis.stop({ keep: true });
      await redis.start();
      server.controls.expireAllAccessTokens();
      expect(await profiles(...two, ...two)).toEqual([200, 200, 200, 200]);
      expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
    });

    test('G27: restarted in mid-refresh, it costs no session', async () => {
      const two = await startTwo(library);
      const restart = async (): Promise<void> => {
        await redis.stop({ keep: true });
        await redis.start();
      };
      expect(await whileRefreshing(restart, ...two)).toEqual([200, 200]);
      expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
      expect(await two[1].auth.getTokens()).toEqual(await two[0].auth.getTokens());
    });

    test('G27: slow in mid-refresh, it costs no session', async () => {
      const two = await startTwo(library);
      const slow = (): Promise<unknown> => redis.command('CLIENT', 'PAUSE', '2000', 'ALL');
      expect(await whileRefreshing(slow, ...two)).toEqual([200, 200]);
      expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
    });

    test('G9: cut off in mid-refresh, it loses no rotated refresh token', async () => {
      const [one, other] = await startTwo(library, 2_000);
      const cut = (): Promise<void> => redis.stop({ keep: true });
      // This request may fail: the store cannot be read. What counts is what comes after.
      await whileRefreshing(cut, one).catch(() => undefined);
      await redis.start();
      await eventually(async () => (await profiles(one))[0] === 200);
      await eventually(async () => {
        const [mine, theirs] = [await one.auth.getTokens(), await other.auth.getTokens()];
        return mine?.accessToken === theirs?.accessToken;
      });
      server.controls.expireAllAccessTokens();
      expect(await profiles(one, other)).toEqual([200, 200]);
      expect(server.stats).toMatchObject({ refreshes: 2, reuseDetected: 0 });
    });
  });

  test('G29: when it has lost everything, the sessions end, and a sign-in begins a new one', async () => {
    const [one, other] = await startTwo('redis');
    await redis.stop();
    await redis.start();
    expect(await one.auth.getTokens()).toBeNull();
    await eventually(() => other.auth.status === 'signed-out');
    await one.auth.signIn(await login(server));
    server.controls.expireAllAccessTokens();
    expect(await profiles(one, other)).toEqual([200, 200]);
    expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
  });
});

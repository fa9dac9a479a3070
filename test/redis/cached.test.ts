import axios from 'axios';
import { attachAuthInterceptors, cachedStore, type TokenResponse } from '../../src/index';
import { startAuthServer } from '../server/index';
import { cleanUp, login, onCleanUp } from '../support/rig';
import { describeRedis, startRedis, type RedisServer } from './redis-server';
import { eventually, hold, openStore, watch, type SharedStore } from './steps';

const FIRST = { accessToken: 'first' };
const SECOND = { accessToken: 'second' };

const keysOf = <K extends string>(table: Record<K, unknown>): K[] => Object.keys(table) as K[];

describeRedis('cachedStore around redisStore', () => {
  let redis: RedisServer;
  let cached: SharedStore;
  let other: SharedStore;
  beforeEach(async () => {
    redis = await startRedis();
    cached = cachedStore(await openStore(redis)) as SharedStore;
    other = await openStore(redis);
    await other.set(FIRST);
  });
  afterEach(cleanUp);

  const storeByItself = (tokens: object): Promise<unknown> =>
    redis.command('SET', '{billing}', JSON.stringify(tokens));

  test('G23: it reads once, until another process announces a change', async () => {
    const changes = watch(cached);
    await eventually(() => changes.times === 1);
    expect(await cached.get()).toEqual(FIRST);
    await storeByItself(SECOND);
    expect(await cached.get()).toEqual(FIRST);
    await other.clear();
    await eventually(async () => (await cached.get()) === null);
  });

  test('G29: what was written before it could listen is not missed', async () => {
    expect(await cached.get()).toEqual(FIRST);
    const changes = watch(cached);
    await other.set(SECOND);
    await eventually(() => changes.times > 0);
    await eventually(async () => (await cached.get())?.accessToken === 'second');
  });

  test('G29: nor is what was written while it was away', async () => {
    const changes = watch(cached);
    await eventually(() => changes.times === 1);
    expect(await cached.get()).toEqual(FIRST);
    await redis.command('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
    await other.set(SECOND);
    await eventually(async () => (await cached.get())?.accessToken === 'second');
  });

  test('G28: a write that is fenced off does not stay in the cache', async () => {
    const late = cached.lock(async () => {
      await redis.command('DEL', '{billing}:lock');
      await other.set(SECOND);
      await cached.set({ accessToken: 'stale' });
    }, new AbortController().signal);
    await expect(late).rejects.toThrow('the lock was lost');
    expect(await cached.get()).toEqual(SECOND);
  });

  const block = {
    'is not granted in time': () => hold(other),
    'is refused': async () => {
      await redis.command('SET', '{billing}:fence', 'not a hash');
      return () => undefined;
    },
  };

  test.each(keysOf(block))(
    'G27: when the lock %s, the store is read, not the cache',
    async (how) => {
      const server = await startAuthServer();
      onCleanUp(() => server.close());
      const api = axios.create({ baseURL: server.url });
      const auth = attachAuthInterceptors(api, {
        tokenStore: cached,
        refreshTimeout: 2_000,
        refresh: async (tokens, { client }) => {
          const body = { refreshToken: tokens?.refreshToken };
          return (await client.post<TokenResponse>('/auth/refresh', body)).data;
        },
      });
      onCleanUp(() => {
        auth.detach();
      });
      await auth.signIn(await login(server));
      await api.get('/profile');

      // Another program renews without a word.
      const { refreshToken } = (await other.get()) ?? {};
      const renewed = await axios.post<object>(`${server.url}/auth/refresh`, { refreshToken });
      server.controls.expireAllAccessTokens();
      const newest = await axios.post<object>(`${server.url}/auth/refresh`, {
        refreshToken: (renewed.data as { refreshToken: string }).refreshToken,
      });
      await storeByItself(newest.data);
      const letGo = await block[how]();
      expect((await api.get('/profile')).status).toBe(200);
      expect(server.stats).toMatchObject({ refreshes: 2, reuseDetected: 0 });
      await letGo();
    },
  );
});

import { redisStore } from '../../src/redis/index';
import type { TokenStore } from '../../src/index';
import { cleanUp, createRig } from '../support/rig';
import { LIBRARIES, type Library } from './clients';
import { describeRedis, startRedis, type RedisServer } from './redis-server';
import { ownClient } from './steps';

const TOKENS = { accessToken: 'first', refreshToken: 'r1', expiresAt: 2e12, scope: 'a b' };

describeRedis('redisStore, its tokens', () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(cleanUp);

  async function open(library: Library, key = 'billing', prefix?: string): Promise<TokenStore> {
    return redisStore({ client: await ownClient(library, redis.port, prefix), key });
  }

  describe.each(LIBRARIES)('with %s', (library) => {
    test('G23: what one store writes another reads, extra fields included', async () => {
      const [one, other] = [await open(library), await open(library)];
      expect(await other.get()).toBeNull();
      await one.set(TOKENS);
      expect(await other.get()).toEqual(TOKENS);
      await other.clear();
      expect(await one.get()).toBeNull();
    });

    test('G24: stores with different keys share nothing', async () => {
      const [one, other] = [await open(library, 'one'), await open(library, 'other')];
      await one.set(TOKENS);
      expect(await other.get()).toBeNull();
    });

    test('G23: a prefix of the client comes before every key', async () => {
      const store = await open(library, 'billing', 'app:');
      await store.set(TOKENS);
      await store.lock?.(() => Promise.resolve(), new AbortController().signal);
      expect(await redis.command('KEYS', '*')).toEqual(
        expect.arrayContaining(['app:{billing}', 'app:{billing}:fence']),
      );
      expect(await redis.command('DBSIZE')).toBe(2);
      expect(await store.get()).toEqual(TOKENS);
      expect(await (await open(library, 'billing')).get()).toBeNull();
    });
  });

  test('G23: both libraries read the same tokens', async () => {
    await (await open('redis')).set(TOKENS);
    expect(await (await open('ioredis')).get()).toEqual(TOKENS);
  });

  test('G23: a damaged or foreign value counts as signed out', async () => {
    const store = await open('redis');
    for (const value of ['', '{"accessToken":', '[]', '"text"', '{"accessToken":5}', 'null']) {
      await redis.command('SET', '{billing}', value);
      expect(await store.get()).toBeNull();
    }
    await store.set(TOKENS);
    expect(await store.get()).toEqual(TOKENS);
  });

  test('G23: tokens that other code has put under the key are read', async () => {
    const store = await open('redis');
    await redis.command('SET', '{billing}', JSON.stringify(TOKENS));
    expect(await store.get()).toEqual(TOKENS);
  });

  test('G23: a hash tag of the key is kept as it is', async () => {
    const store = await open('redis', 'auth:{tenant-7}');
    await store.set(TOKENS);
    expect(await redis.command('EXISTS', 'auth:{tenant-7}', 'auth:{tenant-7}:fence')).toBe(2);
  });

  test.each(LIBRARIES)(
    'G9: a key of another type is an error that names it, and stays (%s)',
    async (library) => {
      const store = await open(library, 'billing', 'app:');
      await redis.command('LPUSH', 'app:{billing}', 'of somebody else');
      const methods = [
        async () => store.get(),
        () => Promise.resolve(store.set(TOKENS)),
        () => Promise.resolve(store.clear()),
        async () =>
          store.lock?.(() => Promise.resolve(store.set(TOKENS)), new AbortController().signal),
      ];
      for (const method of methods) {
        const fault = method();
        await expect(fault).rejects.toThrow('the key app:{billing} holds a value of another type');
        await expect(fault).rejects.toThrow('Delete it, or give redisStore another "key"');
      }
      expect(await redis.command('LRANGE', 'app:{billing}', '0', '-1')).toEqual([
        'of somebody else',
      ]);
    },
  );

  test('G9: so is a lock of another type', async () => {
    const store = await open('redis');
    await redis.command('SADD', '{billing}:lock', 'of somebody else');
    const entered = jest.fn(() => Promise.resolve());
    const fault = store.lock?.(entered, new AbortController().signal);
    await expect(fault).rejects.toThrow('the key {billing}:lock holds a value of another type');
    expect(entered).not.toHaveBeenCalled();
    expect(await redis.command('TYPE', '{billing}:lock')).toBe('set');
  });

  test('G33: a request over a key of another type rejects with ERR_AUTH_STORE that names it', async () => {
    const rig = await createRig({ options: { tokenStore: await open('redis') } });
    await redis.command('DEL', '{billing}');
    await redis.command('LPUSH', '{billing}', 'of somebody else');
    const fault = rig.api.get('/profile');
    await expect(fault).rejects.toMatchObject({ code: 'ERR_AUTH_STORE' });
    await expect(fault).rejects.toThrow('the key {billing} holds a value of another type');
    expect(rig.seen('/profile')).toEqual([]);
  });

  test('G9: another fault of Redis rejects as it is', async () => {
    const store = await open('redis');
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    await expect(Promise.resolve(store.set(TOKENS))).rejects.toThrow('OOM');
  });
});

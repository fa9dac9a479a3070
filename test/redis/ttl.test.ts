import { cleanUp } from '../support/rig';
import { LIBRARIES } from './clients';
import { describeRedis, startRedis, type RedisServer } from './redis-server';
import { eventually, granted, never, openStore, type SharedStore } from './steps';

const tokens = (accessToken: string) => ({ accessToken });

const HOUR = 3_600_000;
/** How much longer than the tokens the fence is kept, and how exact Redis has to be here. */
const MARGIN = 300_000;
const MINUTE = 60_000;

const [TOKENS, LOCK, FENCE] = ['{billing}', '{billing}:lock', '{billing}:fence'];

describeRedis('redisStore with ttlMs', () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(cleanUp);

  /** Milliseconds that the key has left; -1 without an expiry, -2 where there is none. */
  const left = async (key: string): Promise<number> => Number(await redis.command('PTTL', key));

  async function isFresh(key: string, ttl: number): Promise<void> {
    const ms = await left(key);
    expect(ms).toBeLessThanOrEqual(ttl);
    expect(ms).toBeGreaterThan(ttl - MINUTE);
  }

  const shorten = (...keys: string[]): Promise<unknown> =>
    Promise.all(keys.map((key) => redis.command('PEXPIRE', key, String(2 * MINUTE))));

  describe.each(LIBRARIES)('with %s', (library) => {
    test('G23: each write begins the time of the tokens anew', async () => {
      const store = await openStore(redis, { library, ttlMs: HOUR });
      await store.set(tokens('first'));
      await isFresh(TOKENS, HOUR);
      await isFresh(FENCE, HOUR + MARGIN);
      await shorten(TOKENS, FENCE);
      await store.lock(() => Promise.resolve(store.set(tokens('renewed'))), never());
      await isFresh(TOKENS, HOUR);
      await isFresh(FENCE, HOUR + MARGIN);
      expect(await store.get()).toEqual(tokens('renewed'));
    });

    test('G23: tokens whose time is over are gone, as after a sign-out', async () => {
      const store = await openStore(redis, { library, ttlMs: 1 });
      await store.set(tokens('first'));
      await eventually(async () => (await store.get()) === null);
      await store.clear();
      expect(await left(TOKENS)).toBe(-2);
      await isFresh(FENCE, MARGIN + 1);
    });
  });

  test('G23: neither a read nor the lock prolongs the tokens', async () => {
    const store = await openStore(redis, { ttlMs: HOUR });
    await store.set(tokens('first'));
    await shorten(TOKENS);
    await store.get();
    await granted(store);
    await isFresh(TOKENS, 2 * MINUTE);
  });

  test('G28: the lock has the time of its lease, and the fence more than that of the tokens', async () => {
    const store = await openStore(redis, { ttlMs: MINUTE, leaseMs: 5 * MINUTE });
    await store.lock(async () => {
      await isFresh(LOCK, 5 * MINUTE);
      await isFresh(FENCE, MARGIN + MINUTE);
    }, never());
  });

  test('G28: the fence does not expire under an owner that lives', async () => {
    const store = await openStore(redis, { ttlMs: HOUR, leaseMs: 100 });
    await store.lock(async () => {
      await shorten(FENCE);
      await eventually(async () => (await left(FENCE)) > HOUR);
    }, never());
  });

  describe('after everything has expired', () => {
    let [one, other]: SharedStore[] = [];
    beforeEach(async () => {
      [one, other] = [
        await openStore(redis, { ttlMs: HOUR }),
        await openStore(redis, { ttlMs: HOUR }),
      ];
      // Several renewals, so that a fence that begins at nought would be behind.
      for (let round = 0; round < 5; round++) {
        await one.lock(() => Promise.resolve(one?.set(tokens('old'))), never());
      }
    });

    /** What takes minutes otherwise; new fencing tokens are told from old ones by the clock of Redis. */
    async function expire(): Promise<void> {
      const second = async (): Promise<number> =>
        Number(((await redis.command('TIME')) as string[])[0]);
      const now = await second();
      await eventually(async () => (await second()) > now);
      await redis.command('DEL', TOKENS, LOCK, FENCE);
    }

    test('G28: an owner from before does not write over newer tokens', async () => {
      const late = one!.lock(async () => {
        await expire();
        await other!.lock(() => Promise.resolve(other!.set(tokens('newer'))), never());
        await one!.set(tokens('stale'));
      }, never());
      await expect(late).rejects.toThrow('the lock was lost');
      expect(await other!.get()).toEqual(tokens('newer'));
    });

    test('G9: it still writes while nobody else has', async () => {
      await one!.lock(async () => {
        await expire();
        await one!.set(tokens('rotated'));
      }, never());
      expect(await other!.get()).toEqual(tokens('rotated'));
      await other!.lock(() => Promise.resolve(other!.set(tokens('next'))), never());
      expect(await one!.get()).toEqual(tokens('next'));
    });
  });

  test('G23: without it nothing but the lock expires', async () => {
    const store = await openStore(redis);
    await store.lock(() => Promise.resolve(store.set(tokens('first'))), never());
    expect([await left(TOKENS), await left(FENCE)]).toEqual([-1, -1]);
  });
});

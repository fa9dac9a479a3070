import { redisStore, type RedisClient } from '../../src/redis/index';
import { cleanUp } from '../support/rig';
import { KEY, LIBRARIES } from './clients';
import { describeRedis, startRedis, type RedisServer } from './redis-server';
import {
  eventually,
  granted,
  hold,
  listening,
  never,
  openStore,
  ownClient,
  sleep,
  type SharedStore,
} from './steps';

const LOCK = '{billing}:lock';

describeRedis('redisStore, its lock', () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await cleanUp();
  });

  test.each(LIBRARIES)('G27: one at a time among many stores (%s)', async (library) => {
    const opened = Array.from({ length: 6 }, () => openStore(redis, { library }));
    const stores = await Promise.all(opened);
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await sleep(2);
      inside--;
    };
    const turns = Array.from({ length: 5 }, () => stores).flat();
    await Promise.all(turns.map((store) => store.lock(work, never())));
    expect([most, inside]).toEqual([1, 0]);
  });

  test('G27: the lock hands on what critical gives, and is free afterwards', async () => {
    const store = await openStore(redis);
    expect(await granted(store)).toBe('granted');
    const fault = new Error('refused');
    await expect(store.lock(() => Promise.reject(fault), never())).rejects.toBe(fault);
    expect(await redis.command('EXISTS', LOCK)).toBe(0);
  });

  test('G27: a release wakes those who wait, without a poll', async () => {
    const [owner, waiter] = [await openStore(redis), await openStore(redis)];
    // The next look without an announcement would be an hour away.
    jest.spyOn(Math, 'random').mockReturnValue(3_600);
    const letGo = await hold(owner);
    const done = granted(waiter);
    await listening(redis, 1);
    await letGo();
    expect(await done).toBe('granted');
  });

  test('G27: a release whose announcement is lost is found by looking again', async () => {
    const [owner, waiter] = [await openStore(redis), await openStore(redis)];
    const letGo = await hold(owner);
    const done = granted(waiter);
    await listening(redis, 1);
    await redis.command('DEL', LOCK);
    expect(await done).toBe('granted');
    await letGo();
  });

  test('G27: those who wait do not poll hard', async () => {
    const [owner, waiter] = [await openStore(redis), await openStore(redis)];
    const letGo = await hold(owner);
    const done = granted(waiter);
    await listening(redis, 1);
    const scripts = async (): Promise<number> => {
      const text = String(await redis.command('INFO', 'commandstats'));
      return Number(/cmdstat_eval:calls=(\d+)/.exec(text)?.[1]);
    };
    await sleep(200);
    const before = await scripts();
    await sleep(1_000);
    expect((await scripts()) - before).toBeLessThanOrEqual(3);
    await letGo();
    await done;
  });

  test('G27: who waits stops when the signal aborts, and never runs', async () => {
    const [owner, waiter] = [await openStore(redis), await openStore(redis)];
    const letGo = await hold(owner);
    const stop = new AbortController();
    const critical = jest.fn(() => Promise.resolve());
    const waiting = waiter.lock(critical, stop.signal);
    await listening(redis, 1);
    stop.abort();
    await expect(waiting).rejects.toThrow('aborted');
    await listening(redis, 0);
    await letGo();
    await expect(waiter.lock(critical, AbortSignal.abort())).rejects.toThrow('aborted');
    expect(critical).not.toHaveBeenCalled();
    expect(await granted(owner)).toBe('granted');
  });

  test('G27: a lock that is granted after the signal aborted is given back', async () => {
    const [late, next] = [await openStore(redis), await openStore(redis)];
    await redis.command('CLIENT', 'PAUSE', '400', 'ALL');
    const stop = new AbortController();
    const critical = jest.fn(() => Promise.resolve());
    const waiting = late.lock(critical, stop.signal);
    await sleep(50);
    stop.abort();
    await expect(waiting).rejects.toThrow('aborted');
    expect(await granted(next)).toBe('granted');
    expect(critical).not.toHaveBeenCalled();
  });

  test('G28: an owner that lives keeps the lock beyond its lease', async () => {
    const [owner, other] = [
      await openStore(redis, { leaseMs: 400 }),
      await openStore(redis, { leaseMs: 400 }),
    ];
    const letGo = await hold(owner);
    let taken = false;
    const done = granted(other).then(() => (taken = true));
    await sleep(1_200);
    expect(taken).toBe(false);
    await letGo();
    await done;
  });

  test('G28: the lock of an owner that is gone ends with its lease', async () => {
    await redis.command('SET', LOCK, 'somebody who died', 'PX', '700');
    expect(await granted(await openStore(redis))).toBe('granted');
  });

  test('G28: nobody frees or prolongs the lock of another', async () => {
    const letGo = await hold(await openStore(redis, { leaseMs: 300 }));
    await redis.command('SET', LOCK, 'another', 'PX', '60000');
    await sleep(300);
    await letGo();
    expect(await redis.command('GET', LOCK)).toBe('another');
    expect(await redis.command('PTTL', LOCK)).toBeGreaterThan(30_000);
  });

  test('G28: the lease is a real expiry, so that Redis ends it by itself', async () => {
    const letGo = await hold(await openStore(redis, { leaseMs: 5_000 }));
    expect(await redis.command('PTTL', LOCK)).toBeGreaterThan(0);
    await letGo();
  });

  test('G28: a script that the client sends twice, as its answer was lost, does the same', async () => {
    const client = (await ownClient('ioredis', redis.port)) as {
      eval(...words: unknown[]): unknown;
    };
    const twice = client.eval.bind(client);
    client.eval = async (...words) => {
      await twice(...words);
      return twice(...words);
    };
    const store = redisStore({ client: client as RedisClient, key: KEY }) as SharedStore;
    await store.lock(() => store.set({ accessToken: 'written' }) as Promise<void>, never());
    expect(await store.get()).toEqual({ accessToken: 'written' });
    expect(await redis.command('EXISTS', LOCK)).toBe(0);
  });

  test('G28: a lock that Redis refuses rejects, and leaves nothing behind', async () => {
    const store = await openStore(redis);
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    const critical = jest.fn(() => Promise.resolve());
    await expect(store.lock(critical, never())).rejects.toThrow('OOM');
    await eventually(async () => (await redis.command('EXISTS', LOCK)) === 0);
    expect(critical).not.toHaveBeenCalled();
  });
});

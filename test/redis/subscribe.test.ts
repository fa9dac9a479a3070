import { cleanUp } from '../support/rig';
import { LIBRARIES } from './clients';
import { describeRedis, startRedis, type RedisServer } from './redis-server';
import { eventually, granted, listening, openStore, sleep, watch } from './steps';

const TOKENS = { accessToken: 'first' };

describeRedis('redisStore, its announcements', () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(cleanUp);

  describe.each(LIBRARIES)('with %s', (library) => {
    test('G29: a write by another process is told, one of its own is not', async () => {
      const [one, other] = [await openStore(redis, { library }), await openStore(redis)];
      const changes = watch(one);
      await eventually(() => changes.times === 1);
      await one.set(TOKENS);
      await one.clear();
      await granted(other);
      await sleep(20);
      expect(changes.times).toBe(1);
      await other.set(TOKENS);
      await eventually(() => changes.times === 2);
      await other.clear();
      await eventually(() => changes.times === 3);
    });

    test('G29: two sessions over one store hear of each other', async () => {
      const store = await openStore(redis, { library });
      const [one, two] = [watch(store), watch(store)];
      await eventually(() => one.times === 1 && two.times === 1);
      await store.set(TOKENS);
      await eventually(() => one.times === 2 && two.times === 2);
      two.stop();
      await store.clear();
      await granted(store);
      await sleep(20);
      expect(one.times).toBe(2);
    });

    test('G29: after a lost connection it listens again, and says once that it was away', async () => {
      const [one, other] = [await openStore(redis, { library }), await openStore(redis)];
      const changes = watch(one);
      await eventually(() => changes.times === 1);
      await redis.command('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
      await eventually(() => changes.times === 2);
      await sleep(50);
      expect(changes.times).toBe(2);
      await other.clear();
      await eventually(() => changes.times === 3);
    });

    test('G29: one connection for all who listen, closed by the last', async () => {
      const store = await openStore(redis, { library });
      const [one, two, three] = [watch(store), watch(store), watch(store)];
      await listening(redis, 1);
      one.stop();
      one.stop();
      two.stop();
      await sleep(20);
      await listening(redis, 1);
      three.stop();
      await listening(redis, 0);
      // Gone before it was there, and opened anew.
      watch(store).stop();
      const last = watch(store);
      await listening(redis, 1);
      last.stop();
      await listening(redis, 0);
    });

    test('G35: a Redis that goes away for good is no unhandled error', async () => {
      const faults: unknown[] = [];
      const note = (fault: unknown): number => faults.push(fault);
      process.on('unhandledRejection', note).on('uncaughtException', note);
      const store = await openStore(redis, { library });
      const changes = watch(store);
      await listening(redis, 1);
      await redis.stop();
      await sleep(600);
      changes.stop();
      watch(store).stop();
      await redis.start();
      expect(await store.get()).toBeNull();
      process.off('unhandledRejection', note).off('uncaughtException', note);
      expect(faults).toEqual([]);
    });
  });

  test('G29: a store that is subscribed while Redis is away hears once it is back', async () => {
    const [one, other] = [await openStore(redis), await openStore(redis)];
    await redis.stop();
    const changes = watch(one);
    await sleep(300);
    await redis.start();
    await eventually(() => changes.times === 1);
    await other.set(TOKENS);
    await eventually(() => changes.times === 2);
  });

  test('G29: nobody is told once it has stopped listening', async () => {
    const [one, other] = [await openStore(redis), await openStore(redis)];
    const [stopped, stays] = [watch(one), watch(one)];
    await eventually(() => stays.times === 1);
    stopped.stop();
    await other.set(TOKENS);
    await eventually(() => stays.times === 2);
    expect(stopped.times).toBe(1);
  });
});

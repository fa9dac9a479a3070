import { redisStore } from '../../src/redis/index';
import { cleanUp, onCleanUp } from '../support/rig';
import { connectCluster, KEY, LIBRARIES, type Library } from './clients';
import { describeRedis, startCluster, type RedisServer } from './redis-server';
import { eventually, granted, hold, watch, type SharedStore } from './steps';

const TOKENS = { accessToken: 'first' };

describeRedis('redisStore on a Cluster', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startCluster();
  });
  beforeEach(() => redis.command('FLUSHALL'));
  afterAll(cleanUp);

  async function open(library: Library): Promise<SharedStore> {
    const { client, end } = await connectCluster(library, redis.port);
    onCleanUp(end);
    return redisStore({ client, key: KEY }) as SharedStore;
  }

  describe.each(LIBRARIES)('with %s', (library) => {
    test('G23: tokens are written, read and cleared', async () => {
      const [one, other] = [await open(library), await open(library)];
      await one.set(TOKENS);
      expect(await other.get()).toEqual(TOKENS);
      await other.clear();
      expect(await one.get()).toBeNull();
    });

    test('G27: the lock is held by one, and its release wakes the other', async () => {
      const [one, other] = [await open(library), await open(library)];
      const letGo = await hold(one);
      const order: string[] = [];
      const done = granted(other).then(() => order.push('granted'));
      order.push('let go');
      await letGo();
      await done;
      expect(order).toEqual(['let go', 'granted']);
    });

    test('G29: a write by another process is told, also after a lost connection', async () => {
      const [one, other] = [await open(library), await open(library)];
      const changes = watch(one);
      await eventually(() => changes.times === 1);
      await other.set(TOKENS);
      await eventually(() => changes.times === 2);
      await redis.command('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
      await eventually(() => changes.times === 3);
      await other.clear();
      await eventually(() => changes.times === 4);
      changes.stop();
    });
  });
});

import { cachedStore } from '../../src/index';
import { attached, cleanUp } from '../support/session';
import { LIBRARIES } from './clients';
import { describeRedis, startRedis, type RedisServer } from './redis-server';
import { eventually, granted, hold, openStore } from './steps';

describeRedis('redisStore with subscribe: false', () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(cleanUp);

  /** How many connections were made since Redis was started; that of the question itself is one of them. */
  async function connections(): Promise<number> {
    const info = String(await redis.command('INFO', 'stats'));
    return Number(/total_connections_received:(\d+)/.exec(info)?.[1]);
  }

  describe.each(LIBRARIES)('with %s', (library) => {
    test('G27: it waits for the lock and gets it, without a connection of its own', async () => {
      const [one, other] = [
        await openStore(redis, { library, subscribe: false }),
        await openStore(redis, { library, subscribe: false }),
      ];
      expect(one.subscribe).toBeUndefined();
      expect('subscribe' in cachedStore(one)).toBe(false);
      const before = await connections();
      const leave = await hold(other);
      let isGranted = false;
      const waiting = granted(one).then(() => (isGranted = true));
      // It has asked more than once.
      const asked = async (): Promise<number> => {
        const info = String(await redis.command('INFO', 'commandstats'));
        return Number(/cmdstat_eval:calls=(\d+)/.exec(info)?.[1]);
      };
      const first = await asked();
      let questions = 0;
      await eventually(async () => {
        questions++;
        return (await asked()) > first + 2;
      });
      expect(isGranted).toBe(false);
      await leave();
      await waiting;
      // One for each question of this test, and none else.
      expect((await connections()) - before).toBe(questions + 2);
    });
  });

  test('G27: two sessions over it refresh once between them', async () => {
    let refreshes = 0;
    const expired = { accessToken: 'access-1', refreshToken: 'r1', expiresAt: 2e11 };
    const first = await openStore(redis, { subscribe: false });
    await first.set(expired);
    const sessions = [first, await openStore(redis, { subscribe: false })].map((tokenStore) =>
      attached({
        options: {
          tokenStore,
          refresh: () => {
            refreshes++;
            return Promise.resolve({ accessToken: 'access-2' });
          },
        },
      }),
    );
    const found = await Promise.all(sessions.map(({ auth }) => auth.getAccessToken()));
    expect(found).toEqual(['access-2', 'access-2']);
    expect(refreshes).toBe(1);
  });

  test('G29: with a listener, it is told of what the other writes', async () => {
    const [silent, listening] = [
      await openStore(redis, { subscribe: false }),
      await openStore(redis),
    ];
    let times = 0;
    const stop = listening.subscribe(() => times++);
    await eventually(() => times === 1);
    await silent.set({ accessToken: 'first' });
    await eventually(() => times === 2);
    stop();
  });
});

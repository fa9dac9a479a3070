import { cleanUp } from '../support/rig';
import { describeRedis, startRedis, type RedisServer } from './redis-server';
import { granted, never, openStore, type SharedStore } from './steps';

const LOST = 'the lock was lost before the tokens were written';

const tokens = (accessToken: string): { accessToken: string } => ({ accessToken });

describeRedis('redisStore, its fence', () => {
  let redis: RedisServer;
  let one: SharedStore;
  let other: SharedStore;
  beforeEach(async () => {
    redis = await startRedis();
    [one, other] = [await openStore(redis), await openStore(redis)];
    await one.set(tokens('old'));
  });
  afterEach(cleanUp);

  /** As if the lease had run out while its owner was stopped. */
  const loseLock = (): Promise<unknown> => redis.command('DEL', '{billing}:lock');

  const write = (store: SharedStore, name: string): Promise<unknown> =>
    store.lock(() => Promise.resolve(store.set(tokens(name))), never());

  test('G28: an owner that lost its lease does not overwrite what the next one wrote', async () => {
    const late = one.lock(async () => {
      await loseLock();
      await write(other, 'newer');
      await one.set(tokens('stale'));
    }, never());
    await expect(late).rejects.toThrow(LOST);
    expect(await one.get()).toEqual(tokens('newer'));
  });

  test('G28: nor does it clear it', async () => {
    const late = one.lock(async () => {
      await loseLock();
      await write(other, 'newer');
      await one.clear();
    }, never());
    await expect(late).rejects.toThrow(LOST);
    expect(await one.get()).toEqual(tokens('newer'));
  });

  test('G9: it still writes while nobody else has: its tokens are the newest', async () => {
    await one.lock(async () => {
      await loseLock();
      await granted(other);
      await one.set(tokens('rotated'));
    }, never());
    expect(await other.get()).toEqual(tokens('rotated'));
    await write(other, 'next');
    expect(await one.get()).toEqual(tokens('next'));
  });

  test('G22: a sign-in of a peer wins over the owner of the lock', async () => {
    const owner = one.lock(async () => {
      await other.set(tokens('signed in'));
      await one.set(tokens('refreshed'));
    }, never());
    await expect(owner).rejects.toThrow(LOST);
    expect(await one.get()).toEqual(tokens('signed in'));
  });

  test('G21: so does a sign-out', async () => {
    const owner = one.lock(async () => {
      await other.clear();
      await one.set(tokens('refreshed'));
    }, never());
    await expect(owner).rejects.toThrow(LOST);
    expect(await one.get()).toBeNull();
  });

  test('G22: and one by the same process, beside its own renewal', async () => {
    let signIn = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      signIn = resolve;
    });
    const done = asked.then(() => one.set(tokens('signed in')));
    const owner = one.lock(async () => {
      signIn();
      await done;
      await one.set(tokens('refreshed'));
    }, never());
    await expect(owner).rejects.toThrow(LOST);
    expect(await one.get()).toEqual(tokens('signed in'));
  });

  test('G22: a sign-in wins whoever has the lock, and as often as it comes', async () => {
    await one.lock(async () => {
      await other.set(tokens('a'));
      await other.set(tokens('b'));
    }, never());
    await one.set(tokens('c'));
    expect(await other.get()).toEqual(tokens('c'));
  });

  /** Code that was called under a lock which has been given up since, as its time was over. */
  async function afterLock(work: () => Promise<unknown>): Promise<() => Promise<unknown>> {
    const over = new AbortController();
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    let done: Promise<unknown> = begun;
    await one.lock(() => {
      done = begun.then(work);
      over.abort();
      return Promise.resolve();
    }, over.signal);
    return () => {
      begin();
      return done;
    };
  }

  test('G23: a write that comes after the lock was given up is fenced as well', async () => {
    const late = await afterLock(() => Promise.resolve(one.set(tokens('late'))));
    await write(other, 'newer');
    await expect(late()).rejects.toThrow(LOST);
    expect(await one.get()).toEqual(tokens('newer'));
  });

  test('G9: it is not lost where nobody has written since', async () => {
    const late = await afterLock(() => Promise.resolve(one.set(tokens('late'))));
    await granted(other);
    await late();
    expect(await other.get()).toEqual(tokens('late'));
  });

  test('G14: a sign-in by what a late renewal called wins again', async () => {
    const late = await afterLock(async () => {
      await one.set(tokens('late'));
      await other.set(tokens('another sign-in'));
      await one.set(tokens('signed in'));
    });
    await late();
    expect(await other.get()).toEqual(tokens('signed in'));
  });

  test('G14: a sign-in by what the ended session called wins again', async () => {
    let signIn: Promise<unknown> = Promise.resolve();
    let ended = (): void => undefined;
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    await one.lock(async () => {
      await one.clear();
      signIn = end.then(() => one.set(tokens('signed in')));
    }, never());
    await other.set(tokens('another sign-in'));
    ended();
    await signIn;
    expect(await other.get()).toEqual(tokens('signed in'));
  });

  test('G28: after Redis has lost everything, the fencing tokens begin again', async () => {
    for (const name of ['a', 'b', 'c']) await write(one, name);
    await one.lock(async () => {
      await redis.command('FLUSHALL');
      await one.set(tokens('kept'));
    }, never());
    expect(await other.get()).toEqual(tokens('kept'));
    await write(other, 'next');
    expect(await one.get()).toEqual(tokens('next'));
  });

  describe.each<[string, ...string[][]]>([
    ['text', ['SET', '{billing}:fence', 'text']],
    ['a list', ['RPUSH', '{billing}:fence', 'text']],
    ['words', ['HSET', '{billing}:fence', 'taken', 'text', 'written', 'text']],
    ['no numbers', ['HSET', '{billing}:fence', 'taken', 'nan', 'written', 'inf']],
    ['a number too large to count on', ['HSET', '{billing}:fence', 'taken', '9223372036854775807']],
    ['a later write than was allowed', ['HSET', '{billing}:fence', 'taken', '1', 'written', '900']],
  ])('whose fence was damaged: %s', (_what, damage) => {
    /** Whatever the type of the old one. */
    async function breakFence(): Promise<void> {
      if (damage[0] !== 'HSET') await redis.command('DEL', '{billing}:fence');
      await redis.command(...damage);
    }

    test('G14: signing in works, and so does everything after it', async () => {
      await breakFence();
      await one.set(tokens('signed in'));
      expect(await other.get()).toEqual(tokens('signed in'));
      await write(other, 'refreshed');
      expect(await one.get()).toEqual(tokens('refreshed'));
      await one.clear();
      expect(await other.get()).toBeNull();
    });

    test('G28: the lock is granted, and fences', async () => {
      await breakFence();
      const late = one.lock(async () => {
        await loseLock();
        await write(other, 'newer');
        await one.set(tokens('stale'));
      }, never());
      await expect(late).rejects.toThrow(LOST);
      expect(await other.get()).toEqual(tokens('newer'));
    });

    test('G22: a sign-in still wins over the owner from before', async () => {
      const owner = one.lock(async () => {
        await breakFence();
        await other.set(tokens('signed in'));
        await one.set(tokens('refreshed'));
      }, never());
      await expect(owner).rejects.toThrow(LOST);
      expect(await one.get()).toEqual(tokens('signed in'));
    });
  });

  test('G9: a fence that is damaged during a renewal does not cost its tokens', async () => {
    await one.lock(async () => {
      await redis.command('HSET', '{billing}:fence', 'taken', 'text', 'written', 'text');
      await one.set(tokens('rotated'));
    }, never());
    expect(await other.get()).toEqual(tokens('rotated'));
  });
});

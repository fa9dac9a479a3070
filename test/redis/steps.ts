import { redisStore, type RedisClient, type RedisStoreOptions } from '../../src/redis/index';
import type { TokenStore } from '../../src/index';
import { eventually } from '../support/eventually';
import { onCleanUp } from '../support/rig';
import { connect, KEY, type Library } from './clients';
import type { RedisServer } from './redis-server';

export { eventually };

/** A store in Redis has all of the optional methods. */
export type SharedStore = Required<TokenStore>;

export interface StoreSettings extends Pick<RedisStoreOptions, 'leaseMs' | 'ttlMs' | 'subscribe'> {
  library?: Library;
}

/** A client that the clean-up of the test ends. */
export async function ownClient(
  library: Library,
  port: number,
  prefix?: string,
): Promise<RedisClient> {
  const { client, end } = await connect(library, port, prefix);
  onCleanUp(end);
  return client;
}

/** A store with a client of its own, as another process would have it. */
export async function openStore(
  redis: RedisServer,
  { library = 'redis', leaseMs = 60_000, ...more }: StoreSettings = {},
): Promise<SharedStore> {
  const client = await ownClient(library, redis.port);
  return redisStore({ client, key: KEY, leaseMs, ...more }) as SharedStore;
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** A signal that does not abort. */
export const never = (): AbortSignal => new AbortController().signal;

/** Waits until that many connections listen for announcements. */
export const listening = (redis: RedisServer, count: number): Promise<void> =>
  eventually(async () => {
    const [, found] = (await redis.command('PUBSUB', 'NUMSUB', `{${KEY}}`)) as [string, number];
    return found === count;
  });

/** Takes the lock and keeps it; resolves once it is taken, with how to let it go. */
export async function hold(store: SharedStore): Promise<() => Promise<void>> {
  let leave = (): void => undefined;
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  let done: Promise<void> | undefined;
  await new Promise<void>((entered) => {
    done = store.lock(() => {
      entered();
      return left;
    }, never());
  });
  return async () => {
    leave();
    await done;
  };
}

export const granted = (store: SharedStore): Promise<string> =>
  store.lock(() => Promise.resolve('granted'), never());

/** Counts what a store tells of changes; `stop` is also called by the clean-up. */
export function watch(store: SharedStore): { times: number; stop(): void } {
  const watched = {
    times: 0,
    stop: store.subscribe(() => {
      watched.times++;
    }),
  };
  onCleanUp(watched.stop);
  return watched;
}

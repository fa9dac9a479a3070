import type { TokenStore } from '../stores/store';
import { parseTokens } from '../stores/text';
import type { Tokens } from '../tokens';
import { describe, isRecord } from '../util/values';
import { announce, createAnnouncements } from './announcements';
import { adaptClient, type RedisClient } from './client';
import { createLeases } from './leases';
import { withLock, type Run } from './lock';
import { NAME, READ, WRITE } from './scripts';

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /**
   * A client of `redis` (node-redis 4 or later) or `ioredis`, single or Cluster. It stays yours: the
   * store never closes it, and opens one connection beside it to listen for changes.
   */
  client: RedisClient;
  /**
   * One for each account that is shared. A prefix of the client's own comes before it. Where it has
   * no hash tag it is one as a whole: `billing` is kept under `{billing}`.
   */
  key: string;
  /**
   * How long the others wait for a process that died during a renewal, in milliseconds. A process
   * that lives prolongs its lease by a heartbeat. Keep it below half of `refreshTimeout`.
   *
   * @default 10_000
   */
  leaseMs?: number;
}

const LEASE = 10_000;
const LEASE_LEAST = 100;
const HASH_TAG = /^[^{]*\{[^}]+\}/;

/**
 * Keeps the tokens of one account in Redis, for any number of processes: they renew once per expiry
 * between them, and each sees what the others write. A read is one round trip: put `cachedStore`
 * around it, which lasts until somebody announces a change.
 *
 * An announcement is lost to a process whose connection hangs without either side noticing. Where
 * that matters, give `cachedStore` a `maxAge`.
 *
 * @throws TypeError that names the option.
 * @example
 * const client = createClient({ url: process.env.REDIS_URL });
 * await client.connect();
 * const auth = attachAuthInterceptors(api, {
 *   tokenStore: cachedStore(redisStore({ client, key: 'billing' })),
 *   refresh,
 * });
 */
export function redisStore<T extends Tokens = Tokens>(options: RedisStoreOptions): TokenStore<T> {
  const { client, key, leaseMs } = checkOptions(options);
  const redis = adaptClient(client);
  const id = crypto.randomUUID();
  const tag = HASH_TAG.test(key) ? key : `{${key}}`;
  const keys = [tag, `${tag}:lock`, `${tag}:fence`];
  const run: Run = (script, ...parameters) => redis.eval(script, keys, parameters);
  const announcements = createAnnouncements(redis, async () => textOf(await run(NAME)) ?? '');
  const leases = createLeases();

  /** By the owner of the lock: fenced by its token. By anybody else: it wins. */
  async function write(text: string): Promise<void> {
    const lease = leases.current();
    let stored = false;
    try {
      const reply = await run(
        WRITE,
        String(lease?.fencingToken ?? ''),
        text,
        announce('changed', id),
      );
      stored = Number(reply) === 1;
    } finally {
      lease?.wrote(stored);
    }
    if (stored) return;
    throw new Error(
      'redisStore: the lock was lost before the tokens were written, and another process has ' +
        'written since. Its tokens stay. If this happens often, raise "leaseMs"',
    );
  }

  return {
    get: async () => parseTokens(textOf(await run(READ))) as T | null,
    set: (tokens) => write(JSON.stringify(tokens)),
    clear: () => write(''),
    lock: (critical, signal) =>
      withLock(
        { run, announcements, leaseMs, id },
        (fencingToken) => leases.run(fencingToken, critical, signal),
        signal,
      ),
    subscribe: (changed) =>
      announcements.listen({
        heard(news, from) {
          if (news === 'changed' && from !== id) changed();
        },
        missed: changed,
      }),
  };
}

/** A client may be set up to answer with a Buffer. */
const textOf = (reply: unknown): string | undefined =>
  (reply as { toString(): string } | null)?.toString();

function checkOptions(options: unknown): Required<RedisStoreOptions> {
  if (!isRecord(options)) {
    throw new TypeError(
      `redisStore(options): options must be { client, key }, got ${describe(options)}.`,
    );
  }
  const { client, key, leaseMs = LEASE } = options;
  if (typeof key !== 'string' || key === '' || key.startsWith('}')) {
    throw new TypeError(
      `redisStore: "key" must be a string that does not begin with "}", got ${describe(key)}.`,
    );
  }
  if (!Number.isInteger(leaseMs) || (leaseMs as number) < LEASE_LEAST) {
    throw new TypeError(
      `redisStore: "leaseMs" must be a whole number of milliseconds, ${LEASE_LEAST} or more, ` +
        `got ${typeof leaseMs === 'number' ? leaseMs : describe(leaseMs)}.`,
    );
  }
  return { client: client as RedisClient, key, leaseMs: leaseMs as number };
}

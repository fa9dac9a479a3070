import type { TokenStore } from '../stores/store';
import { parseTokens } from '../stores/text';
import type { Tokens } from '../tokens';
import { aBoolean, checkOptions, type Check } from '../util/check-options';
import { isRecord, ownValue } from '../util/values';
import { announce, createAnnouncements, NO_ANNOUNCEMENTS } from './announcements';
import { adaptClient, isRedisClient, type RedisClient } from './client';
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
  /**
   * How long Redis keeps the tokens after they were last written, in milliseconds: by a sign-in or by a
   * renewal. As long as the refresh token lives; then they are gone, as after a sign-out.
   *
   * @default they are kept until `signOut()`
   */
  ttlMs?: number;
  /**
   * `false` for a session that lives for one request: the store opens no connection to listen for changes,
   * and `subscribe` is left out. What others write is seen by the next read. Who waits for the lock asks
   * for it again after 0.1 seconds.
   *
   * @default true
   */
  subscribe?: boolean;
}

const LEASE = 10_000;
const LEASE_LEAST = 100;
/** How soon a waiter asks for the lock again, in milliseconds: when it is told, and when it is not. */
const RETRY = { told: 1_000, untold: 100 };
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
  // Null in place of a key that was left out, which `checkOptions` would take for optional.
  const given = isRecord(options) ? { ...options, key: ownValue(options, 'key') ?? null } : options;
  checkOptions('redisStore(options)', given as RedisStoreOptions, createChecks(), 'client');
  const { client, key, leaseMs = LEASE, subscribe = true } = options;
  const redis = adaptClient(client);
  const id = crypto.randomUUID();
  const tag = HASH_TAG.test(key) ? key : `{${key}}`;
  const keys = [tag, `${tag}:lock`, `${tag}:fence`];
  const ttl = String(options.ttlMs ?? '');
  const run: Run = (script, ...parameters) => redis.eval(script, keys, parameters);
  const announcements = subscribe
    ? createAnnouncements(redis, async () => textOf(await run(NAME)) ?? '')
    : NO_ANNOUNCEMENTS;
  const retryMs = subscribe ? RETRY.told : RETRY.untold;
  const leases = createLeases();
  const subscriptions = new Set<object>();

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
        ttl,
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
        { run, announcements, leaseMs, ttl, id, retryMs },
        (fencingToken) => leases.run(fencingToken, critical, signal),
        signal,
      ),
    ...(subscribe && {
      subscribe(changed: () => void) {
        const subscription = { changed };
        subscriptions.add(subscription);
        const leave = announcements.listen({
          heard(news, from) {
            // With two sessions over one store nobody knows which of them has written.
            if (news === 'changed' && (from !== id || subscriptions.size > 1)) changed();
          },
          missed: changed,
        });
        return () => {
          subscriptions.delete(subscription);
          leave();
        };
      },
    }),
  };
}

/** A client may be set up to answer with a Buffer. */
const textOf = (reply: unknown): string | undefined =>
  (reply as { toString(): string } | null)?.toString();

const createChecks = (): Record<keyof RedisStoreOptions, Check> => ({
  client: ['a client of redis (node-redis 4 or later) or ioredis', isRedisClient],
  key: [
    'a string that does not begin with "}"',
    (value) => typeof value === 'string' && /^[^}]/.test(value),
  ],
  leaseMs: wholeNumber(LEASE_LEAST),
  ttlMs: wholeNumber(1),
  subscribe: aBoolean,
});

const wholeNumber = (least: number): Check => [
  `a whole number of milliseconds, ${least} or more`,
  (value) => Number.isInteger(value) && (value as number) >= least,
];

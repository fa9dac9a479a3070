// Redis runs a script as a whole: no other command comes between its lines. That is the promise
// that each of these relies on. All keys are named in KEYS and share a hash tag, so that a Cluster
// keeps them on one node.
//
//   KEYS[1]  the tokens; also the name of the channel on which changes are announced
//   KEYS[2]  the lock: the random name of its holder, with an expiry
//   KEYS[3]  the fence: `taken`, the number given out last, and `written`, that of the last write
//
// Only the lock has an expiry. A Redis that evicts other keys when its memory is full
// (maxmemory-policy allkeys-*) may evict tokens, and so sign the fleet out.

/**
 * Reads in a script, although GET would do: a script is never answered by a replica that lags
 * behind, nor by a cache in the client.
 */
export const READ = `return redis.call('GET', KEYS[1])`;

/** The name of the tokens' key as Redis knows it, with the prefix that a client may put before it. */
export const NAME = `return KEYS[1]`;

/**
 * ARGV: owner, lease in milliseconds. Gives the number of the lock, or 0. PX: Redis forgets the lock
 * by itself when nobody prolongs it. A client that lost the answer may send the script again: who has
 * the lock already gets it, under a new number.
 */
export const ACQUIRE = `
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
   and redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
return redis.call('HINCRBY', KEYS[3], 'taken', 1)`;

/** ARGV: owner, lease. Gives 0 when the lock has been lost: it is not taken back. */
export const PROLONG = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[2], ARGV[2])`;

/** ARGV: owner, announcement. Compare and delete: nobody frees the lock of another. */
export const RELEASE = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
redis.call('PUBLISH', KEYS[1], ARGV[2])
return 1`;

/**
 * ARGV: number of the lock or '', tokens or '', announcement. Gives 0 when somebody wrote under a
 * later number. Without a number (outside of the lock) the write takes one: it always wins, and a
 * holder that took the lock before it does not. A holder that lost its lease may still write as long
 * as nobody else did: its tokens are the newest there are.
 */
export const WRITE = `
local taken = tonumber(redis.call('HGET', KEYS[3], 'taken') or 0)
local written = tonumber(redis.call('HGET', KEYS[3], 'written') or 0)
local mine = tonumber(ARGV[1]) or taken + 1
if mine < written then return 0 end
redis.call('HSET', KEYS[3], 'taken', math.max(taken, mine), 'written', mine)
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2])
end
redis.call('PUBLISH', KEYS[1], ARGV[3])
return 1`;

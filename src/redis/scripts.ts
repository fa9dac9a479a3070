// Redis runs a script as a whole: no other command comes between its lines. That is the promise
// that each of these relies on. All keys are named in KEYS and share a hash tag, so that a Cluster
// keeps them on one node.
//
//   KEYS[1]  the tokens; also the name of the channel on which changes are announced
//   KEYS[2]  the lock: the random name of its owner, with an expiry
//   KEYS[3]  the fence: `taken`, the fencing token given out last, and `written`, that of the last write
//
// The lock has an expiry; the tokens and the fence have one only with the option `ttlMs`. A Redis that
// evicts other keys when its memory is full (maxmemory-policy allkeys-*) may evict tokens, and so sign the
// fleet out.

import { LATEST } from './leases';

/** Ends the script with an error that says what to do where the key holds no text, but a list or such. */
const refuseOtherType = (key: string): string => `
local length = redis.pcall('STRLEN', ${key})
if type(length) == 'table' then
  if not string.find(length.err, 'WRONGTYPE', 1, true) then return length end
  return redis.error_reply('WRONGTYPE redisStore: the key ' .. ${key} .. ' holds a value of another '
    .. 'type, which is not of this store. Delete it, or give redisStore another "key"')
end`;

/**
 * Reads the fence into `taken` and `written`. A damaged one, or one that has expired, is replaced: fencing
 * tokens go on from the time in milliseconds, above what an owner may have been given before (there are
 * never a thousand writes a second), and the owner of now may still write.
 */
const readFence = (ttl: string): string => `
local ttl = tonumber(${ttl})
local fence = redis.pcall('HMGET', KEYS[3], 'taken', 'written')
if fence.err then
  if not string.find(fence.err, 'WRONGTYPE', 1, true) then return fence end
  fence = {'damaged', 'damaged'}
end
if ttl and not fence[1] then fence[1] = 'expired' end
local function countOf(text)
  local count = tonumber(text or 0)
  return count and count >= 0 and count < 1e14 and count % 1 == 0 and count
end
local taken, written = countOf(fence[1]), countOf(fence[2])
if not taken or not written then
  taken, written = taken or redis.call('TIME')[1] * 1000, written or 0
  redis.call('DEL', KEYS[3])
  redis.call('HSET', KEYS[3], 'taken', taken, 'written', written)
end
taken = math.max(taken, written)`;

/** The fence outlives the tokens, and whoever may still write under a fencing token of it. */
const KEEP_FENCE = `
if ttl then redis.call('PEXPIRE', KEYS[3], ttl + ${LATEST}) end`;

/**
 * Reads in a script, although GET would do: a script is never answered by a replica that lags
 * behind, nor by a cache in the client.
 */
export const READ = `${refuseOtherType('KEYS[1]')}
return redis.call('GET', KEYS[1])`;

/** The name of the tokens' key as Redis knows it, with the prefix that a client may put before it. */
export const NAME = `return KEYS[1]`;

/**
 * ARGV: owner, lease in milliseconds, ttl in milliseconds or ''. Gives a fencing token, or 0. PX: Redis
 * forgets the lock by itself when its owner does not prolong it. A client that lost the answer may send
 * the script again: who has the lock already gets it, under a new fencing token.
 */
export const ACQUIRE = `${refuseOtherType('KEYS[2]')}
${readFence('ARGV[3]')}
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
   and redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[3], 'taken', taken + 1)
${KEEP_FENCE}
return taken + 1`;

/** ARGV: owner, lease, ttl or ''. Gives 0 when the lock has been lost: it is not taken back. */
export const HEARTBEAT = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
local ttl = tonumber(ARGV[3])
${KEEP_FENCE}
return redis.call('PEXPIRE', KEYS[2], ARGV[2])`;

/** ARGV: owner, announcement. Compare and delete: nobody frees the lock of another. */
export const RELEASE = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
redis.call('PUBLISH', KEYS[1], ARGV[2])
return 1`;

/**
 * ARGV: fencing token or '', tokens or '', announcement, ttl or ''. Gives 0 when somebody wrote under a
 * later fencing token. Without one (outside of the lock) the write takes one: it always wins, and an owner
 * that took the lock before it does not. An owner that lost its lease may still write as long as nobody
 * else did: its tokens are the newest there are.
 */
export const WRITE = `${refuseOtherType('KEYS[1]')}
${readFence('ARGV[4]')}
local mine = tonumber(ARGV[1]) or taken + 1
if mine < written then return 0 end
redis.call('HSET', KEYS[3], 'taken', math.max(taken, mine), 'written', mine)
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
elseif ttl then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ttl)
else
  redis.call('SET', KEYS[1], ARGV[2])
end
${KEEP_FENCE}
redis.call('PUBLISH', KEYS[1], ARGV[3])
return 1`;

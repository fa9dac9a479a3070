import { redisStore } from 'axios-auth-interceptors/redis';
import { RedisStore } from 'connect-redis';
import { createClient } from 'redis';

const { REDIS_URL: url = '' } = process.env;
const client = createClient({ url });
client.on('error', (error) => console.error(error.message));
await client.connect();

export const sessionStore = new RedisStore({ client });

/** For several processes: the tokens in Redis under the id of the session, with a lock over all of them. */
export function redisTokens({ sessionID }) {
  return redisStore({
    client,
    key: `tokens:${sessionID}`,
    // A session that lives for one request reads the store anyway: it needs no connection to listen for changes.
    subscribe: false,
    // As long as a refresh token lives. Whoever has not come back by then is forgotten.
    ttlMs: 30 * 24 * 3_600_000,
  });
}

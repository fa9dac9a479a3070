// One version of node-redis, and the built package.
import * as library from 'axios-auth-interceptors';
import * as stores from 'axios-auth-interceptors/redis';
import { createClient } from 'redis';
import { runChecks } from '../checks';
import { REDIS_CHECKS, versionBeside } from '../redis-checks';
import { tell } from '../tell';

tell(async ({ port }) => {
  async function connect() {
    const client = createClient({ url: `redis://127.0.0.1:${port}` });
    client.on('error', () => undefined);
    await client.connect();
    return {
      client,
      command: (...words) => client.sendCommand(words),
      end: () => (client.destroy ? client.destroy() : client.disconnect()),
    };
  }
  const checks = await runChecks(REDIS_CHECKS, { library, stores, connect });
  return { version: versionBeside('redis'), checks: { single: checks } };
});

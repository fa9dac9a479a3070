// One version of ioredis, and the built package.
import * as library from 'axios-auth-interceptors';
import * as stores from 'axios-auth-interceptors/redis';
import Redis from 'ioredis';
import { runChecks } from '../checks';
import { REDIS_CHECKS, versionBeside } from '../redis-checks';
import { tell } from '../tell';

tell(async ({ port }) => {
  async function connect() {
    const client = new Redis(port, '127.0.0.1');
    client.on('error', () => undefined);
    return {
      client,
      command: (...words) => client.call(...words),
      end: () => client.disconnect(),
    };
  }
  const checks = await runChecks(REDIS_CHECKS, { library, stores, connect });
  return { version: versionBeside('ioredis'), checks: { single: checks } };
});

export { redisStore } from './redis/store';

export type { RedisClient } from './redis/client';
export type { RedisStoreOptions } from './redis/store';

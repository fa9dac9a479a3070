export { redisStore } from './store';

export type { RedisClient } from './client';
export type { RedisStoreOptions } from './store';

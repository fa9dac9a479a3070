import { createClient, createCluster } from 'redis';
import Redis, { Cluster } from 'ioredis';
import type { RedisClient } from '../../src/redis/index';

/** A client that a user would bring, and how to end it. */
export interface OwnClient {
  client: RedisClient;
  end(): unknown;
}

/** The key that the stores of the tests share. */
export const KEY = 'billing';

export type Library = 'redis' | 'ioredis';

export const LIBRARIES: Library[] = ['redis', 'ioredis'];

const ignore = (): undefined => undefined;

export async function connect(
  library: Library,
  port: number,
  keyPrefix?: string,
): Promise<OwnClient> {
  if (library === 'ioredis') {
    const client = new Redis(port, { lazyConnect: true, ...(keyPrefix && { keyPrefix }) });
    client.on('error', ignore);
    await client.connect();
    return { client, end: () => client.disconnect() };
  }
  const client = createClient({
    url: `redis://127.0.0.1:${port}`,
    ...(keyPrefix && { keyPrefix }),
  });
  client.on('error', ignore);
  await client.connect();
  return { client, end: () => client.destroy() };
}

export async function connectCluster(library: Library, port: number): Promise<OwnClient> {
  if (library === 'ioredis') {
    const client = new Cluster([{ host: '127.0.0.1', port }]);
    client.on('error', ignore);
    return { client, end: () => client.disconnect() };
  }
  const client = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] });
  client.on('error', ignore);
  await client.connect();
  return { client, end: () => client.destroy() };
}

import { isRecord } from '../util/values';

/**
 * A client of `redis` (node-redis 4 and later) or of `ioredis` (5 and later), or a Cluster client of
 * either. It is told by its methods: this package imports neither.
 */
export interface RedisClient {
  eval(...parameters: never[]): unknown;
  duplicate(...parameters: never[]): unknown;
}

/** A connection that only listens. */
export interface Subscriber {
  on(event: string, listener: (...details: unknown[]) => void): unknown;
  connect(): Promise<unknown>;
  subscribe(channel: string, heard: (message: string) => void): Promise<unknown>;
  /** The process may end although the connection is open. */
  unref(): void;
  end(): void;
}

/** What both libraries can do, under one name. */
export interface Redis {
  eval(script: string, keys: readonly string[], parameters: readonly string[]): Promise<unknown>;
  /** Not connected yet. */
  duplicate(): Promise<Subscriber>;
}

interface Ioredis {
  isCluster?: boolean;
  eval(script: string, count: number, ...parameters: string[]): Promise<unknown>;
  nodes(role: 'master'): Ioredis[];
  duplicate(options: object): IoredisSubscriber;
}

interface IoredisSubscriber {
  status: string;
  stream?: { unref?(): unknown };
  on(event: string, listener: (...details: unknown[]) => void): unknown;
  connect(): Promise<unknown>;
  subscribe(channel: string): Promise<unknown>;
  disconnect(): void;
}

interface NodeRedis {
  masters?: unknown[];
  eval(
    script: string,
    options: { keys: readonly string[]; arguments: readonly string[] },
  ): Promise<unknown>;
  nodeClient(node: unknown): NodeRedis | Promise<NodeRedis>;
  duplicate(): NodeRedisSubscriber;
}

interface NodeRedisSubscriber extends Omit<Subscriber, 'end' | 'unref'> {
  /** Since version 4.2: before, the connection keeps the process alive. */
  unref?(): void;
  /** Since version 5; `disconnect` before. */
  destroy?(): void;
  disconnect?(): Promise<void>;
}

const IOREDIS = ['eval', 'duplicate', 'defineCommand', 'disconnect'];
const NODE_REDIS = ['eval', 'duplicate', 'connect', 'subscribe'];

/** True for a client of either library. */
export const isRedisClient = (value: unknown): boolean =>
  hasMethods(value, IOREDIS) || hasMethods(value, NODE_REDIS);

export const adaptClient = (client: unknown): Redis =>
  hasMethods(client, IOREDIS) ? ioredis(client as Ioredis) : nodeRedis(client as NodeRedis);

function hasMethods(client: unknown, methods: readonly string[]): boolean {
  return isRecord(client) && methods.every((method) => typeof client[method] === 'function');
}

/** Any node of a Cluster will do to listen: Redis hands announcements on to all of them. */
function anyOf<N>(nodes: readonly N[]): N {
  const node = nodes[Math.floor(Math.random() * nodes.length)];
  if (node === undefined) throw new Error('No node of the Cluster is known yet.');
  return node;
}

function ioredis(client: Ioredis): Redis {
  return {
    eval: async (script, keys, parameters) =>
      client.eval(script, keys.length, ...keys, ...parameters),
    async duplicate() {
      const source = client.isCluster ? anyOf(client.nodes('master')) : client;
      const subscriber = source.duplicate({ lazyConnect: true, retryStrategy: () => null });
      return {
        on: (event, listener) => subscriber.on(event, listener),
        connect: () => subscriber.connect(),
        subscribe(channel, heard) {
          subscriber.on('message', (_channel, message) => {
            heard(String(message));
          });
          return subscriber.subscribe(channel);
        },
        unref: () => subscriber.stream?.unref?.(),
        end() {
          // Once more would keep the process waiting for a 'close' that has been.
          if (!['close', 'end'].includes(subscriber.status)) subscriber.disconnect();
        },
      };
    },
  };
}

function nodeRedis(client: NodeRedis): Redis {
  return {
    eval: async (script, keys, parameters) => client.eval(script, { keys, arguments: parameters }),
    async duplicate() {
      const source = client.masters ? await client.nodeClient(anyOf(client.masters)) : client;
      const subscriber = source.duplicate();
      return {
        on: (event, listener) => subscriber.on(event, listener),
        connect: () => subscriber.connect(),
        subscribe: (channel, heard) => subscriber.subscribe(channel, heard),
        unref: () => subscriber.unref?.(),
        end() {
          if (subscriber.destroy) subscriber.destroy();
          else subscriber.disconnect?.().catch(() => undefined);
        },
      };
    },
  };
}

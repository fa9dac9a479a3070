import { redisStore, type RedisStoreOptions } from '../../src/redis/index';

const method = (): Promise<unknown> => Promise.resolve();
const client = { eval: method, duplicate: method, connect: method, subscribe: method };

const open = (options: unknown) => () => redisStore(options as RedisStoreOptions);

test('redisStore names the option that it cannot use', () => {
  expect(open(undefined)).toThrow(
    new TypeError(
      'redisStore(options): options must be an object with at least client, got undefined.',
    ),
  );
  expect(open({ key: 'billing' })).toThrow('Option "client" must be a client of redis');
  expect(open({ client: { eval: method }, key: 'billing' })).toThrow(
    'Option "client" must be a client of redis',
  );
  expect(open({ client })).toThrow('Option "key" must be');
  expect(open({ client, key: undefined })).toThrow('Option "key" must be');
  expect(open({ client, key: '' })).toThrow('Option "key" must be');
  expect(open({ client, key: '}x' })).toThrow('Option "key" must be');
  expect(open({ client, key: 'billing', leaseMs: 99 })).toThrow('Option "leaseMs" must be');
  expect(open({ client, key: 'billing', leaseMs: 1000.5 })).toThrow('Option "leaseMs" must be');
  expect(open({ client, key: 'billing', leaseMs: '5000' })).toThrow('Option "leaseMs" must be');
  for (const ttlMs of [0, -1, 1.5, NaN, Infinity, '60000', null]) {
    expect(open({ client, key: 'billing', ttlMs })).toThrow(
      'Option "ttlMs" must be a whole number',
    );
  }
  expect(open({ client, key: 'billing', subscribe: 'no' })).toThrow('Option "subscribe" must be');
  expect(open({ client, key: 'billing', ttl: 60 })).toThrow('Unknown option "ttl"');
  for (const options of [{}, { key: '' }, { client, key: 5 }, { client, key: 'a', leaseMs: -1 }]) {
    expect(open(options)).toThrow(TypeError);
  }
});

test('redisStore takes both kinds of client, and connects to nothing by itself', () => {
  expect(open({ client, key: 'billing', leaseMs: 100 })).not.toThrow();
  const calls: string[] = [];
  const recorder = new Proxy(
    { eval: method, duplicate: method, defineCommand: method, disconnect: method },
    {
      get(target, name) {
        if (String(name) === 'then') return undefined;
        const found = target[name as keyof typeof target] as typeof method | undefined;
        return found && (() => calls.push(String(name)));
      },
    },
  );
  open({ client: recorder, key: 'billing' })();
  expect(calls).toEqual([]);
});

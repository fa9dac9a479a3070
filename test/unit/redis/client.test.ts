import { adaptClient } from '../../../src/redis/client';

const method = (): Promise<unknown> => Promise.resolve();

test('G29: a client of node-redis 4.0 and 4.1, which has no unref(), listens as well', async () => {
  const subscriber = { on: method, connect: method, subscribe: method, disconnect: method };
  const client = { eval: method, duplicate: () => subscriber, connect: method, subscribe: method };
  const listening = await adaptClient(client).duplicate();
  expect(() => {
    listening.unref();
    listening.end();
  }).not.toThrow();
});

import { EventEmitter } from 'node:events';
import type { Response } from 'express';
import { pause, whileConnected } from './pause';

class FakeResponse extends EventEmitter {
  destroyed = false;
}

describe('waiting while the client is connected', () => {
  const never = new Promise<void>(() => undefined);
  let fake: FakeResponse;
  let res: Response;

  beforeEach(() => {
    fake = new FakeResponse();
    res = fake as unknown as Response;
  });
  afterEach(() => {
    expect(fake.listenerCount('close')).toBe(0);
  });

  it('ends with the work', async () => {
    await expect(whileConnected(res, Promise.resolve())).resolves.toBe(true);
    await expect(pause(res, 1)).resolves.toBe(true);
    await expect(pause(res, 0)).resolves.toBe(true);
  });

  it('ends when the client leaves', async () => {
    const waits = [whileConnected(res, never), pause(res, 3_600_000)];
    fake.emit('close');
    await expect(Promise.all(waits)).resolves.toEqual([false, false]);
  });

  it('does not even start when the client has left', async () => {
    fake.destroyed = true;
    await expect(whileConnected(res, never)).resolves.toBe(false);
    await expect(pause(res, 3_600_000)).resolves.toBe(false);
  });

  it('passes a failure of the work on', async () => {
    await expect(whileConnected(res, Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});

import { AsyncLocalStorage } from 'node:async_hooks';
import { AsyncScope } from '../../../src/session/async-scope';
import { deferred } from '../../../src/util/awaitable';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

afterEach(() => {
  jest.restoreAllMocks();
});

/** As on a runtime whose storage is missing, or not what it is elsewhere. */
function withStorage(AsyncLocalStorageThere: unknown): void {
  jest
    .spyOn(process, 'getBuiltinModule')
    .mockImplementation((() => AsyncLocalStorageThere) as never);
}

describe('the call, where the runtime can follow it', () => {
  it('G8: is told through every await, and from everything else', async () => {
    const scope = new AsyncScope();
    expect([scope.isExact, scope.isInside(), scope.isRunning]).toEqual([true, false, true]);
    const told: boolean[] = [];
    const running = scope.run(async () => {
      told.push(scope.isInside());
      await turn();
      told.push(scope.isInside());
      await new Promise((resolve) => setTimeout(resolve, 1));
      told.push(scope.isInside());
      return 'answer';
    });
    expect(scope.isInside()).toBe(false);
    await turn();
    expect(scope.isInside()).toBe(false);
    expect(await running).toBe('answer');
    expect(told).toEqual([true, true, true]);
  });

  it('G8: is over when it has settled: what it leaves running does not count', async () => {
    const scope = new AsyncScope();
    const after = deferred<void>();
    const left = deferred<boolean>();
    await scope.run(() => {
      void after.promise.then(() => {
        left.resolve(scope.isInside());
      });
    });
    expect(scope.isRunning).toBe(false);
    after.resolve();
    expect(await left.promise).toBe(false);
  });

  it('G8: two at once are told from one another, and the end of one is no matter to the other', async () => {
    const [one, two] = [new AsyncScope(), new AsyncScope()];
    const [endOne, endTwo] = [deferred<void>(), deferred<void>()];
    const inTwo: boolean[][] = [];
    const first = one.run(() => endOne.promise);
    const second = two.run(async () => {
      inTwo.push([one.isInside(), two.isInside()]);
      await endTwo.promise;
      inTwo.push([one.isInside(), two.isInside()]);
    });
    endOne.resolve();
    await first;
    expect([one.isRunning, two.isRunning]).toEqual([false, true]);
    endTwo.resolve();
    await second;
    expect(inTwo).toEqual([
      [false, true],
      [false, true],
    ]);
  });

  it('G8: one within another is inside of both', async () => {
    const [outer, inner] = [new AsyncScope(), new AsyncScope()];
    const told: boolean[][] = [];
    await outer.run(async () => {
      await inner.run(async () => {
        await turn();
        told.push([outer.isInside(), inner.isInside()]);
      });
      told.push([outer.isInside(), inner.isInside()]);
    });
    expect(told).toEqual([
      [true, true],
      [true, false],
    ]);
  });

  it('hands on what the call throws, and is over', async () => {
    const scope = new AsyncScope();
    const fault = new Error('no');
    await expect(
      scope.run(() => {
        throw fault;
      }),
    ).rejects.toBe(fault);
    await expect(new AsyncScope().run(() => Promise.reject(fault))).rejects.toBe(fault);
    expect([scope.isRunning, scope.isInside()]).toEqual([false, false]);
  });
});

describe('the call, where only its synchronous part is known', () => {
  it.each<[string, () => void]>([
    [
      'there is no AsyncLocalStorage',
      () => {
        withStorage(undefined);
      },
    ],
    [
      'the module cannot be loaded',
      () => {
        withStorage({});
      },
    ],
    [
      'there is no process',
      () => {
        jest.replaceProperty(globalThis, 'process', undefined as never);
      },
    ],
  ])('G39: %s', async (_, prepare) => {
    prepare();
    const scope = new AsyncScope();
    expect(scope.isExact).toBe(false);
    const told: boolean[] = [];
    const end = deferred<void>();
    const running = scope.run(async () => {
      told.push(scope.isInside());
      await end.promise;
      told.push(scope.isInside());
    });
    expect([scope.isInside(), scope.isRunning]).toEqual([false, true]);
    end.resolve();
    await running;
    expect(told).toEqual([true, false]);
    expect(scope.isRunning).toBe(false);
  });
});

describe('the storage of a call', () => {
  it('is switched off when the call has settled, and not before', async () => {
    const disable = jest.spyOn(AsyncLocalStorage.prototype, 'disable');
    const end = deferred<void>();
    const running = new AsyncScope().run(() => end.promise);
    await turn();
    expect(disable).not.toHaveBeenCalled();
    end.resolve();
    await running;
    expect(disable).toHaveBeenCalledTimes(1);
  });
});

describe('a storage that cannot be switched off, as on Cloudflare Workers', () => {
  it('G39: does no harm', async () => {
    class Workers<S> extends AsyncLocalStorage<S> {
      override disable(): void {
        throw new Error('not implemented');
      }
    }
    withStorage({ AsyncLocalStorage: Workers });
    const scope = new AsyncScope();
    const after = deferred<void>();
    let left: Promise<boolean> | undefined;
    const answer = await scope.run(() => {
      left = after.promise.then(() => scope.isInside());
      return 'answer';
    });
    after.resolve();
    expect([answer, await left]).toEqual(['answer', false]);
  });
});

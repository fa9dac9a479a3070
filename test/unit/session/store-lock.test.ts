import { withStoreLock } from '../../../src/session/store-lock';
import type { TokenStore } from '../../../src/stores/store';
import { deferred } from '../../../src/util/awaitable';

const PATIENCE = 1_000;
const RELEASE = 1_000;

type Lock = (critical: () => Promise<void>, signal: AbortSignal) => Promise<void>;

/** Work under a lock, which ends when the test says so. */
function run(lock: Lock | undefined) {
  const started: boolean[] = [];
  const faults: unknown[] = [];
  const end = deferred<void>();
  const controller = new AbortController();
  const store = { ...(lock && { lock }) } as unknown as TokenStore;
  const work = (hasLock: boolean): Promise<void> => {
    started.push(hasLock);
    return end.promise;
  };
  const onFault = (fault: unknown): void => {
    faults.push(fault);
  };
  const state = { isReleased: false };
  const done = withStoreLock(store, work, PATIENCE, controller.signal, onFault).then(() => {
    state.isReleased = true;
  });
  const finish = (): void => {
    end.resolve();
  };
  return {
    started,
    faults,
    finish,
    done,
    state,
    abort: () => {
      controller.abort();
    },
  };
}

const later = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
const never = new Promise<never>(() => undefined);

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('work under the lock of a store', () => {
  it('runs at once, without it, where the store has none', async () => {
    const { started, finish, done } = run(undefined);
    expect(started).toEqual([false]);
    finish();
    await done;
  });

  it('G27: runs when the lock is granted, and is over when it was given back', async () => {
    const granted = deferred<void>();
    const back = deferred<void>();
    const { started, finish, state } = run(async (critical) => {
      await granted.promise;
      await critical();
      await back.promise;
    });
    await later(PATIENCE - 1);
    expect(started).toEqual([]);
    granted.resolve();
    await later(0);
    expect(started).toEqual([true]);
    // It may take longer than the patience once it has the lock.
    await later(PATIENCE * 10);
    expect(started).toEqual([true]);
    finish();
    await later(0);
    expect(state.isReleased).toBe(false);
    back.resolve();
    await later(0);
    expect(state.isReleased).toBe(true);
  });

  it('G28: waits no longer than a second for a lock that is not given back', async () => {
    const { finish, state } = run(async (critical) => {
      await critical();
      await never;
    });
    await later(0);
    finish();
    await later(RELEASE - 1);
    expect(state.isReleased).toBe(false);
    await later(1);
    expect(state.isReleased).toBe(true);
  });

  it('G28: goes on without a lock that is not granted within the patience, once', async () => {
    let grant: () => Promise<void> = () => never;
    const { started, finish, done, faults } = run((critical) => {
      grant = critical;
      return never;
    });
    await later(PATIENCE - 1);
    expect(started).toEqual([]);
    await later(1);
    expect(started).toEqual([false]);
    // Granted after all: there is nothing left to guard.
    await grant();
    expect(started).toEqual([false]);
    finish();
    await later(RELEASE);
    await done;
    expect(faults).toEqual([]);
  });

  it.each<[string, Lock]>([
    [
      'throws',
      () => {
        throw new Error('no lock');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no lock'))],
  ])('G28: goes on without a lock that %s, and reports it', async (_, lock) => {
    const { started, faults, finish, done } = run(lock);
    await later(0);
    expect(started).toEqual([false]);
    expect(faults).toEqual([new Error('no lock')]);
    finish();
    await done;
  });

  it('G28: goes on without a lock that never calls back', async () => {
    const { started, finish, done } = run(() => Promise.resolve());
    await later(0);
    expect(started).toEqual([false]);
    finish();
    await done;
  });

  it('G28: a lock that is lost during the work is no fault: the work is done once', async () => {
    const { started, faults, finish, done, state } = run(async (critical) => {
      void critical();
      await Promise.resolve();
      throw new Error('the lease is lost');
    });
    await later(0);
    expect(started).toEqual([true]);
    expect(state.isReleased).toBe(false);
    finish();
    await later(RELEASE);
    await done;
    expect(faults).toEqual([]);
  });

  it('runs once, however often the lock calls back', async () => {
    const { started, finish, done } = run(async (critical) => {
      await Promise.all([critical(), critical()]);
    });
    await later(0);
    finish();
    await done;
    expect(started).toEqual([true]);
  });

  it('G21: nobody waits for the lock after the abort', async () => {
    const { state, abort } = run((_, signal) => {
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('nobody waits'));
        });
      });
    });
    abort();
    await later(RELEASE);
    expect(state.isReleased).toBe(true);
  });
});

import { onCleanUp } from './clean-up';
import { settle } from './outcomes';

/** Both clocks, under the control of a test; timers go on as they are. */
export interface Clocks {
  /** Time goes by. */
  pass(ms: number): void;
  /** Somebody sets the clock on the wall; the steady one does not notice. */
  set(ms: number): void;
  /** The machine sleeps: only the clock on the wall goes on. */
  sleep(ms: number): void;
}

export function controlClocks(): Clocks {
  let wall = 0;
  let steady = 0;
  const realWall = Date.now.bind(Date);
  const realSteady = performance.now.bind(performance);
  const spies = [
    jest.spyOn(Date, 'now').mockImplementation(() => realWall() + wall),
    jest.spyOn(performance, 'now').mockImplementation(() => realSteady() + steady),
  ];
  onCleanUp(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return {
    pass(ms) {
      wall += ms;
      steady += ms;
    },
    set(ms) {
      wall += ms;
    },
    sleep(ms) {
      wall += ms;
    },
  };
}

/** The timers and both clocks, under the control of a test; requests over loopback go on. */
export interface Timers {
  /** Time passes, and whatever was to run in it runs. */
  pass(ms: number): Promise<void>;
  /** Lets time pass until the promise settles; meanwhile the server answers whatever has arrived. */
  drive<R>(server: { url: string }, promise: Promise<R>): Promise<R>;
}

const STEP = 500;

/** Call it before the session is opened. */
export function controlTimers(): Timers {
  jest.useFakeTimers({
    doNotFake: ['setImmediate', 'clearImmediate', 'nextTick', 'queueMicrotask'],
  });
  onCleanUp(() => jest.useRealTimers());
  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
  return {
    pass,
    async drive(server, promise) {
      const state = { isSettled: false };
      const settled = (): void => {
        state.isSettled = true;
      };
      promise.then(settled, settled);
      await settle(server);
      while (!state.isSettled) {
        await pass(STEP);
        await settle(server);
      }
      return promise;
    },
  };
}

/** A JWT that nobody could verify, with these claims. */
export function jwt(claims: Record<string, unknown>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.c2lnbmF0dXJl`;
}

/** Timers and both clocks, moved by the model alone. */
export interface VirtualClock {
  /** Milliseconds since the world began. */
  now(): number;
  /** Timers that have not fired. */
  pending(): number;
  /**
   * Lets time pass.
   *
   * @param follow what is done after each timer; without it, everything runs that follows from the timer
   */
  pass(ms: number, follow?: () => Promise<void>): Promise<void>;
  uninstall(): void;
}

interface Timer {
  at: number;
  run(): void;
}

export const EPOCH = 1_700_000_000_000;

/** Runs everything that needs no timer and no answer. */
export const drain = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Replaces the timers and clocks of the platform; plain functions, as jest's would be slow. */
export function installClock(): VirtualClock {
  const timers = new Set<Timer>();
  let now = 0;
  const { setTimeout, clearTimeout } = globalThis;
  const wall = Date.now;
  const steady = performance.now.bind(performance);
  const random = Math.random;

  globalThis.setTimeout = ((run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) => {
    const timer = {
      at: now + Math.max(0, ms),
      run() {
        run(...values);
      },
      ref: () => timer as unknown,
      unref: () => timer as unknown,
    };
    timers.add(timer);
    return timer;
  }) as unknown as typeof globalThis.setTimeout;
  globalThis.clearTimeout = (timer: unknown) => {
    timers.delete(timer as Timer);
  };
  Date.now = () => EPOCH + now;
  performance.now = () => now;
  // Most errors are made to be looked at by their code: their stacks take half of the time.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  // Jitter would make a sequence end differently each time.
  Math.random = () => 0.5;

  return {
    now: () => now,
    pending: () => timers.size,
    async pass(ms, follow = drain) {
      const end = now + ms;
      for (let next = firstOf(timers); next && next.at <= end; next = firstOf(timers)) {
        timers.delete(next);
        now = next.at;
        next.run();
        await follow();
      }
      now = end;
    },
    uninstall() {
      Object.assign(globalThis, { setTimeout, clearTimeout });
      Date.now = wall;
      performance.now = steady;
      Math.random = random;
      Error.stackTraceLimit = stackTraceLimit;
    },
  };
}

function firstOf(timers: Iterable<Timer>): Timer | undefined {
  let first: Timer | undefined;
  for (const timer of timers) if (!first || timer.at < first.at) first = timer;
  return first;
}

import { setImmediate as turn } from 'node:timers/promises';

const EPOCH = Date.UTC(2030, 0, 1);

/** Puts virtual time, and a chance that always says the same, in place of those of the runtime. */
export function installClock(chance) {
  const real = [
    [Date, 'now', Date.now],
    [performance, 'now', performance.now],
    [Math, 'random', Math.random],
    [globalThis, 'setTimeout', globalThis.setTimeout],
    [globalThis, 'clearTimeout', globalThis.clearTimeout],
  ];
  const timers = new Map();
  let now = 0;
  let last = 0;

  Date.now = () => EPOCH + now;
  performance.now = () => now;
  Math.random = () => chance;
  globalThis.setTimeout = (work, ms = 0, ...given) => {
    timers.set(++last, { at: now + ms, work: () => work(...given) });
    return last;
  };
  globalThis.clearTimeout = (id) => timers.delete(id);

  /** Lets everything happen that is to happen until then. */
  async function runTo(end) {
    for (;;) {
      await turn();
      let first;
      for (const [id, { at }] of timers) if (!first || at < first.at) first = { id, at };
      if (!first || first.at > end) break;
      const { work } = timers.get(first.id);
      timers.delete(first.id);
      now = Math.max(now, first.at);
      work();
    }
    now = end;
  }

  return {
    now: () => now,
    runTo,
    uninstall() {
      for (const [owner, name, value] of real) owner[name] = value;
    },
  };
}

import { steadyNow, unref } from '../util/time';
import { digest } from '../util/digest';
import type { TokenStore } from './store';

/** A lock over the tabs of an origin, for a text that one tab writes and the next owner reads. */
export interface TabLock {
  readonly run: NonNullable<TokenStore['lock']>;
  /** To be called before a write, with the text that it replaces; true to the owner. */
  replacing(text: string): boolean;
}

/** How long a tab shows what it has replaced, in milliseconds. */
export const MEMORY = 5_000;

/**
 * A Web Lock: it ends with its tab. `undefined` where there are none (insecure contexts, old browsers).
 *
 * A browser passes a lock on faster than it shows other tabs what was written to localStorage. The next
 * owner may still read tokens whose refresh token was used a moment ago; to use that again would end
 * the session. So an owner that has written takes a second lock, shared and for some seconds, that is
 * named after what it has replaced. Locks are seen in order, and the next owner waits while it reads
 * what is known to be replaced.
 */
export function createWebLock(name: string, read: () => string): TabLock | undefined {
  const { locks } = (globalThis.navigator as { locks?: LockManager } | undefined) ?? {};
  if (typeof locks?.request !== 'function') return undefined;
  const markOf = (text: string): string => `${name} replaced ${digest(text)}`;
  let isOwner = false;
  const replaced: string[] = [];

  const mark = (lock: string): Promise<void> =>
    new Promise((shown, failed) => {
      const memory = async (): Promise<void> => {
        shown();
        await pause(MEMORY);
      };
      locks.request(lock, { mode: 'shared' }, memory).catch(failed);
    });

  return {
    replacing(text) {
      if (isOwner) replaced.push(markOf(text));
      return isOwner;
    },
    run: (critical, signal) =>
      locks.request(name, { signal }, async () => {
        const { held = [] } = await locks.query();
        const marks = held.map((lock) => lock.name);
        await caughtUp(() => !marks.includes(markOf(read())));
        isOwner = true;
        try {
          return await critical();
        } finally {
          isOwner = false;
          await Promise.all(replaced.splice(0).map(mark)).catch(() => undefined);
        }
      }),
  };
}

const CATCH_UP = 2_000;
const LOOK_AGAIN = 5;

/** Waits, for a bounded time, until this tab sees what another one has written before. */
export async function caughtUp(hasCome: () => boolean): Promise<void> {
  const until = steadyNow() + CATCH_UP;
  while (!hasCome() && steadyNow() < until) await pause(LOOK_AGAIN);
}

/** Keeps no process alive: who waits has a time of its own. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => unref(setTimeout(resolve, ms)));

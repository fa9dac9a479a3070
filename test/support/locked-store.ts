import { memoryStore } from '../../src/index';
import type { TokenStore } from '../../src/index';
import {
  openSession,
  startTokenServer,
  type Opened,
  type OpenOptions,
  type Pair,
  type TokenServer,
} from './session';

export type Lock = (critical: () => Promise<unknown>, signal: AbortSignal) => unknown;

export interface Locked extends Opened {
  server: TokenServer;
  /** The store, past its lock. */
  memory: TokenStore;
}

/** A session over a store with this lock. */
export async function openLocked(lock: Lock, options: OpenOptions = {}): Promise<Locked> {
  const server = await startTokenServer();
  const memory = memoryStore<Pair>(server.issue()) as TokenStore;
  const tokenStore = { ...memory, lock } as TokenStore;
  return { server, memory, ...openSession(server, { tokenStore, ...options }) };
}

/** Grants one at a time, as a lock over several tabs does. */
export function createMutex(): { lock: Lock; held(): boolean } {
  let last: Promise<unknown> = Promise.resolve();
  let holders = 0;
  return {
    held: () => holders > 0,
    lock(critical) {
      const mine = last.then(async () => {
        holders++;
        try {
          return await critical();
        } finally {
          holders--;
        }
      });
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}

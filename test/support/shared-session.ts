import type { TokenStore } from '../../src/index';
import {
  openSession,
  startTokenServer,
  type Opened,
  type OpenOptions,
  type Pair,
  type TokenServer,
} from './session';
import { sharedStore } from './shared-store';

/** A session over a store that a peer has as well. */
export interface Shared extends Opened {
  server: TokenServer;
  /** What `onSignedOut` was called with, in order. */
  notified: unknown[];
  /** What another tab does: it changes the store, and the store says so. */
  elsewhere(tokens: Pair | null): void;
  listeners(): number;
}

export async function openShared(options: OpenOptions = {}): Promise<Shared> {
  const server = await startTokenServer();
  const { store, elsewhere, listeners } = sharedStore(server.issue());
  const notified: unknown[] = [];
  const opened = openSession(server, {
    tokenStore: store as unknown as TokenStore,
    onSignedOut: (error) => void notified.push(error),
    ...options,
  });
  return {
    server,
    notified,
    ...opened,
    elsewhere,
    listeners,
  };
}

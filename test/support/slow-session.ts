import { SlowStore } from './slow-store';
import {
  openSession,
  startTokenServer,
  type Opened,
  type OpenOptions,
  type TokenServer,
} from './session';

export interface Slow extends Opened {
  server: TokenServer;
  slow: SlowStore;
  notified: unknown[];
}

export async function openSlow(signedIn = true, options: OpenOptions = {}): Promise<Slow> {
  const server = await startTokenServer();
  const slow = new SlowStore(signedIn ? server.issue() : null);
  const notified: unknown[] = [];
  const opened = openSession(server, {
    tokenStore: slow,
    onSignedOut: (error) => void notified.push(error?.code ?? null),
    ...options,
  });
  return { server, slow, notified, ...opened };
}

/** Who the server takes the next request for. */
export const userOf = async ({ api }: Opened): Promise<string | null> =>
  (await api.get<{ user: string | null }>('/open')).data.user;

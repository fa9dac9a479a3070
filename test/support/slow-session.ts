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
  told: unknown[];
}

export async function openSlow(signedIn = true, options: OpenOptions = {}): Promise<Slow> {
  const server = await startTokenServer();
  const slow = new SlowStore(signedIn ? server.issue() : null);
  const told: unknown[] = [];
  const opened = openSession(server, {
    tokenStore: slow,
    onSignedOut: (error) => void told.push(error?.code ?? null),
    ...options,
  });
  return { server, slow, told, ...opened };
}

/** Who the server takes the next request for. */
export const userOf = async ({ api }: Opened): Promise<string | null> =>
  (await api.get<{ user: string | null }>('/open')).data.user;

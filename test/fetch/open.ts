import { createAuthFetch, type AuthFetchOptions } from '../../src/fetch/index';
import {
  openSession,
  startTokenServer,
  type Opened,
  type OpenOptions,
  type TokenServer,
} from '../support/session';

export interface OpenedFetch extends Opened {
  server: TokenServer;
  authFetch: ReturnType<typeof createAuthFetch>;
  /** The URL of a path on the server. */
  at(path: string): string;
}

/** A session at a token server, with a `fetch` that may send its token there. */
export async function openFetch(
  options: OpenOptions = {},
  given: AuthFetchOptions = {},
): Promise<OpenedFetch> {
  const server = await startTokenServer();
  const opened = openSession(server, options);
  const authFetch = createAuthFetch(opened.auth, { allowedOrigins: [server.url], ...given });
  return { server, ...opened, authFetch, at: (path) => server.url + path };
}

import type { AxiosInstance } from 'axios';
import {
  attachAuthInterceptors,
  type AuthOptions,
  type AuthSession,
  type TokenResponse,
  type TokenStore,
} from '../../src/index';
import type { Load, View } from './load';
import { RefreshCounter } from './load';
import type { Standing } from './protocol';

/** One of the tabs or processes that share a session. */
export interface SharedSession extends View {
  auth: AuthSession;
  signIn(tokens: TokenResponse): Promise<void>;
  signOut(): Promise<void>;
  /** Who is signed in, as far as this client has heard. */
  user(): Promise<string | null>;
}

/**
 * Whoever gives up on a refresh cannot know whether the server has acted: with rotation and no grace
 * window that would end the session.
 */
export const PATIENT = { refreshTimeout: 600_000 } satisfies Partial<AuthOptions>;

export interface SharedOptions {
  /** The name of the session. */
  name: string;
  /** The name of this client. */
  client: string;
  api: AxiosInstance;
  tokenStore: TokenStore;
  /** Of the server itself. */
  directUrl: string;
  load(): Load;
  standing?(): Standing;
}

export function openShared(given: SharedOptions): SharedSession {
  const { name, client, api, tokenStore, load } = given;
  const refreshes = new RefreshCounter();
  const auth = attachAuthInterceptors(api, {
    tokenStore,
    refreshLimit: false,
    refresh: (tokens, context) =>
      refreshes.run(context.signal, async (number) => {
        const body = { refreshToken: tokens?.refreshToken };
        const headers = { 'x-client': client, 'x-session': name, 'x-refresh': String(number) };
        const config = { headers, signal: context.signal };
        return (await context.client.post<TokenResponse>('/auth/refresh', body, config)).data;
      }),
    // A browser sends a request again by itself where a connection that it used before is gone.
    onSend: (config, { attempt }) => void config.headers.set('x-attempt', String(attempt)),
    onSignedOut: (error, reason) => {
      load().note({
        session: name,
        what: `is signed out: ${reason} ${error?.message}`,
        signedOut: reason,
      });
    },
    // A peer waits for the lock half as long, before it goes on without.
    ...PATIENT,
  });
  auth.subscribe((event) => load().note({ session: name, what: event.type }));
  const user = async (): Promise<string | null> => {
    const tokens = await auth.getTokens();
    return tokens && subjectOf(tokens.accessToken);
  };
  const session: SharedSession = {
    name,
    kinds: [],
    refreshes,
    settled: 0,
    changes: 0,
    families: null,
    auth,
    standing:
      given.standing ?? (async () => ({ user: await user().catch(() => null), family: null })),
    user,
    async signIn(tokens) {
      session.changes++;
      await auth.signIn(tokens);
    },
    async signOut() {
      session.changes++;
      await auth.signOut();
    },
  };
  return session;
}

export function subjectOf(token: string): string {
  const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  return (JSON.parse(atob(payload)) as { sub: string }).sub;
}

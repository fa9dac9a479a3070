'use client';

import {
  createContext,
  createElement,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import type { ReactElement, ReactNode } from 'react';
import type { AuthEvent } from './session/events';
import type { AuthSession } from './session/session';
import { describe, isRecord, type Tokens } from './tokens';

/** The session as a component sees it: `status` is the one of this render. */
export type Auth<T extends Tokens = Tokens> = Omit<AuthSession<T>, typeof Symbol.dispose>;

/** The properties of {@link AuthProvider}. */
export interface AuthProviderProps {
  /** What `attachAuthInterceptors` gave. It is made once, beside the axios instance. */
  session: AuthSession;
  children?: ReactNode;
}

const SessionContext = createContext<AuthSession | null>(null);

/**
 * Hands a session to the components below. It starts and ends nothing: the session is there before the
 * first render, and stays when the provider is unmounted.
 *
 * @throws TypeError for anything that is not a session
 * @example
 * createRoot(root).render(<AuthProvider session={auth}><App /></AuthProvider>);
 */
export function AuthProvider({ session, children }: AuthProviderProps): ReactElement {
  const given: unknown = session;
  if (!isRecord(given) || typeof given.subscribe !== 'function') {
    throw new TypeError(
      `AuthProvider: session must be what attachAuthInterceptors gave, got ${describe(given)}.`,
    );
  }
  return createElement(SessionContext.Provider, { value: session }, children);
}

/**
 * The session of the {@link AuthProvider} above. The component renders again when its `status` changes.
 * It is `'unknown'` on a server, while a page is hydrated, and until an asynchronous store was read; a
 * session that is `'refreshing'` is still there, so ask people to sign in on `'signed-out'` alone.
 *
 * @throws Error where there is no AuthProvider above
 * @example
 * const { status, signOut } = useAuth();
 * return status === 'signed-out' ? <Login /> : <Home onLeave={() => void signOut()} />;
 */
export function useAuth<T extends Tokens = Tokens>(): Auth<T> {
  const session = useSession<T>('useAuth()');
  const status = useSyncExternalStore(
    session.subscribe,
    () => session.status,
    () => 'unknown' as const,
  );
  return useMemo(() => ({ ...session, status }), [session, status]);
}

/**
 * The access token, and each one that replaces it; `null` until it is known, and while nobody is signed
 * in. It is renewed when the component is mounted and it has expired, not by itself later on: for a
 * connection that is opened at another time, ask `getAccessToken()` then.
 *
 * @throws Error where there is no AuthProvider above
 * @example
 * const token = useAccessToken();
 * useEffect(() => (token ? connect(token) : undefined), [token]);
 */
export function useAccessToken(): string | null {
  const session = useSession('useAccessToken()');
  const [found, setFound] = useState<{ of: AuthSession; token: string | null }>();
  useEffect(
    () =>
      followToken(session, (token) => {
        setFound({ of: session, token });
      }),
    [session],
  );
  return found?.of === session ? found.token : null;
}

function useSession<T extends Tokens = Tokens>(hook: string): AuthSession<T> {
  const session = useContext(SessionContext);
  if (session) return session as unknown as AuthSession<T>;
  throw new Error(`${hook} needs <AuthProvider session={…}> around the component that calls it.`);
}

const CHANGES: readonly AuthEvent['type'][] = ['signed-in', 'refreshed', 'signed-out'];

function followToken(session: AuthSession, show: (token: string | null) => void): () => void {
  let latest = 0;
  async function look(): Promise<void> {
    const turn = ++latest;
    try {
      const token = await session.getAccessToken();
      if (turn === latest) show(token);
    } catch {
      // The end of a session is told by an event; after any other fault the last token is all there is.
    }
  }
  const stop = session.subscribe(({ type }) => {
    if (CHANGES.includes(type)) void look();
  });
  void look();
  return () => {
    latest++;
    stop();
  };
}

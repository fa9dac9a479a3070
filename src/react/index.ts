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
import { followToken } from './follow-token';
import { createStatus, type AuthStatus } from './status';
import type { AuthSession } from '../session/auth-session';
import type { Tokens } from '../tokens';
import { describe, isRecord } from '../util/values';

export type { AuthStatus };

/** The session as a component sees it. Its functions stay the same for as long as the session does. */
export interface Auth<T extends Tokens = Tokens> extends Pick<
  AuthSession<T>,
  'signIn' | 'signOut' | 'refresh' | 'getTokens' | 'getAccessToken' | 'subscribe'
> {
  /** As of this render. */
  readonly status: AuthStatus;
}

/** The properties of {@link AuthProvider}. */
export interface AuthProviderProps {
  /** What `attachAuthInterceptors` gave. It is made once, beside the axios instance. */
  session: AuthSession;
  children?: ReactNode;
}

const AuthContext = createContext<Auth | null>(null);

/**
 * Hands a session to the components below. Where it is not known yet who is signed in (`cookieRefresh`),
 * it asks. It ends nothing: the session is there before the first render, and stays when the provider
 * is unmounted.
 *
 * @throws TypeError for anything that is not a session
 * @example
 * createRoot(root).render(<AuthProvider session={auth}><App /></AuthProvider>);
 */
export function AuthProvider({ session, children }: AuthProviderProps): ReactElement {
  checkSession(session);
  const status = useStatus(session);
  const auth = useMemo((): Auth => {
    const { signIn, signOut, refresh, getTokens, getAccessToken, subscribe } = session;
    return { status, signIn, signOut, refresh, getTokens, getAccessToken, subscribe };
  }, [session, status]);
  return createElement(AuthContext.Provider, { value: auth }, children);
}

/**
 * The session of the {@link AuthProvider} above. The component renders again when its `status` changes:
 * `'unknown'` on a server, while a page is hydrated, and until it is known who is signed in.
 *
 * @throws Error where there is no AuthProvider above
 * @example
 * const { status, signOut } = useAuth();
 * return status === 'signed-out' ? <Login /> : <Home onLeave={() => void signOut()} />;
 */
export function useAuth<T extends Tokens = Tokens>(): Auth<T> {
  return useAuthOf('useAuth()') as unknown as Auth<T>;
}

/**
 * The access token, and each one that replaces it; `null` until it is known, and while nobody is signed
 * in. It is renewed where it has expired when the component is mounted, and not by itself later on: for
 * a connection that is opened at another time, ask `getAccessToken()` then.
 *
 * @throws Error where there is no AuthProvider above
 * @example
 * const token = useAccessToken();
 * return token && <Viewer token={token} />;
 */
export function useAccessToken(): string | null {
  const { getAccessToken, subscribe } = useAuthOf('useAccessToken()');
  const [found, setFound] = useState<{ by: unknown; token: string | null }>();
  useEffect(() => {
    const stop = followToken({ getAccessToken, subscribe }, (token) => {
      setFound({ by: getAccessToken, token });
    });
    return () => {
      stop();
      // Hidden for a while, as below an `Activity`, and shown again: nobody has followed it meanwhile.
      setFound(undefined);
    };
  }, [getAccessToken, subscribe]);
  return found?.by === getAccessToken ? found.token : null;
}

function useAuthOf(hook: string): Auth {
  const auth = useContext(AuthContext);
  if (auth) return auth;
  throw new Error(
    `${hook} needs <AuthProvider session={…}> around the component that calls it. Where there is one, ` +
      'it is of another copy of axios-auth-interceptors/react.',
  );
}

function useStatus(session: AuthSession): AuthStatus {
  const { subscribe, read } = useMemo(() => createStatus(session), [session]);
  return useSyncExternalStore(subscribe, read, () => 'unknown');
}

function checkSession(session: unknown): void {
  const names = ['onStatus', 'subscribe', 'getAccessToken'];
  if (isRecord(session) && names.every((name) => typeof session[name] === 'function')) return;
  throw new TypeError(
    'AuthProvider: session must be what attachAuthInterceptors gave, as in ' +
      `<AuthProvider session={auth}>, got ${describe(session)}.`,
  );
}

import type { AuthSession } from '../session/auth-session';
import type { SessionStatus } from '../session/session';
import { ask } from './ask';

/** Who is signed in, as far as a component has to know: a renewal changes nothing about that. */
export type AuthStatus = Exclude<SessionStatus, 'refreshing'>;

/** The status as React wants to see it. */
export interface Status {
  read(): AuthStatus;
  subscribe(changed: () => void): () => void;
}

/** While the session is renewed, the status is what it was before. */
export function createStatus(session: AuthSession): Status {
  let last: AuthStatus = 'unknown';

  function read(): AuthStatus {
    const { status } = session;
    if (status !== 'refreshing') last = status;
    return last;
  }

  /** Tokens tell it, also while they are renewed; where there are none, the auth server may know more. */
  async function learn(): Promise<void> {
    if (await session.getTokens()) last = 'signed-in';
    else await session.getAccessToken();
  }

  // A synchronous store answers at once: the first render shows who is signed in.
  session.getTokens().catch(() => undefined);
  return {
    read,
    subscribe(changed) {
      const stop = session.subscribe(changed);
      const stopAsking = read() === 'unknown' ? ask(learn, changed) : undefined;
      return () => {
        stop();
        stopAsking?.();
      };
    },
  };
}

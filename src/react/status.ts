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

const nothing = (): void => undefined;

export function createStatus(session: AuthSession): Status {
  let last: AuthStatus = 'unknown';

  const follow = (changed: () => void): (() => void) =>
    session.onStatus((status) => {
      last = status;
      changed();
    });

  /** Tokens in the store tell it, expired or not; where there are none, the auth server may know more. */
  async function learn(): Promise<void> {
    if (!(await session.getTokens())) await session.getAccessToken();
  }

  // A synchronous store answers at once: the first render shows who is signed in.
  follow(nothing)();
  return {
    read: () => last,
    subscribe(changed) {
      const stop = follow(changed);
      const stopAsking = last === 'unknown' ? ask(learn, nothing) : undefined;
      return () => {
        stop();
        stopAsking?.();
      };
    },
  };
}

import type { AuthEvent } from '../session/events';
import type { AuthSession } from '../session/auth-session';
import { ask } from './ask';

const CHANGES: readonly AuthEvent['type'][] = ['signed-in', 'refreshed'];

/** Shows the token as it is now, and with each change. Returns how to stop. */
export function followToken(
  { getAccessToken, subscribe }: Pick<AuthSession, 'getAccessToken' | 'subscribe'>,
  show: (token: string | null) => void,
): () => void {
  let stopAsking = ask(getAccessToken, show);
  const stop = subscribe(({ type }) => {
    if (type === 'signed-out') {
      stopAsking();
      show(null);
    } else if (CHANGES.includes(type)) {
      stopAsking();
      stopAsking = ask(getAccessToken, show);
    }
  });
  return () => {
    stopAsking();
    stop();
  };
}

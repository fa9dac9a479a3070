import type { AuthEvent, AuthSession, Tokens } from '../../src/index';
import { attached, type AttachedOptions } from './session';
import { sharedStore } from './shared-store';

/** A session with a listener, over a store that a peer has as well. */
export interface Listening {
  auth: AuthSession;
  /** Each event, and the status and the token that the listener found when it was called. */
  notified: [type: AuthEvent['type'], status: string, token: string | null][];
  /** What a peer does to the store, which says so. */
  elsewhere(tokens: Tokens | null): void;
  /** Lets a refresh come to its end; the last one, where no number is given. */
  answer(tokens: Tokens | Error, call?: number): void;
  refresh: jest.Mock;
}

export function openListening(given: AttachedOptions = {}): Listening {
  const initial: Tokens = { accessToken: 'a', refreshToken: 'r' };
  const { store, elsewhere } = sharedStore(initial);
  const calls: { resolve(tokens: Tokens): void; reject(error: Error): void }[] = [];
  const refresh = jest.fn(
    () =>
      new Promise<Tokens>((resolve, reject) => {
        calls.push({ resolve, reject });
      }),
  );
  const { auth } = attached({
    ...given,
    options: { tokenStore: store, refresh, refreshRetries: 0, ...given.options },
  });
  const notified: Listening['notified'] = [];
  auth.subscribe(({ type }) => {
    void auth.getTokens().then((tokens) => {
      notified.push([type, auth.status, tokens?.accessToken ?? null]);
    });
  });
  return {
    auth,
    notified,
    refresh,
    elsewhere,
    answer(tokens, call = calls.length - 1) {
      if (tokens instanceof Error) calls[call]!.reject(tokens);
      else calls[call]!.resolve(tokens);
    },
  };
}

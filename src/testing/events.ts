import type { AuthSession } from '../session/auth-session';
import type { AuthEvent } from '../session/events';
import { safely } from '../util/values';

/**
 * Resolves with the next event of a type. Call it before what causes the event.
 *
 * @example
 * const refreshed = nextEvent(auth, 'refreshed');
 * await api.get('/profile');
 * expect((await refreshed).attempts).toBe(1);
 */
export function nextEvent<Type extends AuthEvent['type']>(
  auth: Pick<AuthSession, 'subscribe'>,
  type: Type,
): Promise<Extract<AuthEvent, { type: Type }>> {
  return new Promise((resolve) => {
    const stop = auth.subscribe((event) => {
      if (event.type !== type) return;
      stop();
      resolve(event as Extract<AuthEvent, { type: Type }>);
    });
  });
}

/**
 * Resolves when no renewal is under way, so that no request is held, and its events were told: after a
 * renewal in the background, or before an assertion about callbacks. It uses no timer of the test, fake
 * or not; with fake timers, advance them so that the renewal can end.
 *
 * @example
 * await api.get('/profile'); // the token is good, and old enough to be renewed in the background
 * await settled(auth);
 * expect(store.writes).toHaveLength(1);
 */
export async function settled(auth: Pick<AuthSession, 'status'>): Promise<void> {
  // At first, what was called just now gets to the point where it would start a renewal; at the end, the
  // events that follow a renewal are told.
  do await turn();
  while (auth.status === 'refreshing');
}

/** Taken when the module is loaded: a test may put a fake in its place later. */
const realTimeout = setTimeout;

type Channel = typeof MessageChannel;

interface Host {
  MessageChannel?: Channel;
  process: { getBuiltinModule(name: string): { MessageChannel: Channel } };
}

const host = globalThis as unknown as Host;

/** jsdom has none, and runs in Node, which has. */
const channelOfNode = (): Channel =>
  host.process.getBuiltinModule('node:worker_threads').MessageChannel;

/** Lets everything run that can. A MessageChannel, where there is one, is no timer that a test fakes. */
function turn(): Promise<void> {
  const Channel = host.MessageChannel ?? safely(channelOfNode);
  if (!Channel) return new Promise((resolve) => realTimeout(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new Channel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

import type { AuthError } from '../errors';
import type { AuthLogger, RefreshReason } from '../options';
import type { Redactor } from '../redact';

/** Why a session ended. */
export type SignedOutReason =
  /** `signOut()` was called. */
  | 'signed-out'
  /** The auth server refused the refresh, or answered a request with a `sign-out` verdict. */
  | 'expired'
  /** The tokens are gone from the store: another tab, another process, or other code. */
  | 'elsewhere';

/** What happened to a session. No event holds a credential. */
export type AuthEvent =
  | { type: 'signed-in' }
  | { type: 'refreshing'; reason: RefreshReason }
  /** `attempts` is 0 where another tab's tokens were adopted; `held` counts waiting requests. */
  | { type: 'refreshed'; ms: number; attempts: number; held: number }
  | { type: 'refresh-failed'; error: AuthError }
  | { type: 'signed-out'; reason: SignedOutReason; error: AuthError | null };

export type Listener = (event: AuthEvent) => void;

/** Tells listeners and the logger. User code runs later, alone, and its faults are its own (G26). */
export interface Herald {
  /** Resolves when every listener has been called. */
  tell(event: AuthEvent): Promise<void>;
  /** Runs user code after everybody who waits has been settled. */
  later(callback: () => unknown): Promise<void>;
  log(level: keyof AuthLogger, message: string, details?: unknown): void;
  subscribe(listener: Listener): () => void;
}

const TURNS = 6;

export function createHerald(logger: AuthLogger | undefined, redactor: Redactor): Herald {
  const listeners = new Set<{ listener: Listener }>();

  async function later(callback: () => unknown, onFault = reportFault): Promise<void> {
    // Those who wait for the promise that was just settled come first, with all that awaits them.
    for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
    try {
      // An asynchronous callback is not waited for: it may itself wait for the session.
      Promise.resolve(callback()).catch(onFault);
    } catch (fault) {
      onFault(fault);
    }
  }

  function reportFault(fault: unknown): void {
    log('error', 'A callback threw; the session is not affected.', redactor.error(fault));
  }

  function log(level: keyof AuthLogger, message: string, details?: unknown): void {
    // There is nowhere left to report the fault of a logger.
    void later(
      () => logger?.[level]?.(redactor.text(message), details),
      () => undefined,
    );
  }

  return {
    log,
    later,
    async tell(event) {
      if (event.type === 'refresh-failed') log('warn', event.error.message, event.error);
      else log('debug', `auth: ${event.type}`, event);
      await Promise.all(
        [...listeners].map((entry) =>
          later(() => (listeners.has(entry) ? entry.listener(event) : undefined)),
        ),
      );
    },
    subscribe(listener) {
      const entry = { listener };
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
      };
    },
  };
}

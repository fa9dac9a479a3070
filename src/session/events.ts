import type { AuthError } from '../errors';
import type { AuthLogger, RefreshReason } from '../options';
import { nothing } from '../util/awaitable';
import type { Secrets } from './secrets';

/** Why a session ended. */
export type SignedOutReason =
  /** `signOut()` was called. */
  | 'signed-out'
  /** The auth server refused the refresh, or answered a request with a `sign-out` verdict. */
  | 'expired'
  /** By another tab or process, or by other code that removed the tokens. */
  | 'elsewhere';

/** What happened to a session. No event holds a credential. */
export type AuthEvent =
  | { type: 'signed-in' }
  | { type: 'refreshing'; reason: RefreshReason }
  /** `attempts` is 0 where tokens of a peer were adopted; `held` counts waiting requests. */
  | { type: 'refreshed'; ms: number; attempts: number; held: number }
  | { type: 'refresh-failed'; error: AuthError }
  | { type: 'signed-out'; reason: SignedOutReason; error: AuthError | null };

export type Listener = (event: AuthEvent) => void;

/**
 * Calls listeners, callbacks and the logger: never within the code that changes the session, and what
 * they throw does not disturb it (G26).
 */
export class Events {
  readonly #listeners = new Set<{ listener: Listener }>();
  readonly #phaseListeners = new Set<{ listener: () => unknown }>();
  readonly #explained = new Set<string>();
  readonly #logger: AuthLogger | undefined;
  readonly #secrets: Secrets;

  constructor(logger: AuthLogger | undefined, secrets: Secrets) {
    this.#logger = logger;
    this.#secrets = secrets;
  }

  subscribe(listener: Listener): () => void {
    return addTo(this.#listeners, { listener });
  }

  /** Calls back when it has changed whether somebody is signed in. */
  onPhaseChange(listener: () => unknown): () => void {
    return addTo(this.#phaseListeners, { listener });
  }

  phaseChanged(): void {
    for (const entry of this.#phaseListeners) {
      void this.later(() => (this.#phaseListeners.has(entry) ? entry.listener() : undefined));
    }
  }

  /** Resolves when every listener has been called. */
  async emit(event: AuthEvent): Promise<void> {
    if (event.type === 'refresh-failed') this.log('warn', event.error.message, event.error);
    else this.log('debug', `auth: ${event.type}`, event);
    await Promise.all(
      [...this.#listeners].map((entry) =>
        this.later(() => (this.#listeners.has(entry) ? entry.listener(event) : undefined)),
      ),
    );
  }

  /** Runs user code on its own; resolves when it was called, whatever it does. */
  async later(callback: () => unknown): Promise<void> {
    await Promise.resolve();
    try {
      // A promise is not waited for: it may itself wait for the session.
      void Promise.resolve(callback()).then(nothing, (fault: unknown) => {
        this.#reportCallback(fault);
      });
    } catch (fault) {
      this.#reportCallback(fault);
    }
  }

  log(level: keyof AuthLogger, message: string, details?: unknown): void {
    const logger = this.#logger;
    if (!logger) return;
    void Promise.resolve().then(async () => {
      try {
        const line: [string, unknown?] = [this.#secrets.remove(message)];
        if (details !== undefined) line.push(details);
        await (logger[level] as LogFunction | undefined)?.(...line);
      } catch {
        // There is nowhere left to report the fault of a logger.
      }
    });
  }

  /** Logs a fault of user code or of the platform, without credentials. */
  logFault(level: keyof AuthLogger, message: string, fault: unknown): void {
    if (this.#logger) this.log(level, message, this.#secrets.describeFault(fault));
  }

  /** Says once for each session why a request was left alone, and what to do about it (G36). */
  explain(reason: string, message: () => string, level: keyof AuthLogger = 'debug'): void {
    if (!this.#logger || this.#explained.has(reason)) return;
    this.#explained.add(reason);
    this.log(level, message());
  }

  /** Says once for each session that a lifetime was given that says nothing (G32). */
  readonly oddLifetime = (): void => {
    const message = 'expiresIn (expires_in) is no plausible number of seconds, and is ignored.';
    this.explain('lifetime', () => message, 'warn');
  };

  #reportCallback(fault: unknown): void {
    this.logFault('error', 'A callback threw; the session is not affected.', fault);
  }
}

function addTo<E>(entries: Set<E>, entry: E): () => void {
  entries.add(entry);
  return () => {
    entries.delete(entry);
  };
}

type LogFunction = (message: string, details?: unknown) => unknown;

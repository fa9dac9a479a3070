import type { AuthError } from '../errors';
import type { RefreshContext, RefreshReason, ResolvedOptions } from '../options';
import type { Redactor } from '../redact';
import type { Tokens } from '../tokens';
import type { Herald } from './events';
import type { Inside } from './inside';
import type { Lifetimes } from './lifetime';
import type { Revocation } from './revocation';
import type { Vault } from './vault';

/** What a renewal gave: new tokens, or those that somebody else had stored meanwhile. */
export interface Renewed {
  tokens: Tokens;
  adopted: boolean;
  attempts: number;
}

/** How a renewal ended without tokens. */
export type Ending =
  /** The auth server refused: the session is over. */
  | { kind: 'refused'; error: AuthError }
  /** The tokens had gone from the store before. */
  | { kind: 'gone' }
  /** More renewals than `refreshLimit`. */
  | { kind: 'cut-off'; error: AuthError }
  /** No new tokens for now. */
  | { kind: 'failed'; error: AuthError; busyFor?: number | undefined };

/** One renewal, from the lock to the stored tokens. */
export interface Renewal {
  readonly token: string | null;
  readonly reason: RefreshReason;
  /** The refresh token that is being used, once `refresh` has been called. */
  readonly refreshToken: string | undefined;
  /** The refresh goes through `context.client`, so no held request can be it (G8). */
  usesClient: boolean;
  /** How many requests of `refresh` are under way, as far as they are known. */
  requests: number;
  /** Requests wait for it; otherwise it runs in the background (G31). */
  waited: boolean;
  /** How many requests wait. */
  held: number;
  /** Resolves when the lock is given back: events wait for that, requests do not (G26). */
  readonly released: Promise<void>;
  /** Somebody changed the store: new tokens there end the wait for the lock at once (G27). */
  look(): void;
  /** Tells `refresh` to stop; what it still gives is taken. */
  cancel(): void;
  /** Nobody waits for it any more: its time is no longer watched. */
  done(): void;
}

/** What a renewal works with. */
export interface RenewalTools {
  vault: Vault;
  lifetimes: Lifetimes;
  redactor: Redactor;
  herald: Herald;
  inside: Inside;
  client(): RefreshContext['client'];
  revocation: Revocation;
}

/** What a renewal needs of its session beside. */
export interface RenewalHost extends RenewalTools {
  options: ResolvedOptions;
  takeTurn(): boolean;
  /** How often `refresh` may be tried again, while requests wait for it. */
  retries(): number;
  onLockFault(fault: unknown): void;
  /** False once a sign-in or sign-out has overtaken the renewal: its result is dropped (G21, G22). */
  isCurrent(): boolean;
  succeed(renewed: Renewed): void;
  end(ending: Ending): Promise<void>;
}

import type { AxiosInstance } from 'axios';
import { AuthError } from '../errors';
import type { RefreshContext, RefreshReason, ResolvedOptions } from '../options';
import { IN_MEMORY, type StoreHints } from '../stores/store';
import { accessOf, receiveTokens, type Tokens } from '../tokens';
import { deferred, type Deferred } from '../util/awaitable';
import { pause, ref, settleWithin, steadyNow, unref, type Timer } from '../util/time';
import { AsyncScope } from './async-scope';
import type { Backoff } from './backoff';
import type { Events } from './events';
import type { Lifetimes } from './lifetime';
import { callRefresh, type Answered, type FailedRenewal } from './refresh-call';
import type { Secrets } from './secrets';
import type { TokenSnapshot } from './session';
import type { SessionState } from './state';
import { withStoreLock } from './store-lock';
import type { TokenStorage } from './token-storage';

/** How a renewal ended. */
export type RenewalOutcome =
  /** `attempts` is 0 where tokens were adopted that a peer had stored. */
  | { kind: 'renewed'; tokens: Tokens; attempts: number }
  /** The tokens are gone from the store. */
  | { kind: 'vanished' }
  | FailedRenewal;

/** Why a renewal was started, and for which token. */
export interface RenewalCause {
  id: number;
  /** The session that it renews (G22). */
  epoch: number;
  /** The access token that is to be replaced. */
  token: string | null;
  reason: RefreshReason;
  response: RefreshContext['response'];
}

/** What a renewal uses of its session. */
export interface RenewalHost {
  readonly options: ResolvedOptions;
  readonly storage: TokenStorage;
  readonly events: Events;
  readonly secrets: Secrets;
  readonly lifetimes: Lifetimes;
  readonly backoff: Backoff;
  readonly client: () => AxiosInstance;
  readonly state: SessionState;
  renewalEnded(renewal: Renewal, outcome: RenewalOutcome): Promise<void>;
  observe(tokens: Tokens): void;
  revoke(tokens: Tokens): Promise<void>;
}

/** Half of the time may go by waiting for the lock, so that half is left for the refresh. */
const LOCK_SHARE = 0.5;

/** How long a refusal without the lock waits for the tokens of a peer, in milliseconds. */
const PEER_TIMEOUT = 1_000;
const PEER_POLL = 50;

/** How long a failure waits for the store, in milliseconds, and how late its timer may be. */
const STORE_TIMEOUT = 1_000;

/** A refresh that has not come back by then, in milliseconds, may be waiting for itself (G8). */
const WARN_AFTER = 2_000;

/**
 * One renewal: takes the lock, reads the store again, refreshes unless a peer has done so, stores the new
 * tokens, and only then settles (G5, G9, G27). The renewal of another tab is seen here as a lock that is
 * held, or as other tokens in the store.
 */
export class Renewal {
  readonly id: number;
  readonly epoch: number;
  readonly token: string | null;
  readonly scope = new AsyncScope();
  /** What everybody waits for. The session settles it: `renewalEnded`, `apply`. */
  readonly done: Deferred<TokenSnapshot> = deferred();
  readonly startedAt = steadyNow();
  /** Resolves when the lock was given back: events wait for that, requests do not (G26). */
  readonly released: Promise<void>;
  /** Called then, and not by the code that has the lock: a store may take what a listener writes for the owner's. */
  onReleased: (() => void) | undefined;
  /** Requests wait for it; otherwise it runs in the background (G31). */
  isWaited: boolean;
  /** How many requests wait. */
  held = 0;

  readonly #host: RenewalHost;
  readonly #cause: RenewalCause;
  readonly #timer: Timer;
  readonly #endsAt: number;
  /** Aborts on timeout and on sign-out. */
  readonly #controller = new AbortController();
  /** Ends the wait for the lock. */
  readonly #lockController = new AbortController();
  #isOver = false;
  /** The refresh token that is being used; undefined until `refresh` is called. */
  #used: { refreshToken: string | null | undefined } | undefined;
  #usesClient = false;
  /** The new tokens, while they are being stored. */
  #received: RenewalOutcome | undefined;
  /** The held request that looks most like the refresh itself, for the error message (G8). */
  #suspect: string | undefined;

  constructor(host: RenewalHost, cause: RenewalCause) {
    this.#host = host;
    this.#cause = cause;
    const { id, epoch, token, reason } = cause;
    this.id = id;
    this.epoch = epoch;
    this.token = token;
    this.isWaited = reason !== 'ahead';
    const { refreshTimeout } = host.options;
    this.#endsAt = this.startedAt + refreshTimeout;
    this.#timer = setTimeout(() => {
      this.#giveUp();
    }, refreshTimeout);
    if (!this.isWaited) unref(this.#timer);
    // Not before listeners have heard of it, so that none of them runs within the lock.
    const told = host.events.emit({ type: 'refreshing', reason });
    this.released = told.then(() => this.#underLock()).then(() => this.onReleased?.());
  }

  /** The refresh token that is being used, while the call of `refresh` is running. */
  get refreshToken(): string | undefined {
    return (this.scope.isRunning && this.#used?.refreshToken) || undefined;
  }

  /** The process must not end under somebody who waits (G31). */
  join(): Promise<TokenSnapshot> {
    ref(this.#timer);
    this.isWaited = true;
    this.held++;
    return this.done.promise;
  }

  /** True once `refresh` is called, unless it goes through `context.client`. */
  get mayWaitForItself(): boolean {
    return this.#used !== undefined && !this.#usesClient;
  }

  /** Notes a held request (`POST /refresh`) that may be the refresh itself: one that waits for itself is named. */
  suspect(request: string): void {
    const isLikely = /refresh|token|auth|login|session/i.test(request);
    if (!isLikely && (this.#suspect !== undefined || request.startsWith('GET '))) return;
    if (this.#suspect === undefined) {
      const { events } = this.#host;
      const warn = (): void => {
        if (!this.#isOver) events.log('warn', waitsForItself(this.#suspect ?? ''));
      };
      unref(setTimeout(warn, WARN_AFTER));
    }
    this.#suspect = request;
  }

  /** Gives up a renewal whose timer was lost, as happens to suspended pages and workers (G31). */
  giveUpIfOverdue(): void {
    if (!this.#isOver && steadyNow() > this.#endsAt + STORE_TIMEOUT) this.#giveUp();
  }

  /** The session has become another one: tells `refresh` to stop. */
  cancel(): void {
    this.#close();
    this.#controller.abort();
  }

  /** A peer has changed the store: new tokens there end the wait for the lock at once (G27). */
  async adoptChange(found: Tokens | null): Promise<void> {
    const isNews = accessOf(found) !== this.token;
    if (isNews && !this.#used && !this.#isOver) await this.#adopt(found);
  }

  #giveUp(): void {
    const { refreshTimeout } = this.#host.options;
    const error = tookTooLong(refreshTimeout, this.#suspect);
    void this.#settle(this.#received ?? { kind: 'failed', error });
    // The call may go on: tokens that still come are stored, so that a rotated refresh token is not lost.
    this.#controller.abort();
  }

  /** The lock is not kept beyond the end of the renewal, whatever `refresh` does. */
  #underLock(): Promise<void> {
    const { options, events, secrets } = this.#host;
    const { signal } = this.#controller;
    const work = (hasLock: boolean): Promise<void> => {
      const renewed = this.#renew(hasLock).catch((fault: unknown) =>
        this.#settle({ kind: 'failed', error: asAuthError(fault, secrets) }),
      );
      const aborted = pause(Infinity, signal).then(() => undefined);
      return Promise.race([renewed, aborted]);
    };
    const patience = options.refreshTimeout * LOCK_SHARE;
    return withStoreLock(
      options.tokenStore,
      work,
      patience,
      this.#lockController.signal,
      (fault) => {
        events.logFault('warn', 'The lock of the token store failed.', fault);
      },
    );
  }

  async #renew(hasLock: boolean): Promise<void> {
    const before = await this.#host.storage.read(true);
    if (this.#isOver) return;
    if (accessOf(before) !== this.token) return this.#adopt(before);

    this.#used = { refreshToken: before?.refreshToken };
    const outcome = await callRefresh(this.#host, this.scope, before, this.#context(), {
      // In the background there is time to try again later.
      retries: () => (this.isWaited ? this.#host.backoff.retries(this.token) : 0),
      endsAt: this.#endsAt,
    });
    // Read again before anything is written or ended: a peer may have been faster.
    const found = await this.#readAgain(outcome.kind, before, hasLock);
    if (outcome.kind === 'answered') return this.#receive(outcome, before, found);
    // After a failure, a store that has nothing now is no sign-out.
    const mustAdopt =
      accessOf(found) !== this.token && (found !== null || outcome.kind === 'refused');
    return mustAdopt ? this.#adopt(found) : this.#settle(outcome);
  }

  /**
   * Stores the new tokens, where they are still wanted.
   *
   * @param before the tokens that they replace
   * @param found what the store holds now: tokens of a peer come first
   */
  async #receive(
    { answer, attempts }: Answered,
    before: Tokens | null,
    found: Tokens | null,
  ): Promise<void> {
    const { storage, options, lifetimes, events, state } = this.#host;
    const isOther = accessOf(found) !== this.token;
    const byCookie = options.headerName === null;
    const tokens = receiveTokens(answer, before, byCookie, events.oddLifetime);
    const isOvertaken = !this.#isOpen() && !this.#isHeldAgain(before, found);
    if (isOvertaken || (this.#isOver && isOther)) {
      // Nobody waits any more, and the tokens are not wanted: after a sign-out they are revoked.
      if (state.phase === 'signed-out') void this.#host.revoke(tokens);
      return;
    }
    if (isOther) {
      // After a sign-out elsewhere they are not wanted either.
      if (!found) void this.#host.revoke(tokens);
      return this.#adopt(await this.#withRotated(found, before, tokens));
    }
    lifetimes.received(tokens);
    const isLate = this.#isOver;
    this.#received = { kind: 'renewed', tokens, attempts };
    // Where the write fails, the storage serves the tokens from memory and tries again (G9).
    const timeout = isLate ? options.refreshTimeout : this.#endsAt - steadyNow();
    await storage.write(tokens, timeout).catch(() => undefined);
    if (isLate) this.#host.observe(tokens);
    else await this.#settle(this.#received);
  }

  /**
   * What the store holds after the call of `refresh`. Without the lock a peer may have used the same refresh
   * token a moment before a refusal, and stores its tokens a moment later (G27). A failure is not kept back
   * by a slow store.
   */
  async #readAgain(
    outcome: 'answered' | 'refused' | 'failed',
    before: Tokens | null,
    hasLock: boolean,
  ): Promise<Tokens | null> {
    const { storage, options } = this.#host;
    const now = steadyNow();
    const patience = Math.max(0, this.#endsAt - now) / 2;
    if (outcome !== 'refused') {
      const bound =
        outcome === 'failed' ? Math.min(STORE_TIMEOUT, patience) : options.refreshTimeout;
      const unread = (): Tokens | null => (this.#isOpen() ? before : null);
      return settleWithin(bound, () => storage.read(true)).catch(unread);
    }
    const isAlone = hasLock || (options.tokenStore as StoreHints)[IN_MEMORY] === true;
    const until = isAlone ? now : now + Math.min(PEER_TIMEOUT, patience);
    for (;;) {
      const found = await storage.read(true);
      const isNews = accessOf(found) !== this.token || this.#isOver;
      if (isNews || steadyNow() >= until) return found;
      await pause(PEER_POLL, this.#controller.signal);
    }
  }

  #context(): RefreshContext {
    const { reason, response } = this.#cause;
    const client = (): AxiosInstance => {
      this.#usesClient = true;
      return (made ??= this.#host.client());
    };
    let made: AxiosInstance | undefined;
    return {
      reason,
      ...(response && { response }),
      signal: this.#controller.signal,
      get client() {
        return client();
      },
    };
  }

  #adopt(found: Tokens | null): Promise<void> {
    return this.#settle(
      found ? { kind: 'renewed', tokens: found, attempts: 0 } : { kind: 'vanished' },
    );
  }

  /** Tokens of a step-up may still hold the refresh token that this renewal has just used up. */
  async #withRotated(
    found: Tokens | null,
    before: Tokens | null,
    { refreshToken: rotated }: Tokens,
  ): Promise<Tokens | null> {
    const used = before?.refreshToken;
    const isUsedUp = used && found?.refreshToken === used;
    if (!isUsedUp || !rotated || rotated === used) return found;
    const both = { ...found, refreshToken: rotated };
    await this.#host.storage.write(both).catch(() => undefined);
    return both;
  }

  /** No sign-in, sign-out or other session has come since it was started. */
  #isOpen(): boolean {
    return this.epoch === this.#host.state.epoch;
  }

  /** The session of now has the very tokens of before: a sign-in whose write had failed may be found stored. */
  #isHeldAgain(before: Tokens | null, found: Tokens | null): boolean {
    const { phase, tokens } = this.#host.state;
    const held = phase === 'unknown' ? found : tokens;
    const isSame = accessOf(held) === this.token && held?.refreshToken === before?.refreshToken;
    return before !== null && isSame;
  }

  async #settle(outcome: RenewalOutcome): Promise<void> {
    if (this.#isOver) return;
    this.#close();
    await this.#host.renewalEnded(this, outcome);
  }

  #close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#lockController.abort();
  }
}

function asAuthError(fault: unknown, secrets: Secrets): AuthError {
  if (fault instanceof AuthError) return fault;
  const cause = secrets.describeFault(fault);
  const message = `The renewal failed: ${cause.message}.`;
  return new AuthError('ERR_AUTH_REFRESH_FAILED', message, { cause });
}

function tookTooLong(ms: number, suspect: string | undefined): AuthError {
  return new AuthError(
    'ERR_AUTH_REFRESH_TIMEOUT',
    `The access token was not renewed within ${ms} ms (refreshTimeout). The session is kept: try again later.` +
      (suspect === undefined ? '' : ` ${waitsForItself(suspect)}`),
  );
}

const waitsForItself = (suspect: string): string =>
  `The request ${suspect} is held until the refresh is done. If it is a part of the refresh, the refresh ` +
  'waits for itself: send it through context.client, or with skipAuth: true.';

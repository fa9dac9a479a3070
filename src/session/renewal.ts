import { AuthError } from '../errors';
import type { RefreshContext, RefreshReason, ResolvedOptions } from '../options';
import { IN_MEMORY, type StoreHints } from '../stores/store';
import { accessOf, receiveTokens, type Tokens } from '../tokens';
import { deferred, type Deferred } from '../util/awaitable';
import { pause, ref, settleWithin, steadyNow, type Timer, unref } from '../util/time';
import { AsyncScope } from './async-scope';
import type { Events } from './events';
import { callRefresh, type RefreshOutcome } from './refresh-call';
import type { Secrets } from './secrets';
import type { TokenSnapshot } from './state';
import { withStoreLock } from './store-lock';
import type { TokenStorage } from './token-storage';

/** How a renewal ended. */
export type RenewalOutcome =
  /** `attempts` is 0 where tokens were adopted that a peer had stored. */
  | { kind: 'renewed'; tokens: Tokens; attempts: number }
  | { kind: 'refused'; error: AuthError }
  /** The tokens are gone from the store. */
  | { kind: 'vanished' }
  /** No new tokens for now. `busyFor`: for how many milliseconds the server wants to be left alone. */
  | { kind: 'failed'; error: AuthError; busyFor?: number | undefined };

/** Why a renewal was started, and for which token. */
export interface RenewalCause {
  /** Tells one renewal of a session from another. */
  id: number;
  /** The session that it renews (G22). */
  epoch: number;
  /** The access token that is to be replaced. */
  token: string | null;
  reason: RefreshReason;
  response: RefreshContext['response'];
}

/** What a renewal asks of its session. */
export interface RenewalHost {
  readonly options: ResolvedOptions;
  readonly storage: TokenStorage;
  readonly events: Events;
  readonly secrets: Secrets;
  client(): RefreshContext['client'];
  retries(token: string | null): number;
  /** True while neither a sign-in nor a sign-out has come since the renewal was started. */
  isOpen(renewal: Renewal): boolean;
  /** The tokens have come from the auth server, and are about to be stored. */
  received(tokens: Tokens): void;
  /** The outcome, once; what comes later is told by `late`. */
  settle(renewal: Renewal, outcome: RenewalOutcome): Promise<void>;
  /** The refresh gave tokens when nobody waited any more. `wasStored`: they are in the store now. */
  late(renewal: Renewal, answer: Tokens, wasStored: boolean): void;
}

/** Half of the time may go by waiting for the lock, so that half is left for the refresh. */
const LOCK_SHARE = 0.5;

/** How long a refusal without the lock waits for the tokens of a peer, in milliseconds. */
const PEER_TIMEOUT = 1_000;
const PEER_POLL = 50;

/** How long a failure waits for the store, in milliseconds. */
const STORE_TIMEOUT = 1_000;

/** A refresh that has not come back by then, in milliseconds, may be waiting for itself (G8). */
const WARN_AFTER = 2_000;

/**
 * One renewal: takes the lock, reads the store again, refreshes unless a peer has done so, stores the new
 * tokens, and only then settles (G5, G9, G27).
 */
export class Renewal implements RenewalCause {
  readonly id: number;
  readonly epoch: number;
  readonly token: string | null;
  readonly reason: RefreshReason;
  readonly response: RefreshContext['response'];
  readonly scope = new AsyncScope();
  /** What everybody waits for. */
  readonly done: Deferred<TokenSnapshot> = deferred();
  readonly startedAt = steadyNow();
  /** Resolves when the lock was given back: events wait for that, requests do not (G26). */
  readonly released: Promise<void>;

  readonly #host: RenewalHost;
  readonly #endsAt: number;
  readonly #timer: Timer;
  /** Aborts on timeout and on sign-out. */
  readonly #controller = new AbortController();
  /** Ends the wait for the lock. */
  readonly #lockController = new AbortController();
  /** The new tokens, while they are being stored. */
  #received: RenewalOutcome | undefined;
  #isWaited: boolean;
  #held = 0;
  #isOver = false;
  /** The refresh token that is being used, while the refresh call is running. */
  #refreshToken: string | undefined;
  #hasCalled = false;
  #usesClient = false;
  /** The held request that looks most like the refresh itself, for the error message (G8). */
  #suspect: string | undefined;

  constructor(host: RenewalHost, cause: RenewalCause) {
    this.#host = host;
    this.id = cause.id;
    this.epoch = cause.epoch;
    this.token = cause.token;
    this.reason = cause.reason;
    this.response = cause.response;
    this.#isWaited = cause.reason !== 'ahead';
    const { refreshTimeout, tokenStore } = host.options;
    this.#endsAt = this.startedAt + refreshTimeout;
    this.#timer = setTimeout(() => {
      this.giveUp();
    }, refreshTimeout);
    if (!this.#isWaited) unref(this.#timer);
    // Not before listeners have heard of it, so that none of them runs within the lock.
    this.released = host.events.emit({ type: 'refreshing', reason: cause.reason }).then(() =>
      withStoreLock(
        tokenStore,
        (hasLock) => this.#work(hasLock),
        refreshTimeout * LOCK_SHARE,
        this.#lockController.signal,
        (fault) => {
          host.events.logFault('warn', 'The lock of the token store failed.', fault);
        },
      ),
    );
  }

  /** Requests wait for it; otherwise it runs in the background (G31). */
  get isWaited(): boolean {
    return this.#isWaited;
  }

  /** How many requests wait. */
  get held(): number {
    return this.#held;
  }

  /** The refresh token that is being used, while the refresh call is running. */
  get refreshToken(): string | undefined {
    return this.scope.isRunning ? this.#refreshToken : undefined;
  }

  /** The process must not end under somebody who waits (G31). */
  join(): Promise<TokenSnapshot> {
    if (!this.#isWaited) ref(this.#timer);
    this.#isWaited = true;
    this.#held++;
    return this.done.promise;
  }

  /** Notes a held request that may be the refresh itself: a refresh that waits for itself is named. */
  suspect(method: string, url: string): void {
    if (!this.#hasCalled || this.#usesClient || this.#isOver || method === 'GET') return;
    if (this.#suspect === undefined) {
      const timer = setTimeout(() => {
        if (!this.#isOver) this.#host.events.log('warn', waitsForItself(this.#suspect ?? ''));
      }, WARN_AFTER);
      void this.done.promise
        .then(undefined, () => undefined)
        .then(() => {
          clearTimeout(timer);
        });
      unref(timer);
    }
    if (this.#suspect === undefined || /refresh|token|auth|login|session/i.test(url)) {
      this.#suspect = `${method} ${url}`;
    }
  }

  /** Gives up a renewal whose timer was lost, as happens to suspended pages and workers (G31). */
  giveUpIfOverdue(): void {
    if (!this.#isOver && steadyNow() > this.#endsAt + STORE_TIMEOUT) this.giveUp();
  }

  giveUp(): void {
    const { refreshTimeout } = this.#host.options;
    void this.#settle(
      this.#received ?? { kind: 'failed', error: tookTooLong(refreshTimeout, this.#suspect) },
    );
    // The call may go on: tokens that still come are stored, so that a rotated refresh token is not lost.
    this.#controller.abort();
  }

  /** The session has become another one: tells `refresh` to stop. */
  cancel(): void {
    this.#close();
    this.#controller.abort();
  }

  /** A peer has changed the store: new tokens there end the wait for the lock at once (G27). */
  async adoptChange(found: Tokens | null): Promise<void> {
    const isNews = found !== null && accessOf(found) !== this.token;
    if (isNews && !this.#hasCalled && this.#isUndecided()) await this.#adopt(found);
  }

  /** The lock is not kept beyond the end of the renewal, whatever `refresh` does. */
  #work(hasLock: boolean): Promise<void> {
    const { signal } = this.#controller;
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
      if (signal.aborted) resolve();
    });
    const renewed = this.#renew(hasLock).catch((fault: unknown) =>
      this.#settle({ kind: 'failed', error: asAuthError(fault, this.#host.secrets) }),
    );
    return Promise.race([renewed, aborted]);
  }

  async #renew(hasLock: boolean): Promise<void> {
    const { storage } = this.#host;
    const held = await storage.readThrough();
    if (!this.#isUndecided()) return;
    if (accessOf(held) !== this.token) return this.#adopt(held);

    const outcome = await this.#refresh(held);
    if (outcome.kind === 'refused') return this.#refused(outcome, hasLock);
    if (outcome.kind === 'failed') return this.#failed(outcome, held);

    const tokens = receiveTokens(outcome.answer, held, this.#host.options.headerName === null);
    // Read again before anything is written: a peer may have been faster, or somebody has signed out.
    const found = await storage.readThroughOr(held);
    const isStale = accessOf(found) !== this.token;
    if (!this.#isUndecided()) {
      await this.#storeLate(tokens, isStale);
      return;
    }
    if (isStale) return this.#adopt(await this.#withRotated(found, held, tokens));
    this.#host.received(tokens);
    // Where the write fails, the storage serves the tokens from memory and tries again (G9).
    this.#received = { kind: 'renewed', tokens, attempts: outcome.attempts };
    await storage.write(tokens).catch(() => undefined);
    if (this.#isOpen()) await this.#settle(this.#received);
  }

  #refresh(held: Tokens | null): Promise<RefreshOutcome> {
    this.#hasCalled = true;
    this.#refreshToken = held?.refreshToken ?? undefined;
    const { options, secrets, retries } = this.#host;
    return callRefresh(
      options.refresh.bind(options),
      held,
      this.#context(),
      this.scope,
      secrets,
      // In the background there is time to try again later.
      () => (this.#isWaited ? retries.call(this.#host, this.token) : 0),
      this.#endsAt,
    );
  }

  #context(): RefreshContext {
    const { reason, response } = this;
    const use = (): RefreshContext['client'] => {
      this.#usesClient = true;
      return (client ??= this.#host.client());
    };
    let client: RefreshContext['client'] | undefined;
    return {
      reason,
      ...(response && { response }),
      signal: this.#controller.signal,
      get client() {
        return use();
      },
    };
  }

  /**
   * Without the lock a peer may have used the same refresh token a moment before, and stores its tokens a
   * moment later: the refusal says nothing until then (G27).
   */
  async #refused(outcome: RefreshOutcome & { kind: 'refused' }, hasLock: boolean): Promise<void> {
    const { storage, options } = this.#host;
    const isAlone = hasLock || (options.tokenStore as StoreHints)[IN_MEMORY] === true;
    const now = steadyNow();
    const until = isAlone ? now : now + Math.min(PEER_TIMEOUT, (this.#endsAt - now) / 2);
    for (;;) {
      const found = await storage.readThrough();
      if (!this.#isUndecided()) return;
      if (accessOf(found) !== this.token) return this.#adopt(found);
      if (steadyNow() >= until || !(await pause(PEER_POLL, this.#controller.signal))) break;
    }
    if (this.#isUndecided()) await this.#settle(outcome);
  }

  /** A peer may have been faster here, too; a store that has nothing now is no sign-out. */
  async #failed(outcome: RefreshOutcome & { kind: 'failed' }, held: Tokens | null): Promise<void> {
    const patience = Math.min(STORE_TIMEOUT, (this.#endsAt - steadyNow()) / 2);
    const found = await settleWithin(patience, () => this.#host.storage.readThroughOr(held)).catch(
      () => held,
    );
    if (!this.#isUndecided()) return;
    if (found && accessOf(found) !== this.token) return this.#adopt(found);
    await this.#settle(outcome);
  }

  #adopt(found: Tokens | null): Promise<void> {
    return this.#settle(
      found ? { kind: 'renewed', tokens: found, attempts: 0 } : { kind: 'vanished' },
    );
  }

  /** Tokens of a step-up may still hold the refresh token that this renewal has just used up. */
  async #withRotated(
    found: Tokens | null,
    held: Tokens | null,
    { refreshToken: rotated }: Tokens,
  ): Promise<Tokens | null> {
    const isUsedUp = found && rotated && found.refreshToken === held?.refreshToken;
    if (!isUsedUp || rotated === held?.refreshToken) return found;
    const both = { ...found, refreshToken: rotated };
    await this.#host.storage.write(both).catch(() => undefined);
    return both;
  }

  /** After a timeout the tokens still count, unless there are others; after a sign-out they do not. */
  async #storeLate(tokens: Tokens, isStale: boolean): Promise<void> {
    const isWanted = this.#isOpen() && !isStale;
    if (isWanted) {
      this.#host.received(tokens);
      await this.#host.storage.write(tokens).catch(() => undefined);
    }
    this.#host.late(this, tokens, isWanted);
  }

  /** No sign-in, sign-out or other session has come since it was started. */
  #isOpen(): boolean {
    return this.#host.isOpen(this);
  }

  #isUndecided(): boolean {
    return !this.#isOver && this.#isOpen();
  }

  async #settle(outcome: RenewalOutcome): Promise<void> {
    if (this.#isOver) return;
    this.#close();
    await this.#host.settle(this, outcome);
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
  return new AuthError('ERR_AUTH_REFRESH_FAILED', `The renewal failed: ${cause.message}.`, {
    cause,
  });
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

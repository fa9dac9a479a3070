import type { AxiosInstance, AxiosResponse } from 'axios';
import { AuthError } from '../errors';
import type { RefreshReason, ResolvedOptions } from '../options';
import type { Classified } from '../response/classify';
import {
  accessOf,
  isSameUser,
  isSendable,
  receiveTokens,
  unsendable,
  type Tokens,
} from '../tokens';
import { deferred, ignoreRejection, isThenable, type Awaitable } from '../util/awaitable';
import { steadyNow } from '../util/time';
import { Backoff, refreshLoop } from './backoff';
import { Events, type SignedOutReason } from './events';
import { Lifetimes } from './lifetime';
import { Renewal, type RenewalHost, type RenewalOutcome } from './renewal';
import { revokeTokens } from './revocation';
import { Secrets } from './secrets';
import {
  initialState,
  mayStartEmpty,
  transition,
  type Input,
  type SessionState,
  type TokenSnapshot,
} from './state';
import { withStoreLock } from './store-lock';
import type { StepUpSession } from './step-up-port';
import { TokenStorage } from './token-storage';

/** Where the session stood when a request was called (G22, G8). */
export interface Call {
  /** The session that it belongs to; null: whoever is signed in when it is sent. */
  epoch: number | null;
  /** The call of `refresh` makes it: it is neither held nor given a token. */
  readonly isRefresh: boolean;
  /** The store is being read, to know who was signed in at the moment of the call. */
  binding: PromiseLike<void> | undefined;
}

export type SessionStatus = 'unknown' | 'signed-in' | 'refreshing' | 'signed-out';

/**
 * One session as requests meet it: which token may they be sent with (`tokenFor`), and what is to be done
 * when it was refused (`refused`). What may happen to a session, and when, stands in `state.ts`.
 */
export class Session implements RenewalHost, StepUpSession {
  readonly options: ResolvedOptions;
  readonly secrets = new Secrets();
  readonly events: Events;
  readonly storage: TokenStorage;
  readonly client: () => AxiosInstance;
  readonly #lifetimes: Lifetimes;
  readonly #backoff: Backoff;
  #state: SessionState;
  #renewal: Renewal | undefined;
  #renewals = 0;
  /** How the last epoch ended, for its requests that come too late. */
  #ended: { epoch: number; error: AuthError } | undefined;
  #epochController = new AbortController();
  /** One for all requests that are sent while nothing changes. */
  #snapshot: TokenSnapshot = { token: null, epoch: 0, version: 0, failures: 0 };
  /** The last access token that a renewal of this session has brought. */
  #renewedToken: string | undefined;
  /** The tokens have vanished without a notice of the store, and `onSignedOut` does not know (G26). */
  #isUntold = false;
  /** A change of the store is being looked at, and whether another one has come since. */
  #looking: 'once' | 'again' | undefined;

  /** @param client makes an axios instance without interceptors, for the calls of `refresh` and `revoke` */
  constructor(options: ResolvedOptions, client: () => AxiosInstance) {
    this.options = options;
    this.client = client;
    this.events = new Events(options.logger, this.secrets);
    this.storage = new TokenStorage(
      options.tokenStore,
      options.refreshTimeout,
      this.secrets,
      this.events,
    );
    this.#lifetimes = new Lifetimes(options);
    this.#backoff = new Backoff(options);
    this.#state = initialState(options.startsEmpty);
  }

  get state(): SessionState {
    return this.#state;
  }

  get status(): SessionStatus {
    return this.#renewal ? 'refreshing' : this.#state.phase;
  }

  get renewal(): Renewal | undefined {
    return this.#renewal;
  }

  get epoch(): number {
    return this.#state.epoch;
  }

  /** Aborts when the session becomes another one. */
  get endOfEpoch(): AbortSignal {
    return this.#epochController.signal;
  }

  /** True in the code that `refresh` runs for the renewal in flight (G8). */
  isRefreshCall(): boolean {
    return this.#renewal?.scope.isInside() === true;
  }

  /** To be asked while the caller of a request is still on the stack: whose request is it? */
  call(): Call {
    const call: Call = {
      epoch: this.#currentUser(),
      isRefresh: this.isRefreshCall(),
      binding: undefined,
    };
    // While requests wait for a renewal it reads the store itself.
    if (call.isRefresh || this.#waitedRenewal()) return call;
    try {
      const { version } = this.#state;
      const found = this.storage.read();
      if (isThenable(found)) {
        call.binding = found.then(
          (tokens) => {
            if (version !== this.#state.version && tokens !== this.#state.tokens) return;
            this.#observe(tokens);
            call.epoch = this.#currentUser();
          },
          () => undefined,
        );
      } else {
        this.#observe(found, true);
        call.epoch = this.#currentUser();
      }
    } catch {
      // The request meets the same fault when it is sent, and has somebody to tell.
    }
    return call;
  }

  /**
   * The token that a request may be sent with now. It waits for the renewal in flight, starts one for an
   * expired token, and rejects when its session is over. Synchronous where nothing has to be waited for.
   *
   * @param oneShot the body can be sent once: rather renew ahead of expiry than be refused (G18)
   */
  tokenFor(call: Call, oneShot = false): Awaitable<TokenSnapshot> {
    this.checkEpoch(call.epoch);
    const renewal = this.#waitedRenewal();
    if (renewal) return this.#join(renewal, call);
    const tokens = this.look();
    return isThenable(tokens)
      ? tokens.then((found) => {
          this.checkEpoch(call.epoch);
          const started = this.#waitedRenewal();
          return started ? this.#join(started, call) : this.#decide(call, found, oneShot);
        })
      : this.#decide(call, tokens, oneShot);
  }

  /** False once a request has to ask for its token again: something has changed since. */
  isCurrent(snapshot: TokenSnapshot): boolean {
    return snapshot.version === this.#state.version && !this.#renewal?.isWaited;
  }

  /**
   * The answer to a request was refused. Resolves when it may be sent again; rejects when there is no
   * token to send it with. A token that was replaced meanwhile needs no renewal (G7: late 401s).
   */
  refused(
    sent: TokenSnapshot,
    { action }: Classified,
    response: AxiosResponse,
    attempt: number,
  ): Awaitable<unknown> {
    this.checkEpoch(sent.epoch);
    const renewal = this.#waitedRenewal() ?? this.#renewal;
    if (renewal && (renewal.isWaited || renewal.token === sent.token || action === 'sign-out')) {
      // The server may have revoked the token because it has just been renewed.
      return renewal.join();
    }
    const failure = this.#backoff.ofStraggler(sent.token, sent.failures);
    if (failure) throw failure;
    const decide = (tokens: Tokens | null): Awaitable<unknown> => {
      this.checkEpoch(sent.epoch);
      if (!tokens) {
        if (mayStartEmpty(this.#state)) return undefined;
        this.answeredWithoutToken();
        throw signedOutError();
      }
      if (accessOf(tokens) !== sent.token) return undefined;
      if (action === 'sign-out') return this.#end(response);
      if (this.isUseless(sent, attempt)) throw this.#uselessRenewal(sent);
      return this.#renew('rejected', sent.token, response);
    };
    const tokens = this.look();
    return isThenable(tokens) ? tokens.then(decide) : decide(tokens);
  }

  /** The request was sent again with a token that a renewal has just brought, and it was refused too. */
  isUseless(sent: TokenSnapshot, attempt: number): boolean {
    const { tokens } = this.#state;
    return (
      attempt > 1 &&
      sent.token !== null &&
      sent.token === this.#renewedToken &&
      accessOf(tokens) === sent.token &&
      tokens !== null &&
      this.#lifetimes.of(tokens) !== 'expired'
    );
  }

  #uselessRenewal(sent: TokenSnapshot): AuthError {
    if (sent.token !== null) this.#backoff.addUseless(sent.token);
    return refreshLoop('one that was renewed just now was refused again');
  }

  /** A request without a token got a classified status: the application can be told now (G26). */
  answeredWithoutToken(): void {
    if (this.#isUntold) this.#tellSignedOut('elsewhere', null);
  }

  /** Reads the store, and takes note of what somebody else did to it. Synchronous where the store is. */
  look(): Awaitable<Tokens | null> {
    const { version } = this.#state;
    const found = this.storage.read();
    if (!isThenable(found)) {
      this.#observe(found, true);
      return found;
    }
    return found.then((tokens) => {
      // What was read before a change of our own says nothing any more.
      if (version !== this.#state.version && tokens !== this.#state.tokens) return this.look();
      this.#observe(tokens);
      return tokens;
    });
  }

  /** A peer has changed the store: one look at a time, however many notices come. */
  async storeChanged(): Promise<void> {
    if (this.#looking) {
      this.#looking = 'again';
      return;
    }
    try {
      do {
        this.#looking = 'once';
        await this.#lookAtChange();
      } while ((this.#looking as string) === 'again');
    } catch (fault) {
      this.storage.reportUnheard(fault);
    } finally {
      this.#looking = undefined;
    }
  }

  async #lookAtChange(): Promise<void> {
    const found = await this.storage.readThrough();
    this.#observe(found);
    await this.#renewal?.adoptChange(found);
    this.answeredWithoutToken();
  }

  /** Renews now, or joins the renewal in flight. */
  renew(reason: RefreshReason, token: string | null): Promise<TokenSnapshot> {
    return this.#renew(reason, token);
  }

  /** Milliseconds until the tokens expire; Infinity where nobody knows. */
  lifeLeft(tokens: Tokens): number {
    return this.#lifetimes.left(tokens);
  }

  /** @throws AuthError how the epoch ended, when another one has begun since (G22) */
  checkEpoch(epoch: number | null): void {
    if (epoch === null || epoch === this.#state.epoch) return;
    throw this.#ended?.epoch === epoch ? this.#ended.error : signedOutError();
  }

  // What a step-up asks of its session.

  async tokensOf(epoch: number): Promise<Tokens> {
    this.checkEpoch(epoch);
    const tokens = await this.look();
    this.checkEpoch(epoch);
    if (!tokens) throw signedOutError();
    return tokens;
  }

  replaceTokens(
    answer: unknown,
    epoch: number,
  ): { stored: Promise<Tokens>; released: Promise<void> } {
    const { promise: stored, resolve, reject } = deferred<Tokens>();
    const controller = new AbortController();
    const write = async (): Promise<void> => {
      await this.#storeSteppedUp(answer, epoch).then(resolve, reject);
      // Whoever waited in vain for the lock need not go on.
      controller.abort();
    };
    const { tokenStore, refreshTimeout } = this.options;
    // After the renewal in flight, so that the refresh token that it brings is not lost.
    const released = Promise.resolve(this.#renewal?.released).then(() =>
      withStoreLock(tokenStore, write, refreshTimeout, controller.signal, () => undefined),
    );
    return { stored, released };
  }

  async #storeSteppedUp(answer: unknown, epoch: number): Promise<Tokens> {
    const present = await this.storage.readThroughOr(this.#state.tokens);
    this.checkEpoch(epoch);
    if (!present) throw signedOutError();
    const tokens = receiveTokens(answer, present, this.options.headerName === null);
    this.received(tokens);
    void this.apply({ type: 'stepped-up', tokens });
    // Where the write fails, the storage serves the tokens from memory and tries again (G9).
    await this.storage.write(tokens).catch(() => undefined);
    this.checkEpoch(epoch);
    return tokens;
  }

  revokeAnswer(answer: unknown, replaced: Tokens): void {
    // After a sign-in the tokens may belong to the same grant as the new ones.
    if (this.#state.phase !== 'signed-out') return;
    try {
      void this.revoke(receiveTokens(answer, replaced, this.options.headerName === null));
    } catch {
      // It holds no tokens.
    }
  }

  /** Ends the session: the tokens are removed, then whoever waits is rejected, then it is told (G11). */
  async #end({ status }: AxiosResponse): Promise<never> {
    const error = new AuthError(
      'ERR_AUTH_SESSION_EXPIRED',
      `The session is over: the server answered ${status} with a code that ends it. Sign in again.`,
    );
    await this.apply({ type: 'ended' }, error).catch(() => undefined);
    this.#tellEnd('expired', error);
    throw error;
  }

  /**
   * Carries out a transition: takes over the state, cancels the renewal of an epoch that is over, removes
   * the tokens, rejects whoever waits, and tells. Rejects only when the tokens could not be removed.
   */
  async apply(input: Input, error = signedOutError(), isFirstRead = false): Promise<void> {
    const before = this.#state;
    const { state, effects } = transition(before, input);
    this.#state = state;
    if (state.phase !== before.phase) this.events.phaseChanged();
    let abandoned: Renewal | undefined;
    if (state.renewal === null) {
      if (state.epoch !== before.epoch) abandoned = this.#renewal;
      this.#renewal = undefined;
    }
    if (state.epoch !== before.epoch) {
      this.#ended = { epoch: before.epoch, error };
      this.#epochController.abort();
      this.#epochController = new AbortController();
      this.#backoff.reset();
      this.#isUntold = false;
      abandoned?.cancel();
    }
    if (effects.includes('tell-signed-out') && !isFirstRead) {
      this.#isUntold = before.phase === 'signed-in' && state.phase === 'signed-out';
      void this.events.emit({ type: 'signed-out', reason: 'elsewhere', error: null });
    }
    if (effects.includes('tell-signed-in') && !isFirstRead) {
      void this.events.emit({ type: 'signed-in' });
    }
    if (effects.includes('tell-adopted')) {
      void this.events.emit({ type: 'refreshed', ms: 0, attempts: 0, held: 0 });
    }
    try {
      if (effects.includes('clear')) await this.storage.write(null);
    } finally {
      if (effects.includes('reject')) abandoned?.done.reject(error);
    }
  }

  // What a renewal asks of its session.

  retries(token: string | null): number {
    return this.#backoff.retries(token);
  }

  isOpen(renewal: Renewal): boolean {
    return renewal.epoch === this.#state.epoch;
  }

  received(tokens: Tokens): void {
    this.#lifetimes.received(tokens);
  }

  async settle(renewal: Renewal, outcome: RenewalOutcome): Promise<void> {
    switch (outcome.kind) {
      case 'renewed':
        this.#renewed(renewal, outcome);
        return;
      case 'vanished':
        await this.apply({ type: 'vanished', renewal: renewal.id });
        this.answeredWithoutToken();
        return;
      case 'refused':
        if (renewal.isWaited) await this.#refreshRefused(renewal, outcome.error);
        // The token is good until it expires, and whoever needs a new one then will be told.
        else this.#renewalFailed(renewal, outcome.error, true);
        return;
      case 'failed':
        this.#renewalFailed(renewal, outcome.error, false, outcome.busyFor);
    }
  }

  /** Tokens that came when nobody waited: adopted like those of a peer, or revoked after a sign-out. */
  late(_renewal: Renewal, tokens: Tokens, wasStored: boolean): void {
    if (wasStored) this.#observe(tokens);
    else if (this.#state.phase === 'signed-out') void this.revoke(tokens);
  }

  /** Tells the auth server that the tokens are not used any more, where `revoke` is given. */
  revoke(tokens: Tokens | null): Promise<void> {
    return revokeTokens(this.options.revoke, tokens, this.client, this.events);
  }

  #renewed(renewal: Renewal, { tokens, attempts }: RenewalOutcome & { kind: 'renewed' }): void {
    if (attempts === 0 && this.#isOtherUser(tokens)) {
      this.#observe(tokens);
      return;
    }
    void this.apply({ type: 'renewed', renewal: renewal.id, tokens });
    this.#backoff.forgetOutage();
    if (attempts > 0) this.#renewedToken = tokens.accessToken;
    if (isSendable(tokens.accessToken)) renewal.done.resolve(this.#snapshotOf(tokens.accessToken));
    else renewal.done.reject(unsendable(tokens.accessToken));
    const ms = Math.round(steadyNow() - renewal.startedAt);
    const { held } = renewal;
    void renewal.released.then(() => this.events.emit({ type: 'refreshed', ms, attempts, held }));
  }

  async #refreshRefused(renewal: Renewal, error: AuthError): Promise<void> {
    await this.apply({ type: 'refused', renewal: renewal.id }, error).catch(() => undefined);
    void renewal.released.then(() => {
      this.#tellEnd('expired', error);
    });
  }

  #renewalFailed(renewal: Renewal, error: AuthError, isRefused: boolean, busyFor?: number): void {
    const { token, isWaited } = renewal;
    void this.apply({ type: 'failed', renewal: renewal.id });
    this.#backoff.add({ token, error, isWaited, isRefused, busyFor });
    renewal.done.reject(error);
    void renewal.released.then(() => this.events.emit({ type: 'refresh-failed', error }));
  }

  /** Tells listeners first, then `onSignedOut`. */
  #tellEnd(reason: SignedOutReason, error: AuthError | null): void {
    void this.tellSignedOut(reason, error);
  }

  async tellSignedOut(reason: SignedOutReason, error: AuthError | null): Promise<void> {
    const told = this.events.emit({ type: 'signed-out', reason, error });
    this.#tellSignedOut(reason, error);
    await told;
  }

  #tellSignedOut(reason: SignedOutReason, error: AuthError | null): void {
    this.#isUntold = false;
    void this.events.later(() => this.options.onSignedOut?.(error, reason));
  }

  /** The renewal that requests are held for, unless its time was over unnoticed (G6, G31). */
  #waitedRenewal(): Renewal | undefined {
    this.#renewal?.giveUpIfOverdue();
    return this.#renewal?.isWaited ? this.#renewal : undefined;
  }

  async #join(renewal: Renewal, call: Call): Promise<TokenSnapshot> {
    try {
      const snapshot = await renewal.join();
      this.checkEpoch(call.epoch);
      return snapshot;
    } catch (error) {
      // It was called while nobody was signed in, and somebody has signed in since: it goes with them.
      const { phase, epoch } = this.#state;
      const isOvertaken = renewal.epoch !== epoch && phase === 'signed-in';
      if (call.epoch === null && isOvertaken) return this.tokenFor(call);
      throw error;
    }
  }

  #decide(call: Call, tokens: Tokens | null, oneShot: boolean): Awaitable<TokenSnapshot> {
    this.checkEpoch(call.epoch);
    if (!tokens) return this.#withoutTokens(call);
    const { accessToken } = tokens;
    if (!accessToken) return this.#renew('missing', null, undefined, call);
    const current = this.#snapshot;
    if (accessToken !== current.token && !isSendable(accessToken)) throw unsendable(accessToken);
    const freshness = this.#lifetimes.of(tokens);
    if (freshness === 'expired') return this.#renew('expired', accessToken, undefined, call);
    if (freshness === 'due') {
      const ahead = this.#renewAhead(accessToken);
      if (ahead && oneShot) return this.#orStillGood(ahead, accessToken);
    }
    return this.#snapshotOf(accessToken);
  }

  #withoutTokens(call: Call): Awaitable<TokenSnapshot> {
    if (mayStartEmpty(this.#state)) return this.#renew('missing', null, undefined, call);
    if (this.options.requireSession) throw nobodySignedIn();
    return this.#snapshotOf(null);
  }

  /** Waits for the renewal in flight, or for one that this starts; rejects while it is too soon. */
  #renew(
    reason: RefreshReason,
    token: string | null,
    response?: AxiosResponse,
    call?: Call,
  ): Promise<TokenSnapshot> {
    let renewal = this.#renewal;
    if (!renewal) {
      // Whoever calls `refresh()` does not want to wait until it is time.
      const failure = reason === 'manual' ? undefined : this.#backoff.refuses(token);
      if (failure) return Promise.reject(failure);
      renewal = this.#start(reason, token, response);
    }
    return call ? this.#join(renewal, call) : renewal.join();
  }

  /** Renews a token in the background while it is still good; nothing where that failed just now. */
  #renewAhead(token: string): Promise<TokenSnapshot> | undefined {
    if (this.#renewal) return this.#renewal.done.promise;
    if (this.#backoff.blocksAhead(token) || this.#backoff.refuses(token)) return undefined;
    return this.#start('ahead', token).done.promise;
  }

  /** A renewal ahead of expiry that fails does not matter while the token is still good (G31). */
  #orStillGood(ahead: Promise<TokenSnapshot>, token: string): Promise<TokenSnapshot> {
    const { epoch } = this.#state;
    return ahead.catch((error: unknown) => {
      if (this.#state.epoch !== epoch) throw error;
      return this.#snapshotOf(token);
    });
  }

  #start(reason: RefreshReason, token: string | null, response?: AxiosResponse): Renewal {
    const id = ++this.#renewals;
    const { epoch } = this.#state;
    void this.apply({ type: 'renewing', renewal: id });
    this.#renewal = new Renewal(this, { id, epoch, token, reason, response });
    return this.#renewal;
  }

  #observe(tokens: Tokens | null, isSynchronous = false): void {
    const { phase, tokens: before } = this.#state;
    if (tokens === before && phase !== 'unknown') return;
    const sameUser = !this.#isOtherUser(tokens);
    // Of a synchronous store nobody has to be told at first: whoever asks for the status knows.
    const isFirstRead = isSynchronous && phase === 'unknown';
    void this.apply({ type: 'read', tokens, sameUser }, undefined, isFirstRead);
  }

  /** True for tokens of another user than the one whose tokens the session holds (`sameUser`). */
  #isOtherUser(tokens: Tokens | null): boolean {
    const { tokens: before } = this.#state;
    if (!before || !tokens || accessOf(before) === accessOf(tokens)) return false;
    if (!accessOf(before) || !accessOf(tokens)) return false;
    const compare = this.options.sameUser ?? isSameUser;
    try {
      const answer: unknown = compare({ ...before }, { ...tokens });
      ignoreRejection(answer);
      return answer !== true;
    } catch (fault) {
      this.events.logFault(
        'error',
        'sameUser threw; the tokens count as those of another user.',
        fault,
      );
      return true;
    }
  }

  #currentUser(): number | null {
    return this.#state.phase === 'signed-in' ? this.#state.epoch : null;
  }

  #snapshotOf(token: string | null): TokenSnapshot {
    const { epoch, version } = this.#state;
    const { failures } = this.#backoff;
    const last = this.#snapshot;
    const isSame = last.token === token && last.version === version && last.failures === failures;
    return isSame ? last : (this.#snapshot = { token, epoch, version, failures });
  }
}

export function signedOutError(): AuthError {
  return new AuthError(
    'ERR_AUTH_SIGNED_OUT',
    'The session in which this was called is over: it was signed out, or another one was signed in.',
  );
}

const nobodySignedIn = (): AuthError =>
  new AuthError(
    'ERR_AUTH_SIGNED_OUT',
    'Nobody is signed in, and the option requireSession keeps requests from being sent without a token. ' +
      'Call signIn() first, or mark the request with skipAuth: true.',
  );

import type { AxiosInstance, AxiosResponse } from 'axios';
import { AuthError, signedOutError } from '../errors';
import type { RefreshReason, ResolvedOptions } from '../options';
import type { Classified } from '../response/classify';
import { accessOf, isSameUser, isSendable, unsendable, type Tokens } from '../tokens';
import { chain, ignoreRejection, isThenable, nothing, type Awaitable } from '../util/awaitable';
import { steadyNow } from '../util/time';
import { Backoff, refreshLoopError } from './backoff';
import { Events, type AuthEvent, type SignedOutReason } from './events';
import { Lifetimes } from './lifetime';
import type { FailedRenewal } from './refresh-call';
import { Renewal, type RenewalHost, type RenewalOutcome } from './renewal';
import { revokeTokens } from './revocation';
import { Secrets } from './secrets';
import { initialState, mayStartEmpty, transition, type Input, type SessionState } from './state';
import type { StepUpSession } from './step-up-port';
import { TokenStorage } from './token-storage';

/** Where the session stood when a request was called (G22, G8). */
export interface Call {
  /** The session that it belongs to; null: whoever is signed in when it is sent. */
  epoch: number | null;
  /** The call of `refresh` makes it: it is neither held nor given a token. */
  isRefresh: boolean;
  /** The store is being read, to know who was signed in at the moment of the call. */
  binding: PromiseLike<void> | undefined;
}

export const newCall = (): Call => ({ epoch: null, isRefresh: false, binding: undefined });

/** What a request is sent with: the token, and where the session stood at that moment. */
export interface TokenSnapshot {
  readonly token: string | null;
  readonly epoch: number;
  readonly version: number;
  /** How many renewals had failed: a straggler knows by it that one failed after it was sent (G10). */
  readonly failures: number;
}

const ADOPTED: AuthEvent = { type: 'refreshed', ms: 0, attempts: 0, held: 0 };

/** A request bound to this number rejects: its user was gone before the store had been read. */
const OVER = -1;

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
  readonly lifetimes: Lifetimes;
  readonly backoff: Backoff;
  readonly client: () => AxiosInstance;
  state: SessionState;
  /** The renewal in flight: one at most (G5). */
  renewal: Renewal | undefined;
  #renewals = 0;
  /** Aborts when the session becomes another one. */
  epochController = new AbortController();
  /** How the last epoch ended, for its requests that come too late. */
  #ended: { epoch: number; error: AuthError } | undefined;
  /** One for all requests that are sent while nothing changes. */
  #snapshot: TokenSnapshot = { token: null, epoch: 0, version: 0, failures: 0 };
  /** The last access token that a renewal of this session has brought. */
  #renewedToken: string | undefined;
  /** Listeners have heard `signed-out`, and `onSignedOut` has not been called yet (G26). */
  #isCallDue = false;
  /** Notices of the store since nobody looks at them. */
  #notices = 0;

  /** @param client makes an axios instance without interceptors, for the calls of `refresh` and `revoke` */
  constructor(options: ResolvedOptions, client: () => AxiosInstance) {
    this.options = options;
    this.client = client;
    this.events = new Events(options.logger, this.secrets);
    this.storage = new TokenStorage(options, this.secrets, this.events);
    this.lifetimes = new Lifetimes(options);
    this.backoff = new Backoff(options);
    this.state = initialState(options.startsEmpty);
  }

  get status(): SessionStatus {
    return this.renewal ? 'refreshing' : this.state.phase;
  }

  /** True in the code that `refresh` runs for the renewal in flight (G8). */
  isRefreshCall(): boolean {
    return this.renewal?.scope.isInside() === true;
  }

  /** To be called while the caller of a request is still on the stack: whose request is it? */
  bind<C extends Call>(call: C): C {
    call.isRefresh = this.isRefreshCall();
    this.#bindNow(call);
    if (call.isRefresh) return call;
    const { epoch } = this.state;
    try {
      const bound = this.#read(
        () => {
          this.#bindNow(call);
        },
        (tokens) => {
          // The session has changed while the store was read: whose tokens are these?
          const isSameEpoch = epoch === this.state.epoch;
          if (isSameEpoch && !this.#isOtherUser(tokens)) this.#bindNow(call);
          else if (!isSameEpoch && call.epoch !== null) return;
          // This read and a notice of the store have found the same sign-in elsewhere.
          else if (accessOf(tokens) === accessOf(this.state.tokens)) this.#bindNow(call);
          // Who was signed in at the moment of the call is not signed in any more.
          else if (tokens) call.epoch = OVER;
        },
      );
      if (isThenable(bound)) call.binding = bound.then(undefined, nothing);
    } catch {
      // The request meets the same fault when it is sent, and has somebody to tell.
    }
    return call;
  }

  #bindNow(call: Call): void {
    call.epoch = this.state.phase === 'signed-in' ? this.state.epoch : null;
  }

  /**
   * The token that a request may be sent with now. It waits for the renewal in flight, starts one for an
   * expired token, and rejects when its session is over. Synchronous where nothing has to be waited for.
   *
   * @param oneShot the body can be sent once: rather renew ahead of expiry than be refused (G18)
   */
  tokenFor(call: Call, oneShot = false): Awaitable<TokenSnapshot> {
    this.checkEpoch(call.epoch);
    const waited = this.#waitedRenewal();
    if (waited) return this.#join(waited, call);
    return chain(this.look(), (tokens) => {
      this.checkEpoch(call.epoch);
      const renewal = this.#waitedRenewal() ?? this.#renewalFor(tokens);
      if (renewal?.isWaited) return this.#join(renewal, call);
      const token = accessOf(tokens);
      return renewal && oneShot ? this.#orStillGood(renewal, token) : this.#snapshotOf(token);
    });
  }

  /** False once a request has to ask for its token again: something has changed since. */
  isCurrent(snapshot: TokenSnapshot): boolean {
    return snapshot.version === this.state.version && !this.renewal?.isWaited;
  }

  /**
   * The server refused the token of a request (`refresh` or `sign-out`). Resolves when the request may be
   * sent again; rejects when there is no token to send it with. A token that was replaced meanwhile needs
   * no renewal (G7: late 401s).
   */
  refused(
    sent: TokenSnapshot,
    { action, code }: Classified,
    response: AxiosResponse,
    attempt: number,
  ): Awaitable<unknown> {
    this.checkEpoch(sent.epoch);
    this.renewal?.giveUpIfOverdue();
    const { renewal } = this;
    // During a renewal a sign-out may only mean that the old token is replaced: its result decides.
    if (renewal && (renewal.isWaited || renewal.token === sent.token || action === 'sign-out')) {
      return renewal.join();
    }
    const failure = this.backoff.ofStraggler(sent.token, sent.failures);
    if (failure) throw failure;
    return chain(this.look(), (tokens): Awaitable<unknown> => {
      this.callSignedOutIfDue();
      this.checkEpoch(sent.epoch);
      if (!tokens || accessOf(tokens) !== sent.token) return undefined;
      if (action === 'sign-out') return this.#end(response, code);
      // Sent again with a token that a renewal has just brought, and refused again: renewing does not help.
      const isFresh = attempt > 1 && sent.token === this.#renewedToken;
      if (isFresh && this.lifetimes.of(tokens) !== 'expired') {
        this.backoff.addUseless(sent.token);
        throw refreshLoopError('one that was renewed just now was refused again');
      }
      return this.renew('rejected', sent.token, response);
    });
  }

  /** Calls `onSignedOut` for tokens that have vanished, where it was put off (G26: not during a login). */
  callSignedOutIfDue(): void {
    if (this.#isCallDue) this.#callSignedOut('elsewhere', null);
  }

  /**
   * Reads the store, and takes note of what somebody else did to it. Synchronous where the store is.
   *
   * @param through past any cache
   */
  look(through = false): Awaitable<Tokens | null> {
    const look = (): Awaitable<Tokens | null> => this.look(through);
    return this.#read((tokens) => tokens, look, through);
  }

  /**
   * @param seen called with what was read, when the session has taken note of it
   * @param stale called in its place when the session has changed by itself while the store was being read
   */
  #read<R>(
    seen: (tokens: Tokens | null) => R,
    stale: (tokens: Tokens | null) => Awaitable<R>,
    through = false,
  ): Awaitable<R> {
    const before = this.state;
    let isLater = false;
    const read = chain(this.storage.read(through), (tokens): Awaitable<R> => {
      const { state } = this;
      const isOtherSession = before.epoch !== state.epoch;
      const isOlder = before.version !== state.version && tokens !== state.tokens;
      if (isLater && (isOtherSession || isOlder)) return stale(tokens);
      this.observe(tokens, !isLater && !through);
      return seen(tokens);
    });
    isLater = true;
    return read;
  }

  /** A peer has changed the store: one look at a time, however many notices come. */
  async storeChanged(): Promise<void> {
    if (this.#notices++ > 0) return;
    let seen: number;
    do {
      seen = this.#notices;
      try {
        const found = await this.look(true);
        await this.renewal?.adoptChange(found);
        this.callSignedOutIfDue();
      } catch (fault) {
        this.storage.reportUnheard(fault);
      }
    } while (seen !== this.#notices);
    this.#notices = 0;
  }

  /** Waits for the renewal in flight, or for one that this starts; rejects while it is too soon. */
  renew(
    reason: RefreshReason,
    token: string | null,
    response?: AxiosResponse,
  ): Promise<TokenSnapshot> {
    this.renewal?.giveUpIfOverdue();
    // Whoever calls `refresh()` does not want to wait until it is time.
    const failure = !this.renewal && reason !== 'manual' && this.backoff.refuses(token);
    if (failure) return Promise.reject(failure);
    return (this.renewal ?? this.#start(reason, token, response)).join();
  }

  /** @throws AuthError how the epoch ended, when another one has begun since (G22) */
  checkEpoch(epoch: number | null): void {
    if (epoch === null || epoch === this.state.epoch) return;
    throw this.#ended?.epoch === epoch ? this.#ended.error : signedOutError();
  }

  /**
   * Carries out a transition: takes over the state, cancels the renewal of an epoch that is over, removes
   * the tokens, rejects whoever waits, and tells. Rejects only when the tokens could not be removed.
   *
   * @param error what requests of the epoch reject with that this ends
   */
  async apply(input: Input, error?: AuthError, isQuiet = false): Promise<void> {
    const before = this.state;
    const { renewal, events } = this;
    let ended: AuthError | undefined;
    const { state, effects } = transition(before, input);
    this.state = state;
    if (state.renewal === null) this.renewal = undefined;
    if (state.phase !== before.phase) events.phaseChanged();
    if (effects.includes('tell-adopted')) void events.emit(ADOPTED);
    if (state.epoch !== before.epoch) {
      ended = error ?? signedOutError();
      this.#ended = { epoch: before.epoch, error: ended };
      this.epochController.abort();
      this.epochController = new AbortController();
      this.backoff.reset();
      this.#isCallDue = false;
      renewal?.cancel();
    }
    if (effects.includes('tell-signed-out') && !isQuiet) {
      this.#isCallDue = before.phase === 'signed-in' && state.phase === 'signed-out';
      void events.emit({ type: 'signed-out', reason: 'elsewhere', error: null });
    }
    if (effects.includes('tell-signed-in') && !isQuiet) void events.emit({ type: 'signed-in' });
    try {
      if (effects.includes('clear')) await this.storage.write(null);
    } finally {
      if (ended) renewal?.done.reject(ended);
    }
  }

  /** Takes note of tokens that were read. Of a synchronous store nobody has to be told at first. */
  observe(tokens: Tokens | null, isSynchronous = false): void {
    const { phase, tokens: before } = this.state;
    if (tokens === before && phase !== 'unknown') return;
    const sameUser = !this.#isOtherUser(tokens);
    const isQuiet = isSynchronous && phase === 'unknown';
    void this.apply({ type: 'read', tokens, sameUser }, undefined, isQuiet);
  }

  /** Tells listeners first, then `onSignedOut`. */
  async tellSignedOut(reason: SignedOutReason, error: AuthError | null): Promise<void> {
    const told = this.events.emit({ type: 'signed-out', reason, error });
    this.#callSignedOut(reason, error);
    await told;
  }

  /** Tells the auth server that the tokens are not used any more, where `revoke` is given. */
  revoke(tokens: Tokens | null): Promise<void> {
    return revokeTokens(this, tokens);
  }

  /** How a renewal ended. */
  async renewalEnded(renewal: Renewal, outcome: RenewalOutcome): Promise<void> {
    const { id, isWaited } = renewal;
    if (outcome.kind === 'renewed') {
      this.#renewed(renewal, outcome);
    } else if (outcome.kind === 'vanished') {
      await this.apply({ type: 'vanished', renewal: id });
      this.callSignedOutIfDue();
    } else {
      const { kind, error } = outcome;
      const { epoch } = this.state;
      const applied = this.apply({ type: kind, renewal: id, isWaited }, error);
      renewal.onReleased = () =>
        void applied.catch(nothing).then(() => this.tellSignedOut('expired', error));
      if (epoch === this.state.epoch) this.#failed(renewal, outcome);
      await applied.catch(nothing);
    }
  }

  /** The tokens are kept. */
  #failed(renewal: Renewal, outcome: FailedRenewal): void {
    const { done, token } = renewal;
    const { error } = outcome;
    this.backoff.add(renewal, outcome);
    done.reject(error);
    // Tokens that a peer has stored meanwhile are told now: the renewal did not adopt them.
    const isAdopted = accessOf(this.state.tokens) !== token;
    renewal.onReleased = () => {
      void this.events.emit({ type: 'refresh-failed', error });
      if (isAdopted) void this.events.emit(ADOPTED);
    };
  }

  #renewed(renewal: Renewal, { tokens, attempts }: RenewalOutcome & { kind: 'renewed' }): void {
    const { id, done, held, startedAt } = renewal;
    // Adopted from a peer: of another user, they end the session, and reject whoever waits.
    if (attempts === 0) this.observe(tokens);
    if (renewal.epoch !== this.state.epoch) return;
    void this.apply({ type: 'renewed', renewal: id, tokens });
    this.backoff.forgetOutage();
    const { accessToken } = tokens;
    if (attempts > 0) this.#renewedToken = accessToken;
    if (isSendable(accessToken)) done.resolve(this.#snapshotOf(accessToken));
    else done.reject(unsendable(accessToken));
    const ms = Math.round(steadyNow() - startedAt);
    const { epoch } = this.state;
    renewal.onReleased = () => {
      // Of a session that has ended meanwhile, its end is the last event.
      if (epoch === this.state.epoch)
        void this.events.emit({ type: 'refreshed', ms, attempts, held });
    };
  }

  /** Ends the session: the tokens are removed, then whoever waits is rejected, then it is told (G11). */
  async #end({ status }: AxiosResponse, code = 'a code'): Promise<never> {
    const error = new AuthError(
      'ERR_AUTH_SESSION_EXPIRED',
      `The session is over: the server answered ${status} with ${this.secrets.remove(code)}, which ends it (options codes, classify). Sign in again.`,
    );
    await this.apply({ type: 'ended' }, error).catch(nothing);
    void this.tellSignedOut('expired', error);
    throw error;
  }

  #callSignedOut(reason: SignedOutReason, error: AuthError | null): void {
    this.#isCallDue = false;
    void this.events.later(() => this.options.onSignedOut?.(error, reason));
  }

  /** The renewal that requests are held for, unless its time was over unnoticed (G6, G31). */
  #waitedRenewal(): Renewal | undefined {
    this.renewal?.giveUpIfOverdue();
    return this.renewal?.isWaited ? this.renewal : undefined;
  }

  /** A request that was called while nobody was signed in goes with whoever signs in meanwhile (G22). */
  #join(renewal: Renewal, call: Call): Promise<TokenSnapshot> {
    const joined = renewal.join();
    if (call.epoch !== null) return joined;
    return joined.catch((error: unknown) => {
      const isOvertaken = renewal.epoch !== this.state.epoch && this.state.phase === 'signed-in';
      if (isOvertaken) return this.tokenFor(call);
      throw error;
    });
  }

  /** A renewal ahead of expiry that fails does not matter while the token is still good (G31). */
  #orStillGood(renewal: Renewal, token: string | null): Promise<TokenSnapshot> {
    return renewal.done.promise.catch((error: unknown) => {
      if (renewal.epoch !== this.state.epoch) throw error;
      return this.#snapshotOf(token);
    });
  }

  /** The renewal that these tokens need: one to wait for, one in the background, or none. */
  #renewalFor(tokens: Tokens | null): Renewal | undefined {
    const { backoff, state } = this;
    const token = accessOf(tokens);
    if (tokens && token !== null) {
      if (token !== this.#snapshot.token && !isSendable(token)) throw unsendable(token);
      const freshness = this.lifetimes.of(tokens);
      if (freshness === 'good') return undefined;
      if (freshness === 'due') {
        if (this.renewal) return this.renewal;
        const isTooSoon = backoff.blocksAhead(token) || backoff.refuses(token);
        return isTooSoon ? undefined : this.#start('ahead', token);
      }
    } else if (!tokens && !mayStartEmpty(state)) {
      if (this.options.requireSession) throw nobodySignedIn();
      return undefined;
    }
    const failure = !this.renewal && backoff.refuses(token);
    if (failure) throw failure;
    const renewal = this.renewal ?? this.#start(token === null ? 'missing' : 'expired', token);
    renewal.isWaited = true;
    return renewal;
  }

  #start(reason: RefreshReason, token: string | null, response?: AxiosResponse): Renewal {
    const id = ++this.#renewals;
    const { epoch } = this.state;
    void this.apply({ type: 'renewing', renewal: id });
    return (this.renewal = new Renewal(this, { id, epoch, reason, token, response }));
  }

  /** True for tokens of another user than the one whose tokens the session holds (`sameUser`). */
  #isOtherUser(tokens: Tokens | null): boolean {
    const { tokens: before } = this.state;
    const [one, two] = [accessOf(before), accessOf(tokens)];
    if (!before || !tokens || !one || !two || one === two) return false;
    const { sameUser = isSameUser } = this.options;
    try {
      const answer: unknown = sameUser({ ...before }, { ...tokens });
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

  #snapshotOf(token: string | null): TokenSnapshot {
    const { epoch, version } = this.state;
    const { failures } = this.backoff;
    const last = this.#snapshot;
    const isSame = last.token === token && last.version === version && last.failures === failures;
    return isSame ? last : (this.#snapshot = { token, epoch, version, failures });
  }
}

const nobodySignedIn = (): AuthError =>
  signedOutError(
    'Nobody is signed in, and the option requireSession keeps requests from being sent without a token. ' +
      'Call signIn() first, or mark the request with skipAuth: true.',
  );

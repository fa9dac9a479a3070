import { AuthError, signedOutError } from '../errors';
import { accessOf, isCookieMark, receiveTokens, type TokenResponse, type Tokens } from '../tokens';
import { ignoreRejection, isThenable } from '../util/awaitable';
import type { Listener } from './events';
import { newCall, type Session, type SessionStatus } from './session';
import { mayStartEmpty, type Phase } from './state';

declare global {
  /** As `esnext.disposable` has it: whoever compiles without that lib gets these types all the same. */
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/**
 * What is used of an axios instance. Instances of every copy of axios fit, of its CommonJS and its ESM
 * types alike.
 */
export interface AttachableInstance {
  defaults: object;
  interceptors: { request: { use: unknown }; response: { use: unknown } };
  request: unknown;
}

/** Where the token may go from one instance; what is left out is as for the session. */
export interface AttachOptions {
  allowedOrigins?: readonly (string | RegExp)[];
  allowInsecureHttp?: boolean;
}

/** The handle on one session: all attached instances, one queue. */
export interface AuthSession<T extends Tokens = Tokens> {
  /**
   * Stores the tokens of a sign-in. Wins over a refresh in flight; requests of the session before reject
   * with `ERR_AUTH_SIGNED_OUT`. With `headerName: false` no tokens are needed.
   *
   * @throws AuthError `ERR_AUTH_INVALID_TOKENS`; `ERR_AUTH_STORE` when they cannot be stored;
   * `ERR_AUTH_CONFIG` when called by the option `refresh`
   * @example
   * await auth.signIn(await login(email, password));
   */
  signIn(tokens?: TokenResponse<T>): Promise<void>;
  /**
   * Forgets the tokens. Wins over a refresh in flight; waiting requests reject with
   * `ERR_AUTH_SIGNED_OUT`. Where `revoke` is configured, the auth server is told as well (RFC 7009).
   *
   * @throws AuthError `ERR_AUTH_STORE` when the store still holds them; this session does not
   */
  signOut(): Promise<void>;
  /**
   * Renews now, or joins the renewal in flight.
   *
   * @throws AuthError why there are no new tokens; `ERR_AUTH_SIGNED_OUT` when the session is over by then
   */
  refresh(): Promise<T>;
  /** The tokens as the store has them. */
  getTokens(): Promise<T | null>;
  /**
   * The access token, renewed first when it is expired: for WebSocket, EventSource, fetch … `null` while
   * nobody is signed in, and where only a cookie carries it.
   *
   * @param options `minValidity`: milliseconds that must be left, else it is renewed first
   * @example
   * const socket = new WebSocket(`wss://api.example.com/live?token=${await auth.getAccessToken()}`);
   */
  getAccessToken(options?: { minValidity?: number }): Promise<string | null>;
  /** Attaches another instance to the same session and queue; idempotent. Returns how to detach it. */
  attach(instance: AttachableInstance, options?: AttachOptions): () => void;
  /** Detaches every instance and stops listening to the store. What is in flight finishes. */
  detach(): void;
  readonly status: SessionStatus;
  /** Calls the listener on every event; returns how to stop. */
  subscribe(listener: Listener): () => void;
  /**
   * Calls the listener at once, and whenever it changes whether somebody is signed in; a renewal is no
   * change. Returns how to stop. This is the contract of a Svelte store.
   *
   * @example
   * const stop = auth.onStatus((status) => (menu.hidden = status !== 'signed-in'));
   */
  onStatus(listener: (status: Phase) => void): () => void;
  /** The same as `detach()`: `using auth = attachAuthInterceptors(…)`. */
  [Symbol.dispose](): void;
}

/** The public methods of a session, over what requests use of it. */
export class SessionMethods {
  readonly #session: Session;
  readonly #detachAll: () => void;
  readonly attach: AuthSession['attach'];

  constructor(session: Session, attach: AuthSession['attach'], detachAll: () => void) {
    this.#session = session;
    this.#detachAll = detachAll;
    this.attach = attach;
  }

  get status(): SessionStatus {
    return this.#session.status;
  }

  async signIn(response?: unknown): Promise<void> {
    const session = this.#session;
    this.#refuseInRefresh('signIn()');
    const byCookie = session.options.headerName === null;
    const tokens = receiveTokens<Tokens>(response, null, byCookie, session.events.oddLifetime);
    session.lifetimes.received(tokens);
    void session.apply({ type: 'sign-in', tokens });
    const { epoch } = session.state;
    try {
      await session.storage.write(tokens);
    } catch (error) {
      // Nobody would find them after a reload, so this is no sign-in: the store stays the truth.
      if (session.state.epoch === epoch) await this.#turnBack(error as AuthError);
      throw error;
    }
    await session.events.emit({ type: 'signed-in' });
  }

  /** To what the store still holds, or to nobody. */
  async #turnBack(error: AuthError): Promise<void> {
    const session = this.#session;
    // Those of a renewal meanwhile as well.
    session.storage.forget();
    void session.apply({ type: 'not-stored' });
    try {
      await session.look();
    } catch {
      // A store that cannot be read either holds nothing that could be used.
    }
    if (session.state.phase === 'signed-out') {
      void session.events.emit({ type: 'signed-out', reason: 'signed-out', error });
    }
  }

  async signOut(): Promise<void> {
    const session = this.#session;
    const { startsEmpty, phase } = session.state;
    const wasIn = phase !== 'signed-out' || session.renewal !== undefined;
    const toRevoke =
      session.options.revoke && (async () => session.storage.read())().catch(() => null);
    const removed = session.apply({ type: 'sign-out' });
    try {
      await removed;
    } finally {
      if (wasIn) await session.tellSignedOut('signed-out', null);
      const tokens = toRevoke ? await toRevoke : null;
      // A cookie may stand for a session that nobody has asked for yet.
      if (tokens || (toRevoke && startsEmpty === 'once')) await session.revoke(tokens);
    }
  }

  async refresh(): Promise<Tokens> {
    const session = this.#session;
    this.#refuseInRefresh('refresh()');
    const call = session.bind(newCall());
    // Over a synchronous store it starts in the turn of the call: requests that follow wait for it (G6).
    if (call.binding) await call.binding;
    session.checkEpoch(call.epoch);
    const looked = session.look();
    const before = isThenable(looked) ? await looked : looked;
    session.checkEpoch(call.epoch);
    // Only the auth server knows whether a cookie stands for a session: whoever asks for it is answered.
    if (!before && !session.options.startsEmpty) {
      throw signedOutError(
        'Nobody is signed in, so there is nothing to refresh. Call signIn() first.',
      );
    }
    const renewed = session.renew('manual', accessOf(before));
    const { renewal } = session;
    const { epoch } = await renewed;
    const { tokens } = session.state;
    // Whoever asks sees the events of the renewal first.
    await renewal?.released;
    await session.events.later(() => undefined);
    session.checkEpoch(epoch);
    if (!tokens) throw signedOutError();
    return { ...tokens };
  }

  async getTokens(): Promise<Tokens | null> {
    const tokens = await this.#session.look();
    return tokens && { ...tokens };
  }

  async getAccessToken({ minValidity = 0 }: { minValidity?: number } = {}): Promise<string | null> {
    const session = this.#session;
    if (typeof minValidity !== 'number' || !(minValidity >= 0)) {
      throw new TypeError(
        'getAccessToken: minValidity must be a number of milliseconds, 0 or more.',
      );
    }
    // Within `refresh` there is nothing to wait for but itself.
    if (session.isRefreshCall()) return accessOf(await session.storage.read());
    const call = session.bind(newCall());
    await call.binding;
    // `requireSession` is for requests: whoever asks for the token gets to know that there is none.
    const isNobody = session.options.requireSession && !(await session.look());
    if (isNobody && !mayStartEmpty(session.state)) return null;
    let { token } = await session.tokenFor(call);
    const { tokens } = session.state;
    if (token !== null && tokens && session.lifetimes.left(tokens) < minValidity) {
      ({ token } = await session.renew('ahead', token));
      session.checkEpoch(call.epoch);
    }
    return token !== null && isCookieMark(token) ? null : token;
  }

  detach(): void {
    this.#session.storage.stopListening();
    this.#detachAll();
  }

  subscribe(listener: Listener): () => void {
    this.#lookFirst();
    return this.#session.events.subscribe(listener);
  }

  onStatus(listener: (status: Phase) => unknown): () => void {
    const session = this.#session;
    this.#lookFirst();
    let last = session.state.phase;
    const stop = session.events.onPhaseChange(() => {
      const { phase } = session.state;
      if (phase === last) return undefined;
      last = phase;
      return listener(phase);
    });
    try {
      // It may be asynchronous.
      ignoreRejection(listener(last));
    } catch (fault) {
      stop();
      throw fault;
    }
    return stop;
  }

  /** Who listens wants to know who is signed in: at once where the store is synchronous. */
  #lookFirst(): void {
    if (this.#session.state.phase !== 'unknown') return;
    try {
      // The first request meets the same fault, and has somebody to tell.
      void Promise.resolve(this.#session.look()).catch(() => undefined);
    } catch {
      // As above.
    }
  }

  #refuseInRefresh(method: string): void {
    if (!this.#session.isRefreshCall()) return;
    throw new AuthError(
      'ERR_AUTH_CONFIG',
      `${method} was called by the option refresh, which would wait for itself. Return the new tokens instead.`,
    );
  }
}

/**
 * The handle that the application gets. Its functions can be taken out of it: `const { signOut } = auth`.
 * Runtimes without `Symbol.dispose` get a handle without it.
 */
export function handleOf<T extends Tokens>(methods: SessionMethods): AuthSession<T> {
  const handle = {
    signIn: methods.signIn.bind(methods),
    signOut: methods.signOut.bind(methods),
    refresh: methods.refresh.bind(methods),
    getTokens: methods.getTokens.bind(methods),
    getAccessToken: methods.getAccessToken.bind(methods),
    attach: methods.attach,
    detach: methods.detach.bind(methods),
    get status() {
      return methods.status;
    },
    subscribe: methods.subscribe.bind(methods),
    onStatus: methods.onStatus.bind(methods),
  };
  const dispose = Symbol.dispose as symbol | undefined;
  if (dispose) Object.defineProperty(handle, dispose, { value: handle.detach });
  return handle as unknown as AuthSession<T>;
}

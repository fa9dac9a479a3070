import type { AxiosInstance } from 'axios';
import { AuthError } from '../errors';
import type { ResolvedOptions } from '../options';
import { accessOf, receiveTokens, type TokenResponse, type Tokens } from '../tokens';
import type { Core, SessionStatus } from './core';
import { signedOutError } from './state';
import type { Listener } from './events';
import { firstLook, watchStore } from './watch-store';

declare global {
  /** As `esnext.disposable` has it: whoever compiles without that lib gets these types all the same. */
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/** The handle on one session: all attached instances, one queue. */
export interface AuthSession<T extends Tokens = Tokens> {
  /**
   * Stores the tokens of a sign-in. Wins over a refresh in flight; requests that wait for the old
   * session reject with `ERR_AUTH_SIGNED_OUT`.
   *
   * @throws AuthError `ERR_AUTH_INVALID_TOKENS`, or `ERR_AUTH_STORE` when they cannot be stored.
   * @example
   * await auth.signIn(await login(email, password));
   */
  signIn(tokens: TokenResponse<T>): Promise<void>;
  /**
   * Forgets the tokens. Wins over a refresh in flight; waiting requests reject with
   * `ERR_AUTH_SIGNED_OUT`. Where `revoke` is configured, the auth server is told as well (RFC 7009).
   *
   * @throws AuthError `ERR_AUTH_STORE` when the store still holds them; this session does not.
   */
  signOut(): Promise<void>;
  /** Renews now, or joins the renewal in flight. Rejects with an AuthError. */
  refresh(): Promise<T>;
  /** The tokens as the store has them. */
  getTokens(): Promise<T | null>;
  /**
   * The access token, renewed first when it is expired: for WebSocket, EventSource, fetch …
   *
   * @example
   * const socket = new WebSocket(`wss://api.example.com/live?token=${await auth.getAccessToken()}`);
   */
  getAccessToken(): Promise<string | null>;
  /** Attaches another instance to the same session and queue; idempotent. Returns how to detach it. */
  attach(instance: AxiosInstance): () => void;
  /** Detaches every instance and stops listening to the store. What is in flight finishes. */
  detach(): void;
  readonly status: SessionStatus;
  /** Calls the listener on every event; returns how to stop. Fits `useSyncExternalStore`. */
  subscribe(listener: Listener): () => void;
  /** The same as `detach()`: `using auth = attachAuthInterceptors(…)`. */
  [Symbol.dispose](): void;
}

/** What a session knows about instances. */
export interface Attachments {
  attach(instance: AxiosInstance): () => void;
  detachAll(): void;
}

export function createSession(
  core: Core,
  options: ResolvedOptions,
  attachments: Attachments,
): AuthSession {
  const { state, vault, herald, lifetimes } = core;
  const unsubscribe = watchStore(core, options);
  let first: Promise<void> | undefined;

  async function signIn(response: unknown): Promise<void> {
    const tokens = receiveTokens(response, null);
    core.turnTo(tokens);
    const { epoch } = state;
    lifetimes.received(tokens);
    try {
      await vault.write(tokens);
    } catch (error) {
      // Nobody would find them after a reload, so this is no sign-in: the store stays the truth.
      vault.forget(tokens);
      if (state.epoch === epoch) void turnBack(error as AuthError);
      throw error;
    }
    await herald.tell({ type: 'signed-in' });
  }

  /** To what the store still holds, or to nobody. */
  async function turnBack(error: AuthError): Promise<void> {
    core.turnTo(null);
    await firstLook(core);
    if (!state.signedIn) void herald.tell({ type: 'signed-out', reason: 'signed-out', error });
  }

  async function signOut(): Promise<void> {
    const wasIn = core.status !== 'signed-out';
    const hadCookie = core.mayHaveCookie();
    const held = options.revoke && vault.readOr(null);
    core.turnTo(null);
    try {
      await vault.write(null);
    } finally {
      if (wasIn) await state.signedOut('signed-out', null);
      const tokens = held ? await held : null;
      if (tokens || (held && hadCookie)) await core.revocation.revoke(tokens);
    }
  }

  async function refresh(): Promise<Tokens> {
    if (core.inside.is()) {
      throw new AuthError(
        'ERR_AUTH_CONFIG',
        'refresh() was called by the refresh option itself, and would wait for itself.',
      );
    }
    const { epoch } = state;
    const before = await core.look();
    state.checkEpoch({ epoch });
    if (!before && !options.startsEmpty) throw signedOutError();
    const renewed = core.renew('manual', accessOf(before));
    const { renewal } = core;
    await renewed;
    const after = await core.look();
    if (!after) throw signedOutError();
    await renewal?.released;
    await herald.later(() => undefined);
    return after;
  }

  async function getAccessToken(): Promise<string | null> {
    // Inside `refresh` there is nothing to wait for but itself.
    if (core.inside.is()) return accessOf(await vault.read());
    return (await core.admit(false)).token;
  }

  const session = {
    signIn,
    signOut,
    refresh,
    getTokens: async () => core.look(),
    getAccessToken,
    attach: attachments.attach,
    detach() {
      unsubscribe();
      attachments.detachAll();
      core.renewal?.cancel();
      core.stepUps.cancel();
    },
    get status() {
      return core.status;
    },
    subscribe(listener: Listener) {
      if (state.signedIn === undefined) {
        first ??= firstLook(core).finally(() => (first = undefined));
      }
      return herald.subscribe(listener);
    },
  };
  return withDispose(session);
}

/** Runtimes without `Symbol.dispose` get a session without it. */
function withDispose(session: Omit<AuthSession, typeof Symbol.dispose>): AuthSession {
  const symbol = Symbol.dispose as symbol | undefined;
  if (symbol) {
    Object.defineProperty(session, symbol, {
      value: () => {
        session.detach();
      },
    });
  }
  return session as AuthSession;
}

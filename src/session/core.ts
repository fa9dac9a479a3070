import type { AxiosResponse } from 'axios';
import { isThenable, type Awaitable } from '../util/awaitable';
import { AuthError } from '../errors';
import type { RefreshContext, RefreshReason, ResolvedOptions } from '../options';
import { createRedactor, type Redactor } from '../redact';
import { accessOf, isSendable, unsendable, type Tokens } from '../tokens';
import { createHerald, type Herald } from './events';
import { createInside, type Inside } from './inside';
import { createLifetimes, type Lifetimes } from './lifetime';
import { createLook, type Look } from './look';
import type { Renewal } from './renewal-host';
import { createRenewals } from './renewals';
import { createRevocation, type Revocation } from './revocation';
import { createState, signedOutError, type Grant, type State } from './state';
import { createStepUps, type StepUps } from './step-up';
import { createVault, type Vault } from './vault';

export type SessionStatus = 'unknown' | 'signed-in' | 'refreshing' | 'signed-out';

/** The session as requests meet it. It knows nothing of axios beyond the answer that it is shown. */
export interface Core {
  readonly state: State;
  readonly vault: Vault;
  readonly lifetimes: Lifetimes;
  readonly redactor: Redactor;
  readonly herald: Herald;
  readonly inside: Inside;
  readonly status: SessionStatus;
  /** The renewal in flight, if any. */
  readonly renewal: Renewal | undefined;
  readonly look: Look;
  /** True where a session is that only a cookie knows of, or may be: nobody has asked yet. */
  mayHaveCookie(): boolean;
  /** False once a request has to ask again before it is sent. */
  isValid(grant: Grant): boolean;
  /** Synchronous where nothing is to be waited for. `willWait`: rather renew ahead than be refused. */
  admit(willWait: boolean): Awaitable<Grant>;
  /** The same for a request that has a grant already; it never crosses into another epoch. */
  readmit(stale: Grant): Awaitable<Grant>;
  /** After a 401 that says expired: the grant to send the request again with, or an AuthError. */
  recover(refused: Grant, response: AxiosResponse): Awaitable<Grant>;
  /** After a 401 that ends the session, unless the token was replaced meanwhile. */
  condemn(refused: Grant, message: string): Awaitable<Grant>;
  readonly stepUps: StepUps;
  readonly revocation: Revocation;
  renew(reason: RefreshReason, token: string | null): Promise<Grant>;
  /** Starts a new epoch, signed in or out; whoever waits is rejected. */
  turnTo(tokens: Tokens | null): void;
}

export function createCore(options: ResolvedOptions, client: () => RefreshContext['client']): Core {
  const redactor = createRedactor(options.headerName);
  const herald = createHerald(options.logger, redactor);
  const inside = createInside();
  const lifetimes = createLifetimes(options);
  const state = createState(options, herald);
  const vault = createVault(options, redactor, (message, error) => {
    herald.log('error', message, error);
  });
  const revocation = createRevocation(options, state, { redactor, herald, client });
  const tools = { vault, lifetimes, redactor, herald, inside, client, revocation };
  const mayHaveCookie = (): boolean => options.startsEmpty === 'once' && renewals.mayAsk;
  const isOpen = (): boolean => mayHaveCookie() && !state.hasBeenIn;
  const look = createLook({
    vault,
    state,
    herald,
    isOpen,
    isRenewing: () => renewals.current !== undefined,
  });
  const renewals = createRenewals(options, state, tools);
  /** The last token that was looked at letter by letter. */
  let sendable: string | undefined;
  const stepUps = createStepUps(options, state, {
    ...tools,
    look,
    admit: () => admit(false),
    get renewal() {
      return renewals.current;
    },
  });

  function admit(willWait: boolean): Awaitable<Grant> {
    const held = renewals.held();
    if (held) return held;
    const { epoch, signedIn } = state;
    const tokens = look();
    if (!isThenable(tokens)) return admitWith(tokens, willWait);
    return admitLater(tokens, willWait, signedIn ? epoch : undefined);
  }

  /** @param from the epoch of the session that was there when the request was made */
  async function admitLater(
    tokens: PromiseLike<Tokens | null>,
    willWait: boolean,
    from: number | undefined,
  ): Promise<Grant> {
    const found = await tokens;
    if (from !== undefined) state.checkEpoch({ epoch: from });
    return renewals.held() ?? admitWith(found, willWait);
  }

  function admitWith(tokens: Tokens | null, willWait: boolean): Awaitable<Grant> {
    if (!tokens) {
      return renewals.mayAsk ? renewals.renew('missing', null) : state.grant(null);
    }
    const { accessToken } = tokens;
    if (!accessToken) return renewals.renew('missing', null);
    if (accessToken !== sendable && !isSendable(accessToken)) throw unsendable(accessToken);
    sendable = accessToken;
    const freshness = lifetimes.of(tokens);
    if (freshness === 'expired') return renewals.renew('expired', accessToken);
    const ahead = freshness === 'ahead' ? renewals.renewAhead(accessToken) : undefined;
    return ahead && willWait ? orStillGood(ahead, accessToken) : state.grant(accessToken);
  }

  /** A renewal ahead of expiry that fails does not matter while the token is still good (G31). */
  function orStillGood(ahead: Promise<Grant>, token: string): Promise<Grant> {
    const { epoch } = state;
    return ahead.catch((error: unknown) => {
      if (state.epoch !== epoch) throw error;
      return state.grant(token);
    });
  }

  function readmit(stale: Grant): Awaitable<Grant> {
    if (stale.token !== null) state.checkEpoch(stale);
    return admit(false);
  }

  /** With what was stored meanwhile in place of the refused token; else by what is left to do. */
  function insteadOf(refused: Grant, otherwise: () => Promise<Grant>): Awaitable<Grant> {
    const decide = (tokens: Tokens | null): Awaitable<Grant> => {
      state.checkEpoch(refused);
      if (!tokens) throw signedOutError();
      if (accessOf(tokens) === refused.token) return otherwise();
      return renewals.held() ?? admitWith(tokens, false);
    };
    const tokens = look();
    return isThenable(tokens) ? tokens.then(decide) : decide(tokens);
  }

  function recover(refused: Grant, response: AxiosResponse): Awaitable<Grant> {
    state.checkEpoch(refused);
    if (renewals.holding || renewals.current?.token === refused.token) {
      return renewals.renew('rejected', refused.token, response);
    }
    const failure = renewals.failureFor(refused);
    if (failure) throw failure;
    return insteadOf(refused, () => renewals.renew('rejected', refused.token, response));
  }

  function condemn(refused: Grant, message: string): Awaitable<Grant> {
    state.checkEpoch(refused);
    // The server may have revoked the token because it has just been renewed.
    if (renewals.current) return renewals.renew('rejected', refused.token);
    return insteadOf(refused, async () => {
      const error = new AuthError('ERR_AUTH_SESSION_EXPIRED', message);
      await renewals.expire(error, refused.token);
      throw error;
    });
  }

  return {
    state,
    vault,
    lifetimes,
    redactor,
    herald,
    inside,
    get status() {
      if (renewals.current) return 'refreshing';
      if (state.signedIn) return 'signed-in';
      return state.signedIn === undefined || isOpen() ? 'unknown' : 'signed-out';
    },
    get renewal() {
      return renewals.current;
    },
    look,
    mayHaveCookie,
    isValid: (grant) => grant.version === state.version && !renewals.holding,
    admit,
    readmit,
    recover,
    condemn,
    stepUps,
    revocation,
    renew: renewals.renew,
    turnTo(tokens) {
      const error = signedOutError();
      state.turn(error);
      state.become(tokens);
      renewals.abandon(error, tokens === null);
    },
  };
}

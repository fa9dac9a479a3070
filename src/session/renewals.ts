import type { AxiosResponse } from 'axios';
import { steadyNow } from '../util/clock';
import type { AuthError } from '../errors';
import type { RefreshReason, ResolvedOptions } from '../options';
import { accessOf, isSendable, unsendable } from '../tokens';
import { createFailures } from './failures';
import { createLimit } from './limit';
import { startRenewal } from './renewal';
import type { Ending, Renewal, RenewalTools, Renewed } from './renewal-host';
import { signedOutError, type Grant, type State } from './state';
import { deferred, type Deferred } from '../util/timers';

interface Pending extends Deferred<Grant> {
  renewal: Renewal;
  startedAt: number;
}

/** The one renewal at a time of a session, and what is remembered of those that failed (G5). */
export interface Renewals {
  readonly current: Renewal | undefined;
  /** Whether requests are held: a renewal is in flight that somebody waits for (G6). */
  readonly holding: boolean;
  /** Joins the renewal that requests are held for. */
  held(): Promise<Grant> | undefined;
  /** Waits for the renewal in flight, or for one that this starts; rejects while it is too soon. */
  renew(reason: RefreshReason, token: string | null, response?: AxiosResponse): Promise<Grant>;
  /** Renews a token in the background while it is still good; nothing where that failed just now. */
  renewAhead(token: string): Promise<Grant> | undefined;
  /** The failure that a request shares which was sent with this token before it (G10). */
  failureFor(sent: Grant): AuthError | undefined;
  /** Whether an empty store is a reason to ask for tokens; with `cookieRefresh`, no longer once a session has ended. */
  readonly mayAsk: boolean;
  /** Nothing of the past sticks to a new session; whoever waits is rejected (G14, G21, G22). */
  abandon(error: AuthError, bySignOut?: boolean): void;
  /** The session is over: forgets the tokens, then tells (G11). */
  expire(error: AuthError, token: string | null): Promise<void>;
}

export function createRenewals(
  options: ResolvedOptions,
  state: State,
  tools: RenewalTools,
): Renewals {
  const { vault, herald, redactor } = tools;
  const limit = createLimit(options.refreshLimit);
  let pending: Pending | undefined;
  const failures = createFailures(options, state);
  /** Nobody has signed in or out yet, so there may be a session that only a cookie knows of. */
  let mayAsk = options.startsEmpty !== false;

  function join(to: Pending): Promise<Grant> {
    to.renewal.waited = true;
    to.renewal.held++;
    return to.promise;
  }

  /** The failure of a renewal that would be the next one, and need not be started for that. */
  function shared(token: string | null): AuthError | undefined {
    // Where there is a lock, a sibling may be about to store what the renewal would adopt under it.
    const isCutOff = !options.tokenStore.lock && !limit.hasRoom();
    return failures.ofPause(token) ?? (isCutOff ? failures.latest(token) : undefined);
  }

  function start(reason: RefreshReason, token: string | null, response?: AxiosResponse): Pending {
    const at = state.epoch;
    const renewal = startRenewal(
      {
        ...tools,
        options,
        takeTurn: limit.take,
        retries: () => failures.retries(token),
        onLockFault(fault) {
          herald.log('warn', 'The lock of the token store failed.', redactor.error(fault));
        },
        isCurrent: () => state.epoch === at,
        succeed(renewed) {
          succeed(mine, renewed);
        },
        end: (ending) => end(mine, ending),
      },
      token,
      { reason, ...(response && { response }) },
    );
    const mine: Pending = { ...deferred<Grant>(), renewal, startedAt: steadyNow() };
    mine.promise.catch(() => undefined);
    pending = mine;
    return mine;
  }

  /** A renewal that comes after its time was over settles nobody any more, but still counts. */
  function close(mine: Pending): boolean {
    mine.renewal.done();
    if (pending !== mine) return false;
    pending = undefined;
    return true;
  }

  function succeed(mine: Pending, { tokens, adopted, attempts }: Renewed): void {
    const inTime = close(mine);
    const isNews = accessOf(state.last) !== tokens.accessToken;
    state.become(tokens);
    failures.forget();
    if (isSendable(tokens.accessToken)) mine.resolve(state.grant(tokens.accessToken, !adopted));
    else mine.reject(unsendable(tokens.accessToken));
    if (!inTime && (pending || !isNews)) return;
    const ms = Math.round(steadyNow() - mine.startedAt);
    const { held, released } = mine.renewal;
    void released.then(() => herald.tell({ type: 'refreshed', ms, attempts, held }));
  }

  async function end(mine: Pending, ending: Ending): Promise<void> {
    const { renewal } = mine;
    if (ending.kind === 'gone') {
      const error = signedOutError();
      state.observe(null);
      state.turn(error);
      abandon(error);
      return;
    }
    const { token, waited } = renewal;
    // Cut off because it failed too often: that it failed is what there is to say.
    const cause = ending.kind === 'cut-off' ? failures.latest(token) : undefined;
    const error = cause ?? ending.error;
    if (ending.kind === 'refused' && waited) {
      await clear(error, token);
      void renewal.released.then(() => state.signedOut('expired', error));
      return;
    }
    if (!close(mine)) return;
    const refused = ending.kind === 'refused';
    const busyFor = ending.kind === 'failed' ? ending.busyFor : undefined;
    if (!cause) failures.add({ token, error, waited, refused, busyFor });
    mine.reject(error);
    void renewal.released.then(() => herald.tell({ type: 'refresh-failed', error }));
  }

  function reset(bySignOut = false): Pending | undefined {
    const abandoned = pending;
    pending = undefined;
    failures.forget();
    mayAsk = options.startsEmpty === 'always' && !bySignOut;
    abandoned?.renewal.cancel();
    abandoned?.renewal.done();
    return abandoned;
  }

  function abandon(error: AuthError, bySignOut = false): void {
    limit.reset();
    reset(bySignOut)?.reject(error);
  }

  async function clear(error: AuthError, token: string | null): Promise<void> {
    const abandoned = reset();
    const held = state.last ?? token;
    state.become(null);
    state.turn(error);
    if (held) await vault.write(null).catch(() => undefined);
    abandoned?.reject(error);
  }

  return {
    get current() {
      return pending?.renewal;
    },
    get holding() {
      return pending?.renewal.waited === true;
    },
    held: () => (pending?.renewal.waited ? join(pending) : undefined),
    get mayAsk() {
      return mayAsk;
    },
    renew(reason, token, response) {
      // Whoever calls `refresh()` does not want to wait until it is time.
      const failure = pending || reason === 'manual' ? undefined : shared(token);
      return failure ? Promise.reject(failure) : join(pending ?? start(reason, token, response));
    },
    renewAhead(token) {
      if (pending) return pending.promise;
      return failures.blocksAhead(token) ? undefined : start('ahead', token).promise;
    },
    failureFor: failures.ofStraggler,
    abandon,
    async expire(error, token) {
      await clear(error, token);
      void state.signedOut('expired', error);
    },
  };
}

import type { AxiosResponse } from 'axios';
import { AuthError } from '../errors';
import type { Awaitable, RefreshReason, ResolvedOptions } from '../options';
import { createRedactor, type Redactor } from '../redact';
import { accessOf, describe, isSendable, type Tokens } from '../tokens';
import { createHerald, type Herald, type SignedOutReason } from './events';
import { createInside, type Inside } from './inside';
import { createLifetimes, type Lifetimes } from './lifetime';
import { createLimit } from './limit';
import { startRenewal, type Ending, type Renewal, type RenewalHost, type Renewed } from './renewal';
import { deferred, type Deferred } from './time';
import { createVault, isThenable, type Vault } from './vault';

export type SessionStatus = 'unknown' | 'signed-in' | 'refreshing' | 'signed-out';

/** The leave to send a request: what it may carry, and where the session stood at that moment. */
export interface Grant {
  readonly token: string | null;
  /** Raised by every sign-in and sign-out: no request crosses from one to another (G22). */
  readonly epoch: number;
  /** Raised whenever the tokens change. */
  readonly version: number;
  /** How many renewals had failed: a straggler knows that one failed after it was sent (G10). */
  readonly failures: number;
  /** The token comes from a renewal that this request waited for. */
  readonly fresh: boolean;
}

interface Pending extends Deferred<Grant> {
  renewal: Renewal;
  startedAt: number;
}

/** The state machine of one session. It knows nothing of axios requests. */
export interface Core {
  readonly vault: Vault;
  readonly lifetimes: Lifetimes;
  readonly redactor: Redactor;
  readonly herald: Herald;
  readonly inside: Inside;
  readonly status: SessionStatus;
  /** The renewal in flight, if any. */
  readonly renewal: Renewal | undefined;
  /** False once a request has to ask again before it is sent. */
  isValid(grant: Grant): boolean;
  /** Synchronous where nothing is to be waited for. `willWait`: rather renew ahead than be refused. */
  admit(willWait: boolean): Awaitable<Grant>;
  /** The same for a request that has a grant already; it never crosses into another epoch. */
  readmit(stale: Grant): Awaitable<Grant>;
  /** After a 401 that says expired: the grant to send the request again with, or an AuthError. */
  recover(refused: Grant, response: AxiosResponse): Promise<Grant>;
  /** After a 401 that ends the session, unless the token was replaced meanwhile. */
  revoke(refused: Grant, message: string): Promise<Grant>;
  renew(reason: RefreshReason, token: string | null, response?: AxiosResponse): Promise<Grant>;
  /** Takes note of tokens that were read or are about to be written. */
  observe(tokens: Tokens | null): void;
  /** Starts a new epoch: whoever waits is rejected with the error. */
  turn(error: AuthError): void;
  /** The same without a word to anybody: the session itself changed them. */
  become(tokens: Tokens | null): void;
  signedOut(reason: SignedOutReason, error: AuthError | null): Promise<void>;
  last(): Tokens | null;
  /** Tells a refresh in flight to stop. */
  cancel(): void;
}

/** After a failed renewal in the background, the next one waits this long. */
const AHEAD_PAUSE = 30_000;

export function createCore(options: ResolvedOptions, client: RenewalHost['client']): Core {
  const redactor = createRedactor(options.headerName);
  const herald = createHerald(options.logger, redactor);
  const inside = createInside();
  const lifetimes = createLifetimes(options);
  const limit = createLimit(options.refreshLimit);
  const vault = createVault(options, redactor, (message, error) => {
    herald.log('error', message, error);
  });

  let epoch = 0;
  let version = 0;
  let failures = 0;
  let signedIn: boolean | undefined;
  let last: Tokens | null = null;
  let pending: Pending | undefined;
  let failed: { token: string | null; count: number; error: AuthError } | undefined;
  let ended: { epoch: number; error: AuthError } | undefined;
  let aheadBlocked: { token: string | null; until: number } | undefined;
  let missingRefused = false;

  const grant = (token: string | null, fresh = false): Grant => ({
    token,
    epoch,
    version,
    failures,
    fresh,
  });

  function observe(tokens: Tokens | null): void {
    const was = signedIn;
    if (accessOf(tokens) !== accessOf(last)) version++;
    last = tokens;
    signedIn = tokens !== null;
    if (signedIn) missingRefused = false;
    if (was === undefined || was === signedIn) return;
    if (signedIn) void herald.tell({ type: 'signed-in' });
    else void signedOut('elsewhere', null);
  }

  function become(tokens: Tokens | null): void {
    version++;
    last = tokens;
    signedIn = tokens !== null;
  }

  async function signedOut(reason: SignedOutReason, error: AuthError | null): Promise<void> {
    const told = herald.tell({ type: 'signed-out', reason, error });
    await herald.later(() => options.onSignedOut?.(error));
    await told;
  }

  function turn(error: AuthError): void {
    ended = { epoch, error };
    epoch++;
    version++;
    failed = aheadBlocked = undefined;
    missingRefused = false;
    limit.reset();
    const abandoned = pending;
    pending = undefined;
    abandoned?.renewal.cancel();
    abandoned?.renewal.done();
    abandoned?.reject(error);
  }

  /** How the epoch ended in which the request was sent (G11, G21, G22). */
  const endOf = (refused: Grant): AuthError =>
    ended?.epoch === refused.epoch ? ended.error : signedOutError();

  function admit(willWait: boolean): Awaitable<Grant> {
    if (pending?.renewal.waited) return join(pending);
    const at = { epoch, version, signedIn };
    const tokens = vault.read();
    if (!isThenable(tokens)) return admitWith(tokens, willWait);
    return tokens.then((found) => {
      if (version === at.version) return admitWith(found, willWait);
      if (epoch !== at.epoch && at.signedIn) throw endOf(grantAt(at.epoch));
      return admit(willWait);
    });
  }

  const grantAt = (at: number): Grant => ({ ...grant(null), epoch: at });

  function admitWith(tokens: Tokens | null, willWait: boolean): Awaitable<Grant> {
    observe(tokens);
    if (pending?.renewal.waited) return join(pending);
    if (!tokens) {
      const ask = options.cookieRefresh && !missingRefused;
      return ask ? renew('missing', null) : grant(null);
    }
    if (!tokens.accessToken) return renew('missing', null);
    if (!isSendable(tokens.accessToken)) throw unsendable(tokens.accessToken);
    const freshness = lifetimes.of(tokens);
    if (freshness === 'expired') return renew('expired', tokens.accessToken);
    if (freshness === 'ahead') {
      const ahead = renewAhead(tokens.accessToken);
      if (willWait && ahead) return orStillGood(ahead, tokens.accessToken);
    }
    return grant(tokens.accessToken);
  }

  function readmit(stale: Grant): Awaitable<Grant> {
    if (stale.epoch !== epoch && stale.token !== null) throw endOf(stale);
    return admit(false);
  }

  function renewAhead(token: string): Promise<Grant> | undefined {
    const blocked = aheadBlocked?.token === token && performance.now() < aheadBlocked.until;
    if (!pending && !blocked) start('ahead', token);
    return pending?.promise;
  }

  /** A renewal ahead of expiry that fails does not matter while the token is still good (G31). */
  function orStillGood(ahead: Promise<Grant>, token: string): Promise<Grant> {
    const at = epoch;
    return ahead.catch((error: unknown) => {
      if (epoch !== at) throw error;
      return grant(token);
    });
  }

  function join(to: Pending): Promise<Grant> {
    to.renewal.waited = true;
    to.renewal.held++;
    return to.promise;
  }

  function renew(
    reason: RefreshReason,
    token: string | null,
    response?: AxiosResponse,
  ): Promise<Grant> {
    if (!pending) start(reason, token, response);
    return join(pending as unknown as Pending);
  }

  function start(reason: RefreshReason, token: string | null, response?: AxiosResponse): void {
    const at = epoch;
    const host: RenewalHost = {
      options,
      vault,
      lifetimes,
      redactor,
      inside,
      client,
      takeTurn: () => limit.take(),
      onLockFault(fault) {
        herald.log('warn', 'The lock of the token store failed.', redactor.error(fault));
      },
      isCurrent: () => epoch === at,
      succeed: (renewed) => {
        succeed(mine, renewed);
      },
      end: (ending) => end(mine, ending),
    };
    const renewal = startRenewal(host, token, { reason, ...(response && { response }) });
    const mine: Pending = { ...deferred<Grant>(), renewal, startedAt: performance.now() };
    mine.promise.catch(() => undefined);
    pending = mine;
    void herald.tell({ type: 'refreshing', reason });
  }

  /** A renewal that came late, after its time was over, settles nobody but still counts. */
  function close(mine: Pending): boolean {
    mine.renewal.done();
    if (pending !== mine) return false;
    pending = undefined;
    return true;
  }

  function succeed(mine: Pending, { tokens, adopted, attempts }: Renewed): void {
    const inTime = close(mine);
    observe(tokens);
    version++;
    failed = undefined;
    if (!isSendable(tokens.accessToken)) mine.reject(unsendable(tokens.accessToken));
    else mine.resolve(grant(tokens.accessToken, !adopted));
    if (!inTime) return;
    const ms = Math.round(performance.now() - mine.startedAt);
    void herald.tell({ type: 'refreshed', ms, attempts, held: mine.renewal.held });
  }

  async function end(mine: Pending, ending: Ending): Promise<void> {
    const { renewal } = mine;
    if (ending.kind === 'gone') {
      observe(null);
      turn(signedOutError());
      return;
    }
    const { error } = ending;
    if (ending.kind === 'refused' && renewal.waited) {
      await expire(error, renewal.token);
      return;
    }
    if (!close(mine)) return;
    if (renewal.waited) failed = { token: renewal.token, count: ++failures, error };
    else {
      // The access token is still good: nobody is told, and nobody asks again too soon (G31).
      const until = ending.kind === 'refused' ? Infinity : performance.now() + AHEAD_PAUSE;
      aheadBlocked = { token: renewal.token, until };
    }
    mine.reject(error);
    void herald.tell({ type: 'refresh-failed', error });
  }

  async function expire(error: AuthError, token: string | null): Promise<void> {
    const abandoned = pending;
    pending = undefined;
    const had = last;
    const wasMissing = token === null;
    become(null);
    turn(error);
    missingRefused = wasMissing;
    if (had) await vault.write(null, had).catch(() => undefined);
    abandoned?.renewal.done();
    abandoned?.reject(error);
    void signedOut('expired', error);
  }

  async function currentToken(refused: Grant): Promise<Tokens> {
    const tokens = await vault.read();
    if (refused.epoch !== epoch) throw endOf(refused);
    observe(tokens);
    if (!tokens) throw signedOutError();
    return tokens;
  }

  async function recover(refused: Grant, response: AxiosResponse): Promise<Grant> {
    if (refused.epoch !== epoch) throw endOf(refused);
    const inFlight = pending?.renewal;
    if (pending && (inFlight?.waited || inFlight?.token === refused.token)) return join(pending);
    if (failed && failed.token === refused.token && failed.count > refused.failures) {
      throw failed.error;
    }
    const tokens = await currentToken(refused);
    if (accessOf(tokens) === refused.token) return renew('rejected', refused.token, response);
    return admitWith(tokens, false);
  }

  async function revoke(refused: Grant, message: string): Promise<Grant> {
    if (refused.epoch !== epoch) throw endOf(refused);
    // The server may have revoked the token because it has just been renewed.
    if (pending) return join(pending);
    const tokens = await currentToken(refused);
    if (accessOf(tokens) !== refused.token) return admitWith(tokens, false);
    const error = new AuthError('ERR_AUTH_SESSION_EXPIRED', message);
    await expire(error, refused.token);
    throw error;
  }

  return {
    vault,
    lifetimes,
    redactor,
    herald,
    inside,
    get status() {
      if (pending) return 'refreshing';
      if (signedIn === undefined) return 'unknown';
      return signedIn ? 'signed-in' : 'signed-out';
    },
    get renewal() {
      return pending?.renewal;
    },
    isValid: (given) => given.version === version && !pending?.renewal.waited,
    admit,
    readmit,
    recover,
    revoke,
    renew,
    observe,
    turn,
    become,
    signedOut,
    last: () => last,
    cancel() {
      pending?.renewal.cancel();
    },
  };
}

export function signedOutError(): AuthError {
  return new AuthError(
    'ERR_AUTH_SIGNED_OUT',
    'The session was signed out, or another one was signed in, while the request was under way.',
  );
}

function unsendable(accessToken: unknown): AuthError {
  return new AuthError(
    'ERR_AUTH_INVALID_TOKENS',
    'The access token in the token store cannot be put into a header: it must be one line of ' +
      `visible ASCII, got ${describe(accessToken)}. Sign in again, or mend the store.`,
  );
}

import { AuthError } from '../errors';
import type { ResolvedOptions } from '../options';
import { accessOf, type Tokens } from '../tokens';
import type { Herald, SignedOutReason } from './events';

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

/** Who is signed in, as far as the session has seen, and since when. */
export interface State {
  readonly epoch: number;
  readonly version: number;
  /** `undefined` until the store was read for the first time. */
  readonly signedIn: boolean | undefined;
  /** Somebody has been signed in before, or is now. */
  readonly hasBeenIn: boolean;
  /** The tokens as they were last read or written. */
  readonly last: Tokens | null;
  /** Counts the renewals that failed. */
  failures: number;
  grant(token: string | null, fresh?: boolean): Grant;
  /**
   * Takes note of tokens that were read; tells when somebody else signed in or out. True where somebody
   * else has replaced the tokens of a session that goes on.
   */
  observe(tokens: Tokens | null): boolean;
  /** Takes note of tokens that the session itself changed: without a word to anybody. */
  become(tokens: Tokens | null): void;
  /** Starts a new epoch; requests of the old one reject with the error. */
  turn(error: AuthError): void;
  /** Aborts when the epoch ends. */
  readonly over: AbortSignal;
  /** Throws how its epoch ended, where a sign-in or a sign-out has come since (G11, G21, G22). */
  checkEpoch(at: Pick<Grant, 'epoch'>): void;
  /** Tells that a session has ended: listeners first, then `onSignedOut`. */
  signedOut(reason: SignedOutReason, error: AuthError | null): Promise<void>;
}

export function createState(options: ResolvedOptions, herald: Herald): State {
  let epoch = 0;
  let version = 0;
  let signedIn: boolean | undefined;
  let hasBeenIn = false;
  let last: Tokens | null = null;
  let latest: Grant = { token: null, epoch, version, failures: 0, fresh: false };
  let ending = new AbortController();
  let ended: { epoch: number; error: AuthError } | undefined;

  function hold(tokens: Tokens | null): void {
    last = tokens;
    signedIn = tokens !== null;
    hasBeenIn ||= signedIn;
  }

  const state: State = {
    get epoch() {
      return epoch;
    },
    get version() {
      return version;
    },
    get signedIn() {
      return signedIn;
    },
    get hasBeenIn() {
      return hasBeenIn;
    },
    get last() {
      return last;
    },
    get over() {
      return ending.signal;
    },
    failures: 0,
    grant(token, fresh = false) {
      const { failures } = state;
      // One for all requests that are sent while nothing changes.
      const same =
        latest.token === token &&
        latest.version === version &&
        latest.failures === failures &&
        latest.fresh === fresh;
      if (!same) latest = { token, epoch, version, failures, fresh };
      return latest;
    },
    observe(tokens) {
      const was = signedIn;
      const isOther = accessOf(tokens) !== accessOf(last);
      if (isOther) version++;
      hold(tokens);
      if (was === undefined) return false;
      if (was === signedIn) return was && isOther;
      if (signedIn) void herald.tell({ type: 'signed-in' });
      else void state.signedOut('elsewhere', null);
      return false;
    },
    become(tokens) {
      version++;
      hold(tokens);
    },
    turn(error) {
      ended = { epoch, error };
      epoch++;
      version++;
      ending.abort();
      ending = new AbortController();
    },
    checkEpoch(at) {
      if (at.epoch === epoch) return;
      throw ended?.epoch === at.epoch ? ended.error : signedOutError();
    },
    async signedOut(reason, error) {
      const told = herald.tell({ type: 'signed-out', reason, error });
      await herald.later(() => options.onSignedOut?.(error));
      await told;
    },
  };
  return state;
}

export function signedOutError(): AuthError {
  return new AuthError(
    'ERR_AUTH_SIGNED_OUT',
    'The session was signed out, or another one was signed in, while the request was under way.',
  );
}

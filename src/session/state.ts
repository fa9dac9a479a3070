import { accessOf, type Tokens } from '../tokens';

/*
 * Every state of a session, and every transition. Nothing here reads, waits, or calls user code: the
 * session carries out the effects.
 */

/** Whether somebody is signed in; `unknown` until the store was read, or the cookie was tried. */
export type Phase = 'unknown' | 'signed-in' | 'signed-out';

export interface SessionState {
  readonly phase: Phase;
  /** The tokens as they were last read or written. */
  readonly tokens: Tokens | null;
  /** Raised when the session becomes another one: a request of an older epoch rejects (G22). */
  readonly epoch: number;
  /** Raised when the tokens change: a request of an older version asks again before it is sent. */
  readonly version: number;
  /** The number of the renewal in flight. What an earlier one still gives is ignored. */
  readonly renewal: number | null;
  readonly startsEmpty: StartsEmpty;
}

/**
 * Whether an empty store is a reason to refresh: `once`, until a session has ended (a cookie may hold the
 * credential); `always` (a service that needs none); `stopped`: the same service, signed out.
 */
export type StartsEmpty = 'once' | 'always' | 'stopped' | false;

export type Input =
  /** The store was read. `sameUser`: the tokens belong to the user whose tokens were there before. */
  | { type: 'read'; tokens: Tokens | null; sameUser: boolean }
  | { type: 'sign-in'; tokens: Tokens }
  /** The tokens of the sign-in could not be stored. */
  | { type: 'not-stored' }
  | { type: 'sign-out' }
  | { type: 'renewing'; renewal: number }
  | { type: 'renewed'; renewal: number; tokens: Tokens }
  /** The auth server refused the refresh. `isWaited`: requests wait for it. */
  | { type: 'refused'; renewal: number; isWaited: boolean }
  /** The renewal found no tokens in the store any more. */
  | { type: 'vanished'; renewal: number }
  /** No new tokens for now. */
  | { type: 'failed'; renewal: number }
  /** A request was answered with a code that ends the session. */
  | { type: 'ended' }
  /** A step-up gave better tokens. */
  | { type: 'stepped-up'; tokens: Tokens };

/**
 * What the session has to do about a transition. A raised epoch tells it the rest: it cancels the renewal
 * of the epoch that is over, and rejects its requests.
 */
export type Effect =
  /** Remove the tokens from the store. */
  | 'clear'
  /** Tell that somebody else has signed in. */
  | 'tell-signed-in'
  /** Tell that the session was ended by somebody else. */
  | 'tell-signed-out'
  /** Tell that tokens which somebody else has renewed were adopted. */
  | 'tell-adopted';

export interface Transition {
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}

export const initialState = (startsEmpty: StartsEmpty): SessionState => ({
  phase: 'unknown',
  tokens: null,
  epoch: 0,
  version: 0,
  renewal: null,
  startsEmpty,
});

export function transition(state: SessionState, input: Input): Transition {
  switch (input.type) {
    case 'read':
      return read(state, input.tokens, input.sameUser);
    case 'sign-in':
      return become(state, input.tokens, afterSession(state));
    case 'not-stored':
      return become(state, null, afterSession(state));
    case 'sign-out':
      return become(state, null, afterSignOut(state), ['clear']);
    case 'ended':
      return become(state, null, afterSession(state), ['clear']);
    case 'stepped-up':
      return quietly(holding(state, input.tokens));
    case 'renewing':
      return quietly({ ...state, renewal: input.renewal });
    default:
      return input.renewal === state.renewal ? renewalOver(state, input) : quietly(state);
  }
}

function renewalOver(
  state: SessionState,
  input: Extract<Input, { type: 'renewed' | 'refused' | 'vanished' | 'failed' }>,
): Transition {
  switch (input.type) {
    case 'renewed':
      return quietly({ ...holding(state, input.tokens), renewal: null });
    case 'refused':
      // In the background it is a failure like others: the token is good until it expires (G31).
      if (!input.isWaited) break;
      return become(state, null, afterSession(state), ['clear']);
    case 'vanished':
      return become(state, null, afterSession(state), ['tell-signed-out']);
  }
  return quietly({ ...state, renewal: null });
}

/** What somebody else did to the store, or what is there when it is read for the first time. */
function read(state: SessionState, tokens: Tokens | null, sameUser: boolean): Transition {
  if (state.phase === 'unknown') return firstRead(state, tokens);
  if (
    accessOf(tokens) === accessOf(state.tokens) &&
    (tokens === null) === (state.tokens === null)
  ) {
    return quietly({ ...state, tokens });
  }
  if (!tokens) {
    return become(state, null, afterSession(state), ['tell-signed-out']);
  }
  if (state.phase === 'signed-out') {
    return become(state, tokens, afterSession(state), ['tell-signed-in']);
  }
  // A renewal in flight will find the tokens as well, and tell.
  const isTold = state.renewal !== null;
  if (sameUser) return { state: holding(state, tokens), effects: isTold ? [] : ['tell-adopted'] };
  const effects: Effect[] = ['tell-signed-out', 'tell-signed-in'];
  return become(state, tokens, afterSession(state), effects);
}

function firstRead(state: SessionState, tokens: Tokens | null): Transition {
  if (tokens) {
    return { state: holding(state, tokens), effects: ['tell-signed-in'] };
  }
  // Only the auth server knows whether the cookie stands for a session: it has not been asked yet.
  if (state.startsEmpty === 'once') return quietly(state);
  return { state: { ...state, phase: 'signed-out' }, effects: ['tell-signed-out'] };
}

/** Another session, or none: a new epoch. */
function become(
  state: SessionState,
  tokens: Tokens | null,
  startsEmpty: StartsEmpty,
  effects: readonly Effect[] = [],
): Transition {
  const phase = tokens ? 'signed-in' : 'signed-out';
  const { epoch, version } = state;
  return {
    state: { phase, tokens, epoch: epoch + 1, version: version + 1, renewal: null, startsEmpty },
    effects,
  };
}

/** Other tokens of the same session. */
function holding(state: SessionState, tokens: Tokens): SessionState {
  return { ...state, phase: 'signed-in', tokens, version: state.version + 1 };
}

/** A cookie is tried only until a session has ended; a service may sign itself in again. */
const afterSession = ({ startsEmpty }: SessionState): StartsEmpty =>
  startsEmpty === 'always' || startsEmpty === 'stopped' ? 'always' : false;

const afterSignOut = (state: SessionState): StartsEmpty => afterSession(state) && 'stopped';

/** True where a refresh may start although there are no tokens. */
export const mayStartEmpty = ({ startsEmpty }: SessionState): boolean =>
  startsEmpty === 'once' || startsEmpty === 'always';

const quietly = (state: SessionState): Transition => ({ state, effects: [] });

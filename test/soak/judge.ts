import { isFailing, type FaultKind } from './faults';
import type { Settlement } from './protocol';

/** One arrival of a request at the proxy. */
export interface Send {
  /** As the library counts, where it says so; a browser may send the same attempt twice by itself. */
  attempt: string;
  fault: FaultKind | null;
  status: number | null;
  /** Of the body of an error. */
  code: string | null;
  /** The server has done what the request asks for. */
  hasEffect: boolean;
  /** The whole answer was handed to the connection. */
  isDelivered: boolean;
  /** How many refreshes of its session had begun when it came. */
  refreshesBefore: number;
  /** How many have begun while it was under way. */
  refreshes: number;
}

/** Why a session may have ended, or changed hands, in the time of a request. */
export interface Circumstances {
  /** Tabs or processes that share the session have signed in or out. */
  isChanging: boolean;
  /** A session was ended by the server, and there was no way around it. */
  isLost: boolean;
  /** The head of an answer to a refresh was cut: a browser takes that for a whole answer without a body. */
  isHeadCut: boolean;
}

export type Wrong =
  | 'lost'
  | 'crossed'
  | 'not once'
  | 'sent too often'
  | 'effect repeated'
  | 'signed out'
  | 'waited too long';

export interface Verdict {
  wrong: Wrong;
  why: string;
}

/** Each request is sent three times at most (G12). */
export const MOST_SENDS = 3;

/**
 * Before each send: the renewal in flight and the one after it, each with two retries. And as many again
 * and again for the way to the proxy, which takes long on a busy machine, and cannot be told from a wait.
 */
const MOST_REFRESHES_WAITED = MOST_SENDS * 2 * 3 * 4;

/** What is wrong with how a request ended; nothing where it had its own answer, or an error with a cause. */
export function judge(
  settlement: Settlement,
  sends: readonly Send[],
  circumstances: Circumstances,
): Verdict | null {
  const { runs, answer, refreshCalls } = settlement;
  if (runs && (runs.requests !== 1 || runs.responses !== 1)) {
    return { wrong: 'not once', why: `interceptors ran ${JSON.stringify(runs)}` };
  }
  const tooOften = judgeSends(sends);
  if (tooOften) return tooOften;
  const waited = refreshCalls - sends.reduce((sum, send) => sum + send.refreshes, 0);
  if (waited > MOST_REFRESHES_WAITED) {
    return { wrong: 'waited too long', why: `for ${waited} calls of refresh` };
  }
  return answer ? judgeAnswer(settlement, sends) : judgeError(settlement, sends, circumstances);
}

/** Also for a request whose end is not known. */
export function judgeSends(sends: readonly Send[]): Verdict | null {
  const attempts = new Set(sends.map(({ attempt }) => attempt));
  if (attempts.size > MOST_SENDS) return { wrong: 'sent too often', why: `${attempts.size} times` };
  // Of an attempt that the browser has sent twice, the library has only seen the last answer.
  const seen = [...new Map(sends.map((send) => [send.attempt, send])).values()];
  const withEffect = seen.filter(({ hasEffect }) => hasEffect).length;
  if (withEffect > 1) return { wrong: 'effect repeated', why: `${withEffect} times` };
  const success = sends.findIndex(({ isDelivered, status }) => isDelivered && status === 200);
  const after = sends
    .slice(success + 1)
    .filter(({ attempt }) => attempt !== sends[success]?.attempt);
  if (success >= 0 && after.length > 0) {
    return { wrong: 'sent too often', why: 'again after it had succeeded' };
  }
  return null;
}

function judgeAnswer(settlement: Settlement, sends: readonly Send[]): Verdict | null {
  const { id, standing, families } = settlement;
  const { echo, isWhole } = settlement.answer!;
  if (!isWhole) return { wrong: 'lost', why: 'the answer is not the whole one' };
  if (echo.id !== id) return { wrong: 'crossed', why: `it got the answer of ${echo.id}` };
  if (sends.length === 0) return { wrong: 'crossed', why: 'it was never sent' };
  if (standing.user !== null && echo.user !== standing.user) {
    return { wrong: 'crossed', why: `called as ${standing.user}, answered as ${echo.user}` };
  }
  // Called while nobody was signed in: it goes with whoever signs in meanwhile (G22).
  const allowed = standing.user === null ? families : standing.family && [standing.family];
  if (allowed && !allowed.includes(echo.family)) {
    return { wrong: 'crossed', why: `called in ${standing.family}, answered in ${echo.family}` };
  }
  return null;
}

function judgeError(
  settlement: Settlement,
  sends: readonly Send[],
  { isChanging, isLost, isHeadCut }: Circumstances,
): Verdict | null {
  const { error, standing, aborted, timedOut, kind, refreshFailed } = settlement;
  const { code = null, status = null, message = '' } = error ?? {};
  const last = sends.at(-1);
  const why = `${code} ${status}: ${message}`;
  const hasChanged = settlement.changes > 0 || isChanging;
  switch (code) {
    case 'ERR_AUTH_SIGNED_OUT':
      return hasChanged || isLost ? null : { wrong: 'signed out', why };
    case 'ERR_AUTH_SESSION_EXPIRED':
      return isLost ? null : { wrong: 'signed out', why };
    case 'ERR_AUTH_REFRESH_FAILED':
    case 'ERR_AUTH_REFRESH_TIMEOUT':
      return refreshFailed ? null : { wrong: 'lost', why };
    case 'ERR_AUTH_INVALID_TOKENS':
      return isHeadCut ? null : { wrong: 'lost', why };
    case 'ERR_AUTH_REFRESH_LOOP':
      return sends.filter(isExpired).length >= 2 ? null : { wrong: 'lost', why };
    case 'ERR_AUTH_NOT_REPLAYABLE':
      return kind.includes('one-shot') && last && isExpired(last) ? null : { wrong: 'lost', why };
  }
  if (code?.startsWith('ERR_AUTH_')) return { wrong: 'lost', why };
  if (aborted || timedOut) return null;
  // Where the head was cut, a browser hands on the status without a code.
  if (last && isFailing(last.fault)) return null;
  if (status === 401) {
    const mayBeAnonymous = standing.user === null || hasChanged || isLost;
    return mayBeAnonymous && last?.code === 'TOKEN_MISSING' ? null : { wrong: 'lost', why };
  }
  return { wrong: 'lost', why };
}

export const isExpired = ({ status, code }: Send): boolean =>
  status === 401 && code === 'TOKEN_EXPIRED';

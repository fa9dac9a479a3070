import type { Chapter, Exchange, RefreshRecord, RequestRecord } from './records';

export interface Summary {
  requests: number;
  answers: number;
  aborted: number;
  signedOut: number;
  refreshes: number;
  /** Refreshes that found the token endpoint down and came through by trying again. */
  outagesRecovered: number;
  mostRefreshesAtOnce: number;
  replays: number;
  /** 401s on the wire whose caller got its answer all the same. */
  recovered401s: number;
  /** 401s that a caller got to see. */
  seen401s: number;
  /** The longest time in milliseconds that a request was kept from the wire. */
  longestHold: number;
  lost: number;
}

export interface Verdict {
  ok: boolean;
  /** One line for each thing that must not happen. */
  problems: string[];
  summary: Summary;
}

const UNAUTHORIZED = 401;

/** Judges a run: nobody may be lost, nobody may see a 401. */
export function judge(chapters: readonly Chapter[]): Verdict {
  const requests = chapters.flatMap((chapter) => chapter.requests);
  const refreshes = chapters.flatMap((chapter) => chapter.refreshes);
  const lost = requests.filter((request) => whyLost(request) !== null);
  const seen = requests.filter(saw401);
  const summary: Summary = {
    requests: requests.length,
    answers: requests.filter(isAnswered).length,
    aborted: requests.filter(({ settlement }) => settlement.kind === 'cancelled').length,
    signedOut: requests.filter(isSignedOut).length,
    refreshes: refreshes.filter(({ outcome }) => outcome === 'refreshed').length,
    outagesRecovered: refreshes.filter(isRecovered).length,
    mostRefreshesAtOnce: mostAtOnce(refreshes.flatMap(({ exchanges }) => exchanges)),
    replays: sum(requests, ({ exchanges }) => Math.max(0, exchanges.length - 1)),
    recovered401s: sum(requests.filter(isAnswered), count401s),
    seen401s: seen.length,
    longestHold: Math.max(0, ...requests.map(holdOf)),
    lost: lost.length,
  };
  const problems = [
    ...lost.map((request) => `${request.label} was lost: ${whyLost(request) ?? ''}`),
    ...seen.map(({ label }) => `${label}: its caller saw a 401`),
  ];
  return { ok: problems.length === 0, problems, summary };
}

/** Null for a request that got its own correct answer, or the rejection that was due. */
export function whyLost({ settlement, expected }: RequestRecord): string | null {
  switch (settlement.kind) {
    case 'answered':
      return settlement.fault;
    case 'cancelled':
      return expected === 'cancelled' ? null : 'cancelled, although nobody aborted it';
    case 'unsettled':
      return 'never answered';
    case 'rejected':
      if (expected === 'signed-out' && settlement.code === 'ERR_AUTH_SIGNED_OUT') return null;
      return settlement.code ? `${settlement.code}: ${settlement.message}` : settlement.message;
  }
}

/** An `AuthError` keeps the answer that led to it; what it says itself is not "401". */
export function saw401({ settlement }: RequestRecord): boolean {
  if (settlement.kind === 'answered') return settlement.status === UNAUTHORIZED;
  if (settlement.kind !== 'rejected') return false;
  return settlement.status === UNAUTHORIZED && !settlement.code.startsWith('ERR_AUTH_');
}

/** How long a request was kept from the wire: before it was sent, and after each 401. */
export function holdOf({ startedAt, endedAt, exchanges }: RequestRecord): number {
  let since: number | null = startedAt;
  let held = 0;
  for (const { sentAt, answeredAt, status } of exchanges) {
    if (since !== null) held += sentAt - since;
    since = status === UNAUTHORIZED ? answeredAt : null;
  }
  if (since !== null && endedAt !== null) held += endedAt - since;
  return Math.round(held);
}

export const isAnswered = ({ settlement }: RequestRecord): boolean =>
  settlement.kind === 'answered' && settlement.fault === null;

export const isSignedOut = ({ settlement }: RequestRecord): boolean =>
  settlement.kind === 'rejected' && settlement.code === 'ERR_AUTH_SIGNED_OUT';

export const count401s = ({ exchanges }: RequestRecord): number =>
  exchanges.filter(({ status }) => status === UNAUTHORIZED).length;

const isRecovered = ({ outcome, exchanges }: RefreshRecord): boolean =>
  outcome === 'refreshed' && exchanges.some(({ status }) => (status ?? 0) >= 500);

function mostAtOnce(exchanges: readonly Exchange[]): number {
  const under = (at: number): number =>
    exchanges.filter(({ sentAt, answeredAt }) => sentAt <= at && at < (answeredAt ?? Infinity))
      .length;
  return Math.max(0, ...exchanges.map(({ sentAt }) => under(sentAt)));
}

const sum = <T>(items: readonly T[], amount: (item: T) => number): number =>
  items.reduce((total, item) => total + amount(item), 0);

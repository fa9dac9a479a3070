import type { Exchange, RefreshRecord, RequestRecord, Settlement } from './records';

export type Phase = 'held' | 'sent' | 'waits' | 'replayed' | 'refresh' | 'pause';
export type Mark = '401' | '503' | 'done' | 'aborted' | 'signed out' | 'lost';

export interface Span {
  phase: Phase;
  from: number;
  to: number;
}

/** What one row of the waterfall shows. */
export interface Timeline {
  spans: Span[];
  marks: { mark: Mark; at: number }[];
}

/** In milliseconds: what is shorter is the machine thinking, and no hold. */
export const NOTICEABLE = 20;

/** The life of a request: held, sent, and after each 401 the wait and the replay. */
export function requestTimeline(request: RequestRecord, isLost: boolean): Timeline {
  const { startedAt, exchanges, settlement } = request;
  const end = request.endedAt ?? lastMoment(exchanges, startedAt);
  const timeline: Timeline = { spans: [], marks: [] };
  let since = startedAt;
  exchanges.forEach(({ sentAt, answeredAt, status }, attempt) => {
    const isHeld = attempt > 0 || sentAt - since > NOTICEABLE;
    if (isHeld) timeline.spans.push({ phase: attempt ? 'waits' : 'held', from: since, to: sentAt });
    // Reading and checking the answer belongs to the last attempt.
    const isLast = attempt === exchanges.length - 1 && status !== 401;
    const to = isLast ? end : (answeredAt ?? end);
    timeline.spans.push({ phase: attempt ? 'replayed' : 'sent', from: sentAt, to });
    if (status === 401) timeline.marks.push({ mark: '401', at: to });
    since = to;
  });
  if (exchanges.at(-1)?.status === 401)
    timeline.spans.push({ phase: 'waits', from: since, to: end });
  if (exchanges.length === 0) timeline.spans.push({ phase: 'held', from: since, to: end });
  timeline.marks.push({ mark: isLost ? 'lost' : endMark(settlement), at: end });
  return timeline;
}

/** The life of a renewal: each call of the token endpoint, and the pauses between them. */
export function refreshTimeline(refresh: RefreshRecord): Timeline {
  const { startedAt, exchanges, outcome } = refresh;
  const end = refresh.endedAt ?? lastMoment(exchanges, startedAt);
  const timeline: Timeline = { spans: [], marks: [] };
  let since = startedAt;
  for (const { sentAt, answeredAt, status } of exchanges) {
    timeline.spans.push({ phase: 'pause', from: since, to: sentAt });
    since = (status ?? 0) < 500 ? end : (answeredAt ?? end);
    timeline.spans.push({ phase: 'refresh', from: sentAt, to: since });
    if (status !== null && status >= 500) timeline.marks.push({ mark: '503', at: since });
  }
  timeline.marks.push({ mark: outcome === 'refreshed' ? 'done' : 'aborted', at: end });
  return timeline;
}

function endMark(settlement: Settlement): Mark {
  if (settlement.kind === 'answered') return 'done';
  return settlement.kind === 'cancelled' ? 'aborted' : 'signed out';
}

const lastMoment = (exchanges: readonly Exchange[], start: number): number =>
  Math.max(start, ...exchanges.map(({ sentAt, answeredAt }) => answeredAt ?? sentAt));

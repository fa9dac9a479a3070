import { NOTICEABLE } from './phases';
import type { RequestRecord } from './records';
import { holdOf, isAnswered, whyLost } from './verdict';

/**
 * Chooses the requests that are worth a row: all that were lost, one of each course of events, the
 * one that was held longest, one of each kind; then some that are evenly spread over the rest.
 */
export function selectRows(requests: readonly RequestRecord[], rows: number): RequestRecord[] {
  if (requests.length <= rows) return [...requests];
  const chosen = new Set(requests.filter((request) => whyLost(request) !== null));
  const add = (request: RequestRecord | undefined): void => {
    if (request && chosen.size < rows) chosen.add(request);
  };

  const seen = new Set<string>();
  const addFirstOfEach = (trait: (request: RequestRecord) => string): void => {
    for (const request of requests) {
      if (!seen.has(trait(request))) add(request);
      seen.add(trait(request));
    }
  };
  addFirstOfEach(courseOf);
  add([...requests].sort((a, b) => holdOf(b) - holdOf(a))[0]);
  addFirstOfEach(({ kind }) => kind);
  // From both ends to the middle, ever finer.
  for (let parts = 1; chosen.size < rows; parts *= 2) {
    for (let part = 0; part <= parts; part++) {
      add(requests[Math.round(((requests.length - 1) * part) / parts)]);
    }
  }
  return requests.filter((request) => chosen.has(request));
}

function courseOf(request: RequestRecord): string {
  const { exchanges, settlement } = request;
  const isHeld = holdOf(request) > NOTICEABLE && exchanges[0]?.status !== 401;
  return [
    settlement.kind,
    isAnswered(request),
    isHeld,
    exchanges.map(({ status }) => status),
  ].join();
}

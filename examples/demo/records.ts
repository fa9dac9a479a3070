/** All times are in milliseconds since the demo began. */
export type Kind = 'get' | 'json' | 'upload' | 'download';

/** One HTTP exchange, as the adapter saw it. `status` is null where no answer came. */
export interface Exchange {
  sentAt: number;
  answeredAt: number | null;
  status: number | null;
}

/** What a caller may get besides its own correct answer, which is always welcome. */
export type Expected = 'answer' | 'cancelled' | 'signed-out';

/** What the caller got in the end. */
export type Settlement =
  | { kind: 'answered'; status: number; fault: string | null }
  | { kind: 'cancelled' }
  | { kind: 'rejected'; code: string; status: number | null; message: string }
  | { kind: 'unsettled' };

export interface RequestRecord {
  id: string;
  kind: Kind;
  label: string;
  expected: Expected;
  startedAt: number;
  endedAt: number | null;
  exchanges: Exchange[];
  settlement: Settlement;
}

export interface RefreshRecord {
  number: number;
  reason: string;
  startedAt: number;
  endedAt: number | null;
  exchanges: Exchange[];
  outcome: 'pending' | 'refreshed' | 'failed' | 'thrown away';
}

export interface Chapter {
  title: string;
  text: string;
  startedAt: number;
  requests: RequestRecord[];
  refreshes: RefreshRecord[];
}

/** What the server says of a request: whose token it had, of which sign-in, and what has arrived. */
export interface Echo {
  id: string;
  user: string;
  /** The sign-in that the token descends from. */
  family: string;
  /** Of the bytes of the body. */
  hash: number;
  /** The body names the request. */
  namesId: boolean;
}

/** Who was signed in, and by which sign-in. A family is only compared where it is known. */
export interface Standing {
  user: string | null;
  family: string | null;
}

/** How one request ended, as its caller saw it. */
export interface Settlement {
  id: string;
  /** The process or the tab. */
  client: string;
  /** The session; tabs and processes that share a store have one name. */
  session: string;
  kind: string;
  calledAt: number;
  settledAt: number;
  /** Who was signed in when it was called. */
  standing: Standing;
  /** How often this client has signed in or out since. */
  changes: number;
  /** The sign-ins since; null where other clients have the session as well. */
  families: string[] | null;
  /** The caller has aborted it, and had the time to. */
  aborted: boolean;
  /** Its timeout was over. */
  timedOut: boolean;
  /** How often the interceptors of the application have seen the call, and its end. */
  runs: { requests: number; responses: number } | null;
  /** How often the session called `refresh` between the call and the settlement. */
  refreshCalls: number;
  /** The last call of `refresh` that has ended since, or just before, has failed. */
  refreshFailed: boolean;
  answer?: { echo: Echo; isWhole: boolean };
  error?: { name: string; code: string | null; status: number | null; message: string };
}

/** What a client tells about its sessions, for the history of a violation. */
export interface Note {
  at: number;
  client: string;
  session: string;
  what: string;
  /** Set where a session has ended. */
  signedOut?: 'signed-out' | 'expired' | 'elsewhere';
}

export interface Batch {
  settlements: Settlement[];
  notes: Note[];
}

/** Where a client stands. */
export interface Progress {
  started: number;
  settled: number;
  pending: { id: string; kind: string; session: string }[];
  refreshCalls: number;
  /** The most calls of `refresh` that one session had under way at once. */
  mostRefreshes: number;
  /** Unhandled rejections, uncaught exceptions, warnings of the process. */
  noise: string[];
}

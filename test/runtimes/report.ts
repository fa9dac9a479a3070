/** What one check of the scenario found; `why` says what failed, or what the runtime has not. */
export interface Check {
  name: string;
  outcome: 'passed' | 'failed' | 'left out';
  why?: string;
}

/** What the scenario sends back from a runtime. */
export interface Report {
  checks: Check[];
  /** The features that the package can use and the runtime has not. */
  lacks: string[];
}

/** What the scenario is told; it travels as JSON. */
export interface Assignment {
  /** The reference server: the API and the auth server. */
  api: string;
  /** Steers the reference server, and has some routes of its own. */
  control: string;
  adapter: 'http' | 'fetch' | 'xhr';
}

/** What the scenario asks about the reference server. */
export interface Seen {
  refreshes: number;
  /** Requests for a refresh that have arrived, answered or not. */
  refreshRequests: number;
  items: number;
  /** For each path, how its requests were authorized, in order of arrival. */
  authorization: Record<string, string[]>;
}

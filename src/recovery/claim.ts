import type { Adapter } from '../request/attempt';
import type { Probe } from '../request/probe';
import type { Grant } from '../session/state';

/** What is known of a request that carries our token, from its interceptor to its last answer. */
export interface Claim {
  grant: Grant;
  adapter: Adapter;
  /** The gate has run, so the response interceptor has nothing left to do. */
  gated: boolean;
  /** Found by the response interceptor, when transforms had already run. */
  isLate: boolean;
  /** Sent without a token, because it may be the refresh itself (G8). */
  probe: Probe | undefined;
  /** Where the request was to go when the token was put in. */
  url: string | undefined;
  baseURL: string | undefined;
  allowAbsoluteUrls: boolean | undefined;
}

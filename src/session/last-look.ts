import { steadyNow } from '../util/clock';
import type { TokenStore } from '../stores/store';
import type { Tokens } from '../tokens';
import { pause, settleWithin } from '../util/timers';
import type { Vault } from './vault';

/** Reads the store before a renewal ends without tokens: a sibling may have been faster (G27). */
export interface LastLook {
  /** @param held what to go by where the store is broken, or slow: the failure is not kept back for long */
  afterFailure(held: Tokens | null): Promise<Tokens | null>;
  /**
   * Without the lock a sibling may have used the same refresh token a moment before, and get its
   * tokens a moment after: the refusal says nothing yet where others share the store.
   */
  afterRefusal(alone: boolean): Promise<Tokens | null>;
}

interface Parts {
  vault: Vault;
  tokenStore: TokenStore;
  /** When the renewal ends at the latest: that must not come first, it would hide what went wrong. */
  endsAt: number;
  signal: AbortSignal;
  /** True for other tokens than those that were to be renewed, and once nobody waits any more. */
  isNews(found: Tokens | null): boolean;
}

/** How long a refusal without the lock waits for the tokens of a sibling, in milliseconds. */
const SIBLING_PATIENCE = 1_000;
const LOOK_AGAIN = 50;

/** How long a failure waits for the store, in milliseconds. */
const STORE_PATIENCE = 1_000;

export function createLastLook(parts: Parts): LastLook {
  const { vault, tokenStore, endsAt, signal, isNews } = parts;
  const atMost = (ms: number): number => Math.min(ms, (endsAt - steadyNow()) / 2);

  return {
    afterFailure: (held) =>
      settleWithin(atMost(STORE_PATIENCE), () => vault.readOr(held)).catch(() => held),
    async afterRefusal(alone) {
      const wait = tokenStore.subscribe && !alone ? SIBLING_PATIENCE : 0;
      const until = steadyNow() + atMost(wait);
      for (;;) {
        const found = await vault.read();
        if (isNews(found) || steadyNow() >= until || !(await pause(LOOK_AGAIN, signal))) {
          return found;
        }
      }
    },
  };
}

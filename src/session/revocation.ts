import type { RefreshContext, ResolvedOptions } from '../options';
import type { Redactor } from '../redact';
import { receiveTokens, type Tokens } from '../tokens';
import type { Herald } from './events';
import type { State } from './state';
import { settleWithin } from '../util/timers';

/** Tells the auth server that tokens are not used any more (RFC 7009); its faults are only logged. */
export interface Revocation {
  /** @param tokens `null` for a session that only a cookie knows of */
  revoke(tokens: Tokens | null): Promise<void>;
  /** For what the auth server gave when nobody wanted it any more. */
  drop(answer: unknown, replaced: Tokens | null): void;
}

/** How long a sign-out waits for the auth server, in milliseconds. */
const PATIENCE = 5_000;

export function createRevocation(
  options: ResolvedOptions,
  state: State,
  tools: { redactor: Redactor; herald: Herald; client(): RefreshContext['client'] },
): Revocation {
  async function revoke(tokens: Tokens | null): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    try {
      await settleWithin(PATIENCE, () =>
        options.revoke?.(tokens, { client: tools.client(), signal }),
      );
    } catch (fault) {
      controller.abort();
      const message = 'The tokens are forgotten here, and could not be revoked at the auth server.';
      tools.herald.log('warn', message, tools.redactor.error(fault));
    }
  }

  return {
    revoke,
    drop(answer, replaced) {
      // After a sign-in they may belong to the same grant as the new ones.
      if (!options.revoke || state.signedIn !== false) return;
      try {
        void revoke(receiveTokens(answer, replaced));
      } catch {
        // It holds no tokens.
      }
    },
  };
}

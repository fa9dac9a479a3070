import { isThenable, type Awaitable } from '../awaitable';
import type { Tokens } from '../tokens';
import type { Herald } from './events';
import type { State } from './state';
import type { Vault } from './vault';

/** Reads the store, takes note of what is there, and never of what has been overtaken. */
export type Look = () => Awaitable<Tokens | null>;

interface Parts {
  vault: Vault;
  state: State;
  herald: Herald;
  /** While it is, the renewal tells of new tokens, its own and those of others. */
  isRenewing(): boolean;
  /** The session is over: there is nothing left to renew. */
  abandon(): void;
  mayHaveCookie(): boolean;
}

export function createLook(parts: Parts): Look {
  const { vault, state, herald } = parts;

  function look(): Awaitable<Tokens | null> {
    const { version } = state;
    const tokens = vault.read();
    return isThenable(tokens) ? lookLater(tokens, version) : note(tokens);
  }

  async function lookLater(
    tokens: PromiseLike<Tokens | null>,
    version: number,
  ): Promise<Tokens | null> {
    const found = await tokens;
    if (version !== state.version) return look();
    // Of a synchronous store nobody has to be told at first: whoever asks for the status knows.
    if (state.signedIn === undefined) tellFirst(found);
    return note(found);
  }

  function note(tokens: Tokens | null): Tokens | null {
    const wasIn = state.signedIn;
    const isReplaced = state.observe(tokens);
    if (!parts.isRenewing()) {
      if (isReplaced) void herald.tell({ type: 'refreshed', ms: 0, attempts: 0, held: 0 });
    } else if (wasIn && !tokens) {
      parts.abandon();
    }
    return tokens;
  }

  function tellFirst(tokens: Tokens | null): void {
    if (tokens) void herald.tell({ type: 'signed-in' });
    else if (!parts.mayHaveCookie()) {
      void herald.tell({ type: 'signed-out', reason: 'elsewhere', error: null });
    }
  }

  return look;
}

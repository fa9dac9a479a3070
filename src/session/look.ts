import { isThenable, type Awaitable } from '../util/awaitable';
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
  /** While it is, the renewal takes note of the store, and tells: it reads before and after (G27). */
  isRenewing(): boolean;
  /** Nobody has been signed in yet, and only a cookie may know of somebody. */
  isOpen(): boolean;
}

export function createLook({ vault, state, herald, isRenewing, isOpen }: Parts): Look {
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
    if (state.signedIn === undefined && !isRenewing()) tellFirst(found);
    return note(found);
  }

  function note(tokens: Tokens | null): Tokens | null {
    if (!isRenewing() && state.observe(tokens)) {
      void herald.tell({ type: 'refreshed', ms: 0, attempts: 0, held: 0 });
    }
    return tokens;
  }

  function tellFirst(tokens: Tokens | null): void {
    if (tokens) void herald.tell({ type: 'signed-in' });
    else if (!isOpen()) {
      void herald.tell({ type: 'signed-out', reason: 'elsewhere', error: null });
    }
  }

  return look;
}

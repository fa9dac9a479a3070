import { isThenable, type Awaitable } from '../awaitable';
import type { Tokens } from '../tokens';
import type { Herald } from './events';
import type { State } from './state';
import type { Vault } from './vault';

/** Reads the store, takes note of what is there, and never of what has been overtaken. */
export type Look = () => Awaitable<Tokens | null>;

/** @param isRenewing while it is, the renewal tells of new tokens, its own and those of others */
export function createLook(
  vault: Vault,
  state: State,
  herald: Herald,
  isRenewing: () => boolean,
): Look {
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
    return version === state.version ? note(found) : look();
  }

  function note(tokens: Tokens | null): Tokens | null {
    if (state.observe(tokens) && !isRenewing()) {
      void herald.tell({ type: 'refreshed', ms: 0, attempts: 0, held: 0 });
    }
    return tokens;
  }

  return look;
}

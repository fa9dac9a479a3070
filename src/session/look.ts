import { isThenable, type Awaitable } from '../awaitable';
import type { Tokens } from '../tokens';
import type { State } from './state';
import type { Vault } from './vault';

/** Reads the store, takes note of what is there, and never of what has been overtaken. */
export type Look = () => Awaitable<Tokens | null>;

export function createLook(vault: Vault, state: State): Look {
  function look(): Awaitable<Tokens | null> {
    const { version } = state;
    const tokens = vault.read();
    if (isThenable(tokens)) return lookLater(tokens, version);
    state.observe(tokens);
    return tokens;
  }

  async function lookLater(
    tokens: PromiseLike<Tokens | null>,
    version: number,
  ): Promise<Tokens | null> {
    const found = await tokens;
    if (version !== state.version) return look();
    state.observe(found);
    return found;
  }

  return look;
}

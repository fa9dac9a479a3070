import { memoryStore } from '../../src/index';
import type { Tokens, TokenStore } from '../../src/index';

/** A store that a peer has as well, and that reports what the peer does. */
export interface SharedStore<T extends Tokens> {
  store: TokenStore<T>;
  /** What another tab does: it changes the store, and the store says so. */
  elsewhere(tokens: T | null): void;
  listeners(): number;
}

export function sharedStore<T extends Tokens>(initial: T): SharedStore<T> {
  const memory = memoryStore<T>(initial);
  const changed = new Set<() => void>();
  return {
    store: {
      ...memory,
      subscribe(listener) {
        changed.add(listener);
        return () => void changed.delete(listener);
      },
    },
    elsewhere(tokens) {
      if (tokens) void memory.set(tokens);
      else void memory.clear();
      for (const listener of changed) listener();
    },
    listeners: () => changed.size,
  };
}

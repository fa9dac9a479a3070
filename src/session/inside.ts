/** Knows whether the code that runs now was called by `refresh` (G8). */
export interface Inside {
  run<R>(work: () => R): R;
  is(): boolean;
  /** The call has come back: nothing is followed any more. */
  over(): void;
  /** False where only the synchronous part of `refresh` can be told. */
  exact: boolean;
}

interface AsyncStorage {
  run<R>(store: true, work: () => R): R;
  getStore(): true | undefined;
  disable(): void;
}

type BuiltinModules = (name: string) => { AsyncLocalStorage: new () => AsyncStorage } | undefined;

/**
 * Node follows a call through every `await`; it is asked at run time, so that no bundler looks for
 * the module. Browsers have no such thing yet: there, only the synchronous part is known.
 */
export function createInside(): Inside {
  const host = (globalThis as { process?: { getBuiltinModule?: BuiltinModules } }).process;
  const hooks = host?.getBuiltinModule?.('node:async_hooks');
  const storage = hooks && new hooks.AsyncLocalStorage();
  let depth = 0;
  return {
    exact: storage !== undefined,
    is: () => depth > 0 || storage?.getStore() === true,
    over: () => storage?.disable(),
    run(work) {
      depth++;
      try {
        return storage ? storage.run(true, work) : work();
      } finally {
        depth--;
      }
    },
  };
}

import { safely } from '../util/values';

/** Follows one call of user code, so that what it does can be told from everything else (G8). */
interface AsyncStorage {
  run<R>(store: true, work: () => R): R;
  getStore(): true | undefined;
  disable(): void;
}

interface Host {
  process: { getBuiltinModule(name: string): { AsyncLocalStorage: new () => AsyncStorage } };
}

/**
 * One call, of `refresh` or of a step-up. Runtimes with AsyncLocalStorage follow it through every
 * `await`; elsewhere only its synchronous part is known. Each call has a storage of its own, so that the
 * end of one is no matter to another that still runs.
 */
export class AsyncScope {
  #storage = createStorage();
  #isInSync = false;
  #isOver = false;

  /** False where only the synchronous part of the call can be told. */
  get isExact(): boolean {
    return this.#storage !== undefined;
  }

  /** True in the code of the call, until it has settled: what it leaves running does not count. */
  isInside(): boolean {
    return !this.#isOver && (this.#isInSync || this.#storage?.getStore() === true);
  }

  get isRunning(): boolean {
    return !this.#isOver;
  }

  /** Runs the call. The scope is over when it has settled. */
  async run<R>(work: () => R): Promise<Awaited<R>> {
    try {
      return await this.#start(work);
    } finally {
      this.#isOver = true;
      this.#release();
    }
  }

  #start<R>(work: () => R): R {
    this.#isInSync = true;
    try {
      if (!isWorking(this.#storage)) this.#storage = undefined;
      return this.#storage ? this.#storage.run(true, work) : work();
    } finally {
      this.#isInSync = false;
    }
  }

  /** Node before 24 follows every promise for as long as a storage is in use; Workers cannot stop it. */
  #release(): void {
    try {
      this.#storage?.disable();
    } catch {
      // Cloudflare Workers: not implemented, and nothing is lost.
    }
  }
}

/** There are stubs: it is tried, when it is needed, as it makes every promise dearer from then on. */
const isWorking = (storage: AsyncStorage | undefined): boolean | undefined =>
  safely(() => storage?.run(true, storage.getStore.bind(storage)));

/**
 * Asked for at run time, so that no bundler looks for the module. Whatever of it is missing throws: the
 * process, `getBuiltinModule` (before Node 20.16), the module, or its class.
 */
function createStorage(): AsyncStorage | undefined {
  try {
    const { process } = globalThis as unknown as Host;
    const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks');
    return new AsyncLocalStorage();
  } catch {
    return undefined;
  }
}

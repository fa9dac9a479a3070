interface Entry {
  name: string;
  mode: 'exclusive' | 'shared';
  start(): void;
}

interface Options {
  mode?: Entry['mode'];
  signal?: AbortSignal;
}

/** As much of `navigator.locks` as the stores use, for a Node without it. */
export class FakeWebLocks {
  readonly #held = new Set<Entry>();
  #waiting: Entry[] = [];
  /** Every name that was ever asked for. */
  readonly names: string[] = [];

  request<R>(name: string, options: Options, work: () => Promise<R>): Promise<R> {
    this.names.push(name);
    const { mode = 'exclusive', signal } = options;
    return new Promise<R>((resolve, reject) => {
      const entry: Entry = {
        name,
        mode,
        start: () => {
          signal?.removeEventListener('abort', stop);
          void work()
            .finally(() => {
              this.#held.delete(entry);
              this.#grant();
            })
            .then(resolve, reject);
        },
      };
      const stop = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== entry);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', stop);
      this.#waiting.push(entry);
      if (signal?.aborted) stop();
      this.#grant();
    });
  }

  query(): Promise<{ held?: { name: string }[] }> {
    const held = [...this.#held].map(({ name }) => ({ name }));
    // The list may be missing where it is empty.
    return Promise.resolve(held.length > 1 ? { held } : {});
  }

  #grant(): void {
    for (const entry of [...this.#waiting]) {
      const rivals = [...this.#held].filter(({ name }) => name === entry.name);
      const isFree = rivals.every(({ mode }) => mode === 'shared' && entry.mode === 'shared');
      if (!isFree) continue;
      this.#waiting = this.#waiting.filter((other) => other !== entry);
      this.#held.add(entry);
      entry.start();
    }
  }
}

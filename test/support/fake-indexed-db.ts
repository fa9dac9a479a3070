type Handler = (() => void) | undefined;

/** As much of IndexedDB as the stores use: one table, transactions one after the other. */
export class FakeIndexedDb {
  readonly rows = new Map<string, unknown>();
  /** The database that was asked for, and its tables. */
  readonly names = new Set<string>();
  /** How many connections are open. */
  connections = 0;
  failOpening = false;
  abortTransactions = false;
  #isNew = true;

  open(name: string): object {
    this.names.add(name);
    const request = {
      onsuccess: undefined as Handler,
      onerror: undefined as Handler,
      onupgradeneeded: undefined as Handler,
      error: null,
      result: this.#connect(),
    };
    queueMicrotask(() => {
      if (this.failOpening) {
        request.onerror?.();
        return;
      }
      this.connections++;
      if (this.#isNew) request.onupgradeneeded?.();
      this.#isNew = false;
      request.onsuccess?.();
    });
    return request;
  }

  #connect(): object {
    return {
      createObjectStore: (table: string) => this.names.add(table),
      transaction: (table: string, mode: string) => {
        if (!this.names.has(table) || mode !== 'readwrite') throw new Error(`${mode} of ${table}`);
        return this.#transact();
      },
      close: () => {
        this.connections--;
      },
    };
  }

  #transact(): object {
    const transaction = {
      oncomplete: undefined as Handler,
      onabort: undefined as Handler,
      error: null,
      objectStore: () => ({
        get: (key: string) => {
          const read = { onsuccess: undefined as Handler, result: undefined as unknown };
          // All of a transaction runs in one go, so none can come between its reads and writes.
          setImmediate(() => {
            if (this.abortTransactions) {
              transaction.onabort?.();
              return;
            }
            read.result = this.rows.get(key);
            read.onsuccess?.();
            transaction.oncomplete?.();
          });
          return read;
        },
        put: (value: unknown, key: string) => this.rows.set(key, value),
      }),
    };
    return transaction;
  }
}

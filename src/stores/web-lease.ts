import { digest } from '../util/digest';
import { caughtUp, MEMORY, pause, type TabLock } from './web-lock';

/** What the database says of a lock. */
interface Lease {
  /** '' where nobody has it. */
  owner: string;
  /** By the clock of the machine, which all tabs share. */
  until: number;
  /** What the last owners have replaced: whoever still reads that has to wait. */
  replaced: Replaced[];
}

interface Replaced {
  text: string;
  /** So long a tab may still show it. */
  until: number;
}

/** An owner whose heartbeat stops for so long, in milliseconds, has lost the lock. */
const LEASE = 10_000;
const POLL = 30;

const DATABASE = 'axios-auth-interceptors';
const TABLE = 'leases';
const FREE: Lease = { owner: '', until: 0, replaced: [] };

/**
 * A lock for pages without Web Locks: a lease in IndexedDB, whose transactions all tabs see in the
 * same order. `undefined` where there is no IndexedDB either.
 */
export function createLease(name: string, read: () => string): TabLock | undefined {
  const { indexedDB } = globalThis as { indexedDB?: IDBFactory };
  if (!indexedDB) return undefined;
  let isOwner = false;
  let replaced: Replaced[] = [];

  async function take(database: IDBDatabase, owner: string, signal: AbortSignal): Promise<Lease> {
    for (;;) {
      // Not by `throwIfAborted()`: browsers without Web Locks may not have it (G39).
      if (signal.aborted) throw signal.reason as Error;
      const before = await change(database, name, (lease) =>
        isOver(lease.until, LEASE) ? { ...lease, owner, until: Date.now() + LEASE } : undefined,
      );
      if (before) return before;
      await pause(POLL * (1 + Math.random()));
    }
  }

  const run = async <R>(critical: () => Promise<R>, signal: AbortSignal): Promise<R> => {
    const database = await openDatabase(indexedDB);
    const owner = String(Math.random());
    /** Nothing where somebody else has the lock by now. */
    const update = (next: Partial<Lease>): Promise<unknown> =>
      change(database, name, (lease) =>
        lease.owner === owner ? { ...lease, ...next } : undefined,
      ).catch(() => undefined);
    let heartbeat: ReturnType<typeof setInterval> | undefined;
    try {
      const before = await take(database, owner, signal);
      heartbeat = setInterval(() => {
        void update({ until: Date.now() + LEASE });
      }, LEASE / 4);
      // Of several owners: under load a tab may show what was there before the last two of them.
      replaced = before.replaced.filter(({ until }) => !isOver(until, MEMORY));
      await caughtUp(() => {
        const shown = digest(read());
        return !replaced.some(({ text }) => text === shown);
      });
      isOwner = true;
      return await critical();
    } finally {
      isOwner = false;
      clearInterval(heartbeat);
      await update({ ...FREE, replaced });
      database.close();
    }
  };

  return {
    run,
    replacing(text) {
      if (isOwner) replaced.push({ text: digest(text), until: Date.now() + MEMORY });
      return isOwner;
    },
  };
}

/** Also where more is left than there ever was: the clock was set back. */
function isOver(until: number, length: number): boolean {
  const left = until - Date.now();
  return left < 0 || left > length;
}

/** Changes the lease in one transaction; gives what was there before, or nothing where it stays. */
function change(
  database: IDBDatabase,
  name: string,
  next: (lease: Lease) => Lease | undefined,
): Promise<Lease | undefined> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(TABLE, 'readwrite');
    const table = transaction.objectStore(TABLE);
    const request = table.get(name) as IDBRequest<Lease | undefined>;
    let before: Lease | undefined;
    request.onsuccess = () => {
      const found = request.result ?? FREE;
      const changed = next(found);
      if (!changed) return;
      before = found;
      table.put(changed, name);
    };
    transaction.oncomplete = () => {
      resolve(before);
    };
    transaction.onabort = () => {
      reject(transaction.error ?? new Error('IndexedDB: the transaction was aborted.'));
    };
  });
}

function openDatabase(factory: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(TABLE);
    };
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('IndexedDB cannot be opened.'));
    };
  });
}

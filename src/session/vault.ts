import { isThenable, type Awaitable } from '../util/awaitable';
import { AuthError } from '../errors';
import type { ResolvedOptions } from '../options';
import type { Redactor } from '../redact';
import { accessOf, describe, isRecord, type Tokens } from '../tokens';
import { settleWithin, unref } from '../util/timers';

/** What the store should hold and may not hold yet. */
interface Unsaved {
  tokens: Tokens | null;
  /** The access token that the store held before, to tell whether somebody else wrote since. */
  base: string | null | undefined;
  failed: boolean;
}

/** The token store, bounded in time and with its writes in order (G9, G23). */
export interface Vault {
  /** Synchronous where the store is. Rejects or throws `ERR_AUTH_STORE`. */
  read(): Awaitable<Tokens | null>;
  /** For tokens that have just come: a store that fails now must not cost them (G9). */
  readOr(held: Tokens | null): Promise<Tokens | null>;
  /** Seen by the next read at once; resolves when stored, rejects with `ERR_AUTH_STORE`. */
  write(tokens: Tokens | null): Promise<void>;
  /** Forgets a write that failed: the store is the truth again. */
  forget(tokens: Tokens): void;
}

export type Report = (message: string, error: AuthError) => void;

const RETRY_FIRST = 250;
const RETRY_LAST = 30_000;

export function createVault(options: ResolvedOptions, redactor: Redactor, report: Report): Vault {
  const store = options.tokenStore;
  let unsaved: Unsaved | undefined;
  let writes: Promise<unknown> = Promise.resolve();
  let saved: Unsaved | undefined;
  /** What the store itself held when it was last read or written; `undefined`: nobody has looked. */
  let inStore: string | null | undefined;
  /** What it gave, where that is known to be tokens. */
  let given: Tokens | undefined;
  let pause = RETRY_FIRST;

  function fault(method: string, cause: unknown): AuthError {
    return new AuthError(
      'ERR_AUTH_STORE',
      `tokenStore.${method}() failed: ${redactor.error(cause).message}. Mend the token store; the session goes on without it where it can.`,
      { cause: redactor.error(cause) },
    );
  }

  async function call<R>(method: 'get' | 'set' | 'clear', work: () => Awaitable<R>): Promise<R> {
    try {
      return await settleWithin(options.refreshTimeout, work);
    } catch (error) {
      throw fault(method, error);
    }
  }

  function check(value: unknown): Tokens | null {
    // Most stores give the same object for each request: what was found out about it still holds.
    if (given && value === given && given.accessToken === inStore) return given;
    const tokens = asTokens(value);
    inStore = accessOf(tokens);
    given = tokens ?? undefined;
    return tokens;
  }

  function asTokens(value: unknown): Tokens | null {
    if (value == null) return null;
    if (!isRecord(value) || Array.isArray(value)) {
      throw fault('get', new Error(`it must give tokens or null, and gave ${describe(value)}`));
    }
    if (value.accessToken == null && !value.refreshToken) return null;
    const tokens = value as Tokens;
    redactor.remember(tokens);
    return tokens;
  }

  function readStore(): Awaitable<Tokens | null> {
    let value: Awaitable<Tokens | null | undefined>;
    try {
      value = store.get();
    } catch (error) {
      throw fault('get', error);
    }
    if (!isThenable(value)) return check(value);
    const answer = value;
    return call('get', () => answer).then(check);
  }

  /** After a failed write the store may hold what was there before, or what somebody else wrote. */
  async function readPastFailure(pending: Unsaved): Promise<Tokens | null> {
    const found = await Promise.resolve()
      .then(readStore)
      .catch(() => undefined);
    if (unsaved !== pending) return read();
    if (pending.base === undefined) pending.base = accessOf(found ?? null);
    if (found === undefined || accessOf(found) === pending.base) return pending.tokens;
    unsaved = undefined;
    return found;
  }

  function read(): Awaitable<Tokens | null> {
    if (!unsaved) return readStore();
    return unsaved.failed ? readPastFailure(unsaved) : unsaved.tokens;
  }

  function save(pending: Unsaved): Promise<void> {
    const { tokens } = pending;
    const method = tokens ? 'set' : 'clear';
    const done = writes.then(async () => {
      if (unsaved !== pending) return;
      const work = Promise.resolve().then(() => (tokens ? store.set(tokens) : store.clear()));
      try {
        await call(method, () => work);
        stored(pending);
      } catch (error) {
        pending.failed = true;
        // A write that outlives its bound may land over a newer one: that one is then repeated.
        work.then(
          () => {
            if (unsaved === pending) stored(pending);
            else rewrite(unsaved ?? saved);
          },
          () => undefined,
        );
        throw error;
      }
    });
    writes = done.catch(() => undefined);
    return done;
  }

  function stored(pending: Unsaved): void {
    saved = pending;
    inStore = accessOf(pending.tokens);
    pause = RETRY_FIRST;
    if (unsaved === pending) unsaved = undefined;
  }

  function rewrite(newest: Unsaved | undefined): void {
    if (!newest) return;
    unsaved = { ...newest, failed: false };
    save(unsaved).catch(() => undefined);
  }

  function retryLater(pending: Unsaved): void {
    const timer = setTimeout(() => {
      void retry(pending);
    }, pause);
    unref(timer);
    pause = Math.min(pause * 2, RETRY_LAST);
  }

  /** Not over what somebody else has written since (G23). */
  async function retry(pending: Unsaved): Promise<void> {
    if (unsaved === pending) await readPastFailure(pending);
    if (unsaved !== pending) return;
    await save(pending).catch(() => {
      retryLater(pending);
    });
  }

  return {
    read,
    async readOr(held) {
      try {
        return await read();
      } catch {
        return held;
      }
    },
    write(tokens) {
      if (tokens) redactor.remember(tokens);
      const base = unsaved ? unsaved.base : inStore;
      const pending: Unsaved = { tokens, base, failed: false };
      unsaved = pending;
      return save(pending).catch((error: unknown) => {
        retryLater(pending);
        report('The tokens could not be stored; they are kept in memory.', error as AuthError);
        throw error;
      });
    },
    forget(tokens) {
      if (unsaved?.tokens === tokens) unsaved = undefined;
    },
  };
}

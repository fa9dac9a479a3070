import { AuthError } from '../errors';
import type { ResolvedOptions } from '../options';
import { READ_THROUGH, type StoreHints, type TokenStore } from '../stores/store';
import { accessOf, type Tokens } from '../tokens';
import { isThenable, nothing, type Awaitable } from '../util/awaitable';
import { settleWithin, unref, type Timer } from '../util/time';
import { describe, isRecord } from '../util/values';
import type { Events } from './events';
import type { Secrets } from './secrets';

/** Tokens (or their removal) on the way into the store. */
interface Write {
  tokens: Tokens | null;
  /** The access token that the store held before; `undefined`: nobody has looked. */
  base: string | null | undefined;
  timeout: number;
  hasFailed: boolean;
}

const RETRY_FIRST = 250;
const RETRY_LAST = 30_000;

/**
 * The token store as the session sees it: every call bounded in time, writes in order and repeated until
 * they succeed, tokens served from memory until then (G9), and private copies of what it holds.
 */
export class TokenStorage {
  readonly #store: TokenStore & StoreHints;
  readonly #secrets: Secrets;
  readonly #events: Events;
  /** The bound on one call, in milliseconds. */
  readonly #timeout: number;

  /** What the session wants the store to hold, until it does. */
  #pending: Write | undefined;
  /** Writes that took longer than the bound, and may still land. */
  readonly #overdue = new Set<Write>();
  #lastWrite: Promise<unknown> = Promise.resolve();
  /** What the store held when it was last read or written; `undefined`: nobody has looked. */
  #known: Tokens | null | undefined;
  /** The object that `#known` was copied from: most stores give the same one for each request. */
  #source: unknown;
  /** The read under way that everybody shares who asks in the same turn. */
  #reading: PromiseLike<Tokens | null> | undefined;
  /** The read that was begun last: it knows most, as soon as it is answered. */
  #lastRead: PromiseLike<unknown> | undefined;
  /** Counts the reads that were begun, and the writes that have landed. */
  #count = 0;
  /** The one of them that `#known` comes from. */
  #knownSince = 0;
  #retryTimer: Timer | undefined;
  #retryDelay = RETRY_FIRST;
  /** Undefined while nobody listens. */
  #stopListening: (() => void) | undefined;

  constructor(
    { tokenStore, refreshTimeout }: Pick<ResolvedOptions, 'tokenStore' | 'refreshTimeout'>,
    secrets: Secrets,
    events: Events,
  ) {
    this.#store = tokenStore;
    this.#timeout = refreshTimeout;
    this.#secrets = secrets;
    this.#events = events;
  }

  /**
   * The tokens. Synchronous where the store is; throws or rejects with `ERR_AUTH_STORE`.
   *
   * @param through past any cache: a renewal must see what a peer has stored
   */
  read(through = false): Awaitable<Tokens | null> {
    const pending = this.#pending;
    if (!pending) return this.#readStore(through);
    return pending.hasFailed ? this.#readAfterFailure(pending) : pending.tokens;
  }

  /**
   * Seen by the next read at once; resolves when stored, rejects with `ERR_AUTH_STORE`.
   *
   * @param timeout how long to wait for the store, in milliseconds
   */
  async write(tokens: Tokens | null, timeout = this.#timeout): Promise<void> {
    if (tokens) this.#secrets.remember(tokens);
    const base = this.#pending ? this.#pending.base : this.#known && accessOf(this.#known);
    const write: Write = { tokens, base, timeout, hasFailed: false };
    this.#pending = write;
    try {
      await this.#enqueue(write);
    } catch (error) {
      this.#events.log('error', 'The tokens could not be stored.', error);
      throw error;
    }
  }

  /** Gives up what could not be stored: the store is the truth again. */
  forget(): void {
    this.#pending = undefined;
  }

  /** Calls back when a peer has changed the tokens, and goes on with writes that failed. */
  listen(changed: () => void): void {
    if (this.#stopListening) return;
    this.#stopListening = nothing;
    if (this.#pending?.hasFailed) this.#retryLater();
    try {
      const stop: unknown = this.#store.subscribe?.(changed);
      if (typeof stop === 'function') this.#stopListening = stop as () => void;
      else void Promise.resolve(stop).then(nothing, this.reportUnheard);
    } catch (fault) {
      this.reportUnheard(fault);
    }
  }

  stopListening(): void {
    clearTimeout(this.#retryTimer);
    try {
      this.#stopListening?.();
    } catch (fault) {
      this.reportUnheard(fault);
    }
    this.#stopListening = undefined;
  }

  readonly reportUnheard = (fault: unknown): void => {
    this.#events.logFault('warn', 'The token store could not tell of a change.', fault);
  };

  #readStore(through: boolean): Awaitable<Tokens | null> {
    if (this.#reading && !through) return this.#reading;
    let value: Awaitable<Tokens | null | undefined>;
    let isPromise: boolean;
    try {
      value = this.#get(through);
      isPromise = isThenable(value);
    } catch (error) {
      throw this.#fault('get', error);
    }
    const begun = ++this.#count;
    if (!isPromise) return this.#take(value, begun);
    // In an object: a promise would call a `then` among the tokens.
    const answered = (async () => ({ found: await value }))();
    const take = ({ found }: { found: unknown }): Tokens | null => this.#take(found, begun);
    const reading = this.#bounded('get', () => answered).then(take);
    this.#lastRead = reading;
    // Too late for whoever has asked, it still may know of tokens that a late write overwrites (G9).
    reading.catch(() => answered.then(take).catch(nothing));
    if (!through) this.#share(reading);
    return reading;
  }

  #get(through: boolean): Awaitable<Tokens | null | undefined> {
    const store = this.#store;
    return through && store[READ_THROUGH] ? store[READ_THROUGH]() : store.get();
  }

  /** One read serves all requests of the same turn; a later one may want to see a later change. */
  #share(reading: PromiseLike<Tokens | null>): void {
    this.#reading = reading;
    queueMicrotask(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
  }

  /**
   * Takes a private copy of what the store gave, which nobody can change in place.
   *
   * @param begun when the read was begun: what was read or stored since is newer
   */
  #take(value: unknown, begun: number): Tokens | null {
    const known = this.#known;
    let found: Tokens | null;
    try {
      if (known && value === this.#source && isSame(value as Tokens, known)) return known;
      found = copyOf(value);
      if (known && found && isEqual(known, found)) found = known;
    } catch (error) {
      throw this.#fault('get', error);
    }
    if (known !== undefined && accessOf(known) !== accessOf(found)) {
      // It is a late write of this session, and nothing that a peer has stored.
      for (const late of this.#overdue) {
        if (accessOf(late.tokens) === accessOf(found)) {
          return this.#pending ? this.#pending.tokens : known;
        }
      }
    }
    if (found) this.#secrets.remember(found);
    // What is on its way into the store is newer than what a read that began before it has found.
    if (begun > this.#knownSince && (!this.#pending || this.#pending.hasFailed)) {
      this.#knownSince = begun;
      this.#known = found;
      this.#source = value;
    }
    return found;
  }

  /** After a failed write the store may hold what was there before, or what somebody else has stored. */
  #readAfterFailure(pending: Write): Awaitable<Tokens | null> {
    const decide = (found: Tokens | null | undefined): Awaitable<Tokens | null> => {
      if (this.#pending !== pending) return this.read();
      if (pending.base === undefined) pending.base = accessOf(found ?? null);
      if (found === undefined || accessOf(found) === pending.base) return pending.tokens;
      this.#pending = undefined;
      return found;
    };
    try {
      const found = this.#readStore(true);
      return isThenable(found) ? found.then(decide, () => decide(undefined)) : decide(found);
    } catch {
      return decide(undefined);
    }
  }

  /**
   * One write at a time, in the order of the calls; one that hangs holds up the next for a bounded time, also
   * where its own timer was lost, as those of suspended workers are (G9).
   */
  #enqueue(write: Write): Promise<void> {
    const last = settleWithin(this.#timeout, () => this.#lastWrite);
    const done = last.catch(nothing).then(() => this.#save(write));
    this.#lastWrite = done.catch(nothing);
    return done;
  }

  async #save(write: Write): Promise<void> {
    const { tokens } = write;
    // Tokens that newer ones have overtaken. A removal is made all the same: the newer ones may not be stored (G21).
    if (tokens && this.#pending !== write) return;
    const store = this.#store;
    let isAnswered = false as boolean;
    const work = Promise.resolve().then(async () => {
      try {
        await (tokens ? store.set({ ...tokens }) : store.clear());
      } finally {
        isAnswered = true;
      }
    });
    try {
      await this.#bounded(tokens ? 'set' : 'clear', () => work, write.timeout);
      this.#landed(write);
    } catch (error) {
      write.hasFailed = true;
      this.#retryLater();
      if (!isAnswered) void this.#answerLate(write, work);
      throw error;
    }
  }

  #landed(write: Write): void {
    this.#known = write.tokens;
    this.#source = undefined;
    this.#knownSince = ++this.#count;
    this.#retryDelay = RETRY_FIRST;
    if (this.#pending === write) this.#pending = undefined;
    // What waits behind it finds its tokens there.
    else if (this.#pending) this.#pending.base = accessOf(write.tokens);
  }

  /**
   * A write that outlives its bound may land over newer tokens, whoever wrote them: these are repeated. One
   * that reports a fault may have landed all the same.
   */
  async #answerLate(write: Write, work: Promise<void>): Promise<void> {
    this.#overdue.add(write);
    const hasLanded = await work.then(() => true).catch(() => false);
    if (this.#pending === write) {
      if (hasLanded) this.#landed(write);
    } else {
      // A read under way may have found the tokens of a peer, which this write has overwritten.
      await Promise.resolve(this.#lastRead).catch(nothing);
      await this.#lastWrite;
      const begun = this.#count;
      const isHeld = await this.#holds(write.tokens, hasLanded);
      // What was stored or found since has come after the late write.
      if (isHeld && this.#knownSince <= begun) await this.#repeatNewest(write);
    }
    this.#overdue.delete(write);
  }

  /** @param otherwise the answer for a store that cannot be read */
  #holds(tokens: Tokens | null, otherwise: boolean): Promise<boolean> {
    return this.#bounded('get', async () => copyOf(await this.#get(true))).then(
      (held) => accessOf(held) === accessOf(tokens),
      () => otherwise,
    );
  }

  async #repeatNewest(late: Write): Promise<void> {
    const tokens = this.#pending ? this.#pending.tokens : this.#known;
    const base = accessOf(late.tokens);
    if (tokens === undefined || accessOf(tokens) === base) return;
    this.#pending = { ...late, tokens, base, hasFailed: false };
    await this.#enqueue(this.#pending).catch(nothing);
  }

  #retryLater(): void {
    if (!this.#stopListening) return;
    clearTimeout(this.#retryTimer);
    // A read that it makes in vain is nobody's: whoever asks next meets the fault himself (G35).
    const retry = (): void => void this.#retry().catch(nothing);
    this.#retryTimer = unref(setTimeout(retry, this.#retryDelay));
    this.#retryDelay = Math.min(this.#retryDelay * 2, RETRY_LAST);
  }

  /** Not over what somebody else has stored since (G23: the store is the truth). */
  async #retry(): Promise<void> {
    const pending = this.#pending;
    // One that is under way for the first time ends by itself.
    if (!pending?.hasFailed) return;
    await this.#readAfterFailure(pending);
    if (this.#pending !== pending) return;
    await this.#enqueue(pending).catch(nothing);
  }

  async #bounded<R>(
    method: 'get' | 'set' | 'clear',
    work: () => Awaitable<R>,
    timeout = this.#timeout,
  ): Promise<R> {
    try {
      return await settleWithin(timeout, work);
    } catch (error) {
      throw this.#fault(method, error);
    }
  }

  #fault(method: string, fault: unknown): AuthError {
    const cause = this.#secrets.describeFault(fault);
    return new AuthError(
      'ERR_AUTH_STORE',
      `tokenStore.${method}() failed: ${cause.message}. Check the token store.`,
      { cause },
    );
  }
}

/** Also in the extra fields. */
function isEqual(one: object, two: object): boolean {
  const [mine, theirs] = [Object.entries(one), Object.entries(two)];
  return (
    mine.length === theirs.length &&
    theirs.every(([key, value]) => (one as Record<string, unknown>)[key] === value)
  );
}

const isSame = (one: Tokens, two: Tokens): boolean =>
  one.accessToken === two.accessToken &&
  one.refreshToken === two.refreshToken &&
  one.expiresAt === two.expiresAt;

/** Tokens need an access token, or a refresh token to get one with. Whatever the getters throw comes out. */
function copyOf(value: unknown): Tokens | null {
  if (value == null) return null;
  if (!isRecord(value) || Array.isArray(value)) {
    throw new Error(`it must give tokens or null, and gave ${describe(value)}`);
  }
  const tokens: Record<string, unknown> = { ...value };
  const { accessToken, refreshToken, expiresAt } = tokens;
  if (accessToken == null && !refreshToken) return null;
  tokens.accessToken ??= '';
  if (expiresAt != null && typeof expiresAt !== 'number') {
    throw new Error(`expiresAt must be a number of milliseconds, and is ${describe(expiresAt)}`);
  }
  if (refreshToken != null && typeof refreshToken !== 'string') {
    throw new Error(`refreshToken must be a string, and is ${describe(refreshToken)}`);
  }
  return tokens as unknown as Tokens;
}

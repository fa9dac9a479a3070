import type { TokenStore, Tokens } from '../../src/index';
import type { Answers } from './answers';

/** `prompt`: asynchronous, and answers at once; `slow`: answers when the sequence says so. */
export type StoreKind = 'sync' | 'prompt' | 'slow';

/** One call of `get` that found tokens. */
interface Read {
  token: string;
  /** The session has heard of it, within its bound. */
  isAnswered: boolean;
  hasFailed: boolean;
}

/** Milliseconds after which the session does not wait for an answer any more. */
export const LATE = 30_000;

/** The store that the session shares with peers. */
export class ModelStore {
  held: Tokens | null = null;
  /** Writes of tokens that have not landed. */
  writing = 0;
  faults = 0;
  readonly reads: Read[] = [];
  /** The tokens that were here since it was last empty. */
  #landed: string[] = [];
  /** Those of them that a late write has overwritten. */
  readonly #overwritten = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #kind: StoreKind;
  readonly #hasLock: boolean;
  readonly #answers: Answers;

  constructor(kind: StoreKind, hasLock: boolean, answers: Answers) {
    this.#kind = kind;
    this.#hasLock = hasLock;
    this.#answers = answers;
  }

  /**
   * The tokens that were here since it was last empty. What a late write has overwritten before it was read once
   * is lost: no session can bring it back.
   */
  get landed(): string[] {
    const wasSeen = (token: string): boolean =>
      this.reads.some((read) => read.token === token && !read.hasFailed);
    return this.#landed.filter((token) => !this.#overwritten.has(token) || wasSeen(token));
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  land(tokens: Tokens | null): void {
    this.held = tokens;
    if (tokens) this.#landed.push(tokens.accessToken);
    else this.#landed = [];
  }

  notify(): void {
    for (const changed of this.#listeners) changed();
  }

  get face(): TokenStore {
    return {
      get: () => this.#call('get', undefined, () => this.held && { ...this.held }),
      set: (tokens) => {
        this.writing++;
        return this.#call('set', () => {
          this.writing--;
          this.land(tokens);
        });
      },
      clear: () =>
        this.#call('clear', () => {
          this.land(null);
        }),
      subscribe: (changed) => {
        this.#listeners.add(changed);
        return () => this.#listeners.delete(changed);
      },
      ...(this.#hasLock && { lock: (critical) => this.#lock(critical) }),
    };
  }

  /** What is read is read at the call, what is written lands at the answer. */
  #call<R>(label: string, land?: () => void, read?: () => R): R | Promise<R> {
    const value = read?.() as R;
    let found: Read | undefined;
    if (this.held && read) {
      const isAnswered = this.#kind === 'sync';
      found = { token: this.held.accessToken, isAnswered, hasFailed: false };
      this.reads.push(found);
    }
    if (this.#kind === 'sync') {
      land?.();
      return value;
    }
    return this.#end(label, value, land, found);
  }

  async #end<R>(label: string, value: R, land?: () => void, found?: Read): Promise<R> {
    const since = Date.now();
    const outcome = this.#kind === 'prompt' ? 'well' : await this.#answers.wait(label);
    if (outcome === 'well' || outcome === 'lose') {
      if (land && this.held && Date.now() - since >= LATE) {
        this.#overwritten.add(this.held.accessToken);
      }
      land?.();
    } else if (label === 'set') this.writing--;
    if (found && outcome === 'well') found.isAnswered = Date.now() - since < LATE;
    if (outcome === 'well') return value;
    if (found) found.hasFailed = true;
    this.faults++;
    throw new Error(`${label} failed`);
  }

  async #lock<R>(critical: () => Promise<R>): Promise<R> {
    const outcome = this.#kind === 'slow' ? await this.#answers.wait('lock') : 'well';
    if (outcome === 'well') return critical();
    throw new Error('lock failed');
  }
}

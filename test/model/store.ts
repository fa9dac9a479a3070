import type { TokenStore, Tokens } from '../../src/index';
import type { Answers } from './answers';

/** `prompt`: asynchronous, and answers at once; `slow`: answers when the sequence says so. */
export type StoreKind = 'sync' | 'prompt' | 'slow';

/** One call of `get` that found tokens. */
interface Read {
  token: string;
  /** The session has heard of it, within its bound. */
  isAnswered: boolean;
}

/** Milliseconds after which the session does not wait for an answer any more. */
const LATE = 30_000;

/** The store that the session shares with peers. */
export class ModelStore {
  held: Tokens | null = null;
  /** Writes of tokens that have not landed. */
  writing = 0;
  faults = 0;
  /** The tokens that were here since it was last empty, but for those that nobody could know of. */
  landed: string[] = [];
  readonly reads: Read[] = [];
  /** The tokens that were read. */
  readonly #seen = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #kind: StoreKind;
  readonly #hasLock: boolean;
  readonly #answers: Answers;

  constructor(kind: StoreKind, hasLock: boolean, answers: Answers) {
    this.#kind = kind;
    this.#hasLock = hasLock;
    this.#answers = answers;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  land(tokens: Tokens | null): void {
    this.held = tokens;
    if (tokens) this.landed.push(tokens.accessToken);
    else this.landed = [];
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
      found = { token: this.held.accessToken, isAnswered: this.#kind === 'sync' };
      this.#seen.add(found.token);
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
      if (land && Date.now() - since >= LATE) this.#forgetUnseen();
      land?.();
    } else if (label === 'set') this.writing--;
    if (found && outcome === 'well') found.isAnswered = Date.now() - since < LATE;
    if (outcome === 'well') return value;
    if (found) this.#seen.delete(found.token);
    this.faults++;
    throw new Error(`${label} failed`);
  }

  /** What a late write overwrites before it was read once is lost: no session can bring it back. */
  #forgetUnseen(): void {
    const lost = this.held?.accessToken;
    if (lost && !this.#seen.has(lost)) this.landed = this.landed.filter((token) => token !== lost);
  }

  async #lock<R>(critical: () => Promise<R>): Promise<R> {
    const outcome = this.#kind === 'slow' ? await this.#answers.wait('lock') : 'well';
    if (outcome === 'well') return critical();
    throw new Error('lock failed');
  }
}

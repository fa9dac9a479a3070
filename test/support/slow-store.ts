import type { Tokens, TokenStore } from '../../src/index';
import { gate } from './session';

type Call = 'get' | 'set' | 'clear';

/** A store whose calls take effect when the test says so; those that it does not hold, at once. */
export class SlowStore implements TokenStore {
  held: Tokens | null;
  /** In the order in which they took effect. */
  readonly done: string[] = [];
  readonly #held: Partial<Record<Call, boolean>> = {};
  readonly #waiting: { call: Call; act(fault?: Error): void }[] = [];

  constructor(held: Tokens | null = null) {
    this.held = held;
  }

  /** Holds the calls of these kinds from now on. */
  hold(...calls: Call[]): void {
    for (const call of calls) this.#held[call] = true;
  }

  waiting(call: Call): number {
    return this.#waiting.filter((entry) => entry.call === call).length;
  }

  /** Lets the oldest call of the kind happen, or fail. */
  next(call: Call, fault?: Error): void {
    const index = this.#waiting.findIndex((entry) => entry.call === call);
    this.#waiting.splice(index, 1)[0]?.act(fault);
  }

  /** Lets the newest call of the kind happen before the older ones. */
  last(call: Call): void {
    const index = this.#waiting.map((entry) => entry.call).lastIndexOf(call);
    this.#waiting.splice(index, 1)[0]?.act();
  }

  /** Lets everything happen, now and later. */
  release(): void {
    for (const call of Object.keys(this.#held) as Call[]) this.#held[call] = false;
    for (const { act } of this.#waiting.splice(0)) act();
  }

  /** What is read is what was there when the call came. */
  get(): Promise<Tokens | null> {
    const found = this.held;
    return this.#when('get', () => found);
  }

  set(tokens: Tokens): Promise<void> {
    return this.#when('set', () => {
      this.held = tokens;
      this.done.push(tokens.accessToken);
    });
  }

  clear(): Promise<void> {
    return this.#when('clear', () => {
      this.held = null;
      this.done.push('cleared');
    });
  }

  async #when<R>(call: Call, work: () => R): Promise<R> {
    if (this.#held[call]) {
      const { promise, open } = gate();
      let fault: Error | undefined;
      const act = (given?: Error): void => {
        fault = given;
        open();
      };
      this.#waiting.push({ call, act });
      await promise;
      if (fault) throw fault;
    }
    return work();
  }
}

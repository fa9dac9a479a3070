/**
 * How something ends that the world waits for: `well`; `fail`: it was not done; `lose`: it was done, and the
 * answer is lost; `refuse`: the server says no; `hang`: nothing comes until the very end.
 */
export type Outcome = 'well' | 'fail' | 'lose' | 'refuse';

interface Waiting {
  label: string;
  end(outcome: Outcome): void;
}

/** What the server, the store and slow interceptors owe; the sequence says which is given when. */
export class Answers {
  readonly #waiting: Waiting[] = [];
  readonly #hung: Waiting[] = [];

  wait(label: string): Promise<Outcome> {
    return new Promise((end) => this.#waiting.push({ label, end }));
  }

  get labels(): string[] {
    return this.#waiting.map(({ label }) => label);
  }

  /** Gives one answer, counted round; returns what it was. */
  give(pick: number, outcome: Outcome): string | undefined {
    const [found] = this.#waiting.splice(pick % (this.#waiting.length || 1), 1);
    found?.end(outcome);
    return found?.label;
  }

  hang(pick: number): string | undefined {
    const [found] = this.#waiting.splice(pick % (this.#waiting.length || 1), 1);
    if (found) this.#hung.push(found);
    return found?.label;
  }

  /** What has hung until now waits again. */
  wake(): void {
    this.#waiting.push(...this.#hung.splice(0));
  }
}

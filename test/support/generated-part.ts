import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The part of a page below `docs` that a run of the tests makes, between two marks. */
export class GeneratedPart {
  readonly #page: string;
  readonly #begin: string;
  readonly #end: string;

  /**
   * @param page below `docs`
   * @param name of the marks: `<!-- name: begin -->` and `<!-- name: end -->`
   */
  constructor(page: string, name: string) {
    this.#page = resolve(__dirname, '../../docs', page);
    this.#begin = `<!-- ${name}: begin -->`;
    this.#end = `<!-- ${name}: end -->`;
  }

  get text(): string {
    return this.#parts()[1];
  }

  write(text: string): void {
    const [before, , after] = this.#parts();
    writeFileSync(this.#page, `${before}${this.#begin}\n\n${text}\n\n${this.#end}${after}`);
    const prettier = require.resolve('prettier/bin/prettier.cjs');
    execFileSync(process.execPath, [prettier, '--write', this.#page]);
  }

  #parts(): [before: string, between: string, after: string] {
    const text = readFileSync(this.#page, 'utf8');
    const [begin, end] = [text.indexOf(this.#begin), text.indexOf(this.#end)];
    if (begin < 0 || end < begin) {
      throw new Error(`${this.#page} has no ${this.#begin} … ${this.#end}`);
    }
    return [
      text.slice(0, begin),
      text.slice(begin + this.#begin.length, end),
      text.slice(end + this.#end.length),
    ];
  }
}

/** A table of Markdown; the first row is its head. */
export const tableOf = ([head = [], ...rows]: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Two texts are the same where they differ in the width of columns only. */
export const withoutWidths = (text: string): string =>
  text
    .replace(/-{3,}/g, '---')
    .replace(/[ \n]+/g, ' ')
    .trim();

import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { guarded } from './folder-lock';
import { locate, readText, refusal, removeFile, writeText } from './tokens-file';
import { watchEntry } from './watch';
import type { TokenStore } from '../stores/store';
import { parseTokens } from '../stores/text';
import type { Tokens } from '../tokens';
import { MAX_TIMER } from '../util/time';

/** Options of {@link fileStore}. */
export interface FileStoreOptions {
  /**
   * How long, in milliseconds, a process may show no sign of life before it loses the lock. One that
   * has died on this machine loses it at once. Keep it below half of `refreshTimeout`.
   *
   * @default 10_000
   */
  lease?: number;
}

const LEASE = 10_000;

const OVERTAKEN = 'was changed by somebody else while new tokens were written. What it holds stays';

/**
 * Keeps the tokens of a command-line tool in a JSON file that only its user may read. Processes that
 * share the file refresh one at a time, and see each other sign in and out.
 *
 * @throws TypeError for a path or an option that cannot work
 * @example
 * const tokenStore = fileStore(join(homedir(), '.config', 'my-tool', 'tokens.json'));
 */
export function fileStore<T extends Tokens = Tokens>(
  path: string,
  { lease = LEASE, ...unknown }: FileStoreOptions = {},
): TokenStore<T> {
  checkArguments(path, lease, unknown);
  const file = resolve(path);
  let subscriptions = 0;
  /** What was last written through this store, until somebody else has written. */
  let own: string | null | undefined;
  /** Marks the code that has the lock: a sign-in may come to `set` at the same time, and takes no lock. */
  const owner = new AsyncLocalStorage<true>();

  /** Throws rather than take a damaged file for "signed out". */
  function parse(text: string | null): T | null {
    const tokens = parseTokens(text);
    if (text !== null && !tokens)
      throw refusal(file, 'holds no tokens: it is damaged, or not ours');
    return tokens as T | null;
  }

  async function asOwner<R>(critical: () => Promise<R>): Promise<R> {
    try {
      return await owner.run(true, critical);
    } finally {
      // Up to Node 22, every promise costs more as long as any code is followed.
      owner.disable();
    }
  }

  return {
    get: () => parse(readText(file)),
    async set(tokens) {
      const replaced = readText(file);
      // A file that is not ours is not written over.
      parse(replaced);
      const text = `${JSON.stringify(tokens)}\n`;
      const isOwner = owner.getStore() === true;
      await writeText(locate(file), text, () => {
        // A sign-in and a sign-out take no lock: the owner of it does not write over them (G22).
        if (isOwner && readText(file) !== replaced) throw new Error(`${file} ${OVERTAKEN}`);
        own = text;
      });
    },
    async clear() {
      parse(readText(file));
      own = null;
      await removeFile(locate(file));
    },
    lock: (critical, signal) => guarded(locate(file), lease, () => asOwner(critical), signal),
    subscribe(changed) {
      const target = locate(file);
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      let seen = textOrFault(target);
      const stop = watchEntry(dirname(target), basename(target), () => {
        const text = textOrFault(target);
        if (text === seen) return;
        seen = text;
        if (text !== undefined && text === own && subscriptions === 1) return;
        own = undefined;
        changed();
      });
      subscriptions++;
      let stopped = false;
      return () => {
        if (stopped) return;
        stopped = true;
        subscriptions--;
        stop();
      };
    },
  };
}

/** A file that cannot be read has changed too: whoever is told of it reads, and gets the fault. */
function textOrFault(path: string): string | null | undefined {
  try {
    return readText(path);
  } catch {
    return undefined;
  }
}

function checkArguments(path: unknown, lease: unknown, unknown: object): void {
  if (typeof path !== 'string' || path === '') {
    throw new TypeError('fileStore(path): path must be the path of a file.');
  }
  if (/^~(?:[\\/]|$)/.test(path)) {
    throw new TypeError(
      "fileStore(path): only a shell knows what ~ is; use join(os.homedir(), '…').",
    );
  }
  for (const name of Object.keys(unknown)) {
    throw new TypeError(
      `fileStore(path, options): Unknown option "${name}". The options are: lease.`,
    );
  }
  if (typeof lease !== 'number' || !(lease > 0 && lease <= MAX_TIMER)) {
    throw new TypeError(
      `fileStore(path, { lease }): lease must be a number of milliseconds above 0, at most ${MAX_TIMER}.`,
    );
  }
}

import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import {
  mkdir,
  readdir,
  readFile,
  rename,
  rmdir,
  stat,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { steadyNow } from '../util/time';
import { codeOf, draftOf, isId, lockOf, refusal, removeDraft } from './tokens-file';
import { watchEntry } from './watch';

/*
 * The lock is a folder that holds one file, named by a random id that is never used again: its owner.
 *
 * - It is taken by renaming a prepared folder, owner file inside, to the name of the lock. A rename
 *   onto a folder that is not empty fails, so exactly one claim succeeds.
 * - It ends by removing the owner's file *by its name*. Whoever ends a lock, its owner or a process
 *   that found the owner dead, can never end the lock of the next one: that has another name. So a
 *   dead owner may be removed by any number of processes at once, and however late.
 *
 * A single lock file could not do that: between finding its owner dead and unlinking it somebody else
 * may have taken it over, and neither unlink nor rename says "only if it is still that one".
 */

/** How a rename says that the lock is taken; the last two are what Windows says. */
const TAKEN = ['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES'];

const FOREIGN = 'is not a folder of this lock';

const POLL = 25;
/** A gap between two looks that is longer says that this process slept, not that the owner did. */
const LONGEST_GAP = 500;

interface Sighting {
  owner: string;
  /** When the owner last showed that it lives, by the clock of its machine. */
  heartbeat: number;
  /** For how long, in milliseconds, the heartbeat has been seen unchanged. */
  unchanged: number;
  at: number;
}

/** Runs `critical` while no other process does that for the same file. */
export async function guarded<R>(
  file: string,
  lease: number,
  critical: () => Promise<R>,
  signal: AbortSignal,
): Promise<R> {
  signal.throwIfAborted();
  const folder = lockOf(file);
  const owner = await claim(file, lease, signal);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(join(folder, owner), now, now).catch(() => undefined);
  }, lease / 4);
  heartbeat.unref();
  try {
    signal.throwIfAborted();
    return await critical();
  } finally {
    clearInterval(heartbeat);
    await end(folder, owner);
  }
}

async function claim(file: string, lease: number, signal: AbortSignal): Promise<string> {
  const owner = randomUUID();
  const [folder, draft] = [lockOf(file), draftOf(file)];
  const waiting = createWaiting(folder, signal);
  try {
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    await mkdir(draft, { mode: 0o700 });
    await writeFile(join(draft, owner), JSON.stringify({ pid: process.pid, host: thisHost() }));
    let seen: Sighting | undefined;
    while (!(await take(draft, folder))) {
      seen = await look(folder, seen);
      if (seen && (seen.unchanged > lease || (await hasDied(folder, seen.owner)))) {
        await end(folder, seen.owner);
      } else await waiting.next();
      signal.throwIfAborted();
    }
    return owner;
  } catch (fault) {
    await removeDraft(draft);
    throw fault;
  } finally {
    waiting.stop();
  }
}

async function take(draft: string, folder: string): Promise<boolean> {
  try {
    await rename(draft, folder);
    return true;
  } catch (fault) {
    if (TAKEN.includes(codeOf(fault))) return false;
    if (codeOf(fault) === 'ENOTDIR') throw refusal(folder, FOREIGN);
    throw fault;
  }
}

/**
 * Looks at the owner: whether it is still the same, and how long it has shown no sign of life. Throws
 * for a folder that something else has made, which would never become free.
 */
async function look(folder: string, before: Sighting | undefined): Promise<Sighting | undefined> {
  const names = await readdir(folder).catch(() => undefined);
  const owner = names?.find(isId);
  if (owner === undefined) {
    if (names?.length) throw refusal(folder, FOREIGN);
    // Windows needs the empty folder out of the way; elsewhere the rename takes its place.
    if (names) await rmdir(folder).catch(() => undefined);
    return undefined;
  }
  // Gone by now: NaN is never the same.
  const { mtimeMs: heartbeat } = await stat(join(folder, owner)).catch(() => ({ mtimeMs: NaN }));
  const at = steadyNow();
  const isSame = before?.owner === owner && before.heartbeat === heartbeat;
  // By the clock of this process alone: those of two machines differ, and any may be set.
  const unchanged = isSame ? before.unchanged + Math.min(at - before.at, LONGEST_GAP) : 0;
  return { owner, heartbeat, unchanged, at };
}

/** True only for a process of this machine that is known to be gone. */
async function hasDied(folder: string, owner: string): Promise<boolean> {
  try {
    const { pid, host } = JSON.parse(await readFile(join(folder, owner), 'utf8')) as {
      pid: number;
      host: string;
    };
    return host === thisHost() && !isAlive(pid);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (fault) {
    return codeOf(fault) !== 'ESRCH';
  }
}

/** Containers may share a folder and a host name, but not their process ids. */
function thisHost(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

async function end(folder: string, owner: string): Promise<void> {
  await unlink(join(folder, owner)).catch(() => undefined);
  // Fails where somebody has it already, which is as good.
  await rmdir(folder).catch(() => undefined);
}

/** Waits for the next moment to look: a short time, spread over processes, or a change. */
function createWaiting(
  folder: string,
  signal: AbortSignal,
): { next(): Promise<void>; stop(): void } {
  let wake = (): void => undefined;
  let stopWatching: (() => void) | undefined;

  function watchOnce(): void {
    try {
      stopWatching ??= watchEntry(dirname(folder), basename(folder), () => {
        wake();
      });
    } catch {
      // Where nothing can be watched the time alone has to do.
      stopWatching = () => undefined;
    }
  }

  return {
    next() {
      watchOnce();
      return new Promise((resolve) => {
        wake = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, POLL * (1 + Math.random()));
        timer.unref();
        signal.addEventListener('abort', wake);
      });
    },
    stop: () => stopWatching?.(),
  };
}

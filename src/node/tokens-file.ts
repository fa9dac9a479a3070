import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { mkdir, open, readdir, rmdir, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { safely } from '../util/values';

/** No tokens are that long: whatever it is, it is not read. */
const MAX_SIZE = 1_048_576;

/** What a process that was killed has left beside the file is removed after so many milliseconds. */
const LEFTOVER_AGE = 600_000;

/** Windows refuses to replace a file for the moment that somebody reads it. */
const BUSY = ['EPERM', 'EACCES', 'EBUSY'];
const BUSY_TRIES = 10;
const BUSY_PAUSE = 20;

/** So many symbolic links are followed to a file that is not there. */
const MAX_LINKS = 40;

export const codeOf = (fault: unknown): string => String((fault as NodeJS.ErrnoException).code);

/** Where the file really is, or is to be: a symbolic link is followed, not replaced. */
export function locate(path: string, links = 0): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = safely(() => realpathSync(dirname(path))) ?? dirname(path);
    const entry = join(folder, basename(path));
    const target = safely(() => readlinkSync(entry));
    // The file is not there, as after a sign-out; or the links lead to one another.
    return target === undefined || links === MAX_LINKS
      ? entry
      : locate(resolve(folder, target), links + 1);
  }
}

/** The text of the file, or `null` where there is none. Throws for one that cannot be trusted. */
export function readText(path: string): string | null {
  const file = openToRead(path);
  if (file === undefined) return null;
  try {
    const { mode, size, uid, ...stats } = statsOf(file);
    if (!stats.isFile) throw refusal(path, 'is not a regular file');
    if (size > MAX_SIZE) throw refusal(path, 'is too large to hold tokens');
    const user = process.geteuid?.() ?? uid;
    if (uid !== user && uid !== 0) {
      throw refusal(path, `belongs to another user (uid ${uid}, this process runs as ${user})`);
    }
    if (uid === user && (mode & 0o077) !== 0) closeToOthers(file);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function openToRead(path: string): number | undefined {
  try {
    // A pipe would otherwise block the whole process until somebody writes to it.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (fault) {
    if (codeOf(fault) === 'ENOENT') return undefined;
    throw refusal(path, `cannot be read (${codeOf(fault)})`);
  }
}

function statsOf(file: number): { mode: number; size: number; uid: number; isFile: boolean } {
  const stats = fstatSync(file);
  const { mode, size, uid } = stats;
  return { mode, size, uid, isFile: stats.isFile() };
}

/** Written by hand, or by something with a common umask: it holds credentials all the same. */
function closeToOthers(file: number): void {
  try {
    fchmodSync(file, 0o600);
  } catch {
    // Some file systems know no modes.
  }
}

/** The end of each refusal, so that it says what to do. */
export function refusal(path: string, why: string): Error {
  return new Error(`${path} ${why}. Delete or fix it, or give fileStore another path`);
}

/**
 * Replaces the file as a whole: a reader sees the old text or the new one, also after a crash.
 *
 * @param before called when all but the last step is done, in the turn of that step; may throw to stop it
 */
export async function writeText(path: string, text: string, before: () => void): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = draftOf(path);
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await replace(draft, path, before);
  } catch (fault) {
    await removeDraft(draft);
    throw fault;
  }
  await settleFolder(folder);
  await sweep(path);
}

export async function removeFile(path: string): Promise<void> {
  // In this turn: the caller has just read what it removes.
  rmSync(path, { force: true });
  await settleFolder(dirname(path));
}

const MARK = '.axios-auth';
const ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const AN_ID = new RegExp(`^${ID}$`);
const END_OF_DRAFT = new RegExp(`^[.]axios-auth[.]${ID}[.]tmp$`);

/** True for a name that `randomUUID` has made: the owner file of a lock. */
export const isId = (name: string): boolean => AN_ID.test(name);

/** A name beside the file for what is not finished yet, which no other program uses. */
export const draftOf = (path: string): string => `${path}${MARK}.${randomUUID()}.tmp`;

/** The folder that locks the file. Other programs name theirs `tokens.json.lock`. */
export const lockOf = (path: string): string => `${path}${MARK}.lock`;

/** Removes a draft: a file, or a folder of owner files. One that holds anything else is not ours. */
export async function removeDraft(path: string): Promise<void> {
  const names = await readdir(path).catch(() => []);
  if (!names.every(isId)) return;
  for (const name of names) await unlink(join(path, name)).catch(() => undefined);
  await rmdir(path)
    .catch(() => unlink(path))
    .catch(() => undefined);
}

async function replace(draft: string, path: string, before: () => void): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      before();
      renameSync(draft, path);
      return;
    } catch (fault) {
      if (!BUSY.includes(codeOf(fault)) || tries === BUSY_TRIES) throw fault;
      await pause(BUSY_PAUSE);
    }
  }
}

/** Makes the new name last over a power cut, where the system can do that with a folder. */
async function settleFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder);
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows cannot; the file itself is safe by now.
  }
}

/** Removes the drafts of processes that were killed, and nothing that is only named alike. */
async function sweep(path: string): Promise<void> {
  const [folder, start] = [dirname(path), basename(path)];
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(start) || !END_OF_DRAFT.test(name.slice(start.length))) continue;
    const draft = join(folder, name);
    const { mtimeMs } = await stat(draft).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs >= LEFTOVER_AGE) await removeDraft(draft);
  }
}

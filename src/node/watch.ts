import { watch } from 'node:fs';

/**
 * Calls back when the entry of that name in the folder may have changed; it may be created, replaced
 * and removed. Keeps no process alive. Throws where the system cannot watch.
 */
export function watchEntry(folder: string, name: string, changed: () => void): () => void {
  const watcher = watch(folder, { persistent: false }, (_event, entry) => {
    if (entry === null || entry === name) changed();
  });
  // A folder that is removed ends the watching; there is nobody to be told.
  watcher.on('error', () => watcher.close());
  return () => {
    watcher.close();
  };
}

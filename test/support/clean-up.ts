const cleanups: (() => unknown)[] = [];

/** Closes what the tests of a file have opened, the newest first; give it to `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export function onCleanUp(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

interface Host {
  process?: { getBuiltinModule?(name: string): unknown };
  navigator?: { locks?: unknown };
  Blob?: { prototype: { text?: unknown } };
  FormData?: { prototype: { entries?: unknown } };
}

/** A feature that the package uses where it can, and how to find out. */
const FEATURES: Record<string, (host: Host) => boolean> = {
  AsyncLocalStorage: ({ process }) => hasAsyncHooks(process),
  'Web Locks': ({ navigator }) => navigator?.locks !== undefined,
  BroadcastChannel: () => typeof BroadcastChannel === 'function',
  'getters of URL': () => new URL('https://api.example.com/a').origin === 'https://api.example.com',
  FormData: () => typeof FormData === 'function',
  'FormData.entries': ({ FormData: form }) => typeof form?.prototype.entries === 'function',
  Blob: () => typeof Blob === 'function',
  'Blob.text': ({ Blob: blob }) => typeof blob?.prototype.text === 'function',
  TextDecoder: () => typeof TextDecoder === 'function',
  ReadableStream: () => typeof ReadableStream === 'function',
};

/** Where the package looks for it, whatever else the runtime offers. */
function hasAsyncHooks(process: Host['process']): boolean {
  return process?.getBuiltinModule?.('node:async_hooks') !== undefined;
}

/** A getter of React Native throws where it is not implemented. */
export function findLacks(): string[] {
  const host = globalThis as unknown as Host;
  return Object.entries(FEATURES)
    .filter(([, isThere]) => {
      try {
        return !isThere(host);
      } catch {
        return true;
      }
    })
    .map(([name]) => name);
}

/** Tells the other pages and sessions of this origin that something changed, without saying what. */
export interface Channel {
  tell(): void;
  /** Returns how to stop. */
  listen(changed: () => void): () => void;
}

/** Node would wait for messages for ever; browsers have no `unref`. */
type Port = BroadcastChannel & { unref?(): void };

/** Does nothing where there is no BroadcastChannel. */
export function createChannel(name: string): Channel {
  const id = String(Math.random());
  const listeners = new Set<object>();

  function open(): Port | undefined {
    try {
      const port: Port = new BroadcastChannel(name);
      port.unref?.();
      return port;
    } catch {
      return undefined;
    }
  }

  return {
    tell() {
      // Closed at once: an open channel keeps a page out of the back/forward cache.
      const port = open();
      port?.postMessage(id);
      port?.close();
    },
    listen(changed) {
      const port = open();
      const listener = { changed };
      listeners.add(listener);
      port?.addEventListener('message', ({ data }) => {
        // With two sessions over one store nobody knows which of them has written.
        if (data !== id || listeners.size > 1) changed();
      });
      return () => {
        listeners.delete(listener);
        port?.close();
      };
    },
  };
}

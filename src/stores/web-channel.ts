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
  let listeners = 0;

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
      listeners++;
      port?.addEventListener('message', ({ data }) => {
        // With two sessions over one store nobody knows which of them has written.
        if (data !== id || listeners > 1) changed();
      });
      let counted = 1;
      return () => {
        listeners -= counted;
        counted = 0;
        port?.close();
      };
    },
  };
}

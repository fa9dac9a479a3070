const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const;

interface Host {
  addEventListener?(type: string, listener: (event: { reason?: unknown }) => void): void;
  process?: { on?(event: string, listener: (what: unknown) => void): void };
}

/** Collects what is printed and which rejections nobody handles, by the means that the runtime has. */
export function listenForNoise(): () => string[] {
  const heard: string[] = [];
  for (const method of METHODS) {
    console[method] = (...line: unknown[]) => {
      heard.push(`console.${method}: ${line.map(String).join(' ')}`);
    };
  }
  const host = globalThis as unknown as Host;
  host.addEventListener?.('unhandledrejection', ({ reason }) => {
    heard.push(`unhandled: ${String(reason)}`);
  });
  for (const event of ['unhandledRejection', 'warning']) {
    host.process?.on?.(event, (what) => {
      heard.push(`${event}: ${String(what)}`);
    });
  }
  return () => heard;
}

/** What a parent may ask of a process, by name. */
export type Orders = Record<string, (argument: never) => Promise<unknown>>;

export interface Order {
  order: number;
  does: string;
  argument?: never;
}

/** Answers the orders of the parent; after `end` the process has to end by itself. */
export function serveParent(orders: Orders, noise: string[]): void {
  for (const event of ['unhandledRejection', 'uncaughtException', 'warning'] as const) {
    process.on(event as 'warning', (what) => noise.push(`${event}: ${what.stack ?? String(what)}`));
  }
  process.on('message', ({ order, does, argument }: Order) => {
    void answer(orders, does, argument as never).then((result) => {
      process.send?.({ order, ...result });
      if (does === 'end') process.disconnect();
    });
  });
  process.send?.({ ready: true });
}

async function answer(
  orders: Orders,
  does: string,
  argument: never,
): Promise<{ result?: unknown; error?: string }> {
  try {
    return { result: await orders[does]?.(argument) };
  } catch (error) {
    return { error: (error as Error).stack ?? String(error) };
  }
}

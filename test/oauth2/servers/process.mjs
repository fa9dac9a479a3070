import { createServer } from 'node:http';
import { putForward } from './clock.mjs';

/** What the test has given on the command line. */
export const settings = JSON.parse(process.argv[2]);

/**
 * Listens on loopback, obeys the test that has started this process, and ends with it.
 *
 * @param create Makes the server for its URL: `{ handler, register, counts }`.
 */
export async function serve(create) {
  const server = createServer();
  const listen = (port) =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  await listen(settings.port);
  const { port } = server.address();
  const { handler, register, counts } = await create(`http://127.0.0.1:${port}`);
  server.on('request', handler);

  const orders = {
    register,
    counts: () => counts,
    putForward,
    /** Refuses connections from here on, and keeps what it knows. */
    down: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
    up: () => listen(port),
  };
  process.on('message', async ({ id, does, argument }) => {
    try {
      process.send({ id, result: await orders[does](argument) });
    } catch (error) {
      process.send({ id, error: String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
  process.send({ port });
}

/** Counts what the token endpoint granted and refused. */
export function createCounts() {
  return { granted: {}, refused: {}, revokedGrants: 0 };
}

export function count(table, name) {
  table[name] = (table[name] ?? 0) + 1;
}

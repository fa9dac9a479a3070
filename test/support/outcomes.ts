import axios from 'axios';

/** A promise that a test opens by hand. */
export function gate(): { promise: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

/** The code of the error, or `'ok'`. Handles the rejection at once. */
export const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'ok',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );

/** What a promise was rejected with; fails the test where it was not. Handles the rejection at once. */
export const rejection = (promise: Promise<unknown>): Promise<Record<string, unknown>> =>
  promise.then(
    () => {
      throw new Error('It was expected to be rejected');
    },
    (error: unknown) => error as Record<string, unknown>,
  );

/** Lets everything run that is ready to run: microtasks, immediates, events of sockets. */
export async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Waits until whatever the session could send by now has arrived: three requests to the same server,
 * one after the other, and several turns of the event loop.
 */
export async function settle({ url }: { url: string }): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await axios.get(`${url}/open`, { validateStatus: () => true });
  }
  await turns();
}

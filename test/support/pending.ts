import { onCleanUp } from './rig';

/** Settles when the test is over, so that no timer of whoever waits for it keeps the process alive. */
export function pending<T>(value: T): Promise<T> {
  return new Promise((resolve) => {
    onCleanUp(() => {
      resolve(value);
    });
  });
}

import type { Response } from 'express';

/**
 * Waits for the promise or for the client to go away; tells whether the client is still there, so
 * that a server being closed is never kept waiting.
 */
export async function whileConnected(res: Response, work: Promise<void>): Promise<boolean> {
  // Its 'close' event is past by now and would never come.
  if (res.destroyed) return false;
  let leave: () => void = () => undefined;
  const gone = new Promise<boolean>((resolve) => {
    leave = () => resolve(false);
    res.once('close', leave);
  });
  try {
    return await Promise.race([work.then(() => true), gone]);
  } finally {
    res.off('close', leave);
  }
}

export async function pause(res: Response, ms: number): Promise<boolean> {
  if (ms <= 0) return true;
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    return await whileConnected(res, elapsed);
  } finally {
    clearTimeout(timer);
  }
}

import { nextEvent, recordingStore, settled, testTokens } from '../../src/testing/index';
import { attached, cleanUp, rejection, watchSignedOut } from '../support/session';

afterEach(cleanUp);

test('nextEvent resolves with the first event of its type, and stops listening', async () => {
  const { auth } = attached();
  const stops: jest.Mock[] = [];
  const subscribe: typeof auth.subscribe = (listener) => {
    const stop = jest.fn(auth.subscribe(listener));
    stops.push(stop);
    return stop;
  };
  const refreshed = nextEvent({ subscribe }, 'refreshed');
  await auth.refresh();
  const { type, attempts } = await refreshed;
  expect([type, attempts]).toEqual(['refreshed', 1]);
  await auth.refresh();
  expect(stops.map((stop) => stop.mock.calls.length)).toEqual([1]);
});

/** A refresh that is under way until it is told to end. */
function openSlowly(end: () => { accessToken: string } | null) {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const signedOut = watchSignedOut();
  const opened = attached({
    options: {
      tokenStore: recordingStore(testTokens({ expiresIn: -1 })),
      refresh: () => released.then(end),
      ...signedOut.options,
    },
  });
  return { ...opened, release, notified: signedOut.notified };
}

const isDone = (promise: Promise<unknown>): (() => boolean) => {
  let done = false;
  void promise.then(() => (done = true));
  return () => done;
};

test('settled waits for the renewal that a request has just caused', async () => {
  const { auth, release } = openSlowly(() => ({ accessToken: 'access-2' }));
  const token = auth.getAccessToken();
  const waiting = settled(auth);
  const done = isDone(waiting);
  for (let count = 0; count < 5; count++) await new Promise(setImmediate);
  expect([done(), auth.status]).toEqual([false, 'refreshing']);
  release();
  await waiting;
  expect(auth.status).toBe('signed-in');
  expect(await token).toBe('access-2');
});

test('settled waits until the callbacks of a refused one were called', async () => {
  const { auth, release, notified } = openSlowly(() => null);
  const request = rejection(auth.getAccessToken());
  const waiting = settled(auth);
  release();
  await waiting;
  expect(notified).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
  expect(await request).toMatchObject({ code: 'ERR_AUTH_SESSION_EXPIRED' });
});

test('settled resolves under fake timers, and where there is no MessageChannel', async () => {
  const { auth } = attached();
  const original = globalThis.MessageChannel;
  jest.useFakeTimers();
  try {
    await settled(auth);
    globalThis.MessageChannel = undefined as never;
    await settled(auth);
  } finally {
    globalThis.MessageChannel = original;
    jest.useRealTimers();
  }
});

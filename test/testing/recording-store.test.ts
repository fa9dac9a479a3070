import type { RecordingStore } from '../../src/testing/index';
import { recordingStore, testTokens, nextEvent, settled } from '../../src/testing/index';
import type { AuthError, Tokens } from '../../src/index';
import { attached, cleanUp, recordEvents, rejection } from '../support/session';

afterEach(cleanUp);

const FIRST: Tokens = { accessToken: 'access-1', refreshToken: 'r1' };

/** A session over it; each refresh gives `access-2`. */
function open(store: RecordingStore = recordingStore(FIRST)) {
  const { auth } = attached({ options: { tokenStore: store } });
  return { auth, store };
}

test('it knows what the session has written, in order', async () => {
  const { auth, store } = open();
  expect(store.tokens).toEqual(FIRST);
  await auth.refresh();
  await auth.signOut();
  expect(store.writes).toEqual([{ accessToken: 'access-2', refreshToken: 'r1' }, null]);
  expect(store.tokens).toBeNull();
});

test('a fault is thrown by every call, and changes nothing', async () => {
  const { auth, store } = open();
  store.fault = new Error('the disk is full');
  const error = (await rejection(auth.signIn({ accessToken: 'other' }))) as unknown as AuthError;
  expect(error.code).toBe('ERR_AUTH_STORE');
  expect(error.message).toContain('the disk is full');
  expect(await rejection(auth.getTokens())).toMatchObject({ code: 'ERR_AUTH_STORE' });
  expect([store.tokens, store.writes]).toEqual([FIRST, []]);
  store.fault = null;
  expect(await auth.getTokens()).toEqual(FIRST);
});

test('while it is held every call waits', async () => {
  const { auth, store } = open();
  const release = store.hold();
  const signedIn = auth.signIn({ accessToken: 'other' });
  await settled(auth);
  expect(store.tokens).toEqual(FIRST);
  release();
  await signedIn;
  expect(store.tokens).toEqual({ accessToken: 'other' });
});

test('who held it first does not release the one who came after', async () => {
  const { auth, store } = open();
  const [first, second] = [store.hold(), store.hold()];
  first();
  const tokens = auth.getTokens();
  let isThere = false;
  void tokens.then(() => (isThere = true));
  await settled(auth);
  expect(isThere).toBe(false);
  second();
  expect(await tokens).toEqual(FIRST);
});

test('G29: a renewal elsewhere is adopted, with what else the tokens hold', async () => {
  const first: Tokens = { ...testTokens({ user: 'bob' }), ...{ theme: 'dark' } };
  const { auth, store } = open(recordingStore(first));
  const events = recordEvents(auth);
  const refreshed = nextEvent(auth, 'refreshed');
  store.elsewhere.renew();
  expect(await refreshed).toMatchObject({ attempts: 0 });
  expect(await auth.getTokens()).toEqual({ ...store.tokens, theme: 'dark' });
  expect(await auth.getAccessToken()).not.toBe(first.accessToken);
  expect(events.map(({ type }) => type)).toEqual(['refreshed']);
  expect(store.writes).toEqual([]);
});

test.each([
  ['an issuer of its own', { iss: 'https://id.example.org' }],
  ['no issuer', { iss: undefined }],
  ['a subject that is no text', { sub: 7 }],
])('G22: a renewal elsewhere of a token with %s is one of the same user', async (_what, claims) => {
  const { auth, store } = open(recordingStore(testTokens({ claims })));
  const events = recordEvents(auth);
  await auth.getTokens();
  const refreshed = nextEvent(auth, 'refreshed');
  store.elsewhere.renew();
  await refreshed;
  expect(events.map(({ type }) => type)).toEqual(['refreshed']);
});

test('G30: a renewal elsewhere has a lifetime of its own', () => {
  const store = recordingStore({ ...FIRST, expiresAt: 2e11 });
  store.elsewhere.renew();
  expect(store.tokens?.expiresAt ?? null).toBeNull();
});

test('G29: so is one of a token that is no JWT', async () => {
  const { auth, store } = open();
  const refreshed = nextEvent(auth, 'refreshed');
  store.elsewhere.renew();
  await refreshed;
  expect(auth.status).toBe('signed-in');
});

test('G29: a sign-out and a sign-in of another user elsewhere are seen', async () => {
  const { auth, store } = open(recordingStore(testTokens()));
  let next: Promise<unknown> = nextEvent(auth, 'signed-out');
  store.elsewhere.signOut();
  expect(await next).toMatchObject({ reason: 'elsewhere' });
  expect(() => {
    store.elsewhere.renew();
  }).toThrow('nobody is signed in');
  next = nextEvent(auth, 'signed-in');
  store.elsewhere.signIn(testTokens({ user: 'bob' }));
  await next;
  expect(auth.status).toBe('signed-in');
});

test('nobody is told after detach()', async () => {
  const { auth, store } = open();
  const events = recordEvents(auth);
  auth.detach();
  store.elsewhere.signOut();
  await settled(auth);
  expect(events).toEqual([]);
});

test('G5: two sessions over it renew once between them', async () => {
  const store = recordingStore({ ...FIRST, expiresAt: 2e11 });
  const [one, two] = [open(store).auth, open(store).auth];
  const tokens = await Promise.all([one.getAccessToken(), two.getAccessToken()]);
  expect(tokens).toEqual(['access-2', 'access-2']);
  expect(store.writes).toHaveLength(1);
});

test('G11: a refused refresh does not wait for a peer, as there is a lock', async () => {
  const { auth } = attached({
    options: { tokenStore: recordingStore(FIRST), refresh: () => null },
  });
  jest.useFakeTimers({ doNotFake: ['performance'] });
  try {
    // No timer moves, so whatever waited for one would never end.
    expect(await rejection(auth.refresh())).toMatchObject({ code: 'ERR_AUTH_SESSION_EXPIRED' });
  } finally {
    jest.useRealTimers();
  }
});

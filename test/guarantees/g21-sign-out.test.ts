import { memoryStore } from '../../src/index';
import { openListening } from '../support/listening';
import {
  cleanUp,
  codeOf,
  openSession,
  recordEvents,
  REFRESH_PATH,
  rejection,
  settle,
  startTokenServer,
  turns,
  until,
  type Opened,
  type OpenOptions,
  type TokenServer,
} from '../support/session';
import { openSlow, userOf } from '../support/slow-session';

afterEach(cleanUp);

interface Midway extends Opened {
  server: TokenServer;
  /** Requests that wait for the refresh: one that was refused, and one that is held. */
  waiting: Promise<string>[];
  /** Lets the refresh end. */
  release(): void;
}

/** A session in the middle of a refresh. */
async function midRefresh(options: OpenOptions = {}): Promise<Midway> {
  const server = await startTokenServer();
  const opened = openSession(server, options);
  const release = server.hold(REFRESH_PATH);
  server.expire();
  const refused = codeOf(opened.api.get('/old'));
  await until(() => server.at(REFRESH_PATH).length === 1);
  const held = codeOf(opened.api.get('/old'));
  return { server, ...opened, waiting: [refused, held], release };
}

const BOTH_SIGNED_OUT = ['ERR_AUTH_SIGNED_OUT', 'ERR_AUTH_SIGNED_OUT'];

describe('G21: signOut wins over a refresh in flight', () => {
  test('signOut during a refresh wins, and the store stays empty', async () => {
    const { server, auth, store, waiting, release } = await midRefresh();
    await auth.signOut();
    release();

    expect(await Promise.all(waiting)).toEqual(BOTH_SIGNED_OUT);
    await settle(server);
    expect([await store.get(), auth.status]).toEqual([null, 'signed-out']);
    expect(server.at('/old')).toHaveLength(1);
  });

  test('those who wait are rejected at once, not when the refresh ends', async () => {
    const { auth, waiting, release } = await midRefresh();
    const renewal = codeOf(auth.refresh());
    await auth.signOut();

    expect(await Promise.all([...waiting, renewal])).toEqual([
      ...BOTH_SIGNED_OUT,
      'ERR_AUTH_SIGNED_OUT',
    ]);
    release();
  });

  test('signOut aborts the signal of the refresh', async () => {
    let aborted = false;
    const server = await startTokenServer();
    const { auth } = openSession(server, {
      refresh: (_tokens, { signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => (aborted = true));
        }),
    });
    const renewal = codeOf(auth.refresh());
    await until(() => auth.status === 'refreshing');
    await settle(server);
    await auth.signOut();
    expect([await renewal, aborted]).toEqual(['ERR_AUTH_SIGNED_OUT', true]);
  });

  test('signOut causes one event, with the reason signed-out', async () => {
    const notified: unknown[] = [];
    const { server, auth, waiting, release } = await midRefresh({
      onSignedOut: (error) => void notified.push(error),
    });
    const events = recordEvents(auth);
    await Promise.all([auth.signOut(), auth.signOut()]);
    release();
    await Promise.all(waiting);
    await settle(server);

    expect(notified).toEqual([null]);
    expect(events).toEqual([{ type: 'signed-out', reason: 'signed-out', error: null }]);
  });

  test('a 401 that comes after signOut starts no refresh', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    const answerLate = server.hold('/late');
    server.expire();
    const late = codeOf(api.get('/late'));
    await until(() => server.at('/late').length === 1);
    await auth.signOut();
    answerLate();

    expect(await late).toBe('ERR_AUTH_SIGNED_OUT');
    expect(server.at(REFRESH_PATH)).toEqual([]);
  });

  test('a request that was answered well before signOut keeps its answer', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    const answerLate = server.hold('/late');
    const late = codeOf(api.get('/late'));
    await until(() => server.at('/late').length === 1);
    await auth.signOut();
    answerLate();
    expect(await late).toBe('ok');
  });

  test('a request that is still reading the store at sign-out is not sent with the token', async () => {
    const { api, auth, server, slow } = await openSlow();
    await api.get('/warm-up');
    slow.hold('get');
    const request = codeOf(api.get('/old'));
    await until(() => slow.waiting('get') === 1);
    await auth.signOut();
    slow.release();

    expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
    expect(server.at('/old')).toEqual([]);
  });

  test('a slow read from before a sign-out does not sign in again', async () => {
    const { auth, server, slow, notified } = await openSlow();
    await auth.getTokens();
    const events = recordEvents(auth);
    slow.hold('get');
    const before = auth.getTokens();
    await until(() => slow.waiting('get') === 1);
    await auth.signOut();
    slow.release();
    await before;
    await settle(server);

    expect([auth.status, notified]).toEqual(['signed-out', [null]]);
    expect(events.map(({ type }) => type)).toEqual(['signed-out']);
  });

  test('refresh() that is still reading the store at sign-out sends nothing', async () => {
    const { auth, server, slow, notified } = await openSlow();
    await auth.getTokens();
    slow.hold('get');
    const renewal = codeOf(auth.refresh());
    await until(() => slow.waiting('get') === 1);
    await auth.signOut();
    slow.release();

    expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
    expect(server.at(REFRESH_PATH)).toEqual([]);
    expect(notified).toEqual([null]);
  });

  test('the write of a refresh is never left in the store after a later sign-out', async () => {
    const opened = await openSlow();
    const { auth, slow } = opened;
    slow.hold('set');
    const renewal = codeOf(auth.refresh());
    await until(() => slow.waiting('set') === 1);
    const signOut = auth.signOut();
    slow.release();
    await signOut;

    expect([await renewal, slow.held]).toEqual(['ERR_AUTH_SIGNED_OUT', null]);
    expect(await userOf(opened)).toBeNull();
  });

  test('a sign-out before the first cookie refresh causes an event', async () => {
    const { auth, notified } = openListening({
      options: { cookieRefresh: true, tokenStore: memoryStore() },
    });
    const first = rejection(auth.getAccessToken());
    await until(() => auth.status === 'refreshing');
    await auth.signOut();
    expect(await first).toMatchObject({ code: 'ERR_AUTH_SIGNED_OUT' });
    await turns(20);
    expect(notified.at(-1)).toEqual(['signed-out', 'signed-out', null]);
  });
});

import { memoryStore } from '../../src/index';
import type { AuthEvent, TokenStore } from '../../src/index';
import { openListening } from '../support/listening';
import {
  attached,
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
  type Pair,
} from '../support/session';
import { openShared } from '../support/shared-session';
import { SlowStore } from '../support/slow-store';

afterEach(cleanUp);

const ADOPTED = { type: 'refreshed', ms: 0, attempts: 0, held: 0 };

describe('G29: signing in or out elsewhere is seen here', () => {
  test('a sign-out elsewhere is seen in status, events and onSignedOut', async () => {
    const { auth, server, notified, elsewhere } = await openShared();
    const events = recordEvents(auth);
    elsewhere(null);
    await until(() => auth.status === 'signed-out');
    await settle(server);

    expect(events).toEqual([{ type: 'signed-out', reason: 'elsewhere', error: null }]);
    expect(notified).toEqual([null]);
  });

  test('a sign-in elsewhere is seen in status, events and the next request', async () => {
    const { api, auth, server, elsewhere } = await openShared();
    await auth.signOut();
    const events = recordEvents(auth);
    elsewhere(server.issue('bob'));
    await until(() => auth.status === 'signed-in');
    await settle(server);

    expect(events).toEqual([{ type: 'signed-in' }]);
    expect((await api.get<{ user: string }>('/a')).data.user).toBe('bob');
  });

  test('a sign-out elsewhere that the store reports twice is one sign-out', async () => {
    const { auth, server, notified, elsewhere } = await openShared();
    await auth.getTokens();
    elsewhere(null);
    elsewhere(null);
    await settle(server);
    await auth.getTokens();
    expect(notified).toEqual([null]);
  });

  test('a sign-out elsewhere during a refresh is kept', async () => {
    const { api, auth, server, store, notified, elsewhere } = await openShared();
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const request = codeOf(api.get('/a'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    elsewhere(null);
    release();

    expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
    await settle(server);
    expect([await store.get(), auth.status, notified]).toEqual([null, 'signed-out', [null]]);
  });

  test('a late 401 after a sign-out elsewhere rejects without a refresh', async () => {
    const { api, server, elsewhere } = await openShared();
    const answerLate = server.hold('/late');
    server.expire();
    const late = codeOf(api.get('/late'));
    await until(() => server.at('/late').length === 1);
    elsewhere(null);
    answerLate();

    expect(await late).toBe('ERR_AUTH_SIGNED_OUT');
    expect(server.at(REFRESH_PATH)).toEqual([]);
  });

  test('tokens renewed elsewhere cause an event, and the next request carries them', async () => {
    const { api, auth, server, elsewhere } = await openShared();
    const events = recordEvents(auth);
    const theirs = server.issue();
    elsewhere(theirs);
    await settle(server);
    expect(events).toEqual([ADOPTED]);
    expect((await api.get<{ token: string }>('/a')).data.token).toBe(theirs.accessToken);
  });

  test('tokens renewed elsewhere cause one event, also where a request has read them first', async () => {
    const { api, auth, server, store, elsewhere } = await openShared();
    const events = recordEvents(auth);
    const theirs = server.issue();
    await store.set(theirs);
    await api.get('/a');
    elsewhere(theirs);
    elsewhere(theirs);
    await settle(server);
    expect(events).toEqual([ADOPTED]);
  });

  test('tokens renewed elsewhere cause one event where a renewal adopts them', async () => {
    const { api, auth, server, elsewhere } = await openShared();
    const events = recordEvents(auth);
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const request = api.get('/a');
    await until(() => server.at(REFRESH_PATH).length === 1);
    elsewhere(server.issue());
    release();
    expect((await request).status).toBe(200);
    await settle(server);
    expect(events.map(({ type }) => type)).toEqual(['refreshing', 'refreshed']);
  });

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no events here');
      },
    ],
    ['gives nothing back', () => undefined],
  ])('a store whose subscribe() %s is a store without it', async (_, subscribe) => {
    const server = await startTokenServer();
    const tokenStore = { ...memoryStore<Pair>(server.issue()), subscribe } as unknown as TokenStore;
    const { api, auth } = openSession(server, { tokenStore });
    expect(await codeOf(api.get('/a'))).toBe('ok');
    expect(() => {
      auth.detach();
    }).not.toThrow();
  });
});

describe('G29: the events of a session with peers', () => {
  test('a sign-out elsewhere during a renewal causes an event when the session is signed out', async () => {
    const { auth, notified, elsewhere, answer, refresh } = openListening();
    const renewal = rejection(auth.refresh());
    await until(() => refresh.mock.calls.length === 1);
    elsewhere(null);
    answer({ accessToken: 'b' });
    expect(await renewal).toMatchObject({ code: 'ERR_AUTH_SIGNED_OUT' });
    await turns(20);
    expect(notified.slice(1)).toEqual([['signed-out', 'signed-out', null]]);
  });

  test('what a peer has stored causes an event after a renewal that timed out', async () => {
    const { auth, notified, elsewhere, refresh } = openListening({
      options: { refreshTimeout: 50 },
    });
    const renewal = rejection(auth.refresh());
    await until(() => refresh.mock.calls.length === 1);
    elsewhere({ accessToken: 'theirs' });
    expect(await renewal).toMatchObject({ code: 'ERR_AUTH_REFRESH_TIMEOUT' });
    await turns(20);
    expect(notified).toContainEqual(['refreshed', 'signed-in', 'theirs']);
  });

  test('a sign-out elsewhere is seen also with cookieRefresh', async () => {
    const { auth, elsewhere } = openListening({ options: { cookieRefresh: true } });
    await auth.getTokens();
    elsewhere(null);
    await until(() => auth.status === 'signed-out');
  });

  test('the first read of an asynchronous store reaches every listener once', async () => {
    const store = new SlowStore({ accessToken: 'a' });
    let reads = 0;
    const tokenStore: TokenStore = {
      get: () => (reads++, store.get()),
      set: (tokens) => store.set(tokens),
      clear: () => store.clear(),
    };
    const { auth } = attached({ options: { tokenStore } });
    const events: string[] = [];
    for (let n = 0; n < 20; n++) auth.subscribe(({ type }) => events.push(`${n} ${type}`));
    await turns(20);
    expect(events).toEqual(Array.from({ length: 20 }, (_, n) => `${n} signed-in`));
    // Once, and once more for all who asked before the first read had said who is signed in.
    expect(reads).toBeLessThanOrEqual(2);
  });

  test('where the first read fails, the next one causes the event', async () => {
    let isBroken = true;
    const tokenStore: TokenStore = {
      ...memoryStore(),
      get: () =>
        isBroken ? Promise.reject(new Error('locked')) : Promise.resolve({ accessToken: 'a' }),
    };
    const { auth } = attached({ options: { tokenStore } });
    const events: string[] = [];
    auth.subscribe(({ type }) => events.push(type));
    await turns(20);
    isBroken = false;
    await auth.getTokens();
    await turns(20);
    expect([events, auth.status]).toEqual([['signed-in'], 'signed-in']);
  });

  test('tokens that a peer has stored in an asynchronous store cause an event', async () => {
    const store = new SlowStore({ accessToken: 'a' });
    const { auth } = attached({ options: { tokenStore: store } });
    await auth.getTokens();
    const events: AuthEvent[] = [];
    auth.subscribe((event) => events.push(event));
    store.held = { accessToken: 'theirs' };
    await auth.getTokens();
    await turns(20);
    expect(events).toEqual([{ type: 'refreshed', ms: 0, attempts: 0, held: 0 }]);
  });
});

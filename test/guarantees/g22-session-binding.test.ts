import {
  cleanUp,
  codeOf,
  openSession,
  recordEvents,
  REFRESH_PATH,
  settle,
  startTokenServer,
  until,
  type Opened,
  type OpenOptions,
  type TokenServer,
} from '../support/session';
import { SlowStore } from '../support/slow-store';
import type { TokenStore } from '../../src/index';
import { openSlow } from '../support/slow-session';

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

describe('G22: a request belongs to the session in which it was called', () => {
  test('signIn during a refresh wins, and the new tokens stay', async () => {
    const { server, api, auth, store, waiting, release } = await midRefresh();
    const bob = server.issue('bob');
    await auth.signIn(bob);
    release();

    expect(await Promise.all(waiting)).toEqual(BOTH_SIGNED_OUT);
    await settle(server);
    expect(await store.get()).toEqual(bob);
    expect((await api.get<{ user: string }>('/new')).data.user).toBe('bob');
  });

  test('no request of the old session is sent as the new user', async () => {
    const { server, auth, waiting, release } = await midRefresh();
    const bob = server.issue('bob');
    await auth.signIn(bob);
    release();
    await Promise.all(waiting);
    await settle(server);
    expect(server.at('/old').map(({ token }) => token)).toEqual(['access-alice-1']);
  });

  test('a late 401 of the old session is not sent again as the new user', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    const answerLate = server.hold('/late');
    server.expire();
    const late = codeOf(api.get('/late'));
    await until(() => server.at('/late').length === 1);
    await auth.signIn(server.issue('bob'));
    answerLate();

    expect(await late).toBe('ERR_AUTH_SIGNED_OUT');
    expect(server.at('/late')).toHaveLength(1);
    expect(auth.status).toBe('signed-in');
  });

  test('a late TOKEN_REVOKED of the old session does not end the new one', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    const answerLate = server.hold('/late');
    server.expire();
    server.overCode = 'TOKEN_REVOKED';
    const late = codeOf(api.get('/late'));
    await until(() => server.at('/late').length === 1);
    await auth.signIn(server.issue('bob'));
    answerLate();

    expect(await late).toBe('ERR_AUTH_SIGNED_OUT');
    expect((await api.get<{ user: string }>('/new')).data.user).toBe('bob');
  });

  test('a refused refresh of the old session does not end the new one', async () => {
    const server = await startTokenServer();
    const notified: unknown[] = [];
    let refuse: (reason: Error) => void = () => undefined;
    const { auth } = openSession(server, {
      refresh: () => new Promise((_resolve, reject) => (refuse = reject)),
      onSignedOut: (error) => void notified.push(error),
    });
    const renewal = codeOf(auth.refresh());
    await until(() => auth.status === 'refreshing');
    await settle(server);
    await auth.signIn(server.issue('bob'));
    refuse(Object.assign(new Error('refused'), { status: 401 }));
    await settle(server);

    expect([await renewal, auth.status, notified]).toEqual([
      'ERR_AUTH_SIGNED_OUT',
      'signed-in',
      [],
    ]);
  });

  test('a request that another interceptor delays over a sign-in is not sent as the new user', async () => {
    const server = await startTokenServer();
    let goOn: () => void = () => undefined;
    const { api, auth } = openSession(server, {
      before: (instance) => {
        instance.interceptors.request.use(
          (config) => new Promise((resolve) => (goOn = () => resolve(config))),
        );
      },
    });
    let reached = false;
    api.interceptors.request.use((config) => {
      reached = true;
      return config;
    });
    const request = codeOf(api.get('/old'));
    await until(() => reached);
    await settle(server);
    await auth.signIn(server.issue('bob'));
    goOn();

    expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
    expect(server.at('/old')).toEqual([]);
  });

  test('the new session refreshes on its own while the old refresh is still in flight', async () => {
    const { server, api, auth, waiting, release } = await midRefresh();
    await auth.signIn(server.issue('bob'));
    server.expire();
    const request = api.get<{ user: string }>('/new');
    await until(() => server.at(REFRESH_PATH).length === 2);
    release();

    expect((await request).data.user).toBe('bob');
    expect(await Promise.all(waiting)).toEqual(BOTH_SIGNED_OUT);
  });

  test('signIn causes no other event than signed-in', async () => {
    const notified: unknown[] = [];
    const { auth, waiting, server, release } = await midRefresh({
      onSignedOut: (error) => void notified.push(error),
    });
    const events = recordEvents(auth);
    await auth.signIn(server.issue('bob'));
    release();
    await Promise.all(waiting);
    await settle(server);
    expect(events).toEqual([{ type: 'signed-in' }]);
    expect(notified).toEqual([]);
  });

  test('a request that is still reading the store when another user signs in is not sent', async () => {
    const { api, auth, server, slow } = await openSlow();
    await api.get('/warm-up');
    slow.hold('get');
    const request = codeOf(api.get('/old'));
    await until(() => slow.waiting('get') === 1);
    await auth.signIn(server.issue('bob'));
    slow.release();

    expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
    expect(server.at('/old')).toEqual([]);
  });

  test('a request that is called before the session has heard of a sign-in elsewhere is sent', async () => {
    const server = await startTokenServer();
    const slow = new SlowStore(null);
    let notify = (): void => undefined;
    const tokenStore: TokenStore = {
      get: () => slow.get(),
      set: (tokens) => slow.set(tokens),
      clear: () => slow.clear(),
      subscribe(changed) {
        notify = changed;
        return () => undefined;
      },
    };
    const { api, auth } = openSession(server, { tokenStore });
    await auth.getTokens();
    expect(auth.status).toBe('signed-out');
    slow.hold('get');
    slow.held = server.issue();
    const request = api.get<{ user: string }>('/new');
    await until(() => slow.waiting('get') === 1);
    notify();
    await until(() => slow.waiting('get') === 2);
    // The look that the notice has caused ends before the read of the request.
    slow.last('get');
    await until(() => auth.status === 'signed-in');
    slow.release();

    expect((await request).data.user).toBe('alice');
  });

  test('a slow read from before a sign-in does not sign the new user out', async () => {
    const { auth, server, slow, notified } = await openSlow(false);
    slow.hold('get');
    const before = auth.getTokens();
    await until(() => slow.waiting('get') === 1);
    await auth.signIn(server.issue('bob'));
    slow.release();
    await before;
    await settle(server);

    expect(auth.status).toBe('signed-in');
    expect(notified).toEqual([]);
  });

  test('the first read for a listener, in flight at a sign-in, does not sign out', async () => {
    const { auth, server, slow, notified } = await openSlow(false);
    slow.hold('get');
    const events = recordEvents(auth);
    await until(() => slow.waiting('get') === 1);
    await auth.signIn(server.issue('bob'));
    slow.release();
    await settle(server);

    expect([auth.status, notified]).toEqual(['signed-in', []]);
    expect(events.at(-1)).toEqual({ type: 'signed-in' });
  });

  test('after a sign-in that could not be stored, its requests do not go on as the old user', async () => {
    const { api, auth, server, slow } = await openSlow();
    await auth.getTokens();
    slow.hold('set');
    const signIn = codeOf(auth.signIn(server.issue('bob')));
    await until(() => slow.waiting('set') === 1);
    const answerLate = server.hold('/as-bob');
    server.expire();
    const request = codeOf(api.get('/as-bob'));
    await until(() => server.at('/as-bob').length === 1);
    slow.next('set', new Error('quota exceeded'));
    await signIn;
    slow.release();
    answerLate();

    expect(await request).toMatch(/^ERR_/);
    expect(server.at('/as-bob').map(({ token }) => token)).toEqual(['access-bob-2']);
  });
});

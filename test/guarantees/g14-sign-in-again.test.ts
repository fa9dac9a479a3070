import { memoryStore } from '../../src/index';
import {
  cleanUp,
  codeOf,
  createRig,
  login,
  openSession,
  recordEvents,
  REFRESH_PATH,
  refuseFreshTokens,
  startTokenServer,
  until,
  watchSignedOut,
  type Pair,
} from '../support/session';

afterEach(cleanUp);

describe('G14: after a lost session signing in works at once', () => {
  test('signing in again works at once', async () => {
    const { server, api, auth } = await createRig();
    server.controls.failRefresh(1, 401);
    server.controls.expireAllAccessTokens();
    expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    await auth.signIn(await login(server, 'bob', 'builder'));

    expect((await api.get<{ username: string }>('/profile')).data.username).toBe('bob');
    server.controls.expireAllAccessTokens();
    expect((await api.get('/profile')).status).toBe(200);
    expect(auth.status).toBe('signed-in');
  });

  test('signing in from onSignedOut works', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server, {
      refresh: () => null,
      onSignedOut: () => void auth.signIn(server.issue('bob')),
    });
    server.expire();
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    await until(() => auth.status === 'signed-in');
    expect((await api.get<{ user: string }>('/a')).data.user).toBe('bob');
  });

  test('after a sign-in neither the limit nor a failure of the old session counts', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server, {
      refreshRetries: 0,
      refreshLimit: { count: 1, per: 600_000 },
    });
    refuseFreshTokens(server);
    server.expire();
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_LOOP');
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_LOOP');
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
    await auth.signIn(server.issue());
    server.expire();
    expect(await codeOf(api.get('/a'))).toBe('ok');
  });

  test('signing in while the session is being lost leaves it signed in', async () => {
    const server = await startTokenServer();
    const { notified, options } = watchSignedOut();
    const store = memoryStore<Pair>(server.issue());
    let open: () => void = () => undefined;
    const cleared = new Promise<void>((resolve) => {
      open = resolve;
    });
    const clear = async (): Promise<void> => {
      await cleared;
      store.clear();
    };
    const { api, auth } = openSession(server, {
      ...options,
      tokenStore: { ...store, clear },
      refresh: () => null,
    });
    const events = recordEvents(auth);
    server.expire();
    const old = codeOf(api.get('/a'));
    await until(() => auth.status === 'signed-out');
    const signIn = auth.signIn(server.issue('bob'));
    open();
    await signIn;

    expect(await old).toBe('ERR_AUTH_SESSION_EXPIRED');
    expect((await api.get<{ user: string }>('/b')).data.user).toBe('bob');
    expect(events.at(-1)).toMatchObject({ type: 'signed-in' });
    expect(notified).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
  });
});

import { memoryStore, type AuthError, type AuthOptions } from '../../src/index';
import { until } from '../server/client';
import { json } from '../support/http-server';
import { cleanUp, createRig, login } from '../support/rig';
import {
  codeOf,
  openSession,
  recordEvents,
  REFRESH_PATH,
  settle,
  startTokenServer,
  type Pair,
} from '../support/token-server';

afterEach(cleanUp);

/** What `onSignedOut` was told, in order. */
function farewells(): { told: (string | null)[]; options: Partial<AuthOptions> } {
  const told: (string | null)[] = [];
  const onSignedOut = (error: AuthError | null): void => {
    told.push(error?.code ?? null);
  };
  return { told, options: { onSignedOut } };
}

test.each([400, 401, 403])(
  'G11: a refresh answered with %i ends the session once',
  async (status) => {
    const { told, options } = farewells();
    const { server, api, auth, store, events } = await createRig({ options });
    server.controls.failRefresh(1, status);
    server.controls.expireAllAccessTokens();
    const requests = ['/profile', '/items', '/profile'].map((path) => api.get(path));

    expect(await Promise.all(requests.map(codeOf))).toEqual(
      Array(3).fill('ERR_AUTH_SESSION_EXPIRED'),
    );
    await until(() => told.length > 0);
    await settleTurns();
    expect(told).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
    expect(await store.get()).toBeNull();
    expect(auth.status).toBe('signed-out');
    expect(events.map(({ type }) => type)).toEqual(['signed-in', 'refreshing', 'signed-out']);
    expect(events.at(-1)).toMatchObject({ reason: 'expired', error: { code: told[0] } });
  },
);

test('G11: null from refresh ends the session', async () => {
  const { told, options } = farewells();
  const server = await startTokenServer();
  const { api, auth, store } = openSession(server, { refresh: () => null, ...options });
  server.expire();

  expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
  await until(() => told.length > 0);
  expect([auth.status, await store.get()]).toEqual(['signed-out', null]);
});

test('G11: refresh() as the first call of a session clears the store when it is refused', async () => {
  const server = await startTokenServer();
  const { auth, store } = openSession(server, { refresh: () => null });

  expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_SESSION_EXPIRED');
  expect(await store.get()).toBeNull();
});

test('G11: after the end of the session a request goes out without a token', async () => {
  const server = await startTokenServer();
  const { api } = openSession(server, { refresh: () => null });
  server.expire();
  await codeOf(api.get('/a'));

  expect((await api.get<{ user: null }>('/open')).data.user).toBeNull();
  expect(await codeOf(api.get('/a'))).toBe('ERR_BAD_REQUEST');
});

test('G11: a straggler of a refused refresh rejects with the same end, and starts nothing', async () => {
  const { told, options } = farewells();
  const server = await startTokenServer();
  const { api } = openSession(server, options);
  const answerLate = server.hold('/late');
  server.expire();
  const late = [codeOf(api.get('/late')), codeOf(api.get('/late'))];
  await until(() => server.at('/late').length === 2);
  server.refreshAnswers.push((_request, response) => json(response, 401, {}));
  expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
  answerLate();

  expect(await Promise.all(late)).toEqual(Array(2).fill('ERR_AUTH_SESSION_EXPIRED'));
  expect(server.at(REFRESH_PATH)).toHaveLength(1);
  expect(told).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
});

test('G11: tokens that a sibling has stored meanwhile are adopted instead of cleared', async () => {
  const { told, options } = farewells();
  const server = await startTokenServer();
  const { api, store } = openSession(server, options);
  server.refreshAnswers.push((_request, response) =>
    json(response, 400, { error: 'invalid_grant' }),
  );
  const release = server.hold(REFRESH_PATH);
  server.expire();
  const request = api.get<{ token: string }>('/a');
  await until(() => server.at(REFRESH_PATH).length === 1);
  const theirs = server.issue();
  await store.set(theirs);
  release();

  expect((await request).data.token).toBe(theirs.accessToken);
  expect(await store.get()).toEqual(theirs);
  expect(told).toEqual([]);
});

test('G11: an answer with a verdict of sign-out ends the session without a refresh', async () => {
  const { told, options } = farewells();
  const { server, api, auth, seen } = await createRig({ options });
  server.controls.suspend('alice');
  const codes = await Promise.all([api.get('/profile'), api.get('/items')].map(codeOf));

  expect(codes).toEqual(Array(2).fill('ERR_AUTH_SESSION_EXPIRED'));
  await until(() => told.length > 0);
  await settleTurns();
  expect(told).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
  expect([auth.status, seen('/auth/refresh').length]).toEqual(['signed-out', 0]);
});

test('G11: with cookieRefresh the session ends once, whatever is requested after that', async () => {
  const { told, options } = farewells();
  const server = await startTokenServer();
  const { api } = openSession(server, { ...options, cookieRefresh: true, refresh: () => null });
  server.expire();
  expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
  await codeOf(api.get('/b'));
  await codeOf(api.get('/c'));
  await settle(server);

  expect(told).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
});

test('G14: signing in again works at once', async () => {
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

test('G14: signing in from onSignedOut works', async () => {
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

test('G14: after a sign-in neither the limit nor a failure of the old session counts', async () => {
  const server = await startTokenServer();
  const { api, auth } = openSession(server, {
    refreshRetries: 0,
    refreshLimit: { count: 1, per: 600_000 },
  });
  await auth.refresh();
  expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_REFRESH_LOOP');
  await auth.signIn(server.issue());
  server.expire();
  expect(await codeOf(api.get('/a'))).toBe('ok');
});

test('G14: signing in while the session is being lost leaves it signed in', async () => {
  const server = await startTokenServer();
  const { told, options } = farewells();
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
  expect(told).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
});

async function settleTurns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

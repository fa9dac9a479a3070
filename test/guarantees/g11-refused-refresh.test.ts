import { json } from '../support/http-server';
import {
  cleanUp,
  codeOf,
  createRig,
  openSession,
  rejection,
  REFRESH_PATH,
  settle,
  startTokenServer,
  turns,
  until,
  watchSignedOut,
} from '../support/session';

afterEach(cleanUp);

describe('G11: a refused refresh ends the session, once', () => {
  test.each([400, 401, 403])('a refresh answered with %i ends the session once', async (status) => {
    const { notified, options } = watchSignedOut();
    const { server, api, auth, store, events } = await createRig({ options });
    server.controls.failRefresh(1, status);
    server.controls.expireAllAccessTokens();
    const requests = ['/profile', '/items', '/profile'].map((path) => api.get(path));

    expect(await Promise.all(requests.map(codeOf))).toEqual(
      Array(3).fill('ERR_AUTH_SESSION_EXPIRED'),
    );
    await until(() => notified.length > 0);
    await turns();
    expect(notified).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
    expect(await store.get()).toBeNull();
    expect(auth.status).toBe('signed-out');
    expect(events.map(({ type }) => type)).toEqual(['signed-in', 'refreshing', 'signed-out']);
    expect(events.at(-1)).toMatchObject({ reason: 'expired', error: { code: notified[0] } });
  });

  test('also where the instance takes every status for a success: the client of refresh does not', async () => {
    const options = { axios: { validateStatus: () => true } };
    const { server, api, auth, store } = await createRig(options);
    server.controls.failRefresh(1, 401);
    server.controls.expireAllAccessTokens();

    expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    expect([auth.status, await store.get()]).toEqual(['signed-out', null]);
  });

  test('the message names the request of the refresh that was refused', async () => {
    const { server, api } = await createRig();
    server.controls.failRefresh(1, 401);
    server.controls.expireAllAccessTokens();
    const { message } = await rejection(api.get('/profile?key=1'));

    expect(message).toMatch(
      /refused to refresh it \(POST \/\S+: Request failed with status code 401\)/,
    );
  });

  test('null from refresh ends the session', async () => {
    const { notified, options } = watchSignedOut();
    const server = await startTokenServer();
    const { api, auth, store } = openSession(server, { refresh: () => null, ...options });
    server.expire();

    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    await until(() => notified.length > 0);
    expect([auth.status, await store.get()]).toEqual(['signed-out', null]);
  });

  test('refresh() as the first call of a session clears the store when it is refused', async () => {
    const server = await startTokenServer();
    const { auth, store } = openSession(server, { refresh: () => null });

    expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_SESSION_EXPIRED');
    expect(await store.get()).toBeNull();
  });

  test('after the end of the session a request goes out without a token', async () => {
    const server = await startTokenServer();
    const { api } = openSession(server, { refresh: () => null });
    server.expire();
    await codeOf(api.get('/a'));

    expect((await api.get<{ user: null }>('/open')).data.user).toBeNull();
    expect(await codeOf(api.get('/a'))).toBe('ERR_BAD_REQUEST');
  });

  test('a late 401 after a refused refresh rejects with the same code, and starts no refresh', async () => {
    const { notified, options } = watchSignedOut();
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
    expect(notified).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
  });

  test('tokens that a peer has stored meanwhile are adopted instead of cleared', async () => {
    const { notified, options } = watchSignedOut();
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
    expect(notified).toEqual([]);
  });

  test('an answer with a verdict of sign-out ends the session without a refresh', async () => {
    const { notified, options } = watchSignedOut();
    const { server, api, auth, seen } = await createRig({ options });
    server.controls.suspend('alice');
    const errors = await Promise.all([api.get('/profile'), api.get('/items')].map(rejection));

    expect(errors.map(({ code }) => code)).toEqual(Array(2).fill('ERR_AUTH_SESSION_EXPIRED'));
    // It names the code: another server may mean something else by it.
    expect(errors[0]?.message).toMatch(/answered 401 with ACCOUNT_SUSPENDED, .*codes/);
    await until(() => notified.length > 0);
    await turns();
    expect(notified).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
    expect([auth.status, seen('/auth/refresh').length]).toEqual(['signed-out', 0]);
  });

  test('with cookieRefresh the session ends once, whatever is requested after that', async () => {
    const { notified, options } = watchSignedOut();
    const server = await startTokenServer();
    const { api } = openSession(server, { ...options, cookieRefresh: true, refresh: () => null });
    server.expire();
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    await codeOf(api.get('/b'));
    await codeOf(api.get('/c'));
    await settle(server);

    expect(notified).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
  });
});

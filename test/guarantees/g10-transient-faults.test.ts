import type { AuthOptions } from '../../src/index';
import { controlClocks, controlTimers } from '../support/clocks';
import { json, type Handler } from '../support/http-server';
import { openListening } from '../support/listening';
import {
  cleanUp,
  codeOf,
  createRig,
  openSession,
  recordEvents,
  REFRESH_PATH,
  rejection,
  settle,
  startTokenServer,
  turns,
  until,
} from '../support/session';
import { SlowStore } from '../support/slow-store';

afterEach(cleanUp);

const busy =
  (headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    json(response, 503, {}, headers);

const cut: Handler = (_request, response) => response.destroy();

async function openExpired(options: Partial<AuthOptions> = {}) {
  const server = await startTokenServer();
  const { api, auth } = openSession(server, options);
  server.expire();
  return {
    auth,
    request: () => codeOf(api.get('/a')),
    asked: () => server.at(REFRESH_PATH).length,
    answer: (...answers: Handler[]) => (server.refreshAnswers = answers),
  };
}

describe('G10: transient faults are retried, and the tokens are kept', () => {
  test('Retry-After is obeyed over real HTTP', async () => {
    const timers = controlTimers();
    const server = await startTokenServer();
    const { api } = openSession(server);
    server.refreshAnswers.push((_request, response) =>
      json(response, 429, {}, { 'retry-after': '7' }),
    );
    server.expire();
    const request = codeOf(api.get('/a'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    await settle(server);
    await timers.pass(6_999);
    await settle(server);
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
    await timers.pass(1);
    expect(await request).toBe('ok');
    expect(server.at(REFRESH_PATH)).toHaveLength(2);
  });

  test.each([408, 425, 429, 500, 502, 503, 504])(
    'a refresh answered with %i is tried again',
    async (status) => {
      const { server, api } = await createRig();
      server.controls.failRefresh(1, status);
      server.controls.expireAllAccessTokens();

      expect((await api.get('/profile')).status).toBe(200);
      expect(server.stats).toMatchObject({ refreshes: 1, refreshRefused: 1 });
    },
  );

  test('a refresh whose connection breaks is tried again', async () => {
    const { server, api } = await createRig();
    server.controls.dropRefresh(1);
    server.controls.expireAllAccessTokens();
    expect((await api.get('/profile')).status).toBe(200);
  });

  test.each([404, 405, 409, 422])(
    'a refresh answered with %i is not tried again',
    async (status) => {
      const { server, api, auth } = await createRig();
      const before = await auth.getTokens();
      server.controls.failRefresh(1, status);
      server.controls.expireAllAccessTokens();

      expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_REFRESH_FAILED');
      expect(server.stats).toMatchObject({ refreshes: 0, refreshRefused: 1 });
      expect(await auth.getTokens()).toEqual(before);
    },
  );

  test('a fault that does not pass is tried refreshRetries times, and keeps the tokens', async () => {
    const { server, api, auth, events, seen } = await createRig();
    const before = await auth.getTokens();
    server.controls.failRefresh();
    server.controls.expireAllAccessTokens();
    const codes = await Promise.all([api.get('/profile'), api.get('/items')].map(codeOf));

    expect(codes).toEqual(Array(2).fill('ERR_AUTH_REFRESH_FAILED'));
    expect(seen('/auth/refresh')).toHaveLength(3);
    expect(await auth.getTokens()).toEqual(before);
    expect(auth.status).toBe('signed-in');
    expect(events.map(({ type }) => type)).toEqual(['signed-in', 'refreshing', 'refresh-failed']);
  });

  test('a request made after the failure tries again, and succeeds', async () => {
    const { server, api } = await createRig({ options: { refreshRetries: 0 } });
    server.controls.failRefresh(1);
    server.controls.expireAllAccessTokens();
    expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_REFRESH_FAILED');
    expect((await api.get('/profile')).status).toBe(200);
  });

  test('refreshRetries: 0 tries once', async () => {
    const { server, api, seen } = await createRig({ options: { refreshRetries: 0 } });
    server.controls.failRefresh();
    server.controls.expireAllAccessTokens();
    expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_REFRESH_FAILED');
    expect(seen('/auth/refresh')).toHaveLength(1);
  });

  test('a late 401 after a failed refresh rejects with that failure and starts no other', async () => {
    const server = await startTokenServer();
    const { api } = openSession(server, { refreshRetries: 0 });
    const answerLate = server.hold('/late');
    server.expire();
    const late = codeOf(api.get('/late'));
    await until(() => server.at('/late').length === 1);
    server.refreshAnswers.push((_request, response) => json(response, 503, {}));
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_FAILED');
    answerLate();

    expect(await late).toBe('ERR_AUTH_REFRESH_FAILED');
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test('a late 401 after a failed refresh is replayed where a later one has succeeded', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server, { refreshRetries: 0 });
    const answerLate = server.hold('/late');
    server.expire();
    const late = api.get<{ token: string }>('/late');
    await until(() => server.at('/late').length === 1);
    server.refreshAnswers.push((_request, response) => json(response, 503, {}));
    await codeOf(api.get('/a'));
    const { accessToken } = await auth.refresh();
    answerLate();

    expect((await late).data.token).toBe(accessToken);
    expect(server.at(REFRESH_PATH)).toHaveLength(2);
  });

  test('a refresh whose connection breaks after the rotation ends the session', async () => {
    const { server, api } = await createRig();
    server.controls.dropRefresh(1, 'after');
    server.controls.expireAllAccessTokens();
    expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    expect(server.stats.reuseDetected).toBe(1);
  });

  test.each([
    ['of a busy server', busy()],
    ['without an answer', cut],
  ])('a failure %s has no influence on a renewal ten minutes later', async (_which, fault) => {
    const clocks = controlClocks();
    const { request, answer } = await openExpired();
    answer(fault, fault, fault);
    expect(await request()).toBe('ERR_AUTH_REFRESH_FAILED');
    clocks.pass(600_000);
    answer(busy());
    expect(await request()).toBe('ok');
  });

  test('a background failure minutes ago takes no retries from a request', async () => {
    const clocks = controlClocks();
    const server = await startTokenServer();
    const { api, auth } = openSession(server, { tokens: null });
    await auth.signIn({ ...server.issue(), expiresIn: 900 });
    server.refreshAnswers = [busy(), busy()];
    const events = recordEvents(auth);
    clocks.pass(820_000);
    await api.get('/a');
    await until(() => events.some(({ type }) => type === 'refresh-failed'));

    clocks.pass(78_000);
    expect(await codeOf(api.get('/a'))).toBe('ok');
    expect(server.at(REFRESH_PATH)).toHaveLength(3);
  });

  test('a refresh() that fails as well does not end the pause that the server asked for', async () => {
    const clocks = controlClocks();
    const { auth, request, asked, answer } = await openExpired({ refreshRetries: 0 });
    answer(...Array.from({ length: 10 }, () => busy({ 'retry-after': '200' })));
    await request();
    expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_REFRESH_FAILED');
    expect(asked()).toBe(2);
    clocks.pass(31_000);
    expect(await request()).toBe('ERR_AUTH_REFRESH_FAILED');
    expect(asked()).toBe(2);
  });
});

describe('G10: a store that changes while a renewal fails', () => {
  test('G22: tokens that vanish meanwhile end the session', async () => {
    const { auth, elsewhere, answer, refresh } = openListening();
    const renewal = rejection(auth.refresh());
    await until(() => refresh.mock.calls.length === 1);
    elsewhere(null);
    await until(() => auth.status === 'signed-out');
    answer(new TypeError('fetch failed'));
    expect(await renewal).toMatchObject({ code: 'ERR_AUTH_SIGNED_OUT' });
  });

  test('a store that hangs does not delay a failure', async () => {
    const store = new SlowStore({ accessToken: 'a' });
    const { auth, answer, refresh } = openListening({ options: { tokenStore: store } });
    const renewal = rejection(auth.refresh());
    await until(() => refresh.mock.calls.length === 1);
    store.hold('get');
    answer(new TypeError('fetch failed'));
    expect(await renewal).toMatchObject({ code: 'ERR_AUTH_REFRESH_FAILED' });
    store.release();
  });

  test('the late outcome of a renewal that timed out does not end the next one', async () => {
    const { auth, answer, refresh } = openListening({ options: { refreshTimeout: 500 } });
    expect(await rejection(auth.refresh())).toMatchObject({ code: 'ERR_AUTH_REFRESH_TIMEOUT' });
    const next = auth.refresh();
    await until(() => refresh.mock.calls.length === 2);
    answer(new TypeError('fetch failed'), 0);
    await turns(20);
    answer({ accessToken: 'b' });
    expect(await next).toMatchObject({ accessToken: 'b' });
  });
});

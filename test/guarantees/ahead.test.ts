import { Readable } from 'node:stream';
import { until } from '../server/client';
import { controlClocks, jwt } from '../support/clocks';
import { json } from '../support/http-server';
import { cleanUp } from '../support/rig';
import {
  codeOf,
  gate,
  openSession,
  recordEvents,
  REFRESH_PATH,
  settle,
  startTokenServer,
  type Opened,
  type OpenOptions,
  type TokenServer,
} from '../support/token-server';

afterEach(cleanUp);

const HOUR = 3_600_000;

interface Signed extends Opened {
  server: TokenServer;
}

/** Signed in with a token that lives for an hour. */
async function openForAnHour(options: OpenOptions = {}): Promise<Signed> {
  const server = await startTokenServer();
  const opened = openSession(server, { tokens: null, ...options });
  await opened.auth.signIn({ ...server.issue(), expiresIn: 3_600 });
  return { server, ...opened };
}

test('G30: a token that expiresAt calls expired is renewed before the request is sent', async () => {
  const server = await startTokenServer();
  const { api } = openSession(server, {
    tokens: { ...server.issue(), expiresAt: Date.now() - 1_000 },
  });
  await Promise.all([api.get('/a'), api.get('/b')]);
  expect(server.at('/a').map(({ token }) => token)).toEqual(['access-alice-2']);
  expect(server.at(REFRESH_PATH)).toHaveLength(1);
});

test('G30: a JWT whose exp is over is renewed before the request is sent', async () => {
  const server = await startTokenServer();
  const accessToken = jwt({ exp: Math.floor(Date.now() / 1_000) - 60 });
  const { api, auth } = openSession(server, { tokens: { ...server.issue(), accessToken } });
  const events = recordEvents(auth);
  await api.get('/a');
  expect(server.at('/a').map(({ token }) => token)).toEqual(['access-alice-2']);
  expect(events[0]).toEqual({ type: 'refreshing', reason: 'expired' });
});

test('G30: less than expiryLeeway left counts as expired', async () => {
  const server = await startTokenServer();
  const { auth } = openSession(server, {
    tokens: { ...server.issue(), expiresAt: Date.now() + 50_000 },
    expiryLeeway: 60_000,
    refreshAhead: false,
  });
  expect(await auth.getAccessToken()).toBe('access-alice-2');
});

test('G30: getAccessToken() renews first', async () => {
  const clocks = controlClocks();
  const { auth } = await openForAnHour();
  expect(await auth.getAccessToken()).toBe('access-alice-1');
  clocks.pass(HOUR);
  expect(await auth.getAccessToken()).toBe('access-alice-2');
});

test('G30: a token that lives on is not renewed', async () => {
  const clocks = controlClocks();
  const { api, server } = await openForAnHour();
  clocks.pass(HOUR / 2);
  await api.get('/a');
  await settle(server);
  expect(server.at(REFRESH_PATH)).toEqual([]);
});

test.each([
  ['an opaque token', 'opaque-token'],
  ['a JWT without exp', jwt({ sub: 'alice' })],
  ['a JWT with an exp that is no number', jwt({ exp: 'tomorrow' })],
  ['a JWT that is none', 'a.b.c'],
  ['a JWT with a payload that is no object', `e30.${Buffer.from('7').toString('base64url')}.c2ln`],
])('G30: %s is used until the server refuses it', async (_, accessToken) => {
  const server = await startTokenServer();
  const { auth } = openSession(server, { tokens: { ...server.issue(), accessToken } });
  expect(await auth.getAccessToken()).toBe(accessToken);
  expect(server.at(REFRESH_PATH)).toEqual([]);
});

test('G30: where the renewal fails, the request is not sent', async () => {
  const clocks = controlClocks();
  const { api, server } = await openForAnHour({ refreshRetries: 0 });
  clocks.pass(HOUR);
  server.refreshAnswers.push((_request, response) => json(response, 503, {}));
  expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_FAILED');
  expect(server.at('/a')).toEqual([]);
});

test('G31: ahead of expiry a request leaves at once, and the renewal runs behind it', async () => {
  const clocks = controlClocks();
  const { api, auth, server } = await openForAnHour();
  const release = server.hold(REFRESH_PATH);
  const events = recordEvents(auth);
  clocks.pass(0.95 * HOUR);
  const requests = ['/a', '/b', '/c'].map((path) => api.get<{ token: string }>(path));
  const tokens = (await Promise.all(requests)).map(({ data }) => data.token);

  expect(tokens).toEqual(Array(3).fill('access-alice-1'));
  await until(() => server.at(REFRESH_PATH).length === 1);
  release();
  await until(() => events.at(-1)?.type === 'refreshed');
  expect(events[0]).toEqual({ type: 'refreshing', reason: 'ahead' });
  expect((await api.get<{ token: string }>('/d')).data.token).toBe('access-alice-2');
  expect(server.at(REFRESH_PATH)).toHaveLength(1);
});

test.each([
  ['fails', 503],
  ['is refused', 401],
])('G31: a renewal ahead that %s fails no request and ends no session', async (_, status) => {
  const clocks = controlClocks();
  const told: unknown[] = [];
  const { api, auth, server, store } = await openForAnHour({
    refreshRetries: 0,
    onSignedOut: (error) => void told.push(error),
  });
  server.refreshAnswers.push((_request, response) => json(response, status, {}));
  const events = recordEvents(auth);
  const before = await store.get();
  clocks.pass(0.95 * HOUR);
  expect(await codeOf(api.get('/a'))).toBe('ok');
  await until(() => events.at(-1)?.type === 'refresh-failed');

  expect(await codeOf(api.get('/b'))).toBe('ok');
  expect([await store.get(), auth.status, told]).toEqual([before, 'signed-in', []]);
  // Nor is the auth server asked again with every request.
  await Promise.all([api.get('/c'), api.get('/d')]);
  await settle(server);
  expect(server.at(REFRESH_PATH)).toHaveLength(1);
});

test('G31: a renewal ahead that was refused ends the session once the token is over', async () => {
  const clocks = controlClocks();
  const { api, auth, server } = await openForAnHour({ refresh: () => null });
  const events = recordEvents(auth);
  clocks.pass(0.95 * HOUR);
  await api.get('/a');
  await until(() => events.at(-1)?.type === 'refresh-failed');
  clocks.pass(0.1 * HOUR);
  expect(await codeOf(api.get('/b'))).toBe('ERR_AUTH_SESSION_EXPIRED');
  expect(server.at('/b')).toEqual([]);
});

test('G31: a 401 while the renewal ahead is in flight waits for that one', async () => {
  const clocks = controlClocks();
  const { api, server } = await openForAnHour();
  const answered = gate();
  server.refreshAnswers.push(async (_request, response) => {
    await answered.promise;
    json(response, 200, server.issue());
  });
  clocks.pass(0.95 * HOUR);
  await api.get('/a');
  await until(() => server.at(REFRESH_PATH).length === 1);
  server.expire();
  const request = api.get<{ token: string }>('/b');
  await until(() => server.at('/b').length === 1);
  answered.open();

  expect((await request).data.token).toBe('access-alice-2');
  expect(server.at(REFRESH_PATH)).toHaveLength(1);
});

test('G31: refreshAhead: false renews when the token is over, and not before', async () => {
  const clocks = controlClocks();
  const { api, server } = await openForAnHour({ refreshAhead: false });
  clocks.pass(0.99 * HOUR);
  await api.get('/a');
  await settle(server);
  expect(server.at(REFRESH_PATH)).toEqual([]);
});

test('G31: the moment differs from client to client', async () => {
  const clocks = controlClocks();
  const clients = await Promise.all(Array.from({ length: 12 }, () => openForAnHour()));
  clocks.pass(0.85 * HOUR);
  await Promise.all(clients.map(({ api }) => api.get('/a')));
  await Promise.all(clients.map(({ server }) => settle(server)));
  const renewed = clients.filter(({ server }) => server.at(REFRESH_PATH).length === 1);
  // Half of them, spread by chance: all or none is one in two thousand.
  expect(renewed.length).toBeGreaterThan(0);
  expect(renewed.length).toBeLessThan(12);
});

test('G31: a stream in the ahead window is sent after the renewal', async () => {
  const clocks = controlClocks();
  const { api, server } = await openForAnHour();
  clocks.pass(0.95 * HOUR);
  const { data } = await api.post<{ token: string; body: string }>('/up', Readable.from(['once']));
  expect(data).toMatchObject({ token: 'access-alice-2', body: 'once' });
  expect(server.at('/up')).toHaveLength(1);
});

test('G31: a stream is sent with the good token where the renewal ahead fails', async () => {
  const clocks = controlClocks();
  const { api, server } = await openForAnHour({ refreshRetries: 0 });
  server.refreshAnswers.push((_request, response) => json(response, 503, {}));
  clocks.pass(0.95 * HOUR);
  const { data } = await api.post<{ token: string; body: string }>('/up', Readable.from(['once']));
  expect(data).toMatchObject({ token: 'access-alice-1', body: 'once' });
});

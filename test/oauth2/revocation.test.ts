import { inspect } from 'node:util';
import { cleanUp } from '../support/rig';
import { until } from '../support/session';
import { startServer, type Handler } from '../support/http-server';
import { gate } from '../support/token-server';
import {
  answerWith,
  fieldsOf,
  grant,
  openBareSession,
  refuseWith,
  startBareServer,
  told,
} from './bare-server';

afterEach(cleanUp);

const done = answerWith(200, '');

test('signing out sends the refresh token, and what kind it is (RFC 7009 §2.1)', async () => {
  const server = await startBareServer(done);
  const revocationEndpoint = `${server.url}/revoke`;
  const { auth, lines } = openBareSession(server, { revocationEndpoint, clientSecret: 'secret-1' });
  await auth.signOut();
  const [request] = server.requests;
  expect(request).toMatchObject({ method: 'POST', url: '/revoke' });
  expect(request?.headers).toMatchObject({
    'content-type': 'application/x-www-form-urlencoded',
    authorization: `Basic ${btoa('client-1:secret-1')}`,
  });
  expect(Object.fromEntries(fieldsOf(request!))).toEqual({
    token: 'refresh-token-0',
    token_type_hint: 'refresh_token',
  });
  await told();
  expect(inspect(lines)).not.toContain('revoked');
});

test('the access token where there is no refresh token', async () => {
  const server = await startBareServer(done);
  const { auth, store } = openBareSession(server, { revocationEndpoint: `${server.url}/revoke` });
  await store.set({ accessToken: 'access-token-0' });
  await auth.signOut();
  expect(Object.fromEntries(fieldsOf(server.requests[0]!))).toEqual({
    token: 'access-token-0',
    token_type_hint: 'access_token',
    client_id: 'client-1',
  });
});

test('without a revocation endpoint nobody is asked', async () => {
  const server = await startBareServer(done);
  await openBareSession(server).auth.signOut();
  expect(server.requests).toEqual([]);
});

test('nor when there is nothing to revoke', async () => {
  const server = await startBareServer(done);
  const { auth, store } = openBareSession(server, { revocationEndpoint: `${server.url}/revoke` });
  await store.clear();
  await auth.signOut();
  expect(server.requests).toEqual([]);
});

test.each<[string, Handler, string]>([
  ['is refused', refuseWith('invalid_client', 401), '401, invalid_client (for a reason)'],
  ['is not supported', refuseWith('unsupported_token_type', 400), 'unsupported_token_type'],
  ['meets a page', answerWith(404, '<h1>Not found</h1>'), '404'],
  ['meets a closed server', answerWith(503, ''), '503'],
  ['gets no answer', (_request, response) => response.destroy(), 'socket hang up'],
])('a revocation that %s fails no sign-out, and is logged', async (_what, answer, reason) => {
  const server = await startBareServer(answer);
  const revocationEndpoint = `${server.url}/revoke`;
  const { auth, store, lines, onSignedOut } = openBareSession(server, { revocationEndpoint });
  await auth.signOut();
  await told();
  expect(server.requests).toHaveLength(1);
  expect(await store.get()).toBeNull();
  expect(auth.status).toBe('signed-out');
  expect(onSignedOut.mock.calls).toEqual([[null, 'signed-out']]);
  expect(inspect(lines)).toContain(reason);
});

test('nor does one of metadata that are away', async () => {
  const server = await startBareServer(answerWith(503, ''));
  const { auth, lines } = openBareSession(server, { issuer: server.url });
  await auth.signOut();
  await told();
  expect(auth.status).toBe('signed-out');
  expect(inspect(lines)).toContain('503');
});

test('the tokens are gone here before the auth server is asked', async () => {
  const held: unknown[] = [];
  const server = await startServer(async (_request, response) => {
    held.push(await store.get());
    response.end();
  });
  const { auth, store } = openBareSession(server, { revocationEndpoint: `${server.url}/revoke` });
  await auth.signOut();
  expect(held).toEqual([null]);
});

/** An auth server that keeps the answer to a refresh until it is told. */
async function startSlowServer() {
  const arrived = gate();
  const answered = gate();
  const server = await startServer(async (request, response, index) => {
    arrived.open();
    if (request.url === '/token') await answered.promise;
    grant(request, response, index);
  });
  const revoked = (): (string | undefined)[] =>
    server.requests
      .filter(({ url }) => url === '/revoke')
      .map((request) => Object.fromEntries(fieldsOf(request)).token);
  return { server, arrived, answered, revoked };
}

test('G21: a sign-out during a refresh revokes what was held, and what the refresh still brings', async () => {
  const { server, arrived, answered, revoked } = await startSlowServer();
  const { auth, store } = openBareSession(server, { revocationEndpoint: `${server.url}/revoke` });
  const refreshed = auth.refresh().catch((error: unknown) => error);
  await arrived.promise;
  await auth.signOut();
  expect(await refreshed).toMatchObject({ code: 'ERR_AUTH_SIGNED_OUT' });
  answered.open();
  await until(() => revoked().length === 2);
  expect(revoked()).toEqual(['refresh-token-0', 'refresh-token-1']);
  expect(await store.get()).toBeNull();
});

test('G9: a rotated refresh token that comes after refreshTimeout is not lost', async () => {
  const { server, answered } = await startSlowServer();
  const { auth, store } = openBareSession(server, { options: { refreshTimeout: 200 } });
  await expect(auth.refresh()).rejects.toMatchObject({ code: 'ERR_AUTH_REFRESH_TIMEOUT' });
  answered.open();
  await until(() => inspect(store.get()).includes('refresh-token-1'));
  expect(auth.status).toBe('signed-in');
});

import { until } from '../server/client';
import { cleanUp } from '../support/rig';
import { openSlow } from '../support/slow-session';
import { codeOf, recordEvents, REFRESH_PATH, settle } from '../support/token-server';

afterEach(cleanUp);

test('G22: a request that is still reading the store when another user signs in is not sent', async () => {
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

test('G21: a request that is still reading the store at sign-out is not sent with the token', async () => {
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

test('G22: a slow read from before a sign-in does not sign the new user out', async () => {
  const { auth, server, slow, told } = await openSlow(false);
  slow.hold('get');
  const before = auth.getTokens();
  await until(() => slow.waiting('get') === 1);
  await auth.signIn(server.issue('bob'));
  slow.release();
  await before;
  await settle(server);

  expect(auth.status).toBe('signed-in');
  expect(told).toEqual([]);
});

test('G22: the first look of a listener, still reading at a sign-in, does not sign out', async () => {
  const { auth, server, slow, told } = await openSlow(false);
  slow.hold('get');
  const events = recordEvents(auth);
  await until(() => slow.waiting('get') === 1);
  await auth.signIn(server.issue('bob'));
  slow.release();
  await settle(server);

  expect([auth.status, told]).toEqual(['signed-in', []]);
  expect(events.at(-1)).toEqual({ type: 'signed-in' });
});

test('G21: a slow read from before a sign-out does not sign in again', async () => {
  const { auth, server, slow, told } = await openSlow();
  await auth.getTokens();
  const events = recordEvents(auth);
  slow.hold('get');
  const before = auth.getTokens();
  await until(() => slow.waiting('get') === 1);
  await auth.signOut();
  slow.release();
  await before;
  await settle(server);

  expect([auth.status, told]).toEqual(['signed-out', [null]]);
  expect(events.map(({ type }) => type)).toEqual(['signed-out']);
});

test('G21: refresh() that is still reading the store at sign-out sends nothing', async () => {
  const { auth, server, slow, told } = await openSlow();
  await auth.getTokens();
  slow.hold('get');
  const renewal = codeOf(auth.refresh());
  await until(() => slow.waiting('get') === 1);
  await auth.signOut();
  slow.release();

  expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
  expect(server.at(REFRESH_PATH)).toEqual([]);
  expect(told).toEqual([null]);
});

test('G7: a slow read after a 401 that ends sessions does not end one that was renewed meanwhile', async () => {
  const { api, auth, server, slow, told } = await openSlow();
  const answerLate = server.hold('/late');
  server.expire();
  server.overCode = 'TOKEN_REVOKED';
  const late = codeOf(api.get('/late'));
  await until(() => server.at('/late').length === 1);
  slow.hold('get');
  answerLate();
  await until(() => slow.waiting('get') === 1);
  let renewed = '';
  void codeOf(auth.refresh()).then((code) => (renewed = code));
  await until(() => {
    if (slow.waiting('get') > 1) slow.last('get');
    return renewed !== '';
  });
  slow.release();

  expect([renewed, await late]).toEqual(['ok', 'ok']);
  expect([auth.status, told]).toEqual(['signed-in', []]);
  expect(slow.held).toMatchObject({ accessToken: 'access-alice-2' });
});

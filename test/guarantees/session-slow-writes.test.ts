import { until } from '../server/client';
import { cleanUp } from '../support/rig';
import { openSlow, userOf } from '../support/slow-session';
import { codeOf, settle } from '../support/token-server';

afterEach(cleanUp);

test('G23: writes reach the store in the order of the calls', async () => {
  const { auth, server, slow } = await openSlow();
  slow.hold('set', 'clear');
  const calls = [
    auth.signIn(server.issue('bob')),
    auth.signOut(),
    auth.signIn(server.issue('eve')),
  ];
  await until(() => slow.waiting('set') + slow.waiting('clear') > 0);
  slow.release();
  await Promise.all(calls);

  expect(slow.held).toMatchObject({ accessToken: 'access-eve-3' });
  expect(slow.done.at(-1)).toBe('access-eve-3');
});

test('G23: a write begins when the one before it has ended', async () => {
  const { auth, server, slow } = await openSlow();
  slow.hold('set', 'clear');
  const signIn = auth.signIn(server.issue('bob'));
  await until(() => slow.waiting('set') === 1);
  const signOut = auth.signOut();
  await settle(server);
  expect(slow.waiting('clear')).toBe(0);
  slow.next('set');
  await until(() => slow.waiting('clear') === 1);
  slow.release();
  await Promise.all([signIn, signOut]);
  expect(slow.held).toBeNull();
});

test('G23: the write of a refresh never lands over the one of a later sign-in', async () => {
  const opened = await openSlow();
  const { auth, server, slow } = opened;
  slow.hold('set');
  const renewal = codeOf(auth.refresh());
  await until(() => slow.waiting('set') === 1);
  const bob = server.issue('bob');
  const signIn = auth.signIn(bob);
  slow.release();
  await signIn;

  expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
  expect(slow.held).toEqual(bob);
  expect(await userOf(opened)).toBe('bob');
});

test('G21: the write of a refresh never lands over a later sign-out', async () => {
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

test('G23: a request during a slow signIn is sent as the new user', async () => {
  const opened = await openSlow();
  const { auth, server, slow } = opened;
  slow.hold('set');
  const signIn = auth.signIn(server.issue('bob'));
  expect(await userOf(opened)).toBe('bob');
  slow.release();
  await signIn;
  expect(await userOf(opened)).toBe('bob');
});

test('G23: a sign-in that fails to be stored does not undo the one that came after it', async () => {
  const opened = await openSlow();
  const { auth, server, slow } = opened;
  await auth.getTokens();
  slow.hold('set');
  const first = codeOf(auth.signIn(server.issue('bob')));
  await until(() => slow.waiting('set') === 1);
  const eve = server.issue('eve');
  const second = codeOf(auth.signIn(eve));
  slow.next('set', new Error('quota exceeded'));
  expect(await first).toBe('ERR_AUTH_STORE');
  expect([await userOf(opened), auth.status]).toEqual(['eve', 'signed-in']);
  slow.release();

  expect(await second).toBe('ok');
  expect(slow.held).toEqual(eve);
  expect(await userOf(opened)).toBe('eve');
});

test('G23: a sign-in that fails to be stored does not undo the sign-out that came after it', async () => {
  const opened = await openSlow();
  const { auth, server, slow } = opened;
  await auth.getTokens();
  slow.hold('set', 'clear');
  const signIn = codeOf(auth.signIn(server.issue('bob')));
  await until(() => slow.waiting('set') === 1);
  const signOut = codeOf(auth.signOut());
  slow.next('set', new Error('quota exceeded'));
  expect(await signIn).toBe('ERR_AUTH_STORE');
  expect([await userOf(opened), auth.status]).toEqual([null, 'signed-out']);
  slow.release();

  expect(await signOut).toBe('ok');
  expect(slow.held).toBeNull();
  expect(await userOf(opened)).toBeNull();
});

test('G22: after a sign-in that could not be stored, its requests do not go on as the old user', async () => {
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

test('G23: a write that outlives its time and lands over a newer one is put right', async () => {
  const { api, auth, server, slow } = await openSlow(true, { refreshTimeout: 1_000 });
  await auth.getTokens();
  slow.hold('set');
  server.expire();
  // Served from memory when the time for the write is over.
  expect(await codeOf(api.get('/a'))).toBe('ok');
  const bob = server.issue('bob');
  const before = slow.waiting('set');
  const signIn = auth.signIn(bob);
  await until(() => slow.waiting('set') > before);
  slow.last('set');
  await signIn;
  slow.release();

  await until(() => slow.done.includes('access-alice-2'));
  await until(() => slow.held?.accessToken === bob.accessToken);
  await settle(server);
  expect(slow.held).toEqual(bob);
}, 15_000);

test('G23: code that writes to the store by itself is seen by the next request', async () => {
  const opened = await openSlow();
  const { server, slow } = opened;
  expect(await userOf(opened)).toBe('alice');
  slow.held = server.issue('bob');
  expect(await userOf(opened)).toBe('bob');
  slow.held = null;
  expect(await userOf(opened)).toBeNull();
});

test('G23: the store is read for each request', async () => {
  const opened = await openSlow();
  let reads = 0;
  const get = opened.slow.get.bind(opened.slow);
  opened.slow.get = () => {
    reads++;
    return get();
  };
  for (let n = 0; n < 3; n++) await userOf(opened);
  expect(reads).toBe(3);
});

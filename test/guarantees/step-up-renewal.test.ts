import { until } from '../server/client';
import { cleanUp } from '../support/rig';
import { ask, openScoped, quiet, startScopedServer, type Scoped } from '../support/scoped-server';
import { SlowStore } from '../support/slow-store';
import { codeOf, gate, REFRESH_PATH, withoutAsyncContext } from '../support/token-server';

afterEach(cleanUp);

/** Renews once more: a refresh token that was lost shows by being used a second time. */
async function staysSignedIn({ api, server }: Scoped): Promise<void> {
  server.expire();
  expect(await codeOf(api.get('/a'))).toBe('ok');
  expect(server.reused).toBe(0);
}

test('a renewal goes on while the question is open, and holds nobody up', async () => {
  const scoped = await openScoped();
  const { api, server, questions } = scoped;
  const waits = ask(scoped, 'write');
  await until(() => questions.length === 1);
  server.expire();
  expect(await codeOf(api.get('/a'))).toBe('ok');
  questions[0]!.answer(server.issue('write'));
  expect((await waits).token).toBe('access-scoped-3');
  await staysSignedIn(scoped);
});

test('tokens without a refresh token, after a renewal: the rotated one is kept', async () => {
  const scoped = await openScoped();
  const { api, server, store, questions } = scoped;
  const waits = ask(scoped, 'write');
  await until(() => questions.length === 1);
  server.expire();
  await api.get('/a');
  const { accessToken } = server.issue('write');
  questions[0]!.answer({ accessToken });
  await waits;
  expect(await store.get()).toMatchObject({ accessToken, refreshToken: 'refresh-scoped-2' });
  await staysSignedIn(scoped);
});

test('the same while the renewal is in flight: neither loses what the other brings', async () => {
  const scoped = await openScoped();
  const { api, server, store, questions } = scoped;
  const waits = ask(scoped, 'write');
  await until(() => questions.length === 1);
  const release = server.hold(REFRESH_PATH);
  server.expire();
  const renews = api.get('/a');
  await until(() => server.at(REFRESH_PATH).length === 1);
  const { accessToken } = server.issue('write');
  questions[0]!.answer({ accessToken });
  await quiet(server);
  release();

  expect(await codeOf(renews)).toBe('ok');
  expect((await waits).token).toBe(accessToken);
  expect(await store.get()).toMatchObject({ accessToken, refreshToken: 'refresh-scoped-3' });
  await staysSignedIn(scoped);
});

test('the same where the renewal begins while the store is read for the new tokens', async () => {
  const server = await startScopedServer();
  const slow = new SlowStore(server.issue());
  const scoped = await openScoped({ server, tokenStore: slow });
  const { auth, questions } = scoped;
  const waits = ask(scoped, 'write');
  await until(() => questions.length === 1);
  slow.hold('get');
  questions[0]!.answer({ accessToken: server.issue('write').accessToken });
  await until(() => slow.waiting('get') === 1);
  const renewal = auth.refresh();
  await until(() => slow.waiting('get') === 2);
  const release = server.hold(REFRESH_PATH);
  // The renewal reads, and asks the auth server; then the step-up goes on with what it has read.
  slow.last('get');
  await until(() => slow.waiting('get') === 2);
  slow.last('get');
  await until(() => server.at(REFRESH_PATH).length === 1);
  slow.release();
  await quiet(server);
  release();

  await Promise.all([codeOf(renewal), codeOf(waits)]);
  await staysSignedIn(scoped);
});

test('a renewal while the new tokens are being stored adopts them', async () => {
  const server = await startScopedServer();
  const slow = new SlowStore(server.issue());
  const scoped = await openScoped({ server, tokenStore: slow });
  const { api, questions } = scoped;
  const answerLate = server.hold('/late');
  const late = api.get<{ token: string }>('/late');
  await until(() => server.at('/late').length === 1);
  const waits = ask(scoped, 'write');
  await until(() => questions.length === 1);
  slow.hold('set');
  server.expire();
  questions[0]!.answer(server.issue('write'));
  await until(() => slow.waiting('set') === 1);
  answerLate();
  await quiet(server);
  slow.release();

  expect((await late).data.token).toBe('access-scoped-2');
  expect((await waits).token).toBe('access-scoped-2');
  expect(server.at(REFRESH_PATH)).toEqual([]);
});

test('G21: signOut while the new tokens wait for a renewal: they are not stored, and revoked', async () => {
  const revoked: string[] = [];
  const scoped = await openScoped({
    revoke: (tokens) => void revoked.push(tokens!.accessToken),
  });
  const { auth, server, store, questions } = scoped;
  const waits = codeOf(ask(scoped, 'write'));
  await until(() => questions.length === 1);
  const release = server.hold(REFRESH_PATH);
  const renewal = codeOf(auth.refresh());
  await until(() => server.at(REFRESH_PATH).length === 1);
  const { accessToken } = server.issue('write');
  questions[0]!.answer({ accessToken });
  await quiet(server);
  await auth.signOut();
  release();

  expect(await Promise.all([waits, renewal])).toEqual(Array(2).fill('ERR_AUTH_SIGNED_OUT'));
  await quiet(server);
  expect(await store.get()).toBeNull();
  expect(revoked).toContain(accessToken);
});

const THROUGH = [
  ['context.client', false],
  ['the attached instance', true],
] as const;

test.each(THROUGH)(
  'G8: a request that onStepUp makes through %s is no deadlock',
  async (_, own) => {
    const inner: string[] = [];
    const scoped: Scoped = await openScoped({
      onStepUp: async (_challenge, { client }) => {
        await gateOpen();
        const through = own ? scoped.api : client;
        inner.push(await codeOf(through.get('/open')), await codeOf(through.get('/needs/write')));
        return scoped.server.issue('write');
      },
    });
    expect((await ask(scoped, 'write')).token).toBe('access-scoped-2');
    // The second meets the very challenge that is being met, and gets its own 403 or 401.
    expect(inner).toEqual(['ok', 'ERR_BAD_REQUEST']);
  },
);

test('G8: where nothing tells its request apart, stepUpTimeout ends the wait for itself', async () => {
  withoutAsyncContext();
  const scoped: Scoped = await openScoped({
    stepUpTimeout: 200,
    onStepUp: async () => {
      await gateOpen();
      await codeOf(ask(scoped, 'write'));
      return scoped.server.issue('write');
    },
  });
  expect(await codeOf(ask(scoped, 'write'))).toBe('ERR_BAD_REQUEST');
});

/** A turn of the event loop, after which the synchronous part of a caller is over. */
async function gateOpen(): Promise<void> {
  const { promise, open } = gate();
  setImmediate(open);
  await promise;
}

test('G8: a request of onStepUp that meets the expiry is renewed and sent again', async () => {
  const scoped: Scoped = await openScoped({
    onStepUp: async () => {
      scoped.server.expire();
      await scoped.api.get('/a');
      return { accessToken: scoped.server.issue('write').accessToken };
    },
  });
  expect((await ask(scoped, 'write')).path).toBe('/needs/write');
  await staysSignedIn(scoped);
});

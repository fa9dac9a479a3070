import { ask, openScoped, startScopedServer, type Scoped } from '../support/scoped-server';
import { cleanUp, codeOf, REFRESH_PATH, settle, until } from '../support/session';
import { SlowStore } from '../support/slow-store';

afterEach(cleanUp);

/** Renews once more: a refresh token that was lost shows by being used a second time. */
async function staysSignedIn({ api, server }: Scoped): Promise<void> {
  server.expire();
  expect(await codeOf(api.get('/a'))).toBe('ok');
  expect(server.reused).toBe(0);
}

describe('Step-up: a renewal while the question is open', () => {
  test('a renewal goes on while the question is open, and delays nobody', async () => {
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
    await settle(server);
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
    const release = server.hold(REFRESH_PATH);
    // The renewal reads, and asks the auth server; then the step-up goes on with what it has read.
    await until(() => {
      if (slow.waiting('get') > 1) slow.last('get');
      return server.at(REFRESH_PATH).length === 1;
    });
    slow.release();
    await settle(server);
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
    await settle(server);
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
    await settle(server);
    await auth.signOut();
    release();

    expect(await Promise.all([waits, renewal])).toEqual(Array(2).fill('ERR_AUTH_SIGNED_OUT'));
    await settle(server);
    expect(await store.get()).toBeNull();
    expect(revoked).toContain(accessToken);
  });
});

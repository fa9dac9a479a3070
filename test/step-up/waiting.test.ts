import { ask, openScoped, startScopedServer } from '../support/scoped-server';
import { cleanUp, recordEvents, settle, until } from '../support/session';

afterEach(cleanUp);

describe('Step-up: requests that wait for the same question', () => {
  test('other requests go on while the question is open, and are answered', async () => {
    const scoped = await openScoped();
    const { api, server, questions } = scoped;
    const waits = ask(scoped, 'write');
    await until(() => questions.length === 1);

    const others = await Promise.all(['/a', '/b'].map((path) => api.get<{ token: string }>(path)));
    expect(others.map(({ data }) => data.token)).toEqual(['access-scoped-1', 'access-scoped-1']);
    expect(server.at('/needs/write')).toHaveLength(1);
    questions[0]!.answer(server.issue('write'));

    expect((await waits).token).toBe('access-scoped-2');
    expect((await api.get<{ token: string }>('/c')).data.token).toBe('access-scoped-2');
    expect([server.at('/a').length, server.at('/b').length]).toEqual([1, 1]);
  });

  test('requests that met the same challenge are asked about once, and counted as held', async () => {
    const scoped = await openScoped();
    const { auth, server, questions } = scoped;
    const events = recordEvents(auth);
    const waiting = Array.from({ length: 5 }, () => ask(scoped, 'write'));
    await until(() => server.at('/needs/write').length === 5 && questions.length === 1);
    await settle(server);
    questions[0]!.answer(server.issue('write'));

    const tokens = (await Promise.all(waiting)).map(({ token }) => token);
    expect(tokens).toEqual(Array(5).fill('access-scoped-2'));
    expect(questions).toHaveLength(1);
    await until(() => events.length > 0);
    expect(events).toEqual([
      { type: 'refreshed', ms: expect.any(Number) as number, attempts: 1, held: 5 },
    ]);
  });

  test('one that meets the challenge while the question is open joins it', async () => {
    const scoped = await openScoped();
    const { server, questions } = scoped;
    const first = ask(scoped, 'write');
    await until(() => questions.length === 1);
    const second = ask(scoped, 'write');
    await until(() => server.at('/needs/write').length === 2);
    await settle(server);
    questions[0]!.answer(server.issue('write'));
    expect((await Promise.all([first, second])).map(({ token }) => token)).toEqual(
      Array(2).fill('access-scoped-2'),
    );
    expect(questions).toHaveLength(1);
  });

  test('two challenges are put one after the other', async () => {
    const scoped = await openScoped();
    const { server, questions } = scoped;
    const answers = [ask(scoped, 'write'), ask(scoped, 'acr-2')];
    await until(() => server.at('/needs/write').length + server.at('/needs/acr-2').length === 2);
    await settle(server);
    expect(questions).toHaveLength(1);
    const first = questions[0]!.challenge.params.scope ?? 'acr-2';
    const second = first === 'write' ? 'acr-2' : 'write';
    questions[0]!.answer(server.issue(first));
    await until(() => questions.length === 2);
    // The second is put for the tokens that the first brought, so that nothing of it is lost.
    expect(questions[1]!.context.tokens.accessToken).toBe('access-scoped-2');
    questions[1]!.answer(server.issue(first, second));

    expect((await Promise.all(answers)).map(({ path }) => path)).toEqual([
      '/needs/write',
      '/needs/acr-2',
    ]);
    expect(questions).toHaveLength(2);
  });

  test('where the first of two questions has met both, the second is not put', async () => {
    const scoped = await openScoped();
    const { server, questions } = scoped;
    const answers = [ask(scoped, 'write'), ask(scoped, 'acr-2')];
    await until(() => server.at('/needs/write').length + server.at('/needs/acr-2').length === 2);
    await settle(server);
    questions[0]!.answer(server.issue('write', 'acr-2'));
    expect((await Promise.all(answers)).map(({ token }) => token)).toEqual(
      Array(2).fill('access-scoped-2'),
    );
    expect(questions).toHaveLength(1);
  });

  test('where the first question is declined, the second is still put', async () => {
    const scoped = await openScoped();
    const { server, questions } = scoped;
    const answers = [ask(scoped, 'write'), ask(scoped, 'acr-2')];
    await until(() => server.at('/needs/write').length + server.at('/needs/acr-2').length === 2);
    await until(() => questions.length === 1);
    const isWrite = questions[0]!.challenge.params.scope !== undefined;
    questions[0]!.answer(null);
    await until(() => questions.length === 2);
    questions[1]!.answer(server.issue('write', 'acr-2'));
    const settled = await Promise.allSettled(answers);
    const wanted = ['rejected', 'fulfilled'];
    expect(settled.map(({ status }) => status)).toEqual(isWrite ? wanted : wanted.reverse());
  });

  test('a late challenge for a replaced token is replayed, and the handler is not called', async () => {
    const scoped = await openScoped();
    const { server, questions } = scoped;
    const answerLate = server.hold('/needs/write/late');
    const late = ask(scoped, 'write/late');
    await until(() => server.at('/needs/write/late').length === 1);
    const first = ask(scoped, 'write');
    await until(() => questions.length === 1);
    questions[0]!.answer(server.issue('write'));
    await first;
    answerLate();

    expect((await late).token).toBe('access-scoped-2');
    expect(questions).toHaveLength(1);
  });

  test('a session on two instances asks once for both', async () => {
    const scoped = await openScoped();
    const { api, auth, server, questions } = scoped;
    const other = api.create();
    auth.attach(other);
    const answers = [ask(scoped, 'write'), ask({ api: other }, 'write')];
    await until(() => server.at('/needs/write').length === 2 && questions.length === 1);
    await settle(server);
    questions[0]!.answer(server.issue('write'));
    expect((await Promise.all(answers)).map(({ token }) => token)).toEqual(
      Array(2).fill('access-scoped-2'),
    );
    expect(questions).toHaveLength(1);
  });

  test('a token that no longer meets the challenge (max_age) is asked about anew', async () => {
    const scoped = await openScoped();
    const { server, questions } = scoped;
    const first = ask(scoped, 'acr-2');
    await until(() => questions.length === 1);
    questions[0]!.answer(server.issue('acr-2'));
    await first;
    server.demote();
    const second = ask(scoped, 'acr-2');
    await until(() => questions.length === 2);
    questions[1]!.answer(server.issue('acr-2'));
    expect((await second).token).toBe('access-scoped-3');
  });

  test('so is the token of a renewal, with which a request is sent again', async () => {
    const server = await startScopedServer();
    const scoped = await openScoped({ server, refresh: () => server.issue() });
    const { questions } = scoped;
    const first = ask(scoped, 'acr-2');
    await until(() => questions.length === 1);
    questions[0]!.answer(server.issue('acr-2'));
    await first;
    server.expire();
    const second = ask(scoped, 'acr-2');
    await until(() => questions.length === 2);
    expect(questions[1]!.context.tokens.accessToken).toBe('access-scoped-3');
    questions[1]!.answer(server.issue('acr-2'));
    expect((await second).token).toBe('access-scoped-4');
  });

  test('the event says how long it took', async () => {
    const real = performance.now.bind(performance);
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => real() + 1e9);
    const server = await startScopedServer();
    const scoped = await openScoped({ server, handler: () => server.issue('write') });
    const events = recordEvents(scoped.auth);
    await ask(scoped, 'write');
    await until(() => events.some(({ type }) => type === 'refreshed'));
    clock.mockRestore();
    const refreshed = events.find((event) => event.type === 'refreshed');
    expect(refreshed?.ms).toBeLessThan(1e8);
  });
});

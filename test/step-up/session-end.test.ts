import { Readable } from 'node:stream';
import { AxiosError, type AxiosAdapter } from 'axios';
import { abortBy, abortKinds, expectCanceled } from '../support/aborting';
import {
  ask,
  challengeFor,
  openScoped,
  type Answer,
  type Scoped,
  type ScopedOptions,
} from '../support/scoped-server';
import {
  attached,
  cleanUp,
  codeOf,
  gate,
  rejection,
  settle,
  turns,
  until,
} from '../support/session';
import { withStepUp } from '../support/step-up';

afterEach(cleanUp);

interface Asked extends Scoped {
  waiting: Promise<Answer>[];
}

/** A question is open, and two requests wait for its answer. */
async function withQuestion(options: ScopedOptions = {}): Promise<Asked> {
  const scoped = await openScoped(options);
  const waiting = [ask(scoped, 'write'), ask(scoped, 'write')];
  await until(() => scoped.server.at('/needs/write').length === 2 && scoped.questions.length === 1);
  await settle(scoped.server);
  return { ...scoped, waiting };
}

/** In place of a server: challenges what it is asked until it is good. */
const challenging =
  (isGood: () => boolean): AxiosAdapter =>
  (config) => {
    const headers = isGood() ? {} : { 'www-authenticate': challengeFor('write').header };
    const status = isGood() ? 200 : 403;
    const response = { data: '', status, statusText: '', headers, config };
    if (isGood()) return Promise.resolve(response);
    return Promise.reject(new AxiosError('no', undefined, config, null, response));
  };

describe('Step-up: the session ends or changes while the question is open', () => {
  test('G21: signOut wins: waiting requests reject, the tokens that arrive are dropped', async () => {
    const { auth, server, store, questions, waiting } = await withQuestion();
    await auth.signOut();
    expect(await Promise.all(waiting.map(codeOf))).toEqual(Array(2).fill('ERR_AUTH_SIGNED_OUT'));
    expect(questions[0]!.context.signal.aborted).toBe(true);

    questions[0]!.answer(server.issue('write'));
    await settle(server);
    expect([await store.get(), auth.status]).toEqual([null, 'signed-out']);
    expect(server.at('/needs/write')).toHaveLength(2);
  });

  test('G21: tokens that arrive after a signOut are revoked', async () => {
    const revoked: string[] = [];
    const { auth, server, questions } = await withQuestion({
      revoke: (tokens) => void revoked.push(tokens!.accessToken),
    });
    await auth.signOut();
    questions[0]!.answer(server.issue('write'));
    await until(() => revoked.length === 2);
    expect(revoked).toEqual(['access-scoped-1', 'access-scoped-2']);
  });

  test.each([
    ['it is none', {}, 1],
    ['it is one', { headerName: false as never }, 2],
  ])(
    'G21: an answer without a token is revoked after a signOut where the token is a cookie: %s',
    async (_, options, calls) => {
      const revoke = jest.fn();
      const { promise, open } = gate();
      const { api, auth } = attached({
        axios: { baseURL: 'https://api.example.com', adapter: challenging(() => false) },
        options: { ...withStepUp(() => promise.then(() => ({}) as never)), revoke, ...options },
      });
      const request = codeOf(api.get('/a'));
      await turns();
      await auth.signOut();
      open();
      expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
      await turns();
      expect(revoke).toHaveBeenCalledTimes(calls);
    },
  );

  test('G37: where the access token is a cookie, the handler may give nothing but its word', async () => {
    let isGood = false;
    const { api } = attached({
      axios: { baseURL: 'https://api.example.com', adapter: challenging(() => isGood) },
      options: {
        headerName: false as never,
        ...withStepUp(() => {
          isGood = true;
          return {} as never;
        }),
      },
    });
    expect((await api.get('/a')).status).toBe(200);
  });

  test('G21: tokens that arrive after a signIn are not: they may be of the same grant', async () => {
    const revoke = jest.fn();
    const { auth, server, questions } = await withQuestion({ revoke });
    await auth.signIn(server.issue('write'));
    questions[0]!.answer(server.issue('write'));
    await settle(server);
    expect(revoke).not.toHaveBeenCalled();
  });

  test('G22: signIn wins: no waiting request is sent as the new user', async () => {
    const scoped = await withQuestion();
    const { api, auth, server, store, questions, waiting } = scoped;
    const theirs = server.issue('write');
    await auth.signIn(theirs);
    expect(await Promise.all(waiting.map(codeOf))).toEqual(Array(2).fill('ERR_AUTH_SIGNED_OUT'));

    questions[0]!.answer(server.issue('write'));
    await settle(server);
    expect(await store.get()).toEqual(theirs);
    expect((await api.get<{ token: string }>('/a')).data.token).toBe(theirs.accessToken);
    expect(server.at('/needs/write')).toHaveLength(2);
  });

  test('G14: the new session is asked anew, although the question of the old one is open', async () => {
    const scoped = await withQuestion();
    const { auth, server, questions } = scoped;
    await auth.signIn(server.issue());
    const mine = ask(scoped, 'write');
    await until(() => questions.length === 2);
    expect(questions[1]!.context.tokens.accessToken).toBe('access-scoped-2');
    questions[1]!.answer(server.issue('write'));
    expect(await mine).toMatchObject({ token: 'access-scoped-3' });
  });

  test('G25: detach does not end the question: what waits for it finishes', async () => {
    const { auth, server, store, questions, waiting } = await withQuestion();
    auth.detach();
    await settle(server);
    expect(questions[0]!.context.signal.aborted).toBe(false);
    questions[0]!.answer(server.issue('write'));
    const tokens = (await Promise.all(waiting)).map(({ token }) => token);
    expect(tokens).toEqual(Array(2).fill('access-scoped-2'));
    expect(await store.get()).toMatchObject({ accessToken: 'access-scoped-2' });
  });

  test('G25: after detach the question that was not yet put is put as well', async () => {
    const scoped = await withQuestion();
    const { server, questions } = scoped;
    const other = ask(scoped, 'acr-2');
    await until(() => server.at('/needs/acr-2').length === 1);
    await settle(server);
    scoped.auth.detach();
    questions[0]!.answer(server.issue('write'));
    await until(() => questions.length === 2);
    questions[1]!.answer(server.issue('write', 'acr-2'));
    expect((await other).token).toBe('access-scoped-3');
  });

  test.each(abortKinds)(
    'G20: %s rejects one that waits at once; the question goes on',
    async (by) => {
      const scoped = await withQuestion();
      const { server, questions, waiting } = scoped;
      const { config, abort } = abortBy(by);
      const mine = ask(scoped, 'write', config);
      await until(() => server.at('/needs/write').length === 3);
      await settle(server);
      abort();
      await expectCanceled(mine);
      expect(questions[0]!.context.signal.aborted).toBe(false);

      questions[0]!.answer(server.issue('write'));
      await Promise.all(waiting);
      await settle(server);
      // Two and their replays, and the one that was aborted.
      expect(server.at('/needs/write')).toHaveLength(5);
    },
  );

  test('G20: the one that caused the question may be aborted, and what it brings is kept', async () => {
    const scoped = await openScoped();
    const { server, questions, store } = scoped;
    const { config, abort } = abortBy('signal');
    const mine = ask(scoped, 'write', config);
    await until(() => questions.length === 1);
    abort();
    await expectCanceled(mine);
    const second = ask(scoped, 'write');
    await until(() => server.at('/needs/write').length === 2);
    await settle(server);
    questions[0]!.answer(server.issue('write'));
    expect((await second).token).toBe('access-scoped-2');
    expect(await store.get()).toMatchObject({ accessToken: 'access-scoped-2' });
  });

  test('G20: the timeout of a request bounds its wait, with the error that axios gives', async () => {
    const scoped = await withQuestion();
    const mine = ask(scoped, 'write', { timeout: 500 });
    expect(await rejection(mine)).toMatchObject({ name: 'AxiosError', code: 'ECONNABORTED' });
    scoped.questions[0]!.answer(scoped.server.issue('write'));
    await Promise.all(scoped.waiting);
  });

  test('G18: a one-shot body is not sent again; the new tokens are kept', async () => {
    const { api, server } = await openScoped({ handler: () => server.issue('write') });
    const error = await rejection(api.post('/needs/write', Readable.from(['once'])));
    expect(error).toMatchObject({
      code: 'ERR_AUTH_NOT_REPLAYABLE',
      response: { status: 403 },
      challenge: { params: { error: 'insufficient_scope', scope: 'write' } },
    });
    expect(server.at('/needs/write')).toHaveLength(1);
    const { data } = await api.post('/needs/write', Readable.from(['once']));
    expect(data).toMatchObject({ token: 'access-scoped-2', body: 'once' });
  });
});

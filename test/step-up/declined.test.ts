import { AxiosError } from 'axios';
import { isAuthError } from '../../src/index';
import type { Tokens } from '../../src/index';
import { json, startServer } from '../support/http-server';
import { ask, challengeFor, openScoped, type ScopedOptions } from '../support/scoped-server';
import {
  attached,
  cleanUp,
  gate,
  recordEvents,
  rejection,
  settle,
  until,
} from '../support/session';
import { STEP_UP_FAILED, withStepUp, type StepUpHandler } from '../support/step-up';

afterEach(cleanUp);

const WAYS: [string, StepUpHandler, Partial<ScopedOptions>?][] = [
  ['gives null', () => null],
  ['gives nothing', () => undefined],
  [
    'throws',
    () => {
      throw new Error('the window was closed');
    },
  ],
  ['rejects', () => Promise.reject(new Error('the window was closed'))],
  ['never answers', () => new Promise(() => undefined), { timeout: 30 }],
];

describe('Step-up: a question that is declined', () => {
  describe.each(WAYS)('a handler that %s', (_, handler, options) => {
    test.each(['write', 'acr-2'])(
      'every caller gets its own answer to %s, untouched, and the tokens stay',
      async (right) => {
        const signedOut: unknown[] = [];
        const scoped = await openScoped({
          handler,
          onSignedOut: (error) => void signedOut.push(error),
          ...options,
        });
        const { auth, server, store } = scoped;
        const events = recordEvents(auth);
        const before = await store.get();
        const paths = [right, `${right}/b`, `${right}/c`];
        const errors = await Promise.all(paths.map((path) => rejection(ask(scoped, path))));

        const { status, header } = challengeFor(right);
        expect(errors).toMatchObject(
          paths.map((path) => ({
            name: 'AxiosError',
            code: AxiosError.ERR_BAD_REQUEST,
            response: {
              status,
              data: { path: `/needs/${path}`, needs: right },
              headers: { 'www-authenticate': header },
            },
          })),
        );
        expect(errors.some(isAuthError)).toBe(false);
        expect(paths.map((path) => server.at(`/needs/${path}`).length)).toEqual([1, 1, 1]);
        expect([await store.get(), auth.status]).toEqual([before, 'signed-in']);
        expect([signedOut, events]).toEqual([[], []]);
      },
    );
  });

  test('a fault of the handler goes to the logger', async () => {
    const scoped = await openScoped({ handler: () => Promise.reject(new Error('closed')) });
    await rejection(ask(scoped, 'write'));
    await until(() => scoped.lines.length > 0);
    expect(scoped.lines).toEqual([[expect.stringContaining(STEP_UP_FAILED), new Error('closed')]]);
  });

  test('validateStatus still decides what becomes of an answer that was not stepped up', async () => {
    const { api } = await openScoped({
      handler: () => null,
      axios: { validateStatus: () => true },
    });
    expect(await api.get('/needs/write')).toMatchObject({ status: 403, data: { needs: 'write' } });
  });

  test('the signal of the handler aborts when its time is over', async () => {
    const { promise, open } = gate();
    const warn = jest.fn();
    const scoped = await openScoped({
      timeout: 30,
      logger: { warn },
      handler: (_challenge, { signal }) => {
        signal.addEventListener('abort', open);
        return new Promise(() => undefined);
      },
    });
    await rejection(ask(scoped, 'write'));
    await promise;
    await until(() => warn.mock.calls.length > 0);
    expect(warn.mock.calls).toEqual([[expect.stringContaining('took too long')]]);
  });

  test('tokens that come when the time is over are stored all the same', async () => {
    const scoped = await openScoped({ timeout: 30 });
    const { api, server, store, questions } = scoped;
    await rejection(ask(scoped, 'write'));
    const pair = server.issue('write');
    questions[0]!.answer(pair);
    await until(() => (store.get() as { accessToken: string }).accessToken === pair.accessToken);
    expect((await api.get('/needs/write')).status).toBe(200);
  });

  test('a request made later is asked about anew', async () => {
    const scoped = await openScoped();
    const { server, questions } = scoped;
    const first = ask(scoped, 'write');
    await until(() => questions.length === 1);
    questions[0]!.answer(null);
    await rejection(first);
    const second = ask(scoped, 'write');
    await until(() => questions.length === 2);
    questions[1]!.answer(server.issue('write'));
    expect((await second).token).toBe('access-scoped-2');
  });

  test.each(['write', 'acr-2'])(
    'the challenge %s that is raised again after it was met is handed on',
    async (right) => {
      const handler = jest.fn(() => scoped.server.issue('of no use'));
      const scoped = await openScoped({ handler });
      const error = await rejection(ask(scoped, right));
      expect(error).toMatchObject({
        name: 'AxiosError',
        response: { status: challengeFor(right).status },
        config: { headers: { Authorization: 'Bearer access-scoped-2' } },
      });
      expect(handler).toHaveBeenCalledTimes(1);
      expect(scoped.server.at(`/needs/${right}`)).toHaveLength(2);
    },
  );

  test('the same for all requests that waited: each is sent once more', async () => {
    const scoped = await openScoped();
    const { server, questions } = scoped;
    const waiting = [1, 2, 3].map(() => rejection(ask(scoped, 'write')));
    await until(() => server.at('/needs/write').length === 3 && questions.length === 1);
    await settle(server);
    questions[0]!.answer(server.issue('of no use'));
    await Promise.all(waiting);
    expect(questions).toHaveLength(1);
    expect(server.at('/needs/write')).toHaveLength(6);
  });

  test('the same for a late challenge, when the question has been answered', async () => {
    const scoped = await openScoped();
    const { server, questions } = scoped;
    const answerLate = server.hold('/needs/write/late');
    const late = rejection(ask(scoped, 'write/late'));
    await until(() => server.at('/needs/write/late').length === 1);
    const first = rejection(ask(scoped, 'write'));
    await until(() => questions.length === 1);
    questions[0]!.answer(server.issue('of no use'));
    await first;
    answerLate();
    await until(() => server.at('/needs/write/late').length === 2);
    await settle(server);
    // The token was got for this very challenge: to ask again would change nothing.
    expect(questions.length).toBe(1);
    expect(await late).toMatchObject({ name: 'AxiosError', response: { status: 403 } });
  });

  test('G12: no request is sent more than three times, whatever it is challenged for', async () => {
    const server = await startServer((_request, response, index) => {
      const challenge = `Bearer error="insufficient_scope", scope="level-${index}"`;
      json(response, 403, {}, { 'www-authenticate': challenge });
    });
    let level = 1;
    const handler = (): Tokens => ({ accessToken: `access-${++level}` });
    const { api } = attached({ axios: { baseURL: server.url }, options: withStepUp(handler) });
    await rejection(api.get('/'));
    expect(server.requests).toHaveLength(3);
  });

  test.each<[string, object]>([
    ['unusable', { accessToken: 'two words' }],
    ['without a token', {}],
  ])('G13: an answer that is %s is ERR_AUTH_INVALID_TOKENS; tokens stay', async (_, answer) => {
    const scoped = await openScoped({ handler: () => answer as never });
    const before = await scoped.store.get();
    expect(await rejection(ask(scoped, 'write'))).toMatchObject({
      code: 'ERR_AUTH_INVALID_TOKENS',
      response: { status: 403 },
      challenge: { params: { error: 'insufficient_scope' } },
    });
    expect(await scoped.store.get()).toEqual(before);
  });
});

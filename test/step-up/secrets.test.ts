import { Readable } from 'node:stream';
import { digFor } from '../support/digger';
import { ask, openScoped } from '../support/scoped-server';
import { cleanUp, gate, recordEvents, rejection, settle, until } from '../support/session';
import type { StepUpHandler } from '../support/step-up';
import { watchProcess } from '../support/watched';

afterEach(cleanUp);

const SECRETS = [1, 2, 3].flatMap((n) => [`access-scoped-${n}`, `refresh-scoped-${n}`]);

/** Everything that the session has reported, beside the answers of the server themselves. */
async function expectNoSecrets(reported: unknown): Promise<void> {
  expect(await digFor(SECRETS, reported)).toEqual([]);
}

const FAULTS: [string, StepUpHandler][] = [
  [
    'throws the tokens',
    (_challenge, { tokens }) => {
      throw Object.assign(new Error(JSON.stringify(tokens)), { tokens });
    },
  ],
  [
    'fails with an error of axios',
    (_challenge, { client, tokens }) => client.post('/needs/write', tokens),
  ],
  ['gives what is no token', (_challenge, { tokens }) => ({ accessToken: tokens as never })],
];

describe('Step-up: no token in errors, events and log lines', () => {
  test('G34: ERR_AUTH_NOT_REPLAYABLE, the events and the log lines of a step-up hold no token', async () => {
    const { api, auth, server, lines } = await openScoped({
      handler: () => server.issue('write'),
    });
    const events = recordEvents(auth);
    const error = await rejection(api.post('/needs/write', Readable.from(['once'])));
    expect(error.code).toBe('ERR_AUTH_NOT_REPLAYABLE');
    await until(() => events.length > 0 && lines.length > 0);
    await expectNoSecrets([error, events, lines]);
  });

  test('G34: ERR_AUTH_SIGNED_OUT of a request that waited for a step-up holds no token', async () => {
    const scoped = await openScoped();
    const events = recordEvents(scoped.auth);
    const waits = rejection(ask(scoped, 'acr-2'));
    await until(() => scoped.questions.length === 1);
    await scoped.auth.signOut();
    const error = await waits;
    expect(error).toMatchObject({ code: 'ERR_AUTH_SIGNED_OUT', response: { status: 401 } });
    await expectNoSecrets([error, events, scoped.lines]);
  });

  test.each(FAULTS)('G34: no log line holds a token where the handler %s', async (_, handler) => {
    const scoped = await openScoped({ handler });
    const events = recordEvents(scoped.auth);
    const error = await rejection(ask(scoped, 'write'));
    await settle(scoped.server);
    // The caller's own 403 is the one of axios, and shows what the caller sent.
    const mine = error.name === 'AuthError' ? error : undefined;
    await expectNoSecrets([mine, events, scoped.lines]);
  });

  test('G34: the challenge of an error holds no token that the server has echoed', async () => {
    const { api, questions } = await openScoped({
      axios: {
        adapter: (config) => {
          const echo = `Bearer error="insufficient_scope", scope="${String(config.headers.Authorization)}"`;
          const headers = { 'www-authenticate': echo };
          return Promise.resolve({ data: '', status: 403, statusText: '', headers, config });
        },
      },
      handler: () => Promise.resolve({ accessToken: 'two words' }),
    });
    const error = await rejection(api.get('/'));
    expect(error).toMatchObject({ code: 'ERR_AUTH_INVALID_TOKENS' });
    expect(questions).toEqual([]);
    await expectNoSecrets(error);
  });

  test('G35: a handler that fails after its time leaves no unhandled rejection', async () => {
    const watch = watchProcess();
    const { promise, open } = gate();
    const scoped = await openScoped({
      timeout: 20,
      handler: async () => {
        await promise;
        throw new Error('too late');
      },
    });
    await rejection(ask(scoped, 'write'));
    open();
    expect(await watch.settled()).toEqual([]);
  });
});

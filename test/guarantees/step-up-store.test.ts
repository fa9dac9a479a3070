import { memoryStore } from '../../src/index';
import type { AuthEvent, Tokens, TokenStore } from '../../src/index';
import { until } from '../server/client';
import { cleanUp } from '../support/rig';
import { ask, openScoped, startScopedServer, type Scoped } from '../support/scoped-server';

afterEach(cleanUp);

interface Broken extends Scoped {
  waits: ReturnType<typeof ask>;
  breaks: Set<keyof TokenStore>;
}

/** A question is open; from now on the store fails at what `breaks` names. */
async function withBroken(): Promise<Broken> {
  const server = await startScopedServer();
  const inner = memoryStore(server.issue() as Tokens);
  const breaks = new Set<keyof TokenStore>();
  const check = (method: keyof TokenStore): void => {
    if (breaks.has(method)) throw new Error('the disk is full');
  };
  const scoped = await openScoped({
    server,
    tokenStore: {
      get() {
        check('get');
        return inner.get();
      },
      set(tokens: Tokens) {
        check('set');
        return inner.set(tokens);
      },
      clear: () => inner.clear(),
    },
  });
  const waits = ask(scoped, 'write');
  await until(() => scoped.questions.length === 1);
  return { ...scoped, waits, breaks };
}

test('G9: a store that cannot be written does not cost the tokens that onStepUp has brought', async () => {
  const { server, store, questions, waits, breaks } = await withBroken();
  breaks.add('set');
  questions[0]!.answer(server.issue('write'));
  expect((await waits).token).toBe('access-scoped-2');
  breaks.clear();
  await until(() => (store.get() as Tokens).accessToken === 'access-scoped-2');
});

test('G29: tokens that onStepUp has brought are told once, whoever reads them meanwhile', async () => {
  const { auth, server, questions, waits } = await withBroken();
  const events: AuthEvent[] = [];
  auth.subscribe((event) => events.push(event));
  questions[0]!.answer(server.issue('write'));
  const looking = setInterval(() => void look(), 0);
  async function look(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) await auth.getTokens();
  }
  await waits;
  clearInterval(looking);
  await until(() => events.length > 0);
  expect(events).toEqual([expect.objectContaining({ type: 'refreshed', attempts: 1 })]);
});

test('G9: nor does one that cannot be read at that moment', async () => {
  const { api, server, questions, waits, breaks } = await withBroken();
  breaks.add('get');
  questions[0]!.answer(server.issue('write'));
  await waits.catch(() => undefined);
  breaks.clear();
  expect((await api.get<{ token: string }>('/a')).data.token).toBe('access-scoped-2');
});

test('G27: where the store has a lock, the tokens are read and written under it', async () => {
  const server = await startScopedServer();
  const inner = memoryStore(server.issue() as Tokens);
  let isHeld = false;
  const unguarded: string[] = [];
  const scoped = await openScoped({
    server,
    onStepUp: () => server.issue('write'),
    tokenStore: {
      ...inner,
      set(tokens) {
        if (!isHeld) unguarded.push(tokens.accessToken);
        return inner.set(tokens);
      },
      async lock(critical) {
        isHeld = true;
        try {
          return await critical();
        } finally {
          isHeld = false;
        }
      },
    },
  });
  expect((await ask(scoped, 'write')).token).toBe('access-scoped-2');
  expect(unguarded).toEqual([]);
});

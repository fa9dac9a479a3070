import { cachedStore, memoryStore } from '../../src/index';
import type { AuthEvent, Tokens, TokenStore } from '../../src/index';
import { READ_THROUGH, type StoreHints } from '../../src/stores/store';
import { ask, openScoped, startScopedServer, type Scoped } from '../support/scoped-server';
import { cleanUp, codeOf, settle, until, turns } from '../support/session';

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

describe('Step-up: the store of the new tokens', () => {
  test('G9: a store that cannot be written does not cost the tokens that the handler has brought', async () => {
    const { server, store, questions, waits, breaks } = await withBroken();
    breaks.add('set');
    questions[0]!.answer(server.issue('write'));
    expect((await waits).token).toBe('access-scoped-2');
    breaks.clear();
    await until(() => (store.get() as Tokens).accessToken === 'access-scoped-2');
  });

  test('G29: tokens that the handler has brought cause one event, whoever reads them meanwhile', async () => {
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

  test('G9: a store that cannot be read at that moment does not lose the tokens', async () => {
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
      handler: () => server.issue('write'),
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
});

describe('Step-up: a store that peers have as well', () => {
  test('G27: a refresh token that a peer has stored meanwhile is kept, also behind a cache', async () => {
    const server = await startScopedServer();
    const { accessToken, refreshToken } = server.issue();
    const peer = { accessToken, refreshToken: 'of a peer' };
    const tokenStore: TokenStore & StoreHints = {
      ...memoryStore({ accessToken, refreshToken }),
      [READ_THROUGH]: () => peer,
    };
    const better = server.issue('write').accessToken;
    const scoped = await openScoped({
      server,
      tokenStore,
      handler: () => ({ accessToken: better }),
    });
    await ask(scoped, 'write');
    expect(await scoped.store.get()).toEqual({ accessToken: better, refreshToken: 'of a peer' });
  });

  test.each([
    ['which the store tells of', true],
    ['of which nobody tells', false],
  ])('G29: a sign-out in another tab, %s, is not undone by a step-up', async (_, isTold) => {
    const server = await startScopedServer();
    let tokens: Tokens | null = server.issue();
    let changed: () => void = () => undefined;
    const tokenStore: TokenStore = {
      get: () => tokens,
      set: (given) => void (tokens = given),
      clear: () => void (tokens = null),
      subscribe(listener) {
        changed = listener;
        return () => undefined;
      },
    };
    const scoped = await openScoped({ server, tokenStore });
    const waiting = codeOf(ask(scoped, 'write'));
    await until(() => scoped.questions.length === 1);
    tokens = null;
    if (isTold) changed();
    await settle(server);
    scoped.questions[0]!.answer(server.issue('write'));
    expect(await waiting).toBe('ERR_AUTH_SIGNED_OUT');
    expect(tokens).toBeNull();
  });

  test('a lock that fails once for a step-up leaves cachedStore as it was', async () => {
    const server = await startScopedServer();
    const inner: TokenStore = memoryStore(server.issue());
    let reads = 0;
    let locks = 0;
    const store: TokenStore = {
      get() {
        reads++;
        return inner.get();
      },
      set: (tokens) => inner.set(tokens),
      clear: () => inner.clear(),
      lock: (critical) => (locks++ === 0 ? Promise.reject(new Error('away')) : critical()),
    };
    const tokenStore = cachedStore(store, { maxAge: Infinity });
    const scoped = await openScoped({ server, tokenStore, handler: () => server.issue('write') });
    await ask(scoped, 'write');
    reads = 0;
    for (let request = 0; request < 10; request++) await ask(scoped, 'write');
    expect(reads).toBeLessThan(3);
  });

  test('G26: listeners are called for a step-up after the lock is released', async () => {
    const server = await startScopedServer();
    const seen: boolean[] = [];
    let isHeld = false;
    const tokenStore: TokenStore = {
      ...memoryStore(server.issue()),
      async lock(critical) {
        isHeld = true;
        const result = await critical();
        await turns(20);
        isHeld = false;
        return result;
      },
    };
    const scoped = await openScoped({ server, tokenStore, handler: () => server.issue('write') });
    scoped.auth.subscribe(({ type }) => type === 'refreshed' && seen.push(isHeld));
    await ask(scoped, 'write');
    await until(() => seen.length === 1);
    expect(seen).toEqual([false]);
  });
});

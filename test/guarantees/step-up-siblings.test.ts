import { cachedStore, memoryStore } from '../../src/index';
import type { Tokens, TokenStore } from '../../src/index';
import { until } from '../support/until';
import { cleanUp } from '../support/rig';
import { ask, openScoped, quiet, startScopedServer } from '../support/scoped-server';
import { codeOf } from '../support/token-server';

afterEach(cleanUp);

test('G29: a sign-out in another tab is not undone by a step-up', async () => {
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
  changed();
  await quiet(server);
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
  const scoped = await openScoped({ server, tokenStore, onStepUp: () => server.issue('write') });
  await ask(scoped, 'write');
  reads = 0;
  for (let request = 0; request < 10; request++) await ask(scoped, 'write');
  expect(reads).toBeLessThan(3);
});

test('G26: listeners hear of a step-up when the lock is given back', async () => {
  const server = await startScopedServer();
  const seen: boolean[] = [];
  let isHeld = false;
  const tokenStore: TokenStore = {
    ...memoryStore(server.issue()),
    async lock(critical) {
      isHeld = true;
      const result = await critical();
      await new Promise((resolve) => setTimeout(resolve, 20));
      isHeld = false;
      return result;
    },
  };
  const scoped = await openScoped({ server, tokenStore, onStepUp: () => server.issue('write') });
  scoped.auth.subscribe(({ type }) => type === 'refreshed' && seen.push(isHeld));
  await ask(scoped, 'write');
  await until(() => seen.length === 1);
  expect(seen).toEqual([false]);
});

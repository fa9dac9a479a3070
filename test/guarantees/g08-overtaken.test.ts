import { AsyncLocalStorage } from 'node:async_hooks';
import { memoryStore } from '../../src/index';
import type { Tokens } from '../../src/index';
import { cleanUp, onCleanUp } from '../support/rig';
import { until } from '../support/until';
import {
  codeOf,
  gate,
  openSession,
  REFRESH_PATH,
  settle,
  startTokenServer,
  type Opened,
  type Pair,
} from '../support/token-server';

afterEach(cleanUp);

describe('G8: an overtaken or late refresh does not disturb the next one', () => {
  test.each([
    ['a sign-in', (opened: Opened, bob: Tokens) => opened.auth.signIn(bob)],
    [
      'a sign-out and a sign-in',
      async ({ auth }: Opened, bob: Tokens) => {
        await auth.signOut();
        await auth.signIn(bob);
      },
    ],
  ])('the next one goes through the attached instance, after %s', async (_, overtake) => {
    const server = await startTokenServer();
    const first = gate();
    const second = gate();
    const bob = server.issue('bob');
    let calls = 0;
    const opened: Opened = openSession(server, {
      refreshTimeout: 15_000,
      cookieRefresh: true,
      tokenStore: memoryStore({ accessToken: server.issue().accessToken }),
      refresh: async () => {
        if (++calls === 1) {
          await first.promise;
          return { accessToken: 'access-alice-99' };
        }
        await second.promise;
        // Nothing but the call tells that this is the refresh.
        const headers = { Cookie: `refresh=${bob.refreshToken}` };
        const { data } = await opened.api.post<Pair>(REFRESH_PATH, null, { headers });
        return { accessToken: data.accessToken };
      },
    });
    const { api } = opened;
    server.expire();
    const overtaken = codeOf(api.get('/a'));
    await until(() => calls === 1);
    await overtake(opened, { accessToken: bob.accessToken });
    server.expire();
    const request = codeOf(api.get('/b'));
    await until(() => calls === 2);
    first.open();
    await settle(server);
    second.open();

    expect(await overtaken).toBe('ERR_AUTH_SIGNED_OUT');
    expect(await request).toBe('ok');
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
    expect(server.at('/b').map(({ token }) => token)).toEqual(['access-bob-1', 'access-bob-3']);
  });

  test('two sessions, each with a refresh through its own instance', async () => {
    const servers = [await startTokenServer(), await startTokenServer()];
    const gates = [gate(), gate()];
    const sessions: Opened[] = servers.map((server, index) =>
      openSession(server, {
        refreshTimeout: 15_000,
        refresh: async (tokens) => {
          await gates[index]!.promise;
          const body = { token: tokens?.refreshToken };
          return (await sessions[index]!.api.post<Pair>(REFRESH_PATH, body)).data;
        },
      }),
    );
    for (const server of servers) server.expire();
    const requests = sessions.map(({ api }) => codeOf(api.get('/a')));
    await until(() => servers.every((server) => server.at('/a').length === 1));
    for (const [index, server] of servers.entries()) {
      gates[index]!.open();
      await settle(server);
    }
    expect(await Promise.all(requests)).toEqual(['ok', 'ok']);
  });
});

describe('G39: an AsyncLocalStorage that can do less than that of Node', () => {
  /** As Cloudflare Workers have it with `nodejs_compat`. */
  class Limited {
    readonly #storage = new AsyncLocalStorage<unknown>();
    run<R>(store: unknown, work: () => R): R {
      return this.#storage.run(store, work);
    }
    getStore(): unknown {
      return this.#storage.getStore();
    }
    disable(): void {
      throw new Error('asyncLocalStorage.disable() is not implemented');
    }
    enterWith(): void {
      throw new Error('asyncLocalStorage.enterWith() is not implemented');
    }
  }

  beforeEach(() => {
    const host = process as { getBuiltinModule?: unknown };
    const original = host.getBuiltinModule;
    host.getBuiltinModule = () => ({ AsyncLocalStorage: Limited });
    onCleanUp(() => {
      host.getBuiltinModule = original;
    });
  });

  test('the tokens of a refresh through context.client are stored', async () => {
    const server = await startTokenServer();
    const { api, store } = openSession(server);
    server.expire();
    expect(await codeOf(api.get('/a'))).toBe('ok');
    expect(await store.get()).toMatchObject({ accessToken: 'access-alice-2' });
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test('and those of a refresh through the attached instance, time and again', async () => {
    const server = await startTokenServer();
    const opened: Opened = openSession(server, {
      refreshTimeout: 15_000,
      refresh: async (tokens) => {
        await Promise.resolve();
        const body = { token: tokens?.refreshToken };
        return (await opened.api.post<Pair>(REFRESH_PATH, body)).data;
      },
    });
    for (let expiry = 1; expiry <= 3; expiry++) {
      server.expire();
      expect(await codeOf(opened.api.get('/a'))).toBe('ok');
    }
    expect(server.at(REFRESH_PATH)).toHaveLength(3);
    expect(await opened.store.get()).toMatchObject({ accessToken: 'access-alice-4' });
  });
});

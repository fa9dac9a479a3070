import { memoryStore } from '../../src/index';
import type { AuthOptions } from '../../src/index';
import { attached } from '../support/attached';
import { json, startServer, type TestServer } from '../support/http-server';
import { cleanUp } from '../support/rig';
import { codeOf, gate } from '../support/token-server';
import { until } from '../support/until';

afterEach(cleanUp);

describe('G37: the access token is an HttpOnly cookie as well', () => {
  /** Refuses until it was refreshed, which is answered with 204. */
  async function cookies(
    options: Partial<AuthOptions> = {},
  ): Promise<
    ReturnType<typeof attached> & { server: TestServer; expire(): void; refreshes(): number }
  > {
    let isGood = true;
    let refreshes = 0;
    const server = await startServer(({ url }, response) => {
      if (url === '/auth/refresh') {
        refreshes++;
        isGood = true;
        response.writeHead(204).end();
      } else json(response, isGood ? 200 : 401, isGood ? { ok: true } : { code: 'TOKEN_EXPIRED' });
    });
    const opened = attached({
      axios: { baseURL: server.url },
      options: {
        headerName: false,
        tokenStore: memoryStore(),
        refresh: async (_tokens, { client }) => {
          await client.post('/auth/refresh');
        },
        ...options,
      } as Partial<AuthOptions>,
    });
    return {
      ...opened,
      server,
      refreshes: () => refreshes,
      expire() {
        isGood = false;
      },
    };
  }

  const signIn = (auth: { signIn: unknown }): Promise<void> =>
    (auth.signIn as () => Promise<void>).call(auth);

  test('one refresh for many requests, each replayed, and no header', async () => {
    const { api, auth, server, expire, refreshes } = await cookies();
    await signIn(auth);
    expect(auth.status).toBe('signed-in');
    expire();
    const codes = await Promise.all([1, 2, 3, 4].map((n) => codeOf(api.post('/a', { n }))));
    expect(codes).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(refreshes()).toBe(1);
    expect(server.requests.filter(({ headers }) => 'authorization' in headers)).toEqual([]);
  });

  test('null ends the session', async () => {
    const { api, auth, expire } = await cookies({ refresh: () => null });
    await signIn(auth);
    expire();
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    expect(auth.status).toBe('signed-out');
  });

  test('signOut() ends it, and rejects what waits', async () => {
    const { promise, open } = gate();
    let called = false;
    const { api, auth, expire } = await cookies({
      refresh: (async () => {
        called = true;
        await promise;
      }) as unknown as AuthOptions['refresh'],
    });
    await signIn(auth);
    expire();
    const request = codeOf(api.get('/a'));
    await until(() => called);
    const held = codeOf(api.get('/b'));
    await auth.signOut();
    open();
    expect([await request, await held]).toEqual(['ERR_AUTH_SIGNED_OUT', 'ERR_AUTH_SIGNED_OUT']);
    expect(auth.status).toBe('signed-out');
  });
});

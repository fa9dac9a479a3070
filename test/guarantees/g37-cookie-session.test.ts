import { memoryStore } from '../../src/index';
import type { AuthOptions, TokenStore } from '../../src/index';
import { attached } from '../support/attached';
import { json, startServer, type TestServer } from '../support/http-server';
import { createMutex } from '../support/locked-store';
import { cleanUp } from '../support/rig';
import {
  codeOf,
  gate,
  openSession,
  recordEvents,
  settle,
  turns,
  type Opened,
  type OpenOptions,
} from '../support/session';
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

  test('a refresh that resolves with the whole answer of axios keeps nothing of it', async () => {
    const tokenStore = memoryStore();
    const refresh = ((_tokens: unknown, { client }: { client: { post(url: string): unknown } }) =>
      client.post('/auth/refresh')) as never;
    const { api, auth, expire } = await cookies({ tokenStore, refresh });
    await auth.signIn();
    expire();
    await api.get('/a');
    expect(Object.keys((await tokenStore.get()) ?? {})).toEqual(['accessToken']);
  });
});

describe('G37: many tabs over one store', () => {
  /** One browser: its cookies are of all tabs, so the server knows no tab from another. */
  interface Browser {
    server: TestServer;
    /** Another tab. */
    open(options?: Partial<AuthOptions>): Tab;
    /** The access cookie has expired from here on. */
    expire(): void;
    /** The refresh cookie is refused from here on. */
    endSession(): void;
    /** The answer to this path, which is decided on arrival, waits until what this returns is called. */
    hold(path: string): () => void;
    /** Requests that have arrived at the path. */
    at(path: string): number;
    /** What the store holds. */
    stored(): unknown;
  }

  interface Tab extends Opened {
    notified: unknown[];
  }

  async function startBrowser(): Promise<Browser> {
    let isFresh = true;
    let isOver = false;
    const holds = new Map<string, Promise<void>>();
    const server = await startServer(async ({ url }, response) => {
      if (url === '/auth/refresh' && !isOver) isFresh = true;
      const isGood = isFresh && !isOver;
      await holds.get(url);
      if (url === '/open') json(response, 200, {});
      else if (url !== '/auth/refresh') {
        json(response, isGood ? 200 : 401, isGood ? { ok: true } : { code: 'TOKEN_EXPIRED' });
      } else response.writeHead(isGood ? 204 : 401).end();
    });

    const memory = memoryStore();
    const { lock } = createMutex();
    const tabs: (() => void)[] = [];
    /** The store as one tab sees it: it hears of what the others do. */
    const storeOfTab = (): TokenStore => {
      let mine: (() => void) | undefined;
      const tell = (): void => {
        for (const changed of tabs) if (changed !== mine) changed();
      };
      return {
        get: () => memory.get(),
        set: async (tokens) => {
          await memory.set(tokens);
          tell();
        },
        clear: async () => {
          await memory.clear();
          tell();
        },
        lock: lock as NonNullable<TokenStore['lock']>,
        subscribe(changed) {
          mine = changed;
          tabs.push(changed);
          return () => void tabs.splice(tabs.indexOf(changed), 1);
        },
      };
    };

    return {
      server,
      open(options = {}) {
        const notified: unknown[] = [];
        const given = {
          headerName: false,
          tokenStore: storeOfTab(),
          refreshRetries: 0,
          refresh: async (_tokens: unknown, { client }: { client: Opened['api'] }) => {
            await client.post('/auth/refresh');
          },
          onSignedOut: (error: { code: string } | null, reason: string) =>
            void notified.push([error?.code ?? null, reason]),
          ...options,
        } as unknown as OpenOptions;
        return { ...openSession({ url: server.url }, given), notified };
      },
      expire() {
        isFresh = false;
      },
      endSession() {
        isOver = true;
      },
      hold(path) {
        const { promise, open } = gate();
        holds.set(path, promise);
        return () => {
          holds.delete(path);
          open();
        };
      },
      at: (path) => server.requests.filter(({ url }) => url === path).length,
      stored: () => memory.get(),
    };
  }

  const signIn = ({ auth }: Tab): Promise<void> => auth.signIn.call(auth);

  test('a sign-in in one tab is seen in the other', async () => {
    const browser = await startBrowser();
    const [one, two] = [browser.open(), browser.open()];
    const events = recordEvents(two.auth);
    await signIn(one);
    await until(() => two.auth.status === 'signed-in');
    await until(() => events.length > 0);
    expect(events).toEqual([{ type: 'signed-in' }]);
    expect([await codeOf(two.api.get('/a')), browser.at('/auth/refresh')]).toEqual(['ok', 0]);
  });

  test('they refresh once per expiry between them', async () => {
    const browser = await startBrowser();
    const tabs = Array.from({ length: 3 }, () => browser.open());
    await signIn(tabs[0]!);
    for (let expiry = 1; expiry <= 3; expiry++) {
      await until(() => tabs.every(({ auth }) => auth.status === 'signed-in'));
      browser.expire();
      const requests = tabs.flatMap(({ api }) => [api.get('/a'), api.post('/b', {})]);
      expect(await Promise.all(requests.map(codeOf))).toEqual(Array(6).fill('ok'));
      expect(browser.at('/auth/refresh')).toBe(expiry);
      await settle(browser.server);
    }
  });

  test('a late 401 of one tab after the renewal of the other is sent again without a refresh', async () => {
    const browser = await startBrowser();
    const [one, two] = [browser.open(), browser.open()];
    await signIn(one);
    await until(() => two.auth.status === 'signed-in');
    browser.expire();
    const answerLate = browser.hold('/late');
    const late = codeOf(two.api.get('/late'));
    await until(() => browser.at('/late') === 1);
    const events = recordEvents(two.auth);
    expect(await codeOf(one.api.get('/a'))).toBe('ok');
    await until(() => events.some(({ type }) => type === 'refreshed'));
    answerLate();

    expect(await late).toBe('ok');
    expect([browser.at('/late'), browser.at('/auth/refresh')]).toEqual([2, 1]);
    expect(events).toEqual([{ type: 'refreshed', ms: 0, attempts: 0, held: 0 }]);
  });

  test('a sign-out in one tab signs the other out', async () => {
    const browser = await startBrowser();
    const [one, two] = [browser.open(), browser.open()];
    await signIn(one);
    await until(() => two.auth.status === 'signed-in');
    await one.auth.signOut();
    await until(() => two.notified.length > 0);
    expect([two.auth.status, two.notified]).toEqual(['signed-out', [[null, 'elsewhere']]]);
    expect(one.notified).toEqual([[null, 'signed-out']]);
    await codeOf(two.api.get('/a'));
    expect([browser.at('/auth/refresh'), browser.stored()]).toEqual([0, null]);
  });

  test('a sign-out in one tab wins over a refresh that is in flight in the other', async () => {
    const browser = await startBrowser();
    const [one, two] = [browser.open(), browser.open()];
    await signIn(one);
    await until(() => two.auth.status === 'signed-in');
    browser.expire();
    const release = browser.hold('/auth/refresh');
    const refused = codeOf(two.api.get('/a'));
    await until(() => browser.at('/auth/refresh') === 1);
    const held = codeOf(two.api.post('/b', {}));
    await one.auth.signOut();
    await turns();
    release();

    expect([await refused, await held]).toEqual(['ERR_AUTH_SIGNED_OUT', 'ERR_AUTH_SIGNED_OUT']);
    await settle(browser.server);
    expect([browser.at('/b'), browser.stored(), two.auth.status]).toEqual([0, null, 'signed-out']);
  });

  test('a session that the auth server ends in one tab is over in the other', async () => {
    const browser = await startBrowser();
    const [one, two] = [browser.open(), browser.open()];
    await signIn(one);
    await until(() => two.auth.status === 'signed-in');
    browser.endSession();
    expect(await codeOf(one.api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    await until(() => two.notified.length > 0);
    expect([one.notified, two.notified]).toEqual([
      [['ERR_AUTH_SESSION_EXPIRED', 'expired']],
      [[null, 'elsewhere']],
    ]);
  });

  test('a tab that is opened later is signed in, and asks nobody', async () => {
    const browser = await startBrowser();
    await signIn(browser.open());
    const later = browser.open();
    expect(await codeOf(later.api.get('/a'))).toBe('ok');
    expect([later.auth.status, browser.at('/auth/refresh')]).toEqual(['signed-in', 0]);
    expect(await later.auth.getAccessToken()).toBeNull();
  });

  test('a tab over an empty store asks with its cookie before the first request', async () => {
    const browser = await startBrowser();
    const { api, auth } = browser.open();
    const events = recordEvents(auth);
    expect(await codeOf(api.get('/a'))).toBe('ok');
    await until(() => events.length === 2);
    expect(events).toMatchObject([
      { type: 'refreshing', reason: 'missing' },
      { type: 'refreshed' },
    ]);
    expect([auth.status, browser.at('/auth/refresh'), browser.at('/a')]).toEqual([
      'signed-in',
      1,
      1,
    ]);
  });
});

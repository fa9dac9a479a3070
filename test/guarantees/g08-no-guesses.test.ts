import { memoryStore } from '../../src/index';
import type { AxiosInstance } from 'axios';
import { controlClocks } from '../support/clocks';
import { cleanUp } from '../support/rig';
import { until } from '../support/until';
import {
  codeOf,
  gate,
  openSession,
  REFRESH_PATH,
  settle,
  startTokenServer,
  withoutAsyncContext,
  type Opened,
  type OpenOptions,
  type Pair,
  type TokenServer,
} from '../support/token-server';

afterEach(cleanUp);

/** Longer than any guess of version 1 took; a slow machine makes it no harder to pass. */
const longer = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_500));

const post = async (url: string, refreshToken: unknown): Promise<Pair> => {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ refreshToken }) });
  return (await answer.json()) as Pair;
};

interface Held extends Opened {
  server: TokenServer;
  /** A request that was refused and waits for the refresh. */
  first: Promise<string>;
  release(): void;
}

/** As in a browser: a refresh by `fetch` is under way, and is not answered yet. */
async function midRefresh(options: OpenOptions = {}): Promise<Held> {
  withoutAsyncContext();
  const server = await startTokenServer();
  const opened = openSession(server, {
    refresh: (tokens) => post(server.url + REFRESH_PATH, tokens?.refreshToken),
    ...options,
  });
  const release = server.hold(REFRESH_PATH);
  server.expire();
  const first = codeOf(opened.api.get('/a'));
  await until(() => server.at(REFRESH_PATH).length === 1);
  return { server, ...opened, first, release };
}

describe('G1: no request is sent without its token because of a guess', () => {
  test.each([
    ['POST /open', (api: AxiosInstance) => api.post<unknown>('/open', {})],
    ['GET /open', (api: AxiosInstance) => api.get<unknown>('/open')],
    ['POST /session/notes', (api: AxiosInstance) => api.post<unknown>('/session/notes', {})],
    ['POST /auth/login-history', (api: AxiosInstance) => api.post<unknown>('/auth/login-history')],
  ])('%s is held while a refresh by fetch is under way', async (_, send) => {
    const { server, api, first, release } = await midRefresh();
    const before = server.arrivals.length;
    const held = send(api).then(({ data }) => data);
    await longer();
    expect(server.arrivals.slice(before)).toEqual([]);
    release();

    expect(await held).toMatchObject({ user: 'alice', token: 'access-alice-2' });
    expect(await first).toBe('ok');
  });

  test('held requests are sent once each, with the new token', async () => {
    const { server, api, first, release } = await midRefresh({ cookieRefresh: true });
    const held = ['/b', '/c', '/d'].map((path) => codeOf(api.put(path, {})));
    await longer();
    release();

    expect(await Promise.all([first, ...held])).toEqual(['ok', 'ok', 'ok', 'ok']);
    for (const path of ['/b', '/c', '/d']) {
      expect(server.at(path).map(({ token }) => token)).toEqual(['access-alice-2']);
    }
  });

  test('G21: after signOut() has resolved nothing is sent with the old token', async () => {
    const { server, api, auth, first, release } = await midRefresh();
    const answerLate = server.hold('/b');
    const held = codeOf(api.post('/b', {}));
    await longer();
    await auth.signOut();
    const before = server.arrivals.length;
    answerLate();
    release();

    expect([await first, await held]).toEqual(['ERR_AUTH_SIGNED_OUT', 'ERR_AUTH_SIGNED_OUT']);
    await settle(server);
    const sent = server.arrivals.slice(before).filter(({ token }) => token !== undefined);
    expect(sent).toEqual([]);
  });
});

describe('G8: the refresh token in a request does not make it the refresh', () => {
  const LOGOUTS: [string, (api: AxiosInstance, refreshToken: string) => Promise<unknown>][] = [
    ['in its JSON body', (api, refreshToken) => api.post('/logout', { refreshToken })],
    [
      'in its form',
      (api, refreshToken) => api.post('/logout', new URLSearchParams({ token: refreshToken })),
    ],
    [
      'in a header',
      (api, refreshToken) =>
        api.post('/logout', {}, { headers: { 'x-refresh-token': refreshToken } }),
    ],
    [
      'in a parameter of a GET',
      (api, refreshToken) => api.get('/logout', { params: { refreshToken } }),
    ],
  ];

  test.each(LOGOUTS)('with the token %s, while it is held', async (_, logout) => {
    const server = await startTokenServer();
    const { api } = openSession(server);
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const first = codeOf(api.get('/a'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    const request = codeOf(logout(api, 'refresh-alice-1'));
    await settle(server);
    expect(server.at('/logout')).toEqual([]);
    release();

    expect([await first, await request]).toEqual(['ok', 'ok']);
    expect(server.at('/logout').map(({ token }) => token)).toEqual(['access-alice-2']);
  });

  test.each(LOGOUTS)('with the token %s, during a renewal in the background', async (_, logout) => {
    const clocks = controlClocks();
    const server = await startTokenServer();
    const { api, auth } = openSession(server, { tokens: null });
    await auth.signIn({ ...server.issue(), expiresIn: 1_000 });
    await api.get('/open');
    const release = server.hold(REFRESH_PATH);
    clocks.pass(990_000);
    await api.get('/open');
    await until(() => server.at(REFRESH_PATH).length === 1);
    const request = codeOf(logout(api, 'refresh-alice-1'));
    await until(() => server.at('/logout').length === 1);
    release();

    expect(await request).toBe('ok');
    expect(server.at('/logout').map(({ token }) => token)).toEqual(['access-alice-1']);
  });

  test('where every request has it in a header', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    api.interceptors.request.use(async (config) => {
      const tokens = await auth.getTokens();
      config.headers.set('x-refresh-token', tokens?.refreshToken);
      return config;
    });
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const first = codeOf(api.get('/a'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    const held = codeOf(api.post('/b', {}));
    await settle(server);
    expect(server.at('/b')).toEqual([]);
    release();
    expect([await first, await held]).toEqual(['ok', 'ok']);
    expect(server.at('/b').map(({ token }) => token)).toEqual(['access-alice-2']);
  });
});

describe('G8: no URL is learned', () => {
  test.each([
    ['as in a browser', withoutAsyncContext],
    ['on Node', () => undefined],
  ])(
    'queries to the URL of the refresh are held, also at a later expiry, %s',
    async (_, prepare) => {
      prepare();
      const server = await startTokenServer();
      server.isRefresh = ({ body }) => body.includes('renew');
      let cookie = server.issue().refreshToken;
      let begun = 0;
      let goOn = gate();
      const opened: Opened = openSession(server, {
        cookieRefresh: true,
        tokenStore: memoryStore({ accessToken: server.issue().accessToken }),
        // In the synchronous part of the call: everybody can tell this one.
        refresh: () =>
          opened.api
            .post<Pair>(
              '/graphql',
              { query: 'mutation { renew }' },
              { headers: { Cookie: cookie } },
            )
            .then(({ data: { accessToken, refreshToken } }) => {
              cookie = refreshToken;
              return { accessToken };
            }),
      });
      const { api } = opened;
      // The application has something to do before the refresh is sent.
      api.interceptors.request.use(async (config) => {
        if (JSON.stringify(config.data).includes('renew')) {
          begun++;
          await goOn.promise;
        }
        return config;
      });
      const query = (name: string): Promise<string> =>
        codeOf(api.post('/graphql', { query: name }));

      for (let expiry = 1; expiry <= 3; expiry++) {
        goOn = gate();
        server.expire();
        const first = query('one');
        await until(() => begun === expiry);
        const before = server.arrivals.length;
        const held = [query('two'), query('three')];
        await settle(server);
        await longer();
        const early = server.arrivals.slice(before).filter(({ path }) => path === '/graphql');
        expect(early).toEqual([]);
        goOn.open();
        expect(await Promise.all([first, ...held])).toEqual(['ok', 'ok', 'ok']);
      }
      const queries = server.at('/graphql').filter((arrival) => !server.isRefresh(arrival));
      const anonymous = queries.filter(({ token }) => token === undefined);
      expect(anonymous).toEqual([]);
    },
  );
});

describe('G8: what a refresh leaves running is not part of it', () => {
  /** Starts something in its first call that goes on when the test says so. */
  async function openLeaving(
    wait: (open: Promise<void>) => Promise<void>,
    work: (opened: Opened) => Promise<unknown>,
  ): Promise<Opened & { server: TokenServer; open(): void; left(): Promise<unknown> }> {
    const server = await startTokenServer();
    const { promise, open } = gate();
    let left: Promise<unknown> | undefined;
    const opened: Opened = openSession(server, {
      refresh: async (tokens, { client }) => {
        left ??= wait(promise).then(() => work(opened));
        const answer = await client.post<Pair>(REFRESH_PATH, {
          refreshToken: tokens?.refreshToken,
        });
        return answer.data;
      },
    });
    server.expire();
    await opened.api.get('/a');
    return { ...opened, server, open, left: () => left ?? Promise.reject(new Error('no call')) };
  }

  const WAITS: [string, (open: Promise<void>) => Promise<void>][] = [
    ['a promise', (open) => open],
    [
      'a timer',
      (open) =>
        new Promise((resolve) => {
          let isOpen = false;
          void open.then(() => (isOpen = true));
          const timer = setInterval(() => {
            if (!isOpen) return;
            clearInterval(timer);
            resolve();
          }, 2);
        }),
    ],
  ];

  test.each(WAITS)('a request by %s of it has the token', async (_, wait) => {
    const { server, open, left } = await openLeaving(wait, ({ api }) => codeOf(api.get('/later')));
    open();
    expect(await left()).toBe('ok');
    expect(server.at('/later').map(({ token }) => token)).toEqual(['access-alice-2']);
  });

  test.each(WAITS)('refresh() by %s of it renews', async (_, wait) => {
    const { server, open, left } = await openLeaving(wait, ({ auth }) => codeOf(auth.refresh()));
    open();
    expect(await left()).toBe('ok');
    expect(server.at(REFRESH_PATH)).toHaveLength(2);
  });

  test.each(WAITS)('signIn() by %s of it is one', async (_, wait) => {
    const { server, auth, open, left } = await openLeaving(wait, (opened) =>
      codeOf(opened.auth.signIn({ accessToken: 'access-bob-9' })),
    );
    open();
    expect(await left()).toBe('ok');
    await settle(server);
    expect(await auth.getAccessToken()).toBe('access-bob-9');
  });

  test.each(WAITS)(
    'its requests by %s are held like any other by the next refresh',
    async (_, wait) => {
      const { server, api, open, left } = await openLeaving(wait, (opened) =>
        codeOf(opened.api.get('/later')),
      );
      const release = server.hold(REFRESH_PATH);
      server.expire();
      const second = codeOf(api.get('/b'));
      await until(() => server.at(REFRESH_PATH).length === 2);
      open();
      for (let poll = 0; poll < 10; poll++) await settle(server);
      expect(server.at('/later')).toEqual([]);
      release();

      expect([await second, await left()]).toEqual(['ok', 'ok']);
      expect(server.at('/later').map(({ token }) => token)).toEqual(['access-alice-3']);
    },
  );

  test.each(WAITS)('getAccessToken() by %s of it waits for the next refresh', async (_, wait) => {
    const { server, api, open, left } = await openLeaving(wait, ({ auth }) =>
      auth.getAccessToken(),
    );
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const second = codeOf(api.get('/b'));
    await until(() => server.at(REFRESH_PATH).length === 2);
    open();
    for (let poll = 0; poll < 10; poll++) await settle(server);
    release();
    expect([await second, await left()]).toEqual(['ok', 'access-alice-3']);
  });
});

import type { AxiosInstance } from 'axios';
import type { AuthError, Tokens } from '../../src/index';
import { controlClocks } from '../support/clocks';
import {
  cleanUp,
  codeOf,
  createRig,
  openSession,
  REFRESH_PATH,
  rejection,
  settle,
  startTokenServer,
  until,
  withoutAsyncContext,
  type Opened,
  type OpenOptions,
  type Pair,
  type Rig,
  type TokenServer,
} from '../support/session';

afterEach(cleanUp);

/** After it the synchronous part of the call is over. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Long enough to be warned before, after two seconds. */
const REFRESH_TIMEOUT = 4_000;

/** A cookie jar for one origin, as a browser would have one. */
function keepCookies(api: AxiosInstance, initial = ''): void {
  let cookie = initial;
  api.interceptors.request.use((config) => {
    if (cookie) config.headers.set('Cookie', cookie);
    return config;
  });
  api.interceptors.response.use((response) => {
    const given = response.headers['set-cookie']?.[0]?.split(';')[0];
    if (given) cookie = given;
    return response;
  });
}

interface Waiting extends Opened {
  server: TokenServer;
  /** What the logger got as warnings. */
  warnings: string[];
}

/** A session whose refresh is sent by the test, after an `await`. */
async function openWith(
  refresh: (opened: Opened, tokens: Tokens | null) => Promise<{ data: Pair }>,
  options: OpenOptions = {},
): Promise<Waiting> {
  const server = await startTokenServer();
  const warnings: string[] = [];
  const opened: Opened = openSession(server, {
    refreshTimeout: REFRESH_TIMEOUT,
    logger: { warn: (line) => void warnings.push(line) },
    refresh: async (tokens) => {
      await turn();
      return (await refresh(opened, tokens)).data;
    },
    ...options,
  });
  return { server, ...opened, warnings };
}

beforeEach(withoutAsyncContext);

describe('G8: where nothing follows an await, a request of the refresh is one', () => {
  test('that goes through context.client', async () => {
    const server = await startTokenServer();
    const { accessToken, refreshToken } = server.issue();
    const { api } = openSession(server, {
      tokens: { accessToken },
      refresh: async (_tokens, { client }) => {
        await turn();
        await client.get('/open');
        const headers = { Cookie: `refresh=${refreshToken}` };
        return (await client.post<Pair>(REFRESH_PATH, null, { headers })).data;
      },
    });
    server.expire();
    expect((await api.get<{ user: string }>('/a')).data.user).toBe('alice');
    expect(server.at(REFRESH_PATH).map(({ token }) => token)).toStrictEqual([undefined]);
  });

  test('that has skipAuth', async () => {
    const { server, api } = await openWith(async (opened, tokens) => {
      await opened.api.get('/open', { skipAuth: true });
      const headers = { 'x-refresh-token': String(tokens?.refreshToken) };
      return opened.api.post<Pair>(REFRESH_PATH, null, { headers, skipAuth: true });
    });
    server.expire();
    expect((await api.get<{ user: string }>('/a')).data.user).toBe('alice');
    expect(server.at(REFRESH_PATH).map(({ token }) => token)).toStrictEqual([undefined]);
  });

  test('that is made in the synchronous part of the call', async () => {
    const server = await startTokenServer();
    const { accessToken, refreshToken } = server.issue();
    const opened: Opened = openSession(server, {
      tokens: { accessToken },
      before: (api) => {
        keepCookies(api, `refresh=${refreshToken}`);
      },
      refresh: async () => (await opened.api.post<Pair>(REFRESH_PATH)).data,
    });
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const request = opened.api.get<{ user: string }>('/a');
    await until(() => server.at(REFRESH_PATH).length === 1);
    release();
    expect((await request).data.user).toBe('alice');
  });

  test('so is the refresh against a server that keeps the refresh token in an HttpOnly cookie', async () => {
    const rig: Rig = await createRig({
      server: { tokenDelivery: 'cookie' },
      signedIn: false,
      before: keepCookies,
      options: {
        cookieRefresh: true,
        refresh: async () => (await rig.api.post<Pair>('/auth/refresh')).data,
      },
    });
    const { server, api } = rig;
    const credentials = { username: 'alice', password: 'wonderland' };
    await api.post('/auth/login', credentials, { skipAuth: true });
    // Nothing in memory, as after a reload: the cookie is all there is.
    const answers = await Promise.all([api.get('/profile'), api.get('/items')]);

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
  });
});

describe('G8: where nothing follows an await, the refresh token in the body of a non-GET tells it', () => {
  const byBody = (opened: Opened, tokens: Tokens | null): Promise<{ data: Pair }> =>
    opened.api.put<Pair>(REFRESH_PATH, { grant: [{ refresh_token: tokens?.refreshToken }] });

  test('while requests wait, and others are held', async () => {
    const { server, api } = await openWith(byBody);
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const first = codeOf(api.get('/a'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    const held = [codeOf(api.post('/b', { other: 'refresh' })), codeOf(api.get('/c'))];
    await settle(server);
    expect([server.at('/b'), server.at('/c')]).toEqual([[], []]);
    release();
    expect(await Promise.all([first, ...held])).toEqual(['ok', 'ok', 'ok']);
    expect(server.at(REFRESH_PATH).map(({ token }) => token)).toStrictEqual([undefined]);
    expect(server.at('/b').map(({ token }) => token)).toEqual(['access-alice-2']);
  });

  test('so another request with that token in its body passes for the refresh', async () => {
    const { server, api } = await openWith(byBody);
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const first = codeOf(api.get('/a'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    const refreshToken = 'refresh-alice-1';
    const passed = codeOf(api.post('/open', { refreshToken }));
    await until(() => server.at('/open').length === 1);
    expect(server.at('/open').map(({ token }) => token)).toStrictEqual([undefined]);
    release();
    expect([await first, await passed]).toEqual(['ok', 'ok']);
  });

  test('an earlier refresh token does not', async () => {
    const { server, api } = await openWith(byBody);
    server.expire();
    await api.get('/a');
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const second = codeOf(api.get('/b'));
    await until(() => server.at(REFRESH_PATH).length === 2);
    const held = codeOf(api.post('/logout', { refreshToken: 'refresh-alice-1' }));
    await settle(server);
    expect(server.at('/logout')).toEqual([]);
    release();
    expect([await second, await held]).toEqual(['ok', 'ok']);
    expect(server.at('/logout').map(({ token }) => token)).toEqual(['access-alice-3']);
  });

  test('when the call is over it does not either', async () => {
    const { server, api } = await openWith(byBody);
    server.expire();
    await api.get('/a');
    expect(await codeOf(api.post('/logout', { refreshToken: 'refresh-alice-1' }))).toBe('ok');
    expect(server.at('/logout').map(({ token }) => token)).toEqual(['access-alice-2']);
  });

  test('nor while a renewal runs in the background, and nobody waits for it', async () => {
    const clocks = controlClocks();
    const server = await startTokenServer();
    const { api, auth } = openSession(server, { tokens: null });
    await auth.signIn({ ...server.issue(), expiresIn: 1_000 });
    await api.get('/open');
    const release = server.hold(REFRESH_PATH);
    clocks.pass(990_000);
    await api.get('/open');
    await until(() => server.at(REFRESH_PATH).length === 1);
    const request = codeOf(api.post('/logout', { refreshToken: 'refresh-alice-1' }));
    await until(() => server.at('/logout').length === 1);
    release();
    expect(await request).toBe('ok');
    expect(server.at('/logout').map(({ token }) => token)).toEqual(['access-alice-1']);
  });

  test.each<[string, (api: AxiosInstance, refreshToken: string) => Promise<unknown>]>([
    ['in the body of a GET', (api, data) => api.request({ url: '/b', method: 'get', data })],
    ['in a header', (api, token) => api.post('/b', {}, { headers: { 'x-refresh-token': token } })],
    ['in the params', (api, token) => api.post('/b', {}, { params: { token } })],
    ['in the URL', (api, token) => api.post(`/b?token=${token}`, {})],
  ])('the token %s tells nothing: the request is held', async (_, send) => {
    const { server, api } = await openWith(byBody);
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const first = codeOf(api.get('/a'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    const held = codeOf(send(api, 'refresh-alice-1'));
    await settle(server);
    expect(server.at('/b')).toEqual([]);
    release();
    expect([await first, await held]).toEqual(['ok', 'ok']);
    expect(server.at('/b').map(({ token }) => token)).toEqual(['access-alice-2']);
  });
});

describe('G8: a refresh that waits for itself ends at refreshTimeout, and says why', () => {
  /** The error of the request that has caused such a refresh. */
  async function waitingForItself(
    refresh: (api: AxiosInstance, tokens: Tokens | null) => Promise<{ data: Pair }>,
    others?: (api: AxiosInstance) => void,
  ): Promise<Waiting & { error: AuthError }> {
    const waiting = await openWith((opened, tokens) => refresh(opened.api, tokens));
    const { server, api, auth } = waiting;
    server.expire();
    const request = rejection(api.get('/a'));
    await until(() => auth.status === 'refreshing');
    others?.(api);
    return { ...waiting, error: (await request) as unknown as AuthError };
  }

  const expectNamed = ({ error, warnings }: Waiting & { error: AuthError }, name: string): void => {
    expect(error.code).toBe('ERR_AUTH_REFRESH_TIMEOUT');
    for (const text of [error.message, warnings[0]]) {
      expect(text).toContain(name);
      expect(text).toMatch(/context\.client.*skipAuth: true/s);
    }
  };

  test.each<[string, (api: AxiosInstance, tokens: Tokens | null) => Promise<{ data: Pair }>]>([
    ['POST /auth/refresh', (api) => api.post<Pair>(REFRESH_PATH)],
    ['POST /v1/x', (api) => api.post<Pair>('/v1/x')],
    [
      'PUT /auth/refresh',
      (api, tokens) =>
        api.put<Pair>(REFRESH_PATH, null, { headers: { 'x-token': tokens?.refreshToken } }),
    ],
    [
      'POST /auth/refresh',
      (api, tokens) => api.post<Pair>(REFRESH_PATH, null, { params: { t: tokens?.refreshToken } }),
    ],
    ['GET /auth/refresh', (api) => api.get<Pair>(REFRESH_PATH)],
  ])('%s, which carries the token in no body', async (name, refresh) => {
    const waiting = await waitingForItself(refresh);
    expectNamed(waiting, name);
    const { server, auth } = waiting;
    // Nothing was sent to find out, and nobody is signed out.
    expect(server.arrivals.map(({ path, token }) => [path, token])).toEqual([
      ['/a', 'access-alice-1'],
    ]);
    expect(auth.status).toBe('signed-in');
  });

  test('the one that looks most like it is named', async () => {
    let held = false;
    const waiting = await waitingForItself(
      async (api) => {
        await until(() => held);
        return api.post<Pair>('/oauth/token');
      },
      (api) => {
        void codeOf(api.post('/drafts', {}));
        setImmediate(() => (held = true));
      },
    );
    expectNamed(waiting, 'POST /oauth/token');
  });

  test('G34: no credential of its URL is told', async () => {
    const { error, warnings } = await waitingForItself((api, tokens) =>
      api.post<Pair>(`${REFRESH_PATH}/${String(tokens?.refreshToken)}?key=secret-key#secret-key`),
    );
    expect(error.code).toBe('ERR_AUTH_REFRESH_TIMEOUT');
    await until(() => warnings.length > 0);
    expect(error.message + warnings.join()).not.toMatch(/refresh-alice-1|secret-key/);
  });

  test('a slow refresh through context.client is not warned of', async () => {
    const server = await startTokenServer();
    const warnings: string[] = [];
    const { api } = openSession(server, {
      refreshTimeout: REFRESH_TIMEOUT,
      logger: { warn: (line) => void warnings.push(line) },
    });
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const first = codeOf(api.get('/a'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    const held = codeOf(api.post('/session/notes', {}));
    await new Promise((resolve) => setTimeout(resolve, 2_300));
    release();
    expect([await first, await held, warnings]).toEqual(['ok', 'ok', []]);
  });

  test('the next refresh is not disturbed by one that has waited for itself', async () => {
    let isFirst = true;
    const { server, api } = await openWith(async (opened, tokens) => {
      const skipAuth = !isFirst;
      isFirst = false;
      const headers = { 'x-token': String(tokens?.refreshToken) };
      return opened.api.post<Pair>(REFRESH_PATH, null, { headers, skipAuth });
    });
    server.expire();
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_TIMEOUT');
    expect(await codeOf(api.get('/a'))).toBe('ok');
    expect(server.at(REFRESH_PATH).map(({ token }) => token)).toStrictEqual([undefined]);
  });
});

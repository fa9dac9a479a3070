import axios from 'axios';
import type { AxiosInstance } from 'axios';
import { json, type Handler } from '../support/http-server';
import {
  cleanUp,
  codeOf,
  createRig,
  openSession,
  REFRESH_PATH,
  startTokenServer,
  until,
  withoutAsyncContext,
  type Opened,
  type Pair,
  type Rig,
  type TokenServer,
} from '../support/session';

afterEach(cleanUp);

/** Generous: what is distinguished is a stall of a second from one that lasts until the timeout. */
const A_WHILE = 8_000;

const REFRESH_TIMEOUT = 12_000;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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

/** Nothing tells its refresh apart: a cookie only, after an await, through the attached instance. */
function cookieSession(
  server: TokenServer,
  send: (api: AxiosInstance) => Promise<{ data: Pair }> = (api) => api.post(REFRESH_PATH),
): Opened {
  const { accessToken, refreshToken } = server.issue();
  const opened: Opened = openSession(server, {
    tokens: { accessToken },
    refreshTimeout: REFRESH_TIMEOUT,
    before: (api) => {
      keepCookies(api, `refresh=${refreshToken}`);
    },
    refresh: async () => {
      await turn();
      return (await send(opened.api)).data;
    },
  });
  return opened;
}

async function timed<R>(work: () => Promise<R>): Promise<[R, number]> {
  const start = performance.now();
  return [await work(), performance.now() - start];
}

/** A refused refresh is asked once more, with the token that is over: the answer tells what it is. */
const refuse: Handler = (_request, response) => {
  json(response, 401, { code: 'INVALID_REFRESH_TOKEN' });
};

beforeEach(withoutAsyncContext);

describe('G8: the refresh through the attached instance, where nothing follows an await', () => {
  test('a cookie-only refresh through the attached instance is no deadlock', async () => {
    const server = await startTokenServer();
    const { api } = cookieSession(server);
    server.expire();
    const [answer, ms] = await timed(() => api.get<{ user: string }>('/a'));

    expect(answer.data.user).toBe('alice');
    expect(ms).toBeLessThan(A_WHILE);
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  }, 20_000);

  test('the same against a server that keeps the refresh token in an HttpOnly cookie', async () => {
    const rig: Rig = await createRig({
      server: { tokenDelivery: 'cookie' },
      signedIn: false,
      before: keepCookies,
      options: {
        cookieRefresh: true,
        refreshTimeout: REFRESH_TIMEOUT,
        refresh: async () => {
          await turn();
          return (await rig.api.post<Pair>('/auth/refresh')).data;
        },
      },
    });
    const { server, api } = rig;
    const credentials = { username: 'alice', password: 'wonderland' };
    await api.post('/auth/login', credentials, { skipAuth: true });
    // Nothing in memory, as after a reload: the cookie is all there is.
    const answers = await Promise.all([api.get('/profile'), api.get('/items')]);

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
  }, 20_000);

  test('the second cookie-only refresh is known by its URL, so nobody is sent too early', async () => {
    const server = await startTokenServer();
    const { api, auth } = cookieSession(server);
    server.expire();
    await api.get('/a');
    const release = server.hold(REFRESH_PATH);
    const renewal = auth.refresh();
    await until(() => server.at(REFRESH_PATH).length === 2);
    const held = api.get<{ user: string }>('/b');
    await new Promise((resolve) => setTimeout(resolve, 1_300));

    expect(server.at('/b')).toEqual([]);
    release();
    expect((await held).data.user).toBe('alice');
    await renewal;
  }, 20_000);

  test('held requests that were sent too early still get their own answers', async () => {
    const server = await startTokenServer();
    const { api } = cookieSession(server);
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const first = api.get<{ path: string }>('/first');
    const paths = ['/a', '/b', '/c'];
    await until(() => server.at(REFRESH_PATH).length === 1);
    const held = paths.map((path) => api.post<{ path: string; body: string }>(path, { for: path }));
    // Each of them goes out without a token, and comes back as a 401.
    await until(() => paths.every((path) => server.at(path).length > 0));
    release();

    const answers = await Promise.all(held);
    expect(answers.map(({ data }) => [data.path, data.body])).toEqual(
      paths.map((path) => [path, JSON.stringify({ for: path })]),
    );
    expect((await first).data.path).toBe('/first');
    expect(paths.map((path) => server.at(path)[0]?.token)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  }, 20_000);

  test('a cookie-only refresh that is refused ends the session without a deadlock', async () => {
    const server = await startTokenServer();
    const { api } = cookieSession(server);
    server.refreshAnswers.push(refuse, refuse);
    server.expire();
    const [code, ms] = await timed(() => codeOf(api.get('/a')));

    expect(code).toBe('ERR_AUTH_SESSION_EXPIRED');
    expect(ms).toBeLessThan(A_WHILE);
  }, 20_000);

  test.each([
    ['POST /v1/x', (api: AxiosInstance) => api.post<Pair>('/v1/x')],
    ['GET /auth/refresh', (api: AxiosInstance) => api.get<Pair>(REFRESH_PATH)],
  ])(
    'the same for a refresh by %s',
    async (_, send) => {
      const server = await startTokenServer();
      server.isRefresh = ({ path }) => path === '/v1/x' || path === REFRESH_PATH;
      const { api } = cookieSession(server, send);
      server.refreshAnswers.push(refuse, refuse);
      server.expire();
      const [code, ms] = await timed(() => codeOf(api.get('/a')));

      expect(code).toBe('ERR_AUTH_SESSION_EXPIRED');
      expect(ms).toBeLessThan(A_WHILE);
    },
    20_000,
  );

  test('a held request whose URL looks like a refresh gets its own answer', async () => {
    const server = await startTokenServer();
    const { api } = cookieSession(server, (instance) =>
      // Past the session, as with fetch: nothing says that it is under way.
      axios.post<Pair>(server.url + REFRESH_PATH, null, {
        headers: { Cookie: String(instance.defaults.headers['X-Cookie']) },
      }),
    );
    api.defaults.headers['X-Cookie'] = 'refresh=refresh-alice-1';
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const first = codeOf(api.get('/a'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    const held = api.post<{ user: string }>('/session/notes', { text: 'mine' }).catch(String);
    await until(() => server.at('/session/notes').length > 0);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    release();

    expect(await held).toMatchObject({ data: { user: 'alice' } });
    expect(await first).toBe('ok');
  }, 20_000);

  test('a request for a CSRF token before a cookie-only refresh is no deadlock', async () => {
    const server = await startTokenServer();
    const { api } = cookieSession(server, async (instance) => {
      await instance.get('/open');
      return instance.post<Pair>(REFRESH_PATH);
    });
    server.expire();
    const [answer, ms] = await timed(() => api.get<{ user: string }>('/a').catch(String));

    expect(answer).toMatchObject({ data: { user: 'alice' } });
    expect(ms).toBeLessThan(A_WHILE);
  }, 20_000);

  test('a CSRF request in the synchronous part does not hide the refresh that follows', async () => {
    const server = await startTokenServer();
    const { accessToken, refreshToken } = server.issue();
    const opened: Opened = openSession(server, {
      tokens: { accessToken },
      refreshTimeout: REFRESH_TIMEOUT,
      before: (api) => {
        keepCookies(api, `refresh=${refreshToken}`);
      },
      refresh: async () => {
        await opened.api.get('/open');
        return (await opened.api.post<Pair>(REFRESH_PATH)).data;
      },
    });
    server.expire();
    const [answer, ms] = await timed(() => opened.api.get<{ user: string }>('/a').catch(String));

    expect(answer).toMatchObject({ data: { user: 'alice' } });
    expect(ms).toBeLessThan(A_WHILE);
  }, 20_000);

  test('a public request that waits meanwhile is not taken for the refresh', async () => {
    const server = await startTokenServer();
    server.isRefresh = ({ path }) => path === '/v1/x';
    const { api, auth } = cookieSession(server, (instance) => instance.post<Pair>('/v1/x'));
    server.expire();
    const first = api.get<{ user: string }>('/a').catch(String);
    await until(() => auth.status === 'refreshing');
    const open = api.get('/open').catch(String);
    const [answer, ms] = await timed(() => first);

    expect(answer).toMatchObject({ data: { user: 'alice' } });
    expect(ms).toBeLessThan(A_WHILE);
    await open;
  }, 20_000);

  test('a refresh in the synchronous part of the option is recognised at once', async () => {
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
});

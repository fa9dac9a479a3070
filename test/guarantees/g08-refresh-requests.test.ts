import type { AxiosInstance } from 'axios';
import type { Tokens } from '../../src/index';
import { json } from '../support/http-server';
import {
  cleanUp,
  codeOf,
  createRig,
  openSession,
  REFRESH_PATH,
  settle,
  startTokenServer,
  until,
  withoutAsyncContext,
  type Opened,
  type OpenOptions,
  type Pair,
  type TokenServer,
} from '../support/session';

afterEach(cleanUp);

type Send = (api: AxiosInstance, tokens: Tokens | null) => Promise<{ data: Pair }>;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const refreshTokenOf = (tokens: Tokens | null): string => String(tokens?.refreshToken);

function formOf(tokens: Tokens | null): FormData {
  const form = new FormData();
  form.append('refresh_token', refreshTokenOf(tokens));
  return form;
}

const WAYS: Record<string, Send> = {
  'in the body': (api, tokens) =>
    api.post(REFRESH_PATH, { grant: { refresh_token: refreshTokenOf(tokens) } }),
  'in a header': (api, tokens) =>
    api.post(REFRESH_PATH, null, { headers: { 'X-Refresh-Token': refreshTokenOf(tokens) } }),
  'as the bearer': (api, tokens) =>
    api.post(REFRESH_PATH, null, {
      headers: { Authorization: `Bearer ${refreshTokenOf(tokens)}` },
    }),
  'in the params': (api, tokens) =>
    api.post(REFRESH_PATH, null, { params: { token: refreshTokenOf(tokens) } }),
  'in URLSearchParams': (api, tokens) =>
    api.post(REFRESH_PATH, new URLSearchParams({ refresh_token: refreshTokenOf(tokens) })),
  'in an urlencoded string': (api, tokens) =>
    api.post(REFRESH_PATH, `grant_type=refresh_token&refresh_token=${refreshTokenOf(tokens)}`),
  'in FormData': (api, tokens) => api.post(REFRESH_PATH, formOf(tokens)),
};

function sessionWith(
  server: TokenServer,
  send: Send,
  wait: boolean,
  given: OpenOptions = {},
): Opened {
  const opened: Opened = openSession(server, {
    refreshTimeout: 5_000,
    refresh: async (tokens) => {
      if (wait) await turn();
      return (await send(opened.api, tokens)).data;
    },
    ...given,
  });
  return opened;
}

/** Every request gets its answer, and the refresh went out once, without an access token. */
async function expectOneRefresh(server: TokenServer, { api }: Opened): Promise<void> {
  server.expire();
  const paths = ['/a', '/b', '/c'];
  const answers = await Promise.all(paths.map((path) => api.get<{ path: string }>(path)));
  expect(answers.map(({ data }) => data.path)).toEqual(paths);
  expect(server.at(REFRESH_PATH).map(({ token }) => token)).toStrictEqual([undefined]);
}

describe('G8: the refresh may go through the attached instance', () => {
  describe.each(Object.entries(WAYS))('the refresh token %s', (_, send) => {
    test('the refresh goes through the attached instance', async () => {
      const server = await startTokenServer();
      await expectOneRefresh(server, sessionWith(server, send, false));
    });

    test('the refresh goes through the attached instance after an await', async () => {
      const server = await startTokenServer();
      await expectOneRefresh(server, sessionWith(server, send, true));
    });
  });

  // A token as the bearer is a header of the request's own, which is left alone.
  test.each([
    'in the body',
    'as the bearer',
    'in URLSearchParams',
    'in an urlencoded string',
    'in FormData',
  ])(
    'the refresh goes through the attached instance without an async context, the refresh token %s',
    async (way) => {
      withoutAsyncContext();
      const server = await startTokenServer();
      await expectOneRefresh(server, sessionWith(server, WAYS[way]!, true));
    },
  );

  test('several requests awaited inside refresh go through the attached instance', async () => {
    const server = await startTokenServer();
    const opened = sessionWith(
      server,
      async (api, tokens) => {
        await api.get('/open');
        await turn();
        const { data } = await api.post<Pair>(REFRESH_PATH, { token: refreshTokenOf(tokens) });
        await api.get('/open');
        return { data };
      },
      true,
    );
    await expectOneRefresh(server, opened);
    expect(server.at('/open').map(({ token }) => token)).toStrictEqual([undefined, undefined]);
  });

  test('a second attached instance may carry the refresh', async () => {
    const { server, api, auth } = await createRig();
    const other = api.create();
    auth.attach(other);
    server.controls.expireAllAccessTokens();
    expect((await other.get('/profile')).status).toBe(200);
  });

  test('a 401 to the refresh is not answered with another refresh', async () => {
    const server = await startTokenServer();
    server.refreshAnswers.push((_request, response) => {
      json(response, 401, { code: 'TOKEN_EXPIRED' });
    });
    const { api } = sessionWith(server, WAYS['in the body']!, true);
    server.expire();

    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test('the client of the context has the defaults, and neither interceptors nor token', async () => {
    const server = await startTokenServer();
    const seen: unknown[] = [];
    let intercepted = 0;
    const { api } = openSession(server, {
      axios: { headers: { 'X-App': 'shop' }, timeout: 4_000 },
      refresh: async (tokens, { client }) => {
        seen.push(
          client.defaults.timeout,
          client.defaults.baseURL,
          client.defaults.headers['X-App'],
        );
        return (await client.post<Pair>(REFRESH_PATH, { token: tokens?.refreshToken })).data;
      },
    });
    api.interceptors.request.use((config) => {
      intercepted++;
      return config;
    });
    server.expire();
    await api.get('/a');

    expect(seen).toEqual([4_000, server.url, 'shop']);
    expect(intercepted).toBe(1);
    expect(server.at(REFRESH_PATH)[0]?.token).toBeUndefined();
  });

  test('refresh() called by the refresh itself rejects instead of waiting for itself', async () => {
    const server = await startTokenServer();
    const opened: Opened = sessionWith(
      server,
      async () => ({ data: (await opened.auth.refresh()) as Pair }),
      false,
    );
    server.expire();
    expect(await codeOf(opened.api.get('/a'))).toBe('ERR_AUTH_CONFIG');
  });

  test('getAccessToken() called by the refresh gives the token that is there', async () => {
    const server = await startTokenServer();
    let found: string | null = null;
    const opened: Opened = sessionWith(
      server,
      async (api, tokens) => {
        found = await opened.auth.getAccessToken();
        return api.post<Pair>(REFRESH_PATH, { token: refreshTokenOf(tokens) });
      },
      true,
    );
    server.expire();
    await opened.api.get('/a');
    expect(found).toBe('access-alice-1');
  });

  test('while the refresh runs through the attached instance, others are still held', async () => {
    const server = await startTokenServer();
    const opened = sessionWith(server, WAYS['in the body']!, true);
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const first = opened.api.get('/a');
    await until(() => server.at(REFRESH_PATH).length === 1);
    const held = opened.api.get<{ path: string }>('/b');
    await settle(server);

    expect(server.at('/b')).toEqual([]);
    release();
    await first;
    expect((await held).data.path).toBe('/b');
  });
});

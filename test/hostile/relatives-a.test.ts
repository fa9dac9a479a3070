import axios from 'axios';
import { webStorageStore } from '../../src/index';
import type { AuthOptions, Tokens } from '../../src/index';
import { openFetch } from '../fetch/open';
import { jwt } from '../support/clocks';
import { json, startServer } from '../support/http-server';
import {
  cleanUp,
  codeOf,
  gate,
  openSession,
  openSigned,
  REFRESH_PATH,
  settle,
  startTokenServer,
  until,
  withoutAsyncContext,
  type OpenOptions,
  type Opened,
  type Signed,
  type TokenServer,
} from '../support/session';
import { withStepUp } from '../support/step-up';
import { issueJwt } from '../support/users';
import { createStorage } from '../support/web-globals';
import { watchEscapes } from './escapes';

/*
 * Part A of the situations that went wrong in version 1: the wrong user, or no user. Each test is a situation
 * of the same kind that was not in the list.
 */
const escapes = watchEscapes();
afterEach(cleanUp);
afterEach(() => {
  expect(escapes.take()).toEqual([]);
});

const OVER = 'ERR_AUTH_SIGNED_OUT';

/** Whose token every request to the path has come with. */
const usersAt = (server: TokenServer, path: string): (string | undefined)[] =>
  server.at(path).map(({ token }) => token?.split('-')[1]);

describe('A1: a request of A, and B signs in', () => {
  test('A1 relative: by fetch, in one tick', async () => {
    const { server, auth, authFetch, at } = await openFetch();
    const sent = codeOf(authFetch(at('/drafts'), { method: 'POST', body: 'mine' }));
    await auth.signIn(server.issue('bob'));
    expect(await sent).toBe(OVER);
    expect(server.at('/drafts')).toEqual([]);
  });

  test('A1 relative: while the body is turned into JSON', async () => {
    const { server, api, auth } = await openSigned();
    const toJSON = (): object => {
      void auth.signIn(server.issue('bob'));
      return { text: 'mine' };
    };
    expect(await codeOf(api.post('/drafts', { toJSON }))).toBe(OVER);
    expect(server.at('/drafts')).toEqual([]);
  });

  test.each(['shouldAttach', 'onSend'] as const)(
    'A1 relative: by what %s does on the way',
    async (name) => {
      const hook = async (): Promise<void> => {
        if (server.at('/drafts').length === 0) await auth.signIn(server.issue('bob'));
      };
      const options: Partial<AuthOptions> =
        name === 'onSend' ? { onSend: hook } : { shouldAttach: () => (void hook(), true) };
      const { server, api, auth } = await openSigned(options);
      expect(await codeOf(api.post('/drafts', 'mine'))).toBe(OVER);
      expect(server.at('/drafts')).toEqual([]);
    },
  );

  test('A1 relative: B signs in, and out again, and A in once more', async () => {
    const { server, api, auth } = await openSigned();
    const sent = codeOf(api.post('/drafts', 'mine'));
    void auth.signIn(server.issue('bob'));
    void auth.signOut();
    await auth.signIn(server.issue('alice'));
    expect(await sent).toBe(OVER);
    expect(server.at('/drafts')).toEqual([]);
  });
});

describe('A2: something takes its time, and meanwhile A signs out and B in', () => {
  test('A2 relative: an adapter that waits before it calls ours', async () => {
    const { promise, open: go } = gate();
    let isWaiting = false;
    const { server, api, auth } = await openSigned({
      before: ({ interceptors }) =>
        interceptors.request.use((config) => {
          const inner = axios.getAdapter(config.adapter);
          config.adapter = async (sent) => {
            isWaiting = true;
            await promise;
            return inner(sent);
          };
          return config;
        }),
    });
    const sent = codeOf(api.post('/drafts', 'mine'));
    await until(() => isWaiting);
    await auth.signOut();
    await auth.signIn(server.issue('bob'));
    go();
    expect(await sent).toBe(OVER);
    expect(server.at('/drafts')).toEqual([]);
  });

  test('A2 relative: the body of the 401 comes slowly', async () => {
    const { promise, open: go } = gate();
    const server = await startServer((request, response) => {
      const isLate = request.headers.authorization?.includes('alice');
      if (!isLate) {
        json(response, 200, {});
        return;
      }
      response.writeHead(401, { 'content-type': 'application/json' });
      response.write('{"code":');
      return promise.then(() => response.end('"TOKEN_EXPIRED"}'));
    });
    const refresh = jest.fn(() => ({ accessToken: 'access-alice-2' }));
    const { api, auth } = openSession(server, {
      tokens: { accessToken: 'access-alice-1' },
      refresh,
    });
    const sent = codeOf(api.post('/drafts', 'mine', { responseType: 'stream' }));
    await until(() => server.requests.length === 1);
    await auth.signIn({ accessToken: 'access-bob-1' });
    go();
    expect(await sent).toBe(OVER);
    expect(server.requests).toHaveLength(1);
    expect(refresh).not.toHaveBeenCalled();
  });
});

describe('A3: a request, and a sign-out in the same tick', () => {
  test('A3 relative: by fetch', async () => {
    const { server, auth, authFetch, at } = await openFetch();
    const sent = codeOf(authFetch(at('/logout'), { method: 'POST' }));
    await auth.signOut();
    expect(await sent).toBe(OVER);
    expect(server.at('/logout')).toEqual([]);
  });

  test('A3 relative: the application clears its storage by itself', async () => {
    const storage = createStorage();
    storage.setItem('auth', JSON.stringify({ accessToken: 'access-alice-1' }));
    const { server, api } = await openSigned({
      tokenStore: webStorageStore(storage, { key: 'auth' }),
    });
    const sent = codeOf(api.post('/logout'));
    storage.clear();
    expect(await sent).toBe(OVER);
    expect(server.at('/logout')).toEqual([]);
  });

  test('A3 relative: somebody waits for the access token', async () => {
    const { auth } = await openSigned();
    const token = codeOf(auth.getAccessToken());
    await auth.signOut();
    expect(await token).toBe(OVER);
  });
});

describe('A4: B signs in in another tab, and A’s request is refused late', () => {
  test('A4 relative: with a code that ends a session: B’s goes on', async () => {
    const server = await startTokenServer();
    server.overCode = 'TOKEN_REVOKED';
    const [alice, bob] = [issueJwt(server, 'alice'), issueJwt(server, 'bob')];
    const { api, auth, store } = openSession(server, { tokens: alice });
    const release = server.hold('/drafts');
    server.expire();
    const sent = codeOf(api.post('/drafts', 'mine'));
    await until(() => server.at('/drafts').length === 1);
    // Another tab: without a notice.
    await store.set(bob);
    release();
    expect(await sent).toBe(OVER);
    expect(server.at('/drafts')).toHaveLength(1);
    expect([await store.get(), auth.status]).toEqual([bob, 'signed-in']);
  });

  test('A4 relative: with a challenge that asks for a step-up: B is not asked', async () => {
    const { promise, open: go } = gate();
    const server = await startServer(async (_request, response) => {
      await promise;
      const challenge = 'Bearer error="insufficient_scope", scope="write"';
      json(response, 403, {}, { 'www-authenticate': challenge });
    });
    const handler = jest.fn(() => null);
    const tokensOf = (sub: string): Tokens => ({ accessToken: jwt({ iss: 'i', sub }) });
    const { api, store } = openSession(server, {
      tokens: tokensOf('alice'),
      ...withStepUp(handler),
    });
    const sent = codeOf(api.post('/drafts', 'mine'));
    await until(() => server.requests.length === 1);
    await store.set(tokensOf('bob'));
    go();
    expect(await sent).toBe(OVER);
    expect(handler).not.toHaveBeenCalled();
  });
});

describe('A5: tokens that another tab has stored', () => {
  const claims = (server: TokenServer, given: object): Tokens & { refreshToken: string } => {
    const { accessToken, refreshToken } = server.issue();
    return { accessToken: jwt({ ...given }).replace(/[^.]*$/, accessToken), refreshToken };
  };

  /** What a request that was refused as expired comes to when a peer has stored other tokens meanwhile. */
  async function after(mine: object, theirs: object): Promise<string> {
    const server = await startTokenServer();
    const { api, store } = openSession(server, { tokens: claims(server, mine) });
    const release = server.hold('/drafts');
    server.expire();
    const sent = codeOf(api.post('/drafts', 'mine'));
    await until(() => server.at('/drafts').length === 1);
    await store.set(claims(server, theirs));
    release();
    return sent;
  }

  test.each<[string, object, object]>([
    ['another issuer, the same subject', { iss: 'a', sub: '1' }, { iss: 'b', sub: '1' }],
    ['a subject of another type', { sub: '1' }, { sub: 1 }],
    ['a subject that is missing', { sub: '1' }, {}],
    ['another object as the subject', { sub: { id: 1 } }, { sub: { id: 2 } }],
    ['a subject in other letters', { sub: 'Ann' }, { sub: 'ann' }],
  ])('A5 relative: %s is another user', async (_, mine, theirs) => {
    expect(await after(mine, theirs)).toBe(OVER);
  });

  test.each<[string, object]>([
    ['an object as the subject', { iss: 'a', sub: { id: 1, tenant: ['x'] } }],
    ['a list as the issuer', { iss: ['a', 'b'], sub: '1' }],
    ['neither', { jti: 'x' }],
    ['a subject that is null', { sub: null }],
  ])('A5 relative: %s, twice the same, is the same user', async (_, both) => {
    expect(await after({ ...both, n: 1 }, { ...both, n: 2 })).toBe('ok');
  });
});

describe('A6: a call of A on the session, and B signs in meanwhile', () => {
  test.each<[string, (opened: Signed) => Promise<unknown>]>([
    ['getAccessToken()', ({ auth }) => auth.getAccessToken({ minValidity: 1e12 })],
    ['refresh(), called again while the first runs', ({ auth }) => auth.refresh()],
    ['a request', ({ api }) => api.get('/a')],
  ])('A6 relative: %s', async (_, call) => {
    const opened = await openSigned({ tokens: null });
    const { server, auth } = opened;
    await auth.signIn({ ...server.issue(), expiresIn: 3_600 });
    const release = server.hold(REFRESH_PATH);
    const first = codeOf(auth.refresh());
    await until(() => server.at(REFRESH_PATH).length === 1);
    const second = codeOf(call(opened));
    await auth.signIn(server.issue('bob'));
    release();
    expect([await first, await second]).toEqual([OVER, OVER]);
    expect(usersAt(server, '/a')).toEqual([]);
    expect(await auth.getAccessToken()).toMatch(/bob/);
  });
});

describe('A7: requests that an anonymous caller may make, too', () => {
  test('A7 relative: on the first load, while the cookie is tried', async () => {
    withoutAsyncContext();
    const server = await startTokenServer();
    const release = server.hold(REFRESH_PATH);
    const { api } = openSession(server, {
      tokens: null,
      cookieRefresh: true,
      refresh: async () => {
        const { refreshToken } = server.issue();
        const body = JSON.stringify({ refreshToken });
        const answer = await fetch(server.url + REFRESH_PATH, { method: 'POST', body });
        return (await answer.json()) as Tokens;
      },
    });
    const orders = [api.post('/open', { order: 1 }), api.get('/open'), api.put('/open', {})];
    await until(() => server.at(REFRESH_PATH).length === 1);
    await settle(server);
    const own = (): TokenServer['arrivals'] =>
      server.at('/open').filter(({ method, body }) => method !== 'GET' || body);
    expect(own()).toEqual([]);
    release();
    await Promise.all(orders);
    expect(own().map(({ token }) => token !== undefined)).toEqual([true, true]);
  });

  test('A7 relative: a refresh that fails for now makes nobody anonymous', async () => {
    const { server, api } = await openSigned({ refreshRetries: 0 });
    server.refreshAnswers.push((_request, response) => json(response, 503, {}));
    server.expire();
    const [first, second] = [codeOf(api.get('/a')), codeOf(api.post('/open', { order: 1 }))];
    // It accepts anybody, so it was not refused: it has gone with the token that there was.
    expect([await first, await second]).toEqual(['ERR_AUTH_REFRESH_FAILED', 'ok']);
    expect(server.at('/open').map(({ token }) => token)).toEqual(['access-alice-1']);
  });
});

describe('A8: what is sent once more after signOut() has resolved', () => {
  test('A8 relative: a request that went past the gate, and was refused', async () => {
    const { server, api, auth } = await openSigned({
      after: ({ interceptors }) =>
        interceptors.request.use((config) => ({
          ...config,
          adapter: axios.getAdapter('http'),
          transformRequest: [(data: unknown) => data],
        })),
    });
    const release = server.hold('/a');
    const sent = codeOf(api.get('/a'));
    await until(() => server.at('/a').length === 1);
    await auth.signOut();
    release();
    expect(await sent).toBe(OVER);
    expect(server.at('/a').map(({ token }) => token)).toStrictEqual([undefined]);
  });

  test('A8 relative: an onSend that prepares the second send', async () => {
    const { promise, open: go } = gate();
    let isWaiting = false;
    const { server, api, auth } = await openSigned({
      onSend: async (_config, { attempt }) => {
        if (attempt === 1) return;
        isWaiting = true;
        await promise;
      },
    });
    server.expire();
    const sent = codeOf(api.get('/a'));
    await until(() => isWaiting);
    await auth.signOut();
    go();
    expect(await sent).toBe(OVER);
    expect(server.at('/a')).toHaveLength(1);
  });
});

describe('A9: requests that have the refresh token in them', () => {
  const held = async (
    options: OpenOptions,
    request: (api: Opened['api'], refreshToken: string) => Promise<unknown>,
  ): Promise<(string | undefined)[]> => {
    const { server, api, store } = await openSigned(options);
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const first = codeOf(api.get('/a'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    const sent = codeOf(
      request(api, ((await store.get()) as { refreshToken: string }).refreshToken),
    );
    await settle(server);
    expect(server.at('/devices')).toEqual([]);
    release();
    expect([await first, await sent]).toEqual(['ok', 'ok']);
    return usersAt(server, '/devices');
  };

  test.each<[string, (api: Opened['api'], refreshToken: string) => Promise<unknown>]>([
    ['in a JSON body', (api, refreshToken) => api.put('/devices', { refreshToken })],
    ['in a form', (api, refreshToken) => api.postForm('/devices', { refreshToken })],
    ['in its URL', (api, refreshToken) => api.delete(`/devices?token=${refreshToken}`)],
    [
      'as its cookie',
      (api, token) => api.post('/devices', {}, { headers: { Cookie: `r=${token}` } }),
    ],
  ])('A9 relative: %s, where the call of refresh can be followed', async (_, request) => {
    expect(await held({}, request)).toEqual(['alice']);
  });

  test.each<[string, (api: Opened['api'], refreshToken: string) => Promise<unknown>]>([
    ['in the URL of a DELETE', (api, token) => api.delete('/devices', { params: { token } })],
    ['in a header', (api, token) => api.post('/devices', {}, { headers: { 'X-Device': token } })],
    ['in the params of a GET', (api, token) => api.get('/devices', { params: { token } })],
  ])('A9 relative: %s, where it cannot', async (_, request) => {
    withoutAsyncContext();
    expect(await held({}, request)).toEqual(['alice']);
  });
});

test.each(['with', 'without'] as const)(
  'A10 relative: JSON-RPC, one URL for everything and a cookie, %s an async context',
  async (context) => {
    if (context === 'without') withoutAsyncContext();
    let valid = 0;
    const server = await startServer((request, response) => {
      const { method } = JSON.parse(request.body.toString()) as { method: string };
      const token = request.headers.authorization;
      if (method === 'auth.refresh') json(response, 200, { accessToken: `access-rpc-${++valid}` });
      else if (token === `Bearer access-rpc-${valid}`) json(response, 200, { result: method });
      else json(response, 401, { code: token ? 'TOKEN_EXPIRED' : 'TOKEN_MISSING' });
    });
    const rpc = (api: Opened['api'], method: string): Promise<{ data: Tokens }> =>
      api.post<Tokens>('/rpc', { jsonrpc: '2.0', method });
    const { api } = openSession(server, {
      tokens: null,
      cookieRefresh: true,
      refresh: async () => (await rpc(api, 'auth.refresh')).data,
    });
    for (let expiry = 0; expiry < 4; expiry++) {
      await Promise.all(['a.list', 'a.get', 'b.set'].map((method) => rpc(api, method)));
      valid++;
    }
    const queries = server.requests.filter(({ body }) => !body.toString().includes('auth.refresh'));
    expect(queries.filter(({ headers }) => headers.authorization === undefined)).toEqual([]);
    expect(server.requests.length - queries.length).toBe(4);
  },
);

describe('A11: what a refresh leaves running', () => {
  test('A11 relative: makes requests of its own during the next refresh: they are held', async () => {
    const { promise, open: go } = gate();
    const pings: Promise<string>[] = [];
    let renewals = 0;
    const { server, api, auth } = await openSigned({
      refresh: async (tokens, { client }) => {
        if (++renewals === 1) {
          void promise.then(() => {
            pings.push(codeOf(api.get('/ping')));
            pings.push(codeOf(auth.getAccessToken()));
          });
        }
        return (await client.post<Tokens>(REFRESH_PATH, tokens)).data;
      },
    });
    server.expire();
    await api.get('/a');
    server.expire();
    const release = server.hold(REFRESH_PATH);
    const second = codeOf(api.get('/a'));
    await until(() => server.at(REFRESH_PATH).length === 2);
    go();
    await until(() => pings.length === 2);
    await settle(server);
    expect(server.at('/ping')).toEqual([]);
    release();
    expect([await second, await pings[0], await pings[1]]).toEqual(['ok', 'ok', 'ok']);
    expect(server.at('/ping').map(({ token }) => token)).toEqual(['access-alice-3']);
  });

  test('A11 relative: refreshes by itself when the refresh is long over', async () => {
    const { promise, open: go } = gate();
    const later: Promise<string>[] = [];
    const { server, api, auth } = await openSigned({
      refresh: async (tokens, { client }) => {
        if (later.length === 0) void promise.then(() => later.push(codeOf(auth.refresh())));
        return (await client.post<Tokens>(REFRESH_PATH, tokens)).data;
      },
    });
    server.expire();
    await api.get('/a');
    go();
    await until(() => later.length === 1);
    expect(await later[0]).toBe('ok');
    expect(server.at(REFRESH_PATH)).toHaveLength(2);
  });
});

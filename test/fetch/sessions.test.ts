import { memoryStore } from '../../src/index';
import { createAuthFetch } from '../../src/fetch/index';
import { json, startServer } from '../support/http-server';
import {
  attached,
  cleanUp,
  codeOf,
  REFRESH_PATH,
  rejection,
  settle,
  until,
} from '../support/session';
import { openFetch } from './open';

afterEach(cleanUp);

describe('G21: a sign-out', () => {
  test('rejects fetches that wait for a renewal, and nothing is sent for them', async () => {
    const { authFetch, at, auth, server } = await openFetch();
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const refused = rejection(authFetch(at('/refused')));
    await until(() => server.at(REFRESH_PATH).length === 1);
    const held = rejection(authFetch(new Request(at('/held'))));
    await auth.signOut();
    expect((await refused).code).toBe('ERR_AUTH_SIGNED_OUT');
    expect((await held).code).toBe('ERR_AUTH_SIGNED_OUT');
    release();
    await settle(server);
    expect([server.at('/refused').length, server.at('/held').length]).toEqual([1, 0]);
    expect(auth.status).toBe('signed-out');
  });
});

describe('G22: a fetch belongs to the session in which it was called', () => {
  test('it is never sent as the user who has signed in since', async () => {
    const { authFetch, at, auth, server } = await openFetch();
    const called = codeOf(authFetch(at('/mine')));
    await auth.signIn(server.issue('bob'));
    expect(await called).toBe('ERR_AUTH_SIGNED_OUT');
    expect(server.at('/mine').filter(({ token }) => token?.includes('bob'))).toEqual([]);
    expect(await (await authFetch(at('/mine'))).json()).toMatchObject({ user: 'bob' });
  });
});

describe('G38: with requireSession', () => {
  test('a fetch to an allowed origin rejects while nobody is signed in', async () => {
    const { authFetch, at, server } = await openFetch({ tokens: null, requireSession: true });
    expect(await codeOf(authFetch(at('/a')))).toBe('ERR_AUTH_SIGNED_OUT');
    expect((await authFetch(at('/open'), { skipAuth: true })).status).toBe(200);
    expect(server.at('/a')).toEqual([]);
  });
});

describe('G37: where the access token is a cookie', () => {
  test('a fetch is held and sent again; no header is added, credentials stay the caller’s', async () => {
    let isGood = false;
    const server = await startServer((_request, response) =>
      json(response, isGood ? 200 : 401, isGood ? {} : { code: 'TOKEN_EXPIRED' }),
    );
    const refresh = jest.fn(() => {
      isGood = true;
      return Promise.resolve(undefined);
    });
    const { auth } = attached({
      options: { headerName: false, tokenStore: memoryStore(), refresh } as never,
    });
    const inits: (RequestInit | undefined)[] = [];
    const authFetch = createAuthFetch(auth, {
      allowedOrigins: [server.url],
      fetch: (input, init) => {
        inits.push(init);
        return fetch(input, init);
      },
    });
    const init = { credentials: 'include' } as const;
    // Only the auth server knows whether the cookie is there: it is asked once, first.
    expect((await authFetch(server.url, init)).status).toBe(200);
    isGood = false;
    expect((await authFetch(server.url, init)).status).toBe(200);
    expect(refresh).toHaveBeenCalledTimes(2);
    expect(inits.map((init) => init?.credentials)).toEqual(['include', 'include', 'include']);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array(3).fill(undefined),
    );
  });
});

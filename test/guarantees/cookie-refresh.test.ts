import axios from 'axios';
import type { AxiosInstance } from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import type { AuthOptions, AuthSession, Tokens } from '../../src/index';
import { createCookieBrowser, type CookieBrowser } from '../support/cookie-browser';
import { CSRF, startCookieServer, type CookieServer } from '../support/cookie-server';
import { digFor } from '../support/digger';
import { cleanUp, onCleanUp } from '../support/rig';
import { codeOf } from '../support/token-server';

afterEach(cleanUp);

interface Page {
  api: AxiosInstance;
  auth: AuthSession;
  store: ReturnType<typeof memoryStore>;
  told: unknown[];
}

/** A page that has just been loaded: nothing in memory, and what the browser keeps. */
function load(
  { server }: CookieServer,
  browser: CookieBrowser,
  options: Partial<AuthOptions> = {},
): Page {
  const api = axios.create({ baseURL: server.url, adapter: browser.adapter });
  const store = memoryStore();
  const told: unknown[] = [];
  const auth = attachAuthInterceptors(api, {
    cookieRefresh: true,
    refreshRetries: 0,
    refresh: async (_tokens, { client }) =>
      (
        await client.post<Tokens>('/auth/refresh', null, {
          withCredentials: true,
          headers: { 'X-CSRF-Token': CSRF },
        })
      ).data,
    onSignedOut: (error) => void told.push(error?.code ?? null),
    tokenStore: store,
    ...options,
  });
  onCleanUp(() => {
    auth.detach();
  });
  return { api, auth, store, told };
}

interface Signed extends Page {
  cookies: CookieServer;
  browser: CookieBrowser;
}

/** Somebody has signed in, and loads the page again. */
async function reloaded(options: Partial<AuthOptions> = {}): Promise<Signed> {
  const cookies = await startCookieServer();
  const browser = createCookieBrowser();
  const first = axios.create({ baseURL: cookies.server.url, adapter: browser.adapter });
  await first.post('/auth/login', null, { withCredentials: true });
  return { cookies, browser, ...load(cookies, browser, options) };
}

test('G30: the first request after a page load renews first, and meets no 401', async () => {
  const { api, auth, cookies } = await reloaded();
  const reasons: unknown[] = [];
  auth.subscribe((event) => reasons.push(event.type === 'refreshing' ? event.reason : event.type));
  expect((await api.get('/profile')).data).toEqual({ token: 'access-2' });
  expect(cookies.at('/profile').map(({ headers }) => headers.authorization)).toEqual([
    'Bearer access-2',
  ]);
  expect(reasons).toEqual(['missing', 'refreshed']);
});

test('the refresh carries the cookie and the CSRF header, and no other request carries either', async () => {
  const { api, cookies } = await reloaded();
  await api.get('/profile');
  const [refresh] = cookies.at('/auth/refresh');
  expect(refresh?.headers).toMatchObject({ cookie: 'refresh=secret-1', 'x-csrf-token': CSRF });
  expect(refresh?.headers.authorization).toBeUndefined();
  const [profile] = cookies.at('/profile');
  expect([profile?.headers.cookie, profile?.headers['x-csrf-token']]).toEqual([
    undefined,
    undefined,
  ]);
});

test('G34: no script ever sees the cookie, and the store holds the access token alone', async () => {
  const { api, auth, store, cookies } = await reloaded();
  const answers = [await api.get('/profile'), await auth.getTokens(), store.get()];
  expect(await digFor(['secret-1', 'secret-2'], answers.slice(1))).toEqual([]);
  expect(Object.keys(store.get() ?? {})).toEqual(['accessToken', 'expiresAt']);
  expect(cookies.at('/auth/refresh')).toHaveLength(1);
});

test('G5: 20 requests at once cost one refresh, and the cookie that it brings is used for the next', async () => {
  const { api, cookies } = await reloaded();
  const twenty = (): Promise<unknown[]> =>
    Promise.all(Array.from({ length: 20 }, (_, n) => api.get(`/items/${n}`)));
  await twenty();
  expect(cookies.at('/auth/refresh')).toHaveLength(1);
  cookies.expire();
  await twenty();
  expect(cookies.at('/auth/refresh').map(({ headers }) => headers.cookie)).toEqual([
    'refresh=secret-1',
    'refresh=secret-2',
  ]);
});

test('G11: a refused renewal means signed out: told once, and the auth server is left alone', async () => {
  const { api, auth, told, browser, cookies } = await reloaded();
  browser.cookies.clear();
  const codes = await Promise.all(Array.from({ length: 5 }, () => codeOf(api.get('/profile'))));
  expect(codes).toEqual(Array(5).fill('ERR_AUTH_SESSION_EXPIRED'));
  for (let n = 0; n < 3; n++) expect(await codeOf(api.get('/later'))).toBe('ERR_BAD_REQUEST');
  expect(cookies.at('/auth/refresh')).toHaveLength(1);
  expect(cookies.at('/later').map(({ headers }) => headers.authorization)).toEqual(
    Array(3).fill(undefined),
  );
  expect([told, auth.status]).toEqual([['ERR_AUTH_SESSION_EXPIRED'], 'signed-out']);
});

test('G14: after a refused renewal refresh() asks again, and so does a request after a sign-in', async () => {
  const { api, auth, cookies } = await reloaded();
  cookies.statuses.push(401);
  await codeOf(api.get('/profile'));
  expect((await auth.refresh()).accessToken).toBe('access-2');
  expect((await api.get('/profile')).data).toEqual({ token: 'access-2' });

  cookies.expire();
  cookies.statuses.push(401);
  expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_SESSION_EXPIRED');
  await auth.signIn({ accessToken: 'access-2' });
  expect((await api.get('/profile')).data).toEqual({ token: 'access-3' });
});

test('G10: a fault that passes signs nobody out: the next request asks again', async () => {
  const { api, told, cookies } = await reloaded();
  cookies.statuses.push(503);
  expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_REFRESH_FAILED');
  expect((await api.get('/profile')).data).toEqual({ token: 'access-2' });
  expect([told, cookies.at('/profile').length]).toEqual([[], 1]);
});

test('the status is unknown until the auth server has said who is signed in', async () => {
  const { api, auth, cookies } = await reloaded();
  expect([await auth.getTokens(), auth.status]).toEqual([null, 'unknown']);
  cookies.statuses.push(503, 401);
  expect([await codeOf(api.get('/a')), auth.status]).toEqual([
    'ERR_AUTH_REFRESH_FAILED',
    'unknown',
  ]);
  expect([await codeOf(api.get('/b')), auth.status]).toEqual([
    'ERR_AUTH_SESSION_EXPIRED',
    'signed-out',
  ]);
});

test('an asynchronous store that is empty says nothing about who is signed in', async () => {
  const store = memoryStore();
  const { auth } = await reloaded({ tokenStore: { ...store, get: async () => store.get() } });
  const events: string[] = [];
  auth.subscribe(({ type }) => events.push(type));
  expect([await auth.getTokens(), auth.status]).toEqual([null, 'unknown']);
  expect(await auth.getAccessToken()).toBe('access-2');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(events).toEqual(['refreshing', 'refreshed']);
});

test('after a sign-out nobody is signed in again by the cookie', async () => {
  const { api, auth, cookies } = await reloaded();
  await api.get('/profile');
  await auth.signOut();
  expect(await codeOf(api.get('/profile'))).toBe('ERR_BAD_REQUEST');
  expect(await auth.getAccessToken()).toBeNull();
  expect(cookies.at('/auth/refresh')).toHaveLength(1);
});

test('a sign-out right after a page load revokes the session that only the cookie knows of', async () => {
  const revoke = jest.fn();
  const { auth } = await reloaded({ revoke });
  await auth.signOut();
  expect(revoke).toHaveBeenCalledTimes(1);
  expect(revoke.mock.calls[0]?.[0]).toBeNull();
  await auth.signOut();
  expect(revoke).toHaveBeenCalledTimes(1);
});

test('after a refused renewal there is nothing to revoke', async () => {
  const revoke = jest.fn();
  const { api, auth, browser } = await reloaded({ revoke });
  browser.cookies.clear();
  expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_SESSION_EXPIRED');
  await auth.signOut();
  expect(revoke).not.toHaveBeenCalled();
});

test('without cookieRefresh an empty store is no reason to ask', async () => {
  const { api, auth, cookies } = await reloaded({ cookieRefresh: false });
  expect(await codeOf(api.get('/profile'))).toBe('ERR_BAD_REQUEST');
  expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_SIGNED_OUT');
  expect(cookies.at('/auth/refresh')).toEqual([]);
});

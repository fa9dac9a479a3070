import axios from 'axios';
import { memoryStore } from '../../src/index';
import type { AuthOptions, Tokens } from '../../src/index';
import { controlClocks, jwt } from '../support/clocks';
import { createCookieBrowser, type CookieBrowser } from '../support/cookie-browser';
import { CSRF, startCookieServer, type CookieServer } from '../support/cookie-server';
import { digFor } from '../support/digger';
import { json } from '../support/http-server';
import {
  attached,
  cleanUp,
  codeOf,
  type Opened,
  openForAnHour,
  openSession,
  recorder,
  recordEvents,
  REFRESH_PATH,
  settle,
  startTokenServer,
  turns,
} from '../support/session';

afterEach(cleanUp);

const HOUR = 3_600_000;

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

const withPayload = (payload: string): string => `${base64url('{}')}.${base64url(payload)}.c2ln`;

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

const inObjects = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);

const HOSTILE: [string, string][] = [
  ['nested as deep as a header allows', withPayload(nested(6_000))],
  ['nested in objects', withPayload(inObjects(1_500))],
  ['nested and never closed', withPayload('{"a":'.repeat(2_000))],
  ['of a megabyte', withPayload(JSON.stringify({ exp: 1, pad: 'x'.repeat(1_000_000) }))],
  ['nested a million deep', withPayload(nested(1_000_000))],
  ['with a payload that is no JSON', withPayload('exp: 1')],
  ['with an array', withPayload('[{"exp":1}]')],
  ['with an exp that is a text', jwt({ exp: '1' })],
  ['with a negative exp', jwt({ exp: -1e9 })],
  ['with an exp of 1e308', withPayload('{"exp":1e308}')],
  ['with an exp of NaN', withPayload('{"exp":NaN}')],
  ['with an exp below nought by a hair', withPayload('{"exp":-0}')],
  ['with an exp beyond numbers', withPayload('{"exp":-1e999}')],
  ['with an iat beyond all time', withPayload('{"exp":99999999999,"iat":1e308}')],
  ['with four segments', `${jwt({ exp: 1 })}.more`],
  ['with no base64', 'a.!!!!.c'],
  ['with base64 of half a byte', 'a.e.c'],
  ['with bytes that are no UTF-8', `a.${Buffer.from([0xff, 0xfe, 0x7b]).toString('base64url')}.c`],
  ['of dots', '..'],
];

/** What a token costs over several requests: nothing but its own header. */
async function costs(accessToken: string): Promise<{ headers: unknown[]; refreshes: number }> {
  const refresh = jest.fn(() => ({ accessToken: 'access-2' }));
  const { adapter, sent } = recorder();
  const { api } = attached({
    axios: { baseURL: 'https://api.example.com', adapter },
    tokens: { accessToken },
    options: { refresh },
  });
  for (let n = 0; n < 3; n++) await api.get('/');
  const headers = [...new Set(sent.map(({ authorization }) => authorization))];
  return { headers, refreshes: refresh.mock.calls.length };
}

interface Page extends Opened {
  notified: unknown[];
}

/** A page that has just been loaded: nothing in memory, and what the browser keeps. */
function load(
  { server }: CookieServer,
  { adapter }: CookieBrowser,
  options: Partial<AuthOptions> = {},
): Page {
  const notified: unknown[] = [];
  const opened = openSession(server, {
    axios: { adapter },
    cookieRefresh: true,
    refreshRetries: 0,
    refresh: async (_tokens, { client }) =>
      (
        await client.post<Tokens>('/auth/refresh', null, {
          withCredentials: true,
          headers: { 'X-CSRF-Token': CSRF },
        })
      ).data,
    onSignedOut: (error) => void notified.push(error?.code ?? null),
    ...options,
  });
  return { notified, ...opened };
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

describe('G30: a token known to be expired is renewed before the request is sent', () => {
  test('a token that expiresAt calls expired is renewed before the request is sent', async () => {
    const server = await startTokenServer();
    const { api } = openSession(server, {
      tokens: { ...server.issue(), expiresAt: Date.now() - 1_000 },
    });
    await Promise.all([api.get('/a'), api.get('/b')]);
    expect(server.at('/a').map(({ token }) => token)).toEqual(['access-alice-2']);
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test('a JWT whose exp is over is renewed before the request is sent', async () => {
    const server = await startTokenServer();
    const accessToken = jwt({ exp: Math.floor(Date.now() / 1_000) - 60 });
    const { api, auth } = openSession(server, { tokens: { ...server.issue(), accessToken } });
    const events = recordEvents(auth);
    await api.get('/a');
    expect(server.at('/a').map(({ token }) => token)).toEqual(['access-alice-2']);
    expect(events[0]).toEqual({ type: 'refreshing', reason: 'expired' });
  });

  test('less than expiryLeeway left counts as expired', async () => {
    const clocks = controlClocks();
    const { auth } = await openForAnHour({ expiryLeeway: 60_000, refreshAhead: false });
    clocks.pass(HOUR - 70_000);
    expect(await auth.getAccessToken()).toBe('access-alice-1');
    clocks.pass(20_000);
    expect(await auth.getAccessToken()).toBe('access-alice-2');
  });

  test('the leeway is at most a tenth of the lifetime', async () => {
    const clocks = controlClocks();
    const server = await startTokenServer();
    const { auth } = openSession(server, {
      tokens: null,
      expiryLeeway: 60_000,
      refreshAhead: false,
    });
    await auth.signIn({ ...server.issue(), expiresIn: 50 });
    clocks.pass(44_000);
    expect(await auth.getAccessToken()).toBe('access-alice-1');
    clocks.pass(2_000);
    expect(await auth.getAccessToken()).toBe('access-alice-2');
  });

  test('getAccessToken() renews first', async () => {
    const clocks = controlClocks();
    const { auth } = await openForAnHour();
    expect(await auth.getAccessToken()).toBe('access-alice-1');
    clocks.pass(HOUR);
    expect(await auth.getAccessToken()).toBe('access-alice-2');
  });

  test('a token that lives on is not renewed', async () => {
    const clocks = controlClocks();
    const { api, server } = await openForAnHour();
    clocks.pass(HOUR / 2);
    await api.get('/a');
    await settle(server);
    expect(server.at(REFRESH_PATH)).toEqual([]);
  });

  test.each([
    ['an opaque token', 'opaque-token'],
    ['a JWT without exp', jwt({ sub: 'alice' })],
    ['a JWT with an exp that is no number', jwt({ exp: 'tomorrow' })],
    ['a JWT that is none', 'a.b.c'],
    [
      'a JWT with a payload that is no object',
      `e30.${Buffer.from('7').toString('base64url')}.c2ln`,
    ],
  ])('%s is used until the server refuses it', async (_, accessToken) => {
    const server = await startTokenServer();
    const { auth } = openSession(server, { tokens: { ...server.issue(), accessToken } });
    expect(await auth.getAccessToken()).toBe(accessToken);
    expect(server.at(REFRESH_PATH)).toEqual([]);
  });

  test('where the renewal fails, the request is not sent', async () => {
    const clocks = controlClocks();
    const { api, server } = await openForAnHour({ refreshRetries: 0 });
    clocks.pass(HOUR);
    server.refreshAnswers.push((_request, response) => json(response, 503, {}));
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_FAILED');
    expect(server.at('/a')).toEqual([]);
  });
});

describe('G30: hostile tokens', () => {
  test.each(HOSTILE)('a JWT %s is sent as it is, and renewed by nobody', async (_, token) => {
    const { headers, refreshes } = await costs(token);
    // Not by toEqual: a megabyte makes no readable report.
    expect([headers.length, headers[0] === `Bearer ${token}`, refreshes]).toEqual([1, true, 0]);
  });

  test.each(['opaque', '1', 'ya29.a0AfB_by', 'gho_16C7e42F292c6912E7710c838347Ae178B4a', '=.=.='])(
    'the opaque token %s is sent as it is',
    async (token) => {
      expect(await costs(token)).toEqual({ headers: [`Bearer ${token}`], refreshes: 0 });
    },
  );
});

describe('G30: with cookieRefresh, missing tokens are renewed before the request is sent', () => {
  test('the first request after a page load renews first, and meets no 401', async () => {
    const { api, auth, cookies } = await reloaded();
    const reasons: unknown[] = [];
    auth.subscribe((event) =>
      reasons.push(event.type === 'refreshing' ? event.reason : event.type),
    );
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
    const answers = [await api.get('/profile'), await auth.getTokens(), await store.get()];
    expect(await digFor(['secret-1', 'secret-2'], answers.slice(1))).toEqual([]);
    expect(Object.keys((await store.get()) ?? {})).toEqual(['accessToken', 'expiresAt']);
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

  test('G11: a refused renewal means signed out: one callback, and no further refresh', async () => {
    const { api, auth, notified, browser, cookies } = await reloaded();
    browser.cookies.clear();
    const codes = await Promise.all(Array.from({ length: 5 }, () => codeOf(api.get('/profile'))));
    expect(codes).toEqual(Array(5).fill('ERR_AUTH_SESSION_EXPIRED'));
    for (let n = 0; n < 3; n++) expect(await codeOf(api.get('/later'))).toBe('ERR_BAD_REQUEST');
    expect(cookies.at('/auth/refresh')).toHaveLength(1);
    expect(cookies.at('/later').map(({ headers }) => headers.authorization)).toEqual(
      Array(3).fill(undefined),
    );
    expect([notified, auth.status]).toEqual([['ERR_AUTH_SESSION_EXPIRED'], 'signed-out']);
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

  test('G10: a transient fault signs nobody out: the next request refreshes again', async () => {
    const { api, notified, cookies } = await reloaded();
    cookies.statuses.push(503);
    expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_REFRESH_FAILED');
    expect((await api.get('/profile')).data).toEqual({ token: 'access-2' });
    expect([notified, cookies.at('/profile').length]).toEqual([[], 1]);
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
    await turns(20);
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
});

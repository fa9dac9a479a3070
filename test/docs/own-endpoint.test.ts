import axios, { type AxiosInstance } from 'axios';
import { attachAuthInterceptors } from '../../src/index';
import type { AuthOptions, AuthSession, Tokens } from '../../src/index';
import { startAuthServer, type AuthServer, type AuthServerOptions } from '../server/index';
import { until } from '../server/client';
import { json, startServer as startScripted } from '../support/http-server';
import { controlClocks } from '../support/clocks';
import { cleanUp, onCleanUp } from '../support/rig';
import { codeOf } from '../support/token-server';
import { createStorage } from '../support/web-globals';
import { runPage } from './run-page';

interface Exports {
  api: AxiosInstance;
  auth: AuthSession;
  signIn(username: string, password: string): Promise<void>;
  signOut(): Promise<void>;
  revoke: NonNullable<AuthOptions['revoke']>;
  refreshWithProfile: AuthOptions<WithProfile>['refresh'];
}

interface WithProfile extends Tokens {
  profile?: { username: string };
}

interface Tab extends Exports {
  router: { push: jest.Mock<void, [string]> };
}

afterEach(cleanUp);

async function startServer(options: AuthServerOptions = {}): Promise<AuthServer> {
  const server = await startAuthServer(options);
  onCleanUp(() => server.close());
  return server;
}

async function openTab(server: AuthServer, localStorage: Storage = createStorage()): Promise<Tab> {
  const router: Tab['router'] = { push: jest.fn() };
  const addresses = { 'https://api.example.com': server.url };
  const scope = { localStorage, router };
  const page = await runPage<Exports>('docs/sign-in/own-endpoint.md', addresses, scope);
  onCleanUp(() => {
    page.auth.detach();
  });
  return { ...page, router };
}

async function openSignedIn(server: AuthServer, localStorage?: Storage): Promise<Tab> {
  const tab = await openTab(server, localStorage);
  await tab.signIn('alice', 'wonderland');
  return tab;
}

const requests = (api: AxiosInstance): Promise<string>[] =>
  Array.from({ length: 10 }, () => codeOf(api.get('/profile')));

test('requests that meet the expiry are all answered, after one refresh', async () => {
  const server = await startServer();
  const { api } = await openSignedIn(server);
  server.controls.expireAllAccessTokens();
  expect(await Promise.all(requests(api))).toEqual(Array(10).fill('ok'));
  expect(server.stats).toMatchObject({ logins: 1, refreshes: 1 });
});

test('after a reload the tokens are there', async () => {
  const server = await startServer();
  const storage = createStorage();
  (await openSignedIn(server, storage)).auth.detach();
  const { api } = await openTab(server, storage);
  expect((await api.get('/profile')).data).toMatchObject({ username: 'alice' });
  expect(server.stats).toMatchObject({ logins: 1, refreshes: 0 });
});

test('a token is renewed in the background, and first when less than 5 s are left', async () => {
  const clocks = controlClocks();
  const server = await startServer({ accessTokenLifetime: 300 });
  const { api, auth } = await openSignedIn(server);
  const first = await auth.getAccessToken();

  server.controls.hold();
  clocks.pass(0.95 * 300_000);
  expect((await api.get('/profile')).status).toBe(200);
  expect(auth.status).toBe('refreshing');
  server.controls.release();
  await until(() => auth.status === 'signed-in');
  expect((await auth.getTokens())?.accessToken).not.toBe(first);

  clocks.pass(300_000 - 4_000);
  server.stats.seen.length = 0;
  await api.get('/profile');
  expect(server.stats.seen.map(({ path }) => path)).toEqual(['/auth/refresh', '/profile']);
});

test('signing out forgets the tokens, ends the session at the server, leads to the login', async () => {
  const server = await startServer();
  const storage = createStorage();
  const { api, auth, router, signOut } = await openSignedIn(server, storage);
  const { refreshToken } = (await auth.getTokens()) ?? {};
  await signOut();
  expect(storage).toHaveLength(0);
  expect(router.push.mock.calls).toEqual([['/login']]);
  const refresh = api.post('/auth/refresh', { refreshToken }, { skipAuth: true });
  await expect(refresh).rejects.toMatchObject({ response: { status: 401 } });
});

test('signing out works without the server', async () => {
  const server = await startServer();
  const storage = createStorage();
  const { auth, router, signOut } = await openSignedIn(server, storage);
  await server.close();
  await signOut();
  expect(storage).toHaveLength(0);
  expect(auth.status).toBe('signed-out');
  expect(router.push).toHaveBeenCalledTimes(1);
});

test.each([400, 401, 403])(
  'G11: a refresh that is answered %s ends the session',
  async (status) => {
    const server = await startServer();
    const storage = createStorage();
    const { api, router } = await openSignedIn(server, storage);
    server.controls.expireAllAccessTokens();
    server.controls.failRefresh(1, status);
    const codes = await Promise.all(requests(api));
    expect(codes).toEqual(Array(10).fill('ERR_AUTH_SESSION_EXPIRED'));
    expect(storage).toHaveLength(0);
    expect(router.push.mock.calls).toEqual([['/login']]);
  },
);

test.each([408, 425, 429, 500, 503])(
  'G10: one that is answered %s is tried twice more, and the session is kept',
  async (status) => {
    const server = await startServer();
    const { api, router } = await openSignedIn(server);
    server.controls.expireAllAccessTokens();
    server.controls.failRefresh(Infinity, status, { retryAfter: 0 });
    expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_REFRESH_FAILED');
    expect(server.stats.refreshRefused).toBe(3);
    expect(router.push).not.toHaveBeenCalled();
    server.controls.clearFaults();
    expect(await codeOf(api.get('/profile'))).toBe('ok');
  },
);

test.each([
  [10_000, 'ok'],
  [0, 'ERR_AUTH_SESSION_EXPIRED'],
])(
  'a refresh whose answer was lost, where a used token lives %s ms on: %s',
  async (graceWindow, code) => {
    const server = await startServer({ graceWindow });
    const { api } = await openSignedIn(server);
    server.controls.expireAllAccessTokens();
    server.controls.dropRefresh(1, 'after');
    expect(await codeOf(api.get('/profile'))).toBe(code);
  },
);

test('a user who is locked out is signed out', async () => {
  const server = await startServer();
  const { api, router } = await openSignedIn(server);
  server.controls.suspend('alice');
  expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_SESSION_EXPIRED');
  expect(server.stats.refreshes + server.stats.refreshRefused).toBe(0);
  expect(router.push).toHaveBeenCalledTimes(1);
});

test('a wrong password is the answer of the login, and starts no refresh', async () => {
  const server = await startServer();
  const { signIn, router } = await openSignedIn(server);
  await expect(signIn('alice', 'looking-glass')).rejects.toMatchObject({
    response: { status: 401 },
  });
  const logins = server.stats.seen.filter(({ path }) => path === '/auth/login');
  expect(logins.map(({ authorization }) => authorization)).toEqual(['none', 'none']);
  expect(server.stats.refreshes + server.stats.refreshRefused).toBe(0);
  expect(router.push).not.toHaveBeenCalled();
});

test('G29: another tab sees the sign-in and the sign-out', async () => {
  const server = await startServer();
  const storage = createStorage();
  const other = await openTab(server, storage);
  other.auth.subscribe(() => undefined);
  const { signOut } = await openSignedIn(server, storage);
  await until(() => other.auth.status === 'signed-in');
  expect((await other.api.get('/profile')).data).toMatchObject({ username: 'alice' });
  await signOut();
  await until(() => other.router.push.mock.calls.length > 0);
  expect(other.auth.status).toBe('signed-out');
});

/** Another session of the same user, with what the page shows beside its application. */
async function openVariant(options: (page: Tab) => Partial<AuthOptions<WithProfile>>) {
  const server = await startServer();
  const page = await openSignedIn(server);
  const api = axios.create({ baseURL: server.url });
  const auth = attachAuthInterceptors<WithProfile>(api, {
    refresh: () => Promise.reject(new Error('not called')),
    ...options(page),
  });
  onCleanUp(() => {
    auth.detach();
  });
  await auth.signIn((await page.auth.getTokens()) as WithProfile);
  return { server, api, auth };
}

test('a logout route gets the access token', async () => {
  const { server, api, auth } = await openVariant(({ revoke }) => ({ revoke }));
  const { refreshToken } = (await auth.getTokens()) ?? {};
  await auth.signOut();
  expect(server.stats.seen.at(-1)).toMatchObject({
    path: '/auth/logout',
    authorization: 'bearer',
  });
  // It knew the session by that token.
  const refresh = api.post('/auth/refresh', { refreshToken });
  await expect(refresh).rejects.toMatchObject({ response: { status: 401 } });
});

test('a refresh brings the profile with the tokens', async () => {
  const { server, api, auth } = await openVariant(({ refreshWithProfile }) => ({
    refresh: refreshWithProfile,
  }));
  server.controls.expireAllAccessTokens();
  expect(await codeOf(api.get('/profile'))).toBe('ok');
  expect((await auth.getTokens())?.profile).toMatchObject({ username: 'alice' });
  expect(server.stats.refreshes).toBe(1);
});

test('… and does not fail where the profile cannot be had', async () => {
  const server = await startScripted(({ url, headers }, response) => {
    const isGood = headers.authorization === 'Bearer new';
    if (url === '/auth/refresh') json(response, 200, { accessToken: 'new', refreshToken: 'next' });
    else if (url === '/profile') json(response, 500, {});
    else json(response, isGood ? 200 : 401, { code: 'TOKEN_EXPIRED' });
  });
  const { refreshWithProfile } = await openTab(await startServer());
  const api = axios.create({ baseURL: server.url });
  const auth = attachAuthInterceptors<WithProfile>(api, { refresh: refreshWithProfile });
  await auth.signIn({ accessToken: 'old', profile: { username: 'alice' } });
  expect(await codeOf(api.get('/orders'))).toBe('ok');
  expect(await auth.getTokens()).toMatchObject({
    refreshToken: 'next',
    profile: { username: 'alice' },
  });
});

import axios, { type AxiosInstance } from 'axios';
import { applyAuthTokenInterceptor, getBrowserLocalStorage, setAuthTokens } from 'axios-jwt';
import { attachAuthInterceptors, type AuthSession, type TokenStore } from '../../src/index';
import { startAuthServer, type AuthServer } from '../server/index';
import { json, startServer } from '../support/http-server';
import { cleanUp, login, onCleanUp, until } from '../support/rig';
import { codeOf } from '../support/token-server';
import { createStorage, setGlobal } from '../support/web-globals';
import { runSnippet } from './run-snippet';

interface Migrated {
  api: AxiosInstance;
  auth: AuthSession;
}

const PAGE = 'docs/migrating.md';
const SILENT = { debug: jest.fn(), warn: jest.fn(), error: jest.fn() };
afterEach(cleanUp);

async function startApi(): Promise<AuthServer> {
  const server = await startAuthServer();
  onCleanUp(() => server.close());
  return server;
}

const detached = <Session extends AuthSession>(auth: Session): Session => {
  onCleanUp(() => {
    auth.detach();
  });
  return auth;
};

async function migrate(url: string, localStorage: Storage, location = { assign: jest.fn() }) {
  const scope = { localStorage, location, console: SILENT };
  const addresses = { 'https://api.example.com': url };
  const migrated = (await runSnippet(PAGE, 'onSignedOut', scope, addresses)) as Migrated;
  detached(migrated.auth);
  return { ...migrated, location };
}

/** Two more things that the old code may have left behind. */
function leaveBehind(api: AxiosInstance, localStorage: Storage, refreshes: jest.Mock): void {
  api.interceptors.request.use((config) => {
    config.headers.Authorization = `Bearer ${localStorage.getItem('token')}`;
    return config;
  });
  api.interceptors.response.use(undefined, (error: unknown) => {
    if (axios.isAxiosError(error) && error.response?.status === 401) {
      refreshes(localStorage.getItem('refreshToken'));
    }
    throw error;
  });
}

describe('from a queue', () => {
  test('users stay signed in, and leftovers of the old code see nothing of a renewal', async () => {
    const server = await startApi();
    const storage = createStorage();
    const { accessToken, refreshToken } = await login(server, 'alice', 'wonderland');
    storage.setItem('token', accessToken);
    storage.setItem('refreshToken', refreshToken);
    const { api, location } = await migrate(server.url, storage);
    const refreshes = jest.fn();
    leaveBehind(api, storage, refreshes);

    server.controls.expireAllAccessTokens();
    const codes = await Promise.all([1, 2, 3].map(() => codeOf(api.get('/profile'))));
    expect(codes).toEqual(['ok', 'ok', 'ok']);
    expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
    expect(refreshes).not.toHaveBeenCalled();
    expect(storage.getItem('token')).not.toBe(accessToken);

    server.controls.expireAllAccessTokens();
    server.controls.failRefresh(1, 401);
    expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    expect(location.assign.mock.calls).toEqual([['/login']]);
    expect(refreshes.mock.calls).toEqual([[null]]);
  });

  test('other keys go with the session, and the own signOut() leads nowhere', async () => {
    const server = await startApi();
    const storage = createStorage();
    const { accessToken } = await login(server, 'alice', 'wonderland');
    for (const [key, value] of [
      ['token', accessToken],
      ['user', '{}'],
      ['cart', '[]'],
      ['theme', 'dark'],
    ] as const) {
      storage.setItem(key, value);
    }
    const { auth, location } = await migrate(server.url, storage);
    await auth.signOut();
    await until(() => storage.length === 1);
    expect(storage.getItem('theme')).toBe('dark');
    expect(location.assign).not.toHaveBeenCalled();
  });

  test('values with quotes sign everybody out, and do not with the storage of the page', async () => {
    const server = await startApi();
    const { accessToken, refreshToken } = await login(server, 'alice', 'wonderland');
    const storage = createStorage();
    const write = (): void => {
      storage.setItem('token', JSON.stringify(accessToken));
      storage.setItem('refreshToken', JSON.stringify(refreshToken));
    };
    write();
    const { api } = await migrate(server.url, storage);
    expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    expect(storage).toHaveLength(0);
    write();
    const { jsonStore } = (await runSnippet('docs/stores.md', 'jsonStorage', {
      localStorage: storage,
    })) as { jsonStore: TokenStore };
    const other = axios.create({ baseURL: server.url });
    detached(attachAuthInterceptors(other, { tokenStore: jsonStore, refresh: () => null }));
    expect((await other.get('/profile')).data).toMatchObject({ username: 'alice' });
  });

  test('one object under one key: its other fields stay', async () => {
    const storage = createStorage();
    const before = { id: 7, name: 'Alice', accessToken: 'a', refreshToken: 'r' };
    storage.setItem('user', JSON.stringify(before));
    const { userStore } = (await runSnippet('docs/stores.md', 'userStore', {
      localStorage: storage,
    })) as { userStore: TokenStore };
    const refresh = () => ({ accessToken: 'b' });
    const auth = detached(
      attachAuthInterceptors(axios.create(), { tokenStore: userStore, refresh }),
    );
    await auth.refresh();
    expect(JSON.parse(storage.getItem('user') ?? '')).toEqual({ ...before, accessToken: 'b' });
    await auth.signOut();
    expect(storage).toHaveLength(0);
  });

  test('the login and the logout of the page', async () => {
    const server = await startApi();
    const storage = createStorage();
    const { api, auth } = await migrate(server.url, storage);
    const { signIn, signOut } = (await runSnippet(PAGE, 'signIn(username', { api, auth })) as {
      signIn(username: string, password: string): Promise<void>;
      signOut(): Promise<void>;
    };
    await expect(signIn('alice', 'wrong')).rejects.toMatchObject({ response: { status: 401 } });
    await signIn('alice', 'wonderland');
    expect((await api.get('/profile')).data).toMatchObject({ username: 'alice' });
    expect(storage.getItem('token')).toBe(await auth.getAccessToken());
    await signOut();
    expect(storage).toHaveLength(0);
  });
});

test('from axios-auth-refresh: the token is renewed at a bare 401, and stays under its key', async () => {
  const server = await startServer(({ url, headers }, response) => {
    const isGood = headers.authorization === 'Bearer new';
    if (url === '/auth/token/refresh') json(response, 200, { token: 'new' });
    else json(response, isGood ? 200 : 401, {});
  });
  const storage = createStorage();
  storage.setItem('token', 'old');
  const api = axios.create({ baseURL: server.url });
  await runSnippet(PAGE, '/auth/token/refresh', { api, localStorage: storage });
  expect((await api.get('/profile')).status).toBe(200);
  expect(server.requests.map(({ url }) => url)).toEqual([
    '/profile',
    '/auth/token/refresh',
    '/profile',
  ]);
  expect(storage.getItem('token')).toBe('new');
});

test('from axios-jwt: who has signed in with it stays signed in', async () => {
  const storage = createStorage();
  setGlobal('window', { localStorage: storage });
  const server = await startServer(({ url, headers, body }, response) => {
    const isRight = body.toString() === '{"token":"the refresh token"}';
    const isGood = headers.authorization === 'Bearer new';
    if (url === '/auth/refresh_token') {
      json(response, isRight ? 200 : 400, { access_token: 'new', refresh_token: 'next' });
    } else json(response, isGood ? 200 : 401, { code: 'TOKEN_EXPIRED' });
  });
  applyAuthTokenInterceptor(axios.create(), {
    requestRefresh: () => Promise.reject(new Error('not called')),
    getStorage: getBrowserLocalStorage,
  });
  await setAuthTokens({ accessToken: 'old', refreshToken: 'the refresh token' });
  const key = storage.key(0) ?? '';
  // Under jest NODE_ENV is another one than the page names.
  expect(key).toBe(`auth-tokens-${process.env.NODE_ENV}`);
  storage.setItem('auth-tokens-production', storage.getItem(key) ?? '');
  const api = axios.create({ baseURL: server.url });
  const { session } = (await runSnippet(PAGE, 'auth-tokens-production', {
    api,
    localStorage: storage,
  })) as { session: AuthSession };
  detached(session);
  expect((await api.get('/profile')).status).toBe(200);
  expect(server.requests[0]?.headers.authorization).toBe('Bearer old');
  expect((await session.getTokens())?.refreshToken).toBe('next');
});

test('values that were written by JSON.stringify are read and written as such', async () => {
  const storage = createStorage();
  const { jsonStore } = (await runSnippet('docs/stores.md', 'jsonStorage', {
    localStorage: storage,
  })) as { jsonStore: TokenStore };
  expect(await jsonStore.get()).toBeNull();
  storage.setItem('token', 'null');
  expect(await jsonStore.get()).toBeNull();
  storage.setItem('token', JSON.stringify('abc'));
  storage.setItem('refreshToken', JSON.stringify('def'));
  expect(await jsonStore.get()).toEqual({ accessToken: 'abc', refreshToken: 'def' });
  await jsonStore.set({ accessToken: 'ghi', refreshToken: 'jkl' });
  expect(storage.getItem('token')).toBe('"ghi"');
  storage.setItem('token', 'no.json');
  expect(await jsonStore.get()).toMatchObject({ accessToken: 'no.json' });
  await jsonStore.clear();
  expect(storage).toHaveLength(0);
});

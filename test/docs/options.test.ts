import { memoryStore } from '../../src/index';
import { json, startServer } from '../support/http-server';
import { cleanUp, codeOf, openSession } from '../support/session';
import { runSnippet } from './run-snippet';
import type { AuthOptions } from '../../src/index';

afterEach(cleanUp);

/** A session with the refresh of the page that uses `fetch`, whose route answers so, one after another. */
async function openWithFetch(...statuses: number[]) {
  const server = await startServer(({ url, headers, body }, response) => {
    const isGood = headers.authorization === 'Bearer new';
    const isRight = body.toString() === '{"refreshToken":"r"}';
    if (url === '/auth/refresh') {
      const status = isRight ? (statuses.shift() ?? 200) : 404;
      json(response, status, { accessToken: 'new' }, { 'retry-after': '0' });
    } else json(response, isGood ? 200 : 401, EXPIRED);
  });
  let options = {} as AuthOptions;
  const attachAuthInterceptors = (_api: unknown, given: AuthOptions): void => {
    options = given;
  };
  const scope = { api: null, attachAuthInterceptors };
  const addresses = { 'https://api.example.com': server.url };
  await runSnippet('docs/options.md', 'await fetch(', scope, addresses);
  const tokenStore = memoryStore({ accessToken: 'old', refreshToken: 'r' });
  const { api } = openSession({ url: server.url }, { ...options, tokenStore });
  const refreshes = (): number => server.requests.filter(({ url }) => url !== '/profile').length;
  return { api, tokenStore, refreshes };
}

const EXPIRED = { code: 'TOKEN_EXPIRED' };

test('a refresh by fetch renews', async () => {
  const { api, refreshes } = await openWithFetch();
  expect(await codeOf(api.get('/profile'))).toBe('ok');
  expect(refreshes()).toBe(1);
});

test('an extra field that the answer leaves out is given back, with the new lifetime', async () => {
  const server = await startServer((_request, response) => {
    json(response, 200, { accessToken: 'new', expiresIn: 3_600 });
  });
  let options = {} as AuthOptions;
  await runSnippet('docs/options.md', 'user: tokens.user', {
    api: null,
    require: () => ({
      attachAuthInterceptors: (_api: unknown, given: AuthOptions) => (options = given),
    }),
  });
  const before = { accessToken: 'old', expiresAt: Date.now() + 60_000, user: { id: '7' } };
  const tokenStore = memoryStore(before);
  const { auth } = openSession({ url: server.url }, { ...options, tokenStore });
  const { expiresAt, ...others } = await auth.refresh();
  expect(others).toEqual({ accessToken: 'new', user: { id: '7' } });
  expect(expiresAt).toBeGreaterThan(before.expiresAt);
});

test('G11: one that is refused ends the session', async () => {
  const { api, tokenStore } = await openWithFetch(401);
  expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_SESSION_EXPIRED');
  expect(await tokenStore.get()).toBeNull();
});

test('G10: one that cannot be answered now is tried again', async () => {
  const { api, refreshes } = await openWithFetch(503, 429);
  expect(await codeOf(api.get('/profile'))).toBe('ok');
  expect(refreshes()).toBe(3);
});

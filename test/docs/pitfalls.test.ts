import type axios from 'axios';
import { anyUnauthorized, memoryStore, type AuthOptions, type Tokens } from '../../src/index';
import { json, startServer, type TestServer } from '../support/http-server';
import { cleanUp, codeOf, openSession, rejection } from '../support/session';

// What README and pages warn of: a test that fails here means that a warning is out of date.
afterEach(cleanUp);

const REFUSED = () => Promise.reject(Object.assign(new Error('refused'), { status: 401 }));
const startApi = (status = 200): Promise<TestServer> =>
  startServer((_request, response) => {
    json(response, status, {});
  });

test('README: each reason is logged once for each session', async () => {
  const debug = jest.fn();
  const { api } = openSession(await startApi(), { tokens: null, logger: { debug } });
  await api.post('/auth/login');
  await api.get('/orders');
  expect(debug.mock.calls.map(([line]) => line as string)).toEqual([
    expect.stringMatching(/^POST \/auth\/login: the request goes without a token/),
  ]);
});

test('cookie.md: the first request of a visitor rejects, unless it goes with skipAuth', async () => {
  const { url } = await startApi();
  const options = { tokens: null, cookieRefresh: true, refresh: REFUSED };
  const { api } = openSession({ url }, options);
  expect(await codeOf(api.get('/public', { skipAuth: true }))).toBe('ok');
  expect(await codeOf(api.get('/public'))).toBe('ERR_AUTH_SESSION_EXPIRED');
  expect(await codeOf(api.get('/public'))).toBe('ok');
  const asked = openSession({ url }, options);
  await rejection(asked.auth.getAccessToken());
  expect(await codeOf(asked.api.get('/public'))).toBe('ok');
});

test('two-cookies.md: signOut() before the first sign-in calls onSignedOut', async () => {
  const reasons: string[] = [];
  const { auth } = openSession(await startApi(), {
    tokens: null,
    cookieRefresh: true,
    onSignedOut: (_error, reason) => reasons.push(reason),
  });
  await auth.signOut();
  expect(reasons).toEqual(['signed-out']);
});

test('options.md: context.client sends an Authorization that only the defaults hold', async () => {
  const { url, requests } = await startServer((_request, response) => {
    json(response, 200, { accessToken: 'new' });
  });
  const after = (api: { defaults: typeof axios.defaults }): void => {
    api.defaults.headers.common.Authorization = 'Bearer foreign';
  };
  const { auth } = openSession({ url }, { tokens: { accessToken: 'own' }, after });
  await auth.refresh();
  expect(requests[0]?.headers.authorization).toBe('Bearer foreign');
});

test('options.md: anyUnauthorized passes a 403 on, whatever statuses says', async () => {
  const refresh = jest.fn(REFUSED);
  const options = { statuses: [401, 403], classify: anyUnauthorized, refresh };
  const { api } = openSession(await startApi(403), { tokens: { accessToken: 'a' }, ...options });
  expect(await codeOf(api.get('/orders'))).toBe('ERR_BAD_REQUEST');
  expect(refresh).not.toHaveBeenCalled();
});

test('options.md: with a lifetime that is no number the token counts as good', async () => {
  const refresh = jest.fn(REFUSED);
  const { api, auth } = openSession(await startApi(), { tokens: null, refresh });
  await auth.signIn({ accessToken: 'a', expiresIn: '15m' });
  expect((await auth.getTokens())?.expiresAt).toBeUndefined();
  expect(await codeOf(api.get('/orders'))).toBe('ok');
  expect(refresh).not.toHaveBeenCalled();
});

test.each([
  ['{"token":"a"}', 'ok'],
  ['"a"', 'ERR_AUTH_STORE'],
  ['["a"]', 'ERR_AUTH_STORE'],
  ['{"accessToken":"a","expiresAt":"soon"}', 'ERR_AUTH_STORE'],
  ['{"accessToken":"a","refreshToken":7}', 'ERR_AUTH_STORE'],
])('errors.md: a store that gives %s', async (held, code) => {
  const tokenStore: AuthOptions['tokenStore'] = {
    ...memoryStore(),
    get: () => JSON.parse(held) as Tokens,
  };
  const { api } = openSession(await startApi(), { tokenStore });
  expect(await codeOf(api.get('/orders'))).toBe(code);
});

test('options.md: what throws after the answer loses the new refresh token', async () => {
  const { url } = await startServer((_request, response) => {
    json(response, 200, { accessToken: 'new', refreshToken: 'next' });
  });
  const { auth } = openSession(
    { url },
    {
      tokens: { accessToken: 'old', refreshToken: 'used' },
      refresh: async (_tokens, { client }) => {
        await client.post('/auth/refresh');
        throw new Error('not what the schema wants');
      },
    },
  );
  expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_REFRESH_FAILED');
  expect((await auth.getTokens())?.refreshToken).toBe('used');
});

import { json, startServer } from '../support/http-server';
import { cleanUp, onCleanUp } from '../support/rig';
import { startAuthServer } from '../server/index';
import { createStorage } from '../support/web-globals';
import { runSnippet } from './run-snippet';

afterEach(cleanUp);

const API = 'https://api.example.com';

test('the first code of the README is a program: it signs in, and sends the token', async () => {
  const server = await startAuthServer();
  onCleanUp(() => server.close());
  const localStorage = createStorage();
  const scope = { localStorage, location: { assign: jest.fn() } };
  await runSnippet('README.md', 'webStorageStore(', scope, { [API]: server.url });
  const sent = server.stats.seen.map(({ path, authorization }) => [path, authorization]);
  expect(sent).toEqual([
    ['/auth/login', 'none'],
    ['/profile', 'bearer'],
  ]);
  expect(localStorage).toHaveLength(1);
});

test('… and a session that the auth server ends leads to the login', async () => {
  const location = { assign: jest.fn() };
  const server = await startServer(({ url }, response) => {
    const isLogin = url === '/auth/login';
    json(response, isLogin ? 200 : 401, isLogin ? { accessToken: 'a' } : { code: 'TOKEN_EXPIRED' });
  });
  const scope = { localStorage: createStorage(), location };
  await expect(
    runSnippet('README.md', 'webStorageStore(', scope, { [API]: server.url }),
  ).rejects.toMatchObject({ code: 'ERR_AUTH_SESSION_EXPIRED' });
  expect(location.assign.mock.calls).toEqual([['/login']]);
});

import axios from 'axios';
import { attachAuthInterceptors, memoryStore, oncePerToken } from '../../src/index';
import type { AuthSession, Refresh, Tokens } from '../../src/index';
import { startAuthServer, type AuthServer } from '../server/index';
import { cleanUp, codeOf, login, onCleanUp, until } from '../support/rig';

afterEach(cleanUp);

const post: Refresh = async (tokens, { client, signal }) =>
  (await client.post<Tokens>('/auth/refresh', { refreshToken: tokens?.refreshToken }, { signal }))
    .data;

async function start(): Promise<AuthServer> {
  const server = await startAuthServer();
  onCleanUp(() => server.close());
  return server;
}

/** As a server makes one for each request: with a copy of the tokens as it found them. */
function openFor(server: AuthServer, refresh: Refresh, tokens: Tokens) {
  const api = axios.create({ baseURL: server.url });
  const auth: AuthSession = attachAuthInterceptors(api, {
    tokenStore: memoryStore({ ...tokens }),
    refreshRetries: 0,
    refresh,
  });
  onCleanUp(() => auth.detach());
  return { api, auth };
}

test('G27: a session for each request renews once for all that hold the same token', async () => {
  const server = await start();
  const refresh = oncePerToken(post);
  const users = [await login(server), await login(server, 'bob', 'builder')];
  server.controls.expireAllAccessTokens();
  server.controls.hold();
  const requests = users.flatMap((tokens) =>
    Array.from({ length: 5 }, () => openFor(server, refresh, tokens).api.get('/profile')),
  );
  // All have been refused, and wait.
  await until(() => server.stats.unauthorized === 10);
  server.controls.release();
  const names = (await Promise.all(requests)).map(({ data }) => data.username as string);
  // One that read the session before the others have saved theirs.
  const late = await openFor(server, refresh, users[0]!).api.get('/profile');
  expect([...names, late.data.username]).toEqual([
    ...Array<string>(5).fill('alice'),
    ...Array<string>(5).fill('bob'),
    'alice',
  ]);
  expect(server.stats).toMatchObject({ refreshes: 2, refreshRefused: 0, reuseDetected: 0 });
});

test('G11: a refused refresh ends all that share it, with one call', async () => {
  const server = await start();
  const refresh = oncePerToken(post);
  const tokens = await login(server);
  await server.controls.revokeFamily('alice');
  server.controls.expireAllAccessTokens();
  const calls: Promise<string | undefined>[] = [];
  for (let request = 0; request < 5; request++) {
    calls.push(codeOf(openFor(server, refresh, { ...tokens, expiresAt: 1 }).auth.getAccessToken()));
  }
  expect(await Promise.all(calls)).toEqual(Array(5).fill('ERR_AUTH_SESSION_EXPIRED'));
  expect(server.stats).toMatchObject({ refreshes: 0, refreshRefused: 1 });
});

test('G21: signing out in one request does not take the renewal away from the others', async () => {
  const server = await start();
  const refresh = oncePerToken(post);
  const tokens = await login(server);
  server.controls.expireAllAccessTokens();
  server.controls.hold();
  const [leaving, staying] = [1, 2].map(() => openFor(server, refresh, tokens)) as [
    ReturnType<typeof openFor>,
    ReturnType<typeof openFor>,
  ];
  const left = codeOf(leaving.api.get('/profile'));
  const stayed = staying.api.get('/profile');
  await until(() => leaving.auth.status === 'refreshing' && staying.auth.status === 'refreshing');
  await until(() => server.stats.seen.some(({ path }) => path === '/auth/refresh'));
  await leaving.auth.signOut();
  server.controls.release();
  expect(await left).toBe('ERR_AUTH_SIGNED_OUT');
  expect((await stayed).status).toBe(200);
  expect(server.stats).toMatchObject({ refreshes: 1, refreshRefused: 0 });
});

import { getAdapter, type AxiosAdapter, type InternalAxiosRequestConfig } from 'axios';
import { cleanUp } from '../support/rig';
import { openBareSession, startBareServer } from './bare-server';

afterEach(cleanUp);

test('a fetch of the application (env.fetch) carries what goes to the auth server', async () => {
  const server = await startBareServer();
  const asked: string[] = [];
  const ownFetch: typeof fetch = (input, init) => {
    asked.push(input instanceof Request ? input.url : String(input));
    return fetch(input, init);
  };
  const { auth, store } = openBareSession(server, {
    axios: { adapter: 'fetch', env: { fetch: ownFetch } },
    revocationEndpoint: `${server.url}/revoke`,
  });
  await auth.refresh();
  expect(await store.get()).toMatchObject({ accessToken: 'access-token-1' });
  await auth.signOut();
  expect(asked).toEqual([`${server.url}/token`, `${server.url}/revoke`]);
  expect(server.requests).toHaveLength(2);
});

test('the adapter finds the env of the instance, which the fetch adapter of axios 1.12 reads', async () => {
  const server = await startBareServer();
  const seen: InternalAxiosRequestConfig[] = [];
  const adapter: AxiosAdapter = (config) => {
    seen.push(config);
    return getAdapter('http')(config);
  };
  const { auth } = openBareSession(server, { axios: { adapter } });
  expect((await auth.refresh()).accessToken).toBe('access-token-1');
  expect(seen).toHaveLength(1);
  expect(seen[0]?.env).toBeInstanceOf(Object);
});

test('nothing that the application tells its own API goes along', async () => {
  const server = await startBareServer();
  const { auth } = openBareSession(server, {
    axios: {
      headers: { common: { 'X-Api-Key': 'secret' } },
      params: { debug: '1' },
      transformRequest: () => 'of the application',
      transformResponse: () => 'of the application',
    },
  });
  await auth.refresh();
  const [request] = server.requests;
  expect(request?.url).toBe('/token');
  expect(request?.headers).not.toHaveProperty('x-api-key');
  expect(request?.body.toString()).toContain('grant_type=refresh_token');
});

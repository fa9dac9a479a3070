import axios, { type AxiosInstance } from 'axios';
import { memoryStore, type AuthSession, type TokenStore } from '../../src/index';
import { LIFETIME } from '../oauth2/authorization-server';
import { login, REDIRECT_URI } from '../oauth2/login';
import { createWorld } from '../oauth2/world';
import { cleanUp, onCleanUp } from '../support/rig';
import { codeOf } from '../support/token-server';
import { createStorage } from '../support/web-globals';
import { runPage } from './run-page';

jest.setTimeout(120_000);

interface Session {
  api: AxiosInstance;
  auth: AuthSession;
}

interface Exports extends Session {
  createApis(clientSecret: string): (tokenStore: TokenStore) => Session;
}

describe('the page about OAuth 2.0, on a server', () => {
  afterEach(cleanUp);

  async function createServerWorld() {
    const world = await createWorld('oidc-provider', {
      id: 'server',
      secret: 'a-secret-of-the-server',
      method: 'client_secret_basic',
      grants: ['authorization_code', 'refresh_token'],
      redirectUri: REDIRECT_URI,
    });
    const addresses = {
      'https://id.example.com': world.server.url,
      'https://api.example.com': world.resource.url,
    };
    const scope = { localStorage: createStorage() };
    const { auth, createApis } = await runPage<Exports>('docs/sign-in/oauth2.md', addresses, scope);
    onCleanUp(() => {
      auth.detach();
    });
    return { ...world, createApi: createApis('a-secret-of-the-server') };
  }

  test('the tokens in the session of a user are renewed and revoked', async () => {
    const { server, client, createApi } = await createServerWorld();
    const store = memoryStore();
    await createApi(store).auth.signIn(await login(server, client));
    await server.putForward(LIFETIME + 1);
    const { api, auth } = createApi(store);
    expect((await api.get('/profile')).status).toBe(200);
    const { accessToken } = (await store.get()) ?? {};
    await auth.signOut();
    expect(await store.get()).toBeNull();
    expect(await server.introspect(accessToken ?? '')).toEqual({ active: false });
  });

  test('the metadata are read once for all users', async () => {
    const { server, client, createApi } = await createServerWorld();
    const request = jest.spyOn(axios.Axios.prototype, 'request');
    onCleanUp(() => {
      request.mockRestore();
    });
    for (let users = 0; users < 2; users++) {
      const { auth } = createApi(memoryStore());
      await auth.signIn(await login(server, client));
      await auth.refresh();
    }
    const urls = request.mock.calls.map(([config]) => (config as { url?: string }).url ?? '');
    expect(urls.filter((url) => url.includes('/.well-known/'))).toHaveLength(1);
  });

  test('without a refresh token the session ends with its first expiry', async () => {
    const { server, client, createApi } = await createServerWorld();
    const { refresh_token: _, ...tokens } = await login(server, client);
    const { api, auth } = createApi(memoryStore());
    await auth.signIn(tokens);
    await server.putForward(LIFETIME + 1);
    expect(await codeOf(api.get('/profile'))).toBe('ERR_AUTH_SESSION_EXPIRED');
  });
});

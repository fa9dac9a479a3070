import axios, { type InternalAxiosRequestConfig } from 'axios';
import { cleanUp } from '../support/rig';
import { testClients } from './client-suite';
import { testSessions } from './session-suite';
import {
  createWorld,
  expire,
  ODD_SECRET,
  openSession,
  openSignedIn,
  SERVICE,
  webClient,
} from './world';

testSessions('oidc-provider');
testClients('oidc-provider', [
  webClient('client_secret_basic', ODD_SECRET),
  webClient('client_secret_post', ODD_SECRET),
  webClient('none'),
]);

describe('an OpenID Provider', () => {
  afterEach(cleanUp);

  test('its issuer is enough to refresh and revoke, and its metadata are read once', async () => {
    const world = await createWorld('oidc-provider');
    const urls: (string | undefined)[] = [];
    const send = axios.getAdapter('http');
    const adapter = (config: InternalAxiosRequestConfig) => {
      urls.push(config.url);
      return send(config);
    };
    const { api, auth } = await openSignedIn(world, {
      axios: { adapter },
      oauth2: {
        issuer: world.server.url,
        tokenEndpoint: undefined as never,
        revocationEndpoint: undefined as never,
      },
    });
    for (let round = 0; round < 3; round++) {
      await expire(world);
      await api.get('/profile');
    }
    const { accessToken = '' } = (await auth.getTokens()) ?? {};
    await auth.signOut();
    expect(await world.server.introspect(accessToken)).toEqual({ active: false });
    expect(urls.filter((url) => url?.includes('/.well-known/'))).toHaveLength(1);
  });

  test('the token is for the resource and the scope that were asked for', async () => {
    const world = await createWorld('oidc-provider', SERVICE);
    const { auth } = openSession(world, {
      oauth2: {
        grantType: 'client_credentials',
        resource: 'https://orders.example.test',
        scope: ['read', 'write'],
      },
    });
    const accessToken = (await auth.getAccessToken()) ?? '';
    expect(await world.server.introspect(accessToken)).toMatchObject({
      active: true,
      aud: 'https://orders.example.test',
      scope: 'read write',
    });
  });

  test('a refresh may ask for less than was granted', async () => {
    const world = await createWorld('oidc-provider');
    const { auth } = await openSignedIn(world, { oauth2: { scope: 'openid' } });
    const { accessToken } = await auth.refresh();
    expect(await world.server.introspect(accessToken)).toMatchObject({ scope: 'openid' });
  });
});

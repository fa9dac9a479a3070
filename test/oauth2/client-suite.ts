import { controlClocks } from '../support/clocks';
import { cleanUp } from '../support/rig';
import { codeOf } from '../support/token-server';
import { LIFETIME, type Client, type Make } from './authorization-server';
import { login } from './login';
import {
  createWorld,
  expire,
  openSession,
  openSignedIn,
  requests,
  SERVICE,
  statusesOf,
} from './world';

/** How clients show who they are at a server of any make. */
export function testClients(make: Make, clients: Client[]): void {
  describe(`a client at ${make}`, () => {
    afterEach(cleanUp);

    test.each(clients)('$method: it may refresh and revoke', async (client) => {
      const world = await createWorld(make, client);
      const { api, auth } = await openSignedIn(world);
      await expire(world);
      expect((await api.get('/profile')).status).toBe(200);
      const { accessToken = '' } = (await auth.getTokens()) ?? {};
      await auth.signOut();
      expect(await world.server.introspect(accessToken)).toEqual({ active: false });
      expect((await world.server.counts()).refused).toEqual({});
    });

    test('a wrong secret is a wrong configuration, and costs no session', async () => {
      const world = await createWorld(make);
      const wrong = openSession(world, { oauth2: { clientSecret: 'of-another-client' } });
      await wrong.auth.signIn(await login(world.server, world.client));
      const before = await wrong.auth.getTokens();
      await expire(world);
      const codes = await Promise.all(requests(wrong.api, 3).map(codeOf));
      expect(codes).toEqual(Array(3).fill('ERR_AUTH_CONFIG'));
      expect(await wrong.auth.getTokens()).toEqual(before);
      expect(wrong.onSignedOut).not.toHaveBeenCalled();

      const right = openSession(world, { options: { tokenStore: wrong.store } });
      expect((await right.api.get('/profile')).status).toBe(200);
    });

    test('a service gets its first token by itself, and the next when that is over', async () => {
      const world = await createWorld(make, SERVICE);
      const clocks = controlClocks();
      const oauth2 = { grantType: 'client_credentials' } as const;
      const { api, auth } = openSession(world, { oauth2 });
      for (let round = 0; round < 4; round++) {
        expect(await statusesOf(requests(api, 10))).toEqual(Array(10).fill(200));
        await expire(world);
        // Every other time the client knows it beforehand.
        if (round % 2 === 1) clocks.pass((LIFETIME + 1) * 1000);
      }
      expect((await auth.getTokens())?.refreshToken).toBeUndefined();
      const { granted, refused } = await world.server.counts();
      expect([granted, refused]).toEqual([{ client_credentials: 4 }, {}]);
    });

    test('a service that has signed out asks for no other token', async () => {
      const world = await createWorld(make, SERVICE);
      const { api, auth } = openSession(world, { oauth2: { grantType: 'client_credentials' } });
      const accessToken = (await auth.getAccessToken()) ?? '';
      await auth.signOut();
      expect(await world.server.introspect(accessToken)).toEqual({ active: false });
      expect(await codeOf(api.get('/profile'))).toBe('ERR_BAD_REQUEST');
      expect(world.resource.tokens).toStrictEqual([undefined]);
    });
  });
}

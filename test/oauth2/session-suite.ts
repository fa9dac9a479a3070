import axios from 'axios';
import { memoryStore } from '../../src/index';
import { controlClocks } from '../support/clocks';
import { createMutex } from '../support/locked-store';
import { cleanUp } from '../support/rig';
import { codeOf } from '../support/token-server';
import { LIFETIME, type Make } from './authorization-server';
import { told } from './bare-server';
import { createWorld, expire, openSession, openSignedIn, requests, statusesOf } from './world';

/** What a signed-in session goes through, at a server of any make. */
export function testSessions(make: Make): void {
  describe(`a session at ${make}`, () => {
    afterEach(cleanUp);

    test('G1: the tokens of a login are sent, and the API takes them', async () => {
      const world = await createWorld(make);
      const { api } = await openSignedIn(world);
      const { data } = await api.get<{ client: string }>('/profile');
      expect(data.client).toBe('web');
      expect((await world.server.counts()).granted).toEqual({ authorization_code: 1 });
    });

    test('G7: an expired token is renewed, each time with the refresh token of the last time', async () => {
      const world = await createWorld(make);
      const { api, auth } = await openSignedIn(world);
      const seen = new Set([(await auth.getTokens())?.refreshToken]);
      for (let round = 0; round < 3; round++) {
        await expire(world);
        expect((await api.get('/profile')).status).toBe(200);
        seen.add((await auth.getTokens())?.refreshToken);
      }
      expect(seen.size).toBe(4);
      const { granted, refused } = await world.server.counts();
      expect(granted).toEqual({ authorization_code: 1, refresh_token: 3 });
      expect(refused).toEqual({});
    });

    test('G5: 50 requests at once over 10 expiries are all answered, with 10 refreshes', async () => {
      const world = await createWorld(make);
      const clocks = controlClocks();
      const { api } = await openSignedIn(world, { options: { refreshLimit: false } });
      for (let round = 0; round < 10; round++) {
        await expire(world);
        // Every other time the client knows it beforehand.
        if (round % 2 === 1) clocks.pass((LIFETIME + 1) * 1000);
        expect(await statusesOf(requests(api, 50))).toEqual(Array(50).fill(200));
      }
      expect(await world.server.counts()).toEqual({
        granted: { authorization_code: 1, refresh_token: 10 },
        refused: {},
        revokedGrants: 0,
      });
    });

    test('G11: a refresh token that somebody else has used ends the session, once', async () => {
      const world = await createWorld(make);
      const { server, client } = world;
      const { api, auth, store, onSignedOut } = await openSignedIn(world);
      const stolen = (await auth.getTokens())?.refreshToken ?? '';
      await auth.refresh();
      const form = { grant_type: 'refresh_token', refresh_token: stolen };
      const { id: username, secret: password = '' } = client;
      const thief = axios.post(server.tokenEndpoint, new URLSearchParams(form), {
        auth: { username, password },
      });
      expect(await codeOf(thief)).toBe('ERR_BAD_REQUEST');
      expect((await server.counts()).revokedGrants).toBe(1);

      const codes = await Promise.all(requests(api, 5).map(codeOf));
      expect(codes).toEqual(Array(5).fill('ERR_AUTH_SESSION_EXPIRED'));
      await told();
      expect(onSignedOut).toHaveBeenCalledTimes(1);
      expect(onSignedOut.mock.calls[0]?.[0]).toMatchObject({ code: 'ERR_AUTH_SESSION_EXPIRED' });
      expect(await store.get()).toBeNull();
    });

    test('G27: two sessions over one store with a lock never use a refresh token twice', async () => {
      const world = await createWorld(make);
      const tokenStore = { ...memoryStore(), lock: createMutex().lock as never };
      const one = await openSignedIn(world, { options: { tokenStore } });
      const other = openSession(world, { options: { tokenStore } });
      for (let round = 0; round < 4; round++) {
        await expire(world);
        const both = [...requests(one.api, 10), ...requests(other.api, 10)];
        expect(await statusesOf(both)).toEqual(Array(20).fill(200));
      }
      expect(await world.server.counts()).toEqual({
        granted: { authorization_code: 1, refresh_token: 4 },
        refused: {},
        revokedGrants: 0,
      });
    });

    test('G21: signing out ends the refresh token and the access token at the server', async () => {
      const world = await createWorld(make);
      const { server } = world;
      const { auth } = await openSignedIn(world);
      const { accessToken, refreshToken } = await auth.refresh();
      expect(await server.introspect(accessToken)).toMatchObject({ active: true });
      await auth.signOut();
      expect(await server.introspect(accessToken)).toEqual({ active: false });
      expect(await server.introspect(refreshToken ?? '', 'refresh_token')).toEqual({
        active: false,
      });
    });

    test('G10: a server that is down costs a request and no session', async () => {
      const world = await createWorld(make);
      const clocks = controlClocks();
      const options = { refreshRetries: 0 };
      const { api, auth, onSignedOut } = await openSignedIn(world, { options });
      const before = await auth.getTokens();
      await expire(world);
      clocks.pass((LIFETIME + 1) * 1000);
      await world.server.down();
      const codes = await Promise.all(requests(api, 3).map(codeOf));
      expect(codes).toEqual(Array(3).fill('ERR_AUTH_REFRESH_FAILED'));
      expect(await auth.getTokens()).toEqual(before);

      await world.server.up();
      expect((await api.get('/profile')).status).toBe(200);
      expect(onSignedOut).not.toHaveBeenCalled();
      expect((await world.server.counts()).granted.refresh_token).toBe(1);
    });
  });
}

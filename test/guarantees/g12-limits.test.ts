import type { AuthOptions } from '../../src/index';
import {
  cleanUp,
  codeOf,
  openSession,
  recordEvents,
  REFRESH_PATH,
  refuseFreshTokens,
  settle,
  startTokenServer,
  until,
} from '../support/session';
import { controlClocks } from '../support/clocks';

afterEach(cleanUp);

async function openExpired(options: Partial<AuthOptions> = {}) {
  const server = await startTokenServer();
  const { api, auth } = openSession(server, options);
  server.expire();
  return {
    server,
    api,
    auth,
    request: () => codeOf(api.get('/a')),
    asked: () => server.at(REFRESH_PATH).length,
  };
}

describe('G12: no request is sent more than three times, and loops are cut off', () => {
  test('renewals that did not help are cut off by refreshLimit', async () => {
    const { server, request, asked } = await openExpired({
      refreshLimit: { count: 3, per: 600_000 },
    });
    refuseFreshTokens(server, 10);
    for (let n = 0; n < 5; n++) expect(await request()).toBe('ERR_AUTH_REFRESH_LOOP');

    expect(asked()).toBe(3);
    // Each once more with its new token; beyond the limit there is none.
    expect(server.at('/a')).toHaveLength(3 * 2 + 2);
  });

  test('five of them within thirty seconds is the default, and the tokens are kept', async () => {
    const { server, auth, request, asked } = await openExpired();
    refuseFreshTokens(server, 10);
    for (let n = 0; n < 7; n++) expect(await request()).toBe('ERR_AUTH_REFRESH_LOOP');
    expect(asked()).toBe(5);
    expect(auth.status).toBe('signed-in');
    expect(await auth.getTokens()).toMatchObject({ refreshToken: 'refresh-alice-6' });
  });

  test('many requests with one token that did not help count as one', async () => {
    const { server, asked, api } = await openExpired({ refreshLimit: { count: 2, per: 600_000 } });
    refuseFreshTokens(server, 10);
    for (let round = 1; round <= 2; round++) {
      const codes = await Promise.all(['/a', '/b', '/c', '/d'].map((url) => codeOf(api.get(url))));
      expect(codes).toEqual(Array(4).fill('ERR_AUTH_REFRESH_LOOP'));
      expect(asked()).toBe(round);
    }
  });

  test('the limit ends with its window', async () => {
    const clocks = controlClocks();
    const { server, request, asked } = await openExpired({
      refreshLimit: { count: 1, per: 300_000 },
    });
    refuseFreshTokens(server);
    expect([await request(), await request()]).toEqual(Array(2).fill('ERR_AUTH_REFRESH_LOOP'));
    expect(asked()).toBe(1);
    clocks.pass(301_000);
    expect(await request()).toBe('ok');
    expect(asked()).toBe(2);
  });

  test('refreshLimit: false does not count', async () => {
    const { server, request, asked } = await openExpired({ refreshLimit: false });
    refuseFreshTokens(server, 12);
    for (let n = 0; n < 12; n++) await request();
    expect(asked()).toBe(12);
    expect(await request()).toBe('ok');
  });

  test('renewals that help do not count, however many', async () => {
    const { server, auth, request, asked } = await openExpired({
      refreshLimit: { count: 1, per: 600_000 },
    });
    for (let n = 0; n < 6; n++) {
      expect(await codeOf(auth.refresh())).toBe('ok');
      server.expire();
      expect(await request()).toBe('ok');
    }
    expect(asked()).toBe(12);
  });

  test('a token that was good for a while, and is refused then, does not count', async () => {
    const { server, request, asked } = await openExpired({
      refreshLimit: { count: 1, per: 600_000 },
    });
    for (let n = 1; n <= 4; n++) {
      expect(await request()).toBe('ok');
      expect(asked()).toBe(n);
      server.expire();
    }
  });

  test('adopting what a peer has stored does not count', async () => {
    const server = await startTokenServer();
    const { api, store } = openSession(server, { refreshLimit: { count: 1, per: 600_000 } });
    for (let n = 0; n < 4; n++) {
      const answer = server.hold('/a');
      server.expire();
      const request = api.get('/a');
      await until(() => server.at('/a').length === 2 * n + 1);
      await store.set(server.issue());
      answer();
      await request;
    }
    expect(server.at(REFRESH_PATH)).toEqual([]);
  });

  test('a fresh token that is refused as expired ends the request, not in a loop', async () => {
    const server = await startTokenServer();
    const { api } = openSession(server);
    refuseFreshTokens(server);
    server.expire();

    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_LOOP');
    expect(server.at('/a')).toHaveLength(2);
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test('a fresh token that is refused does not end the session', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    refuseFreshTokens(server);
    server.expire();
    await codeOf(api.get('/a'));

    expect(auth.status).toBe('signed-in');
    expect(await auth.getTokens()).toMatchObject({ refreshToken: 'refresh-alice-2' });
  });

  test('no request is sent more than three times', async () => {
    const server = await startTokenServer();
    const { api, store } = openSession(server);
    // The first 401 finds tokens of a peer, the second renews them, the third is the last.
    refuseFreshTokens(server);
    const answer = server.hold('/a');
    server.expire();
    const request = codeOf(api.get('/a'));
    await until(() => server.at('/a').length === 1);
    await store.set(server.issue());
    server.expire();
    answer();

    expect(await request).toBe('ERR_AUTH_REFRESH_LOOP');
    expect(server.at('/a').map(({ token }) => token)).toEqual(
      [1, 2, 3].map((n) => `access-alice-${n}`),
    );
  });

  test('peers that store one dead token after another do not keep a request going', async () => {
    const server = await startTokenServer();
    const { api, store } = openSession(server);
    const original = store.get.bind(store);
    let reads = 0;
    store.get = () => {
      if (++reads > 1) void store.set({ accessToken: `access-alice-${reads + 100}` });
      return original();
    };
    server.expire();

    expect(await codeOf(api.get('/a'))).toMatch(/^ERR_AUTH_/);
    expect(server.at('/a').length).toBeLessThanOrEqual(3);
  });

  test('beyond the limit a request rejects without a renewal and without an event', async () => {
    const { server, auth, request, asked } = await openExpired({
      refreshLimit: { count: 1, per: 600_000 },
    });
    refuseFreshTokens(server);
    expect(await request()).toBe('ERR_AUTH_REFRESH_LOOP');
    await settle(server);
    const events = recordEvents(auth);
    const statuses = new Set<string>();
    for (let n = 0; n < 20; n++) {
      const rejected = request();
      statuses.add(auth.status);
      expect(await rejected).toBe('ERR_AUTH_REFRESH_LOOP');
    }
    expect([events, [...statuses], asked()]).toEqual([[], ['signed-in'], 1]);
  });
});

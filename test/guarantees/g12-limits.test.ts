import type { AuthOptions } from '../../src/index';
import { json, type Handler } from '../support/http-server';
import {
  cleanUp,
  codeOf,
  createRig,
  openSession,
  recordEvents,
  REFRESH_PATH,
  startTokenServer,
  until,
} from '../support/session';
import { controlClocks } from '../support/clocks';

afterEach(cleanUp);

const busy =
  (headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    json(response, 503, {}, headers);

async function openExpired(options: Partial<AuthOptions> = {}) {
  const server = await startTokenServer();
  const { api, auth } = openSession(server, options);
  server.expire();
  return {
    auth,
    request: () => codeOf(api.get('/a')),
    asked: () => server.at(REFRESH_PATH).length,
    answer: (...answers: Handler[]) => (server.refreshAnswers = answers),
  };
}

describe('G12: no request is sent more than three times, and loops are cut off', () => {
  test('more renewals than refreshLimit within its window are cut off', async () => {
    const { server, auth, seen } = await createRig({
      options: { refreshLimit: { count: 3, per: 600_000 } },
    });
    const codes: string[] = [];
    for (let n = 0; n < 5; n++) codes.push(await codeOf(auth.refresh()));

    expect(codes).toEqual(['ok', 'ok', 'ok', 'ERR_AUTH_REFRESH_LOOP', 'ERR_AUTH_REFRESH_LOOP']);
    expect(seen('/auth/refresh')).toHaveLength(3);
    expect(server.stats.refreshes).toBe(3);
  });

  test('five renewals within thirty seconds is the default', async () => {
    const { auth } = await createRig();
    for (let n = 0; n < 5; n++) await auth.refresh();
    expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_REFRESH_LOOP');
    expect(auth.status).toBe('signed-in');
  });

  test('the limit ends with its window, and the tokens are kept', async () => {
    const clocks = controlClocks();
    const { auth } = await createRig({ options: { refreshLimit: { count: 1, per: 300_000 } } });
    await auth.refresh();
    expect(await codeOf(auth.refresh())).toBe('ERR_AUTH_REFRESH_LOOP');
    clocks.pass(301_000);
    expect(await codeOf(auth.refresh())).toBe('ok');
  });

  test('refreshLimit: false does not count', async () => {
    const { auth } = await createRig({ options: { refreshLimit: false } });
    for (let n = 0; n < 12; n++) await auth.refresh();
    expect(auth.status).toBe('signed-in');
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
    server.refreshAnswers.push((_request, response) => {
      const pair = server.issue();
      server.expire();
      json(response, 200, pair);
    });
    server.expire();

    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_LOOP');
    expect(server.at('/a')).toHaveLength(2);
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test('a fresh token that is refused does not end the session', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    server.refreshAnswers.push((_request, response) => {
      const pair = server.issue();
      server.expire();
      json(response, 200, pair);
    });
    server.expire();
    await codeOf(api.get('/a'));

    expect(auth.status).toBe('signed-in');
    expect(await auth.getTokens()).toMatchObject({ refreshToken: 'refresh-alice-2' });
  });

  test('no request is sent more than three times', async () => {
    const server = await startTokenServer();
    const { api, store } = openSession(server);
    // The first 401 finds tokens of a peer, the second renews them, the third is the last.
    server.refreshAnswers.push((_request, response) => {
      const pair = server.issue();
      server.expire();
      json(response, 200, pair);
    });
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

  test('a request beyond the limit rejects at once, without an event', async () => {
    const { auth, request, answer, asked } = await openExpired({ refreshRetries: 0 });
    answer(...Array.from({ length: 10 }, () => busy()));
    for (let n = 0; n < 5; n++) await request();
    const events = recordEvents(auth);
    const statuses = new Set<string>();
    for (let n = 0; n < 20; n++) {
      const rejected = request();
      statuses.add(auth.status);
      expect(await rejected).toBe('ERR_AUTH_REFRESH_FAILED');
    }
    expect([events, [...statuses], asked()]).toEqual([[], ['signed-in'], 5]);
  });
});

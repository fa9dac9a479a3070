import { execFile } from 'node:child_process';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { bundleScript } from '../node/workers';
import { controlClocks } from '../support/clocks';
import { json, type Handler } from '../support/http-server';
import {
  attached,
  cleanUp,
  codeOf,
  gate,
  openForAnHour,
  openSession,
  recorder,
  recordEvents,
  REFRESH_PATH,
  settle,
  startTokenServer,
  until,
} from '../support/session';

afterEach(cleanUp);

const HOUR = 3_600_000;

const busy: Handler = (_request, response) => {
  json(response, 503, {});
};

const start = promisify(execFile);

/** What the process said when it ended; it is given more time than a renewal has. */
async function endOf(way: string): Promise<unknown> {
  const script = bundleScript('../support/ahead-process');
  const { stdout } = await start(process.execPath, [script, way], { timeout: 25_000 });
  return JSON.parse(stdout);
}

const LIFETIME = 10_000_000;

const CLIENTS = 500;

interface Fleet {
  /** How many have renewed by this share of the lifetime. */
  renewedAt(share: number): Promise<number>;
}

/** Clients that have all got their tokens at the same moment, as after a deployment. */
async function fleet(refreshAhead?: number): Promise<Fleet> {
  const clocks = controlClocks();
  const renewed = new Set<number>();
  const { adapter } = recorder();
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, number) => {
      const { api, auth } = attached({
        axios: { baseURL: 'https://api.example.com', adapter },
        tokens: null,
        options: {
          ...(refreshAhead !== undefined && { refreshAhead }),
          refresh: () => {
            renewed.add(number);
            return { accessToken: 'access-2', expiresIn: LIFETIME };
          },
        },
      });
      await auth.signIn({ accessToken: 'access-1', expiresIn: LIFETIME / 1_000 });
      return api;
    }),
  );
  let passed = 0;
  return {
    async renewedAt(share) {
      clocks.pass(share * LIFETIME - passed);
      passed = share * LIFETIME;
      await Promise.all(clients.map((api) => api.get('/')));
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      return renewed.size;
    },
  };
}

describe('G31: from refreshAhead on, a renewal in the background', () => {
  test('ahead of expiry a request leaves at once, and the renewal runs behind it', async () => {
    const clocks = controlClocks();
    const { api, auth, server } = await openForAnHour();
    const release = server.hold(REFRESH_PATH);
    const events = recordEvents(auth);
    clocks.pass(0.95 * HOUR);
    const requests = ['/a', '/b', '/c'].map((path) => api.get<{ token: string }>(path));
    const tokens = (await Promise.all(requests)).map(({ data }) => data.token);

    expect(tokens).toEqual(Array(3).fill('access-alice-1'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    release();
    await until(() => events.at(-1)?.type === 'refreshed');
    expect(events[0]).toEqual({ type: 'refreshing', reason: 'ahead' });
    expect((await api.get<{ token: string }>('/d')).data.token).toBe('access-alice-2');
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test.each([
    ['fails', 503],
    ['is refused', 401],
  ])('a renewal ahead that %s fails no request and ends no session', async (_, status) => {
    const clocks = controlClocks();
    const notified: unknown[] = [];
    const { api, auth, server, store } = await openForAnHour({
      refreshRetries: 0,
      onSignedOut: (error) => void notified.push(error),
    });
    server.refreshAnswers.push((_request, response) => json(response, status, {}));
    const events = recordEvents(auth);
    const before = await store.get();
    clocks.pass(0.95 * HOUR);
    expect(await codeOf(api.get('/a'))).toBe('ok');
    await until(() => events.at(-1)?.type === 'refresh-failed');

    expect(await codeOf(api.get('/b'))).toBe('ok');
    expect([await store.get(), auth.status, notified]).toEqual([before, 'signed-in', []]);
    // Nor is the auth server asked again with every request.
    await Promise.all([api.get('/c'), api.get('/d')]);
    await settle(server);
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test('a renewal ahead that was refused ends the session once the token is over', async () => {
    const clocks = controlClocks();
    const { api, auth, server } = await openForAnHour({ refresh: () => null });
    const events = recordEvents(auth);
    clocks.pass(0.95 * HOUR);
    await api.get('/a');
    await until(() => events.at(-1)?.type === 'refresh-failed');
    clocks.pass(0.1 * HOUR);
    expect(await codeOf(api.get('/b'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    expect(server.at('/b')).toEqual([]);
  });

  test('a 401 while the renewal ahead is in flight waits for that one', async () => {
    const clocks = controlClocks();
    const { api, server } = await openForAnHour();
    const answered = gate();
    server.refreshAnswers.push(async (_request, response) => {
      await answered.promise;
      json(response, 200, server.issue());
    });
    clocks.pass(0.95 * HOUR);
    await api.get('/a');
    await until(() => server.at(REFRESH_PATH).length === 1);
    server.expire();
    const request = api.get<{ token: string }>('/b');
    await until(() => server.at('/b').length === 1);
    answered.open();

    expect((await request).data.token).toBe('access-alice-2');
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test('refreshAhead: false renews when the token is over, and not before', async () => {
    const clocks = controlClocks();
    const { api, server } = await openForAnHour({ refreshAhead: false });
    clocks.pass(0.99 * HOUR);
    await api.get('/a');
    await settle(server);
    expect(server.at(REFRESH_PATH)).toEqual([]);
  });

  test('the moment differs from client to client', async () => {
    const clocks = controlClocks();
    const clients = await Promise.all(Array.from({ length: 12 }, () => openForAnHour()));
    clocks.pass(0.85 * HOUR);
    await Promise.all(clients.map(({ api }) => api.get('/a')));
    await Promise.all(clients.map(({ server }) => settle(server)));
    const renewed = clients.filter(({ server }) => server.at(REFRESH_PATH).length === 1);
    // Half of them, spread by chance: all or none is one in two thousand.
    expect(renewed.length).toBeGreaterThan(0);
    expect(renewed.length).toBeLessThan(12);
  });

  test('a stream in the ahead window is sent after the renewal', async () => {
    const clocks = controlClocks();
    const { api, server } = await openForAnHour();
    clocks.pass(0.95 * HOUR);
    const { data } = await api.post<{ token: string; body: string }>(
      '/up',
      Readable.from(['once']),
    );
    expect(data).toMatchObject({ token: 'access-alice-2', body: 'once' });
    expect(server.at('/up')).toHaveLength(1);
  });

  test('a stream is sent with the good token where the renewal ahead fails', async () => {
    const clocks = controlClocks();
    const { api, server } = await openForAnHour({ refreshRetries: 0 });
    server.refreshAnswers.push((_request, response) => json(response, 503, {}));
    clocks.pass(0.95 * HOUR);
    const { data } = await api.post<{ token: string; body: string }>(
      '/up',
      Readable.from(['once']),
    );
    expect(data).toMatchObject({ token: 'access-alice-1', body: 'once' });
  });

  test('a renewal ahead is tried once, and again after 90 to 180 seconds', async () => {
    const clocks = controlClocks();
    const server = await startTokenServer();
    const { api, auth } = openSession(server, { tokens: null });
    await auth.signIn({ ...server.issue(), expiresIn: HOUR / 1_000 });
    server.refreshAnswers.push(busy, busy);
    const failures = (): number => events.filter(({ type }) => type === 'refresh-failed').length;
    const events = recordEvents(auth);
    clocks.pass(0.91 * HOUR);
    await api.get('/a');
    await until(() => failures() === 1);
    expect(server.at(REFRESH_PATH)).toHaveLength(1);

    clocks.pass(85_000);
    await api.get('/a');
    await settle(server);
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
    clocks.pass(96_000);
    await api.get('/a');
    await until(() => failures() === 2);
    expect([server.at(REFRESH_PATH).length, auth.status]).toEqual([2, 'signed-in']);
    expect(server.at('/a').map(({ token }) => token)).toEqual(Array(3).fill('access-alice-1'));
  });
});

describe('G31: the process', () => {
  test('a renewal ahead that hangs keeps no process alive', async () => {
    expect(await endOf('hangs')).toEqual({ answered: true, refreshes: 1 });
  });

  test('nor does one that waits to try again', async () => {
    // A second attempt would say that the process was kept until then.
    expect(await endOf('fails')).toEqual({ answered: true, refreshes: 1 });
  });
});

describe('G31: the spread over many clients', () => {
  afterEach(async () => {
    jest.restoreAllMocks();
    await cleanUp();
  });

  test('500 clients with the same lifetime renew between 0.8 and 0.9 of it, not at one moment', async () => {
    const { renewedAt } = await fleet();
    expect(await renewedAt(0.799)).toBe(0);
    const steps: number[] = [];
    let before = 0;
    for (let step = 1; step <= 10; step++) {
      const now = await renewedAt(0.8 + step * 0.01);
      steps.push(now - before);
      before = now;
    }
    // The clocks go on while 500 clients ask, so the last of them may come a step later.
    expect(await renewedAt(0.902)).toBe(CLIENTS);
    // Fifty of them in each step: twenty would be five standard deviations off.
    expect(Math.max(...steps)).toBeLessThan(100);
    expect(Math.min(...steps)).toBeGreaterThan(10);
  });

  test('the share where it begins is refreshAhead, and half of the rest is used', async () => {
    const { renewedAt } = await fleet(0.5);
    expect(await renewedAt(0.499)).toBe(0);
    const half = await renewedAt(0.625);
    expect(Math.abs(half - CLIENTS / 2)).toBeLessThan(70);
    expect(await renewedAt(0.752)).toBe(CLIENTS);
  });
});

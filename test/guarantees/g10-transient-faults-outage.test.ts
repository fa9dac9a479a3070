import { controlClocks } from '../support/clocks';
import { json, type Handler } from '../support/http-server';
import {
  cleanUp,
  codeOf,
  openSession,
  REFRESH_PATH,
  rejection,
  startTokenServer,
  until,
  type Opened,
  type OpenOptions,
  type TokenServer,
} from '../support/session';

afterEach(cleanUp);

const FAILED = 'ERR_AUTH_REFRESH_FAILED';

const MINUTE = 60_000;

interface Outage extends Opened {
  server: TokenServer;
  /** How often the auth server was asked. */
  asked(): number;
  /** The code of a request that needs new tokens. */
  request(): Promise<string>;
  down(answer?: Handler): void;
  up(): void;
}

const busy =
  (headers: Record<string, string> = {}): Handler =>
  (_request, response) => {
    json(response, 503, {}, headers);
  };

/** Every access token is over, and the auth server cannot give another. */
async function outage(answer = busy(), options: OpenOptions = {}): Promise<Outage> {
  const server = await startTokenServer();
  const opened = openSession(server, { refreshRetries: 0, ...options });
  const down = (handler = answer): void => {
    server.refreshAnswers = Array.from({ length: 100 }, () => handler);
  };
  down();
  server.expire();
  return {
    ...opened,
    server,
    asked: () => server.at(REFRESH_PATH).length,
    request: () => codeOf(opened.api.get('/a')),
    down,
    up() {
      server.refreshAnswers = [];
    },
  };
}

/** The auth server has been down for a minute, and has just been asked again. */
async function lastingOutage(answer = busy(), options: OpenOptions = {}) {
  const clocks = controlClocks();
  const found = await outage(answer, options);
  await found.request();
  clocks.pass(MINUTE);
  await found.request();
  return { clocks, ...found };
}

describe('G10: an outage of the auth server', () => {
  test('within a minute each request asks again, with its retries', async () => {
    const clocks = controlClocks();
    const { asked, request } = await outage(busy(), { refreshRetries: 1 });
    expect([await request(), asked()]).toEqual([FAILED, 2]);
    clocks.pass(50_000);
    expect([await request(), asked()]).toEqual([FAILED, 4]);
  });

  test('after a minute there is one attempt, and requests share its failure until a pause is over', async () => {
    const { clocks, asked, request, store } = await lastingOutage(busy(), { refreshRetries: 1 });
    expect(asked()).toBe(3);
    const tokens = await store.get();
    // The pause is between one minute and two.
    for (const ms of [0, 30_000, 25_000]) {
      clocks.pass(ms);
      expect(await request()).toBe(FAILED);
    }
    expect([asked(), await store.get()]).toEqual([3, tokens]);
    clocks.pass(75_000);
    expect([await request(), asked()]).toEqual([FAILED, 4]);
  });

  test('when the pause is over, twenty requests at once cause one refresh', async () => {
    const { clocks, asked, request } = await lastingOutage();
    clocks.pass(3 * MINUTE);
    const codes = await Promise.all(Array.from({ length: 20 }, request));
    expect([new Set(codes), asked()]).toEqual([new Set([FAILED]), 3]);
  });

  test('in an outage of an hour a client with steady requests refreshes no more than twenty times', async () => {
    const { clocks, asked, request } = await lastingOutage();
    for (let second = 0; second < 3_600; second += 20) {
      clocks.pass(20_000);
      await request();
    }
    // Ten to twelve times once in five minutes, and a few times while it begins.
    expect(asked()).toBeGreaterThan(10);
    expect(asked()).toBeLessThan(20);
  });

  test('an auth server that is back is used when the pause is over', async () => {
    const { clocks, asked, request, server, up, down } = await lastingOutage(busy(), {
      refreshRetries: 1,
    });
    up();
    expect(await request()).toBe(FAILED);
    clocks.pass(3 * MINUTE);
    expect([await request(), asked()]).toEqual(['ok', 4]);

    down();
    server.expire();
    expect([await request(), await request(), asked()]).toEqual([FAILED, FAILED, 8]);
  });

  test('refresh() asks at once, and what it brings ends the pause', async () => {
    const { auth, asked, request, up } = await lastingOutage();
    expect([await codeOf(auth.refresh()), asked()]).toEqual([FAILED, 3]);
    up();
    expect([await request(), asked()]).toEqual([FAILED, 3]);
    await auth.refresh();
    expect([await request(), asked()]).toEqual(['ok', 4]);
  });

  test('requests that wait for such a refresh() get what it brings', async () => {
    const { auth, request, server, up } = await lastingOutage();
    up();
    const answer = server.hold(REFRESH_PATH);
    const renewal = codeOf(auth.refresh());
    await until(() => server.at(REFRESH_PATH).length === 3);
    const waits = request();
    answer();
    expect(await Promise.all([renewal, waits])).toEqual(['ok', 'ok']);
  });

  test('a Retry-After beyond refreshTimeout is obeyed by later requests, too', async () => {
    const clocks = controlClocks();
    const { asked, request } = await outage(busy({ 'retry-after': '120' }));
    expect([await request(), asked()]).toEqual([FAILED, 1]);
    clocks.pass(110_000);
    expect([await request(), asked()]).toEqual([FAILED, 1]);
    clocks.pass(11_000);
    expect([await request(), asked()]).toEqual([FAILED, 2]);
  });

  test('one of an hour counts for five minutes', async () => {
    const clocks = controlClocks();
    const { asked, request } = await outage(busy({ 'retry-after': '3600' }));
    await request();
    clocks.pass(4.9 * MINUTE);
    expect([await request(), asked()]).toEqual([FAILED, 1]);
    clocks.pass(0.2 * MINUTE);
    expect([await request(), asked()]).toEqual([FAILED, 2]);
  });

  test('faults without an answer cause no pause: the network may be back at any moment', async () => {
    const cut: Handler = (_request, response) => response.destroy();
    const { asked, request, up } = await lastingOutage(cut);
    expect([await request(), asked()]).toEqual([FAILED, 3]);
    up();
    expect(await request()).toBe('ok');
  });

  test('requests that share a failure get errors of their own', async () => {
    const { api } = await lastingOutage();
    const [first, second] = await Promise.all(['/b', '/c'].map((url) => rejection(api.get(url))));
    expect([first, second]).toMatchObject(
      ['/b', '/c'].map((url) => ({
        name: 'AuthError',
        code: FAILED,
        config: { url },
        response: { status: 401 },
      })),
    );
  });

  test('a sign-in ends the pause, also where the new tokens have to be renewed at once', async () => {
    const { auth, asked, request, server, up } = await lastingOutage();
    await auth.signIn(server.issue());
    expect(await request()).toBe('ok');
    server.expire();
    up();
    expect([await request(), asked()]).toEqual(['ok', 3]);
  });
});

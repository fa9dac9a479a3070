import type { AuthEvent, AuthOptions, Verdict } from '../../src/index';
import { cleanUp } from '../support/rig';
import {
  codeOf,
  openSession,
  settle,
  startTokenServer,
  type Opened,
  type TokenServer,
} from '../support/token-server';

afterEach(cleanUp);

const unhandled: unknown[] = [];
const keep = (reason: unknown): void => void unhandled.push(reason);

beforeAll(() => process.on('unhandledRejection', keep));
afterAll(() => process.off('unhandledRejection', keep));
afterEach(() => {
  expect(unhandled.splice(0)).toEqual([]);
});

type Callback = () => never;

const WAYS: [string, Callback][] = [
  [
    'throw',
    () => {
      throw new Error('a fault of the application');
    },
  ],
  [
    'reject',
    (() => Promise.reject(new Error('a fault of the application'))) as unknown as Callback,
  ],
  ['hang', (() => new Promise(() => undefined)) as unknown as Callback],
  [
    'throw nothing',
    () => {
      throw undefined as unknown as Error;
    },
  ],
];

const logger = (callback: Callback): NonNullable<AuthOptions['logger']> => ({
  debug: callback,
  warn: callback,
  error: callback,
});

describe.each(WAYS)('callbacks that %s', (_, callback) => {
  const all = {
    onSignedOut: callback,
    onReplay: callback,
    classify: callback as () => Verdict,
    logger: logger(callback),
    refreshTimeout: 400,
    refreshRetries: 0,
  };

  function openAll(server: TokenServer, options: Partial<AuthOptions> = {}): Opened {
    const opened = openSession(server, { ...all, ...options });
    opened.auth.subscribe(callback);
    return opened;
  }

  test('G26: requests are recovered', async () => {
    const server = await startTokenServer();
    const { api } = openAll(server);
    server.expire();
    const answers = await Promise.all([
      api.get<{ user: string }>('/a'),
      api.get<{ user: string }>('/b'),
    ]);
    expect(answers.map(({ data }) => data.user)).toEqual(['alice', 'alice']);
    await settle(server);
  });

  test('G26: a failed refresh rejects as it should', async () => {
    const server = await startTokenServer();
    const { api, auth } = openAll(server, {
      refresh: () => Promise.reject(new Error('down')),
    });
    server.expire();
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_FAILED');
    await settle(server);
    expect(auth.status).toBe('signed-in');
  });

  test('G26: the end of a session is what it should be, and a sign-in works after it', async () => {
    const server = await startTokenServer();
    const { api, auth } = openAll(server, { refresh: () => null });
    server.expire();
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    await settle(server);
    await auth.signIn(server.issue('bob'));
    expect((await api.get<{ user: string }>('/a')).data.user).toBe('bob');
    await auth.signOut();
    expect(auth.status).toBe('signed-out');
  });
});

/** What the types do not ask for, and applications do. */
const asynchronous = <A extends unknown[]>(work: (...given: A) => Promise<void>) =>
  work as (...given: A) => void;

type Call = (opened: Opened) => Promise<unknown>;

const CALLS: [string, Call][] = [
  ['refresh()', ({ auth }) => auth.refresh()],
  ['getAccessToken()', ({ auth }) => auth.getAccessToken()],
  ['a request', ({ api }) => api.get('/inner')],
  ['signOut()', ({ auth }) => auth.signOut()],
  ['signIn()', ({ auth }) => auth.signIn({ accessToken: 'access-eve-99' })],
];

describe.each(CALLS)('a callback that calls %s and waits for it', (name, call) => {
  const ends = name === 'signOut()' || name === 'signIn()';

  test('G26: every listener comes back, and so does the request', async () => {
    const server = await startTokenServer();
    const opened = openSession(server, { refreshLimit: false });
    const inner: Promise<string>[] = [];
    const seen = new Set<string>();
    opened.auth.subscribe(
      asynchronous(async ({ type }: AuthEvent) => {
        if (seen.has(type)) return;
        seen.add(type);
        inner.push(codeOf(call(opened)));
        await inner.at(-1);
      }),
    );
    server.expire();
    const code = await codeOf(opened.api.get('/outer'));
    await settle(server);

    expect(code).toBe(ends ? 'ERR_AUTH_SIGNED_OUT' : 'ok');
    expect((await Promise.all(inner)).length).toBeGreaterThan(0);
  });

  test('G26: onSignedOut comes back, and is called once', async () => {
    const server = await startTokenServer();
    const inner: Promise<string>[] = [];
    const opened: Opened = openSession(server, {
      refresh: () => null,
      onSignedOut: asynchronous(async () => {
        inner.push(codeOf(call(opened)));
        await inner.at(-1);
      }),
    });
    server.expire();
    expect(await codeOf(opened.api.get('/outer'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    await settle(server);
    await Promise.all(inner);
    expect(inner).toHaveLength(1);
  });

  test('G26: onReplay comes back', async () => {
    const server = await startTokenServer();
    let called = false;
    const opened: Opened = openSession(server, {
      refreshLimit: false,
      onReplay: async () => {
        if (called) return;
        called = true;
        await codeOf(call(opened));
      },
    });
    server.expire();
    const code = await codeOf(opened.api.get('/outer'));
    expect(code).toBe(ends ? 'ERR_AUTH_SIGNED_OUT' : 'ok');
    expect(called).toBe(true);
  });

  test('G26: classify may start it', async () => {
    const server = await startTokenServer();
    let inner: Promise<string> | undefined;
    const opened: Opened = openSession(server, {
      refreshLimit: false,
      classify: ({ code }) => {
        inner ??= codeOf(call(opened));
        return code === 'TOKEN_EXPIRED' ? 'refresh' : 'pass';
      },
    });
    server.expire();
    const code = await codeOf(opened.api.get('/outer'));
    expect(code).toBe(ends ? 'ERR_AUTH_SIGNED_OUT' : 'ok');
    expect(await inner).toMatch(/^(ok|ERR_)/);
  });

  test('G26: a logger may start it', async () => {
    const server = await startTokenServer();
    let inner: Promise<string> | undefined;
    const opened: Opened = openSession(server, {
      refreshLimit: false,
      logger: { debug: () => void (inner ??= codeOf(call(opened))) },
    });
    server.expire();
    await codeOf(opened.api.get('/outer'));
    expect(await inner).toMatch(/^(ok|ERR_)/);
  });
});

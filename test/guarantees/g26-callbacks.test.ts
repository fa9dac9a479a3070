import type { AuthEvent, AuthOptions, Verdict } from '../../src/index';
import { controlTimers } from '../support/clocks';
import { createMutex, openLocked } from '../support/locked-store';
import {
  cleanUp,
  codeOf,
  createRig,
  login,
  openSession,
  recordEvents,
  REFRESH_PATH,
  settle,
  startTokenServer,
  turns,
  until,
  type Opened,
  type Pair,
  type TokenServer,
} from '../support/session';
import { beforeReplay } from '../support/on-send';

afterEach(cleanUp);

const unhandled: unknown[] = [];

const keep = (reason: unknown): void => void unhandled.push(reason);

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

beforeAll(() => process.on('unhandledRejection', keep));

afterAll(() => process.off('unhandledRejection', keep));

afterEach(() => {
  expect(unhandled.splice(0)).toEqual([]);
});

describe('G26: callbacks may throw, hang or call back into the session', () => {
  describe.each(WAYS)('callbacks that %s', (_, callback) => {
    const all = {
      onSignedOut: callback,
      ...beforeReplay(callback),
      classify: callback as () => Verdict,
      logger: logger(callback),
      refreshRetries: 0,
    };

    function openAll(server: TokenServer, options: Partial<AuthOptions> = {}): Opened {
      const opened = openSession(server, { ...all, ...options });
      opened.auth.subscribe(callback);
      return opened;
    }

    test('requests are recovered', async () => {
      const { drive } = controlTimers();
      const server = await startTokenServer();
      const { api } = openAll(server);
      server.expire();
      const requests = ['/a', '/b'].map((path) => api.get<{ user: string }>(path));
      const answers = await drive(server, Promise.all(requests));
      expect(answers.map(({ data }) => data.user)).toEqual(['alice', 'alice']);
      await settle(server);
    });

    test('a failed refresh rejects as it should', async () => {
      const { drive } = controlTimers();
      const server = await startTokenServer();
      const { api, auth } = openAll(server, {
        refresh: () => Promise.reject(new Error('down')),
      });
      server.expire();
      expect(await drive(server, codeOf(api.get('/a')))).toBe('ERR_AUTH_REFRESH_FAILED');
      await settle(server);
      expect(auth.status).toBe('signed-in');
    });

    test('the end of a session is what it should be, and a sign-in works after it', async () => {
      const { drive } = controlTimers();
      const server = await startTokenServer();
      const { api, auth } = openAll(server, { refresh: () => null });
      server.expire();
      expect(await drive(server, codeOf(api.get('/a')))).toBe('ERR_AUTH_SESSION_EXPIRED');
      await settle(server);
      await auth.signIn(server.issue('bob'));
      expect((await api.get<{ user: string }>('/a')).data.user).toBe('bob');
      await auth.signOut();
      expect(auth.status).toBe('signed-out');
    });
  });

  describe.each(CALLS)('a callback that calls %s and waits for it', (name, call) => {
    const ends = name === 'signOut()' || name === 'signIn()';

    test('every listener returns, and the request settles', async () => {
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

    test('onSignedOut returns, and is called once', async () => {
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

    test('the hook before a replay returns', async () => {
      const server = await startTokenServer();
      let called = false;
      const opened: Opened = openSession(server, {
        refreshLimit: false,
        ...beforeReplay(async () => {
          if (called) return;
          called = true;
          await codeOf(call(opened));
        }),
      });
      server.expire();
      const code = await codeOf(opened.api.get('/outer'));
      expect(code).toBe(ends ? 'ERR_AUTH_SIGNED_OUT' : 'ok');
      expect(called).toBe(true);
    });

    test('classify may start it', async () => {
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

    test('a logger may start it', async () => {
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
});

describe('G26: callbacks and the lock of the store', () => {
  test('no listener and no onSignedOut runs inside the lock', async () => {
    const mutex = createMutex();
    const inside: string[] = [];
    const note = (what: string): void => {
      if (mutex.held()) inside.push(what);
    };
    let answer: Pair | null = null;
    const { server, auth } = await openLocked(mutex.lock, {
      refresh: () => answer,
      onSignedOut: () => {
        note('onSignedOut');
      },
    });
    auth.subscribe(({ type }) => {
      note(type);
    });
    answer = server.issue();
    await auth.refresh();
    await settle(server);
    answer = null;
    await codeOf(auth.refresh());
    await settle(server);

    expect(inside).toEqual([]);
  });

  test('a listener that refreshes does not deadlock on the lock', async () => {
    const { lock } = createMutex();
    const { auth, server } = await openLocked(lock, { refreshLimit: false });
    let inner: Promise<string> | undefined;
    auth.subscribe(({ type }) => {
      if (type === 'refreshed') inner ??= codeOf(auth.refresh());
    });
    await auth.refresh();
    await until(() => inner !== undefined);
    expect(await inner).toBe('ok');
    expect(server.at(REFRESH_PATH)).toHaveLength(2);
  });
});

describe('G26: events', () => {
  test('events come in the order of what happened', async () => {
    const { server, api, auth, events } = await createRig();
    server.controls.expireAllAccessTokens();
    await api.get('/profile');
    server.controls.failRefresh(1, 409);
    await codeOf(auth.refresh());
    await auth.signOut();
    await auth.signIn(await login(server));
    server.controls.failRefresh(1, 401);
    await codeOf(auth.refresh());
    await until(() => events.at(-1)?.type === 'signed-out');

    expect(
      events.map((event) => ('reason' in event ? [event.type, event.reason] : [event.type])),
    ).toEqual([
      ['signed-in'],
      ['refreshing', 'rejected'],
      ['refreshed'],
      ['refreshing', 'manual'],
      ['refresh-failed'],
      ['signed-out', 'signed-out'],
      ['signed-in'],
      ['refreshing', 'manual'],
      ['signed-out', 'expired'],
    ]);
  });

  test('the refreshed event counts its attempts and those who waited', async () => {
    const { server, api, events } = await createRig();
    server.controls.failRefresh(1);
    server.controls.expireAllAccessTokens();
    await Promise.all([api.get('/profile'), api.get('/items'), api.get('/items')]);
    await until(() => events.at(-1)?.type === 'refreshed');

    const event = events.at(-1) as Extract<AuthEvent, { type: 'refreshed' }>;
    expect(event).toMatchObject({ attempts: 2, held: 3 });
    expect(event.ms).toBeGreaterThan(0);
  });

  test('held requests are settled before the end is reported', async () => {
    const server = await startTokenServer();
    const order: string[] = [];
    const { auth } = openSession(server, {
      refresh: () => null,
      onSignedOut: () => void order.push('onSignedOut'),
    });
    auth.subscribe(({ type }) => void order.push(type));
    await codeOf(auth.refresh()).then((code) => order.push(code));
    await settle(server);

    expect(order.find((entry) => entry !== 'refreshing')).toBe('ERR_AUTH_SESSION_EXPIRED');
    expect(order).toEqual(expect.arrayContaining(['signed-out', 'onSignedOut']));
  });

  test('a listener that was removed hears nothing more, the others go on', async () => {
    const server = await startTokenServer();
    const { auth } = openSession(server);
    const heard: string[] = [];
    const stop = auth.subscribe(() => void heard.push('first'));
    auth.subscribe(() => void heard.push('second'));
    stop();
    stop();
    await auth.signOut();
    expect(heard).toEqual(['second']);
  });

  test('a function that is subscribed twice is called twice, and removed one by one', async () => {
    const server = await startTokenServer();
    const { auth } = openSession(server);
    let heard = 0;
    const listener = (): void => {
      heard++;
    };
    const stop = auth.subscribe(listener);
    auth.subscribe(listener);
    stop();
    await auth.signOut();
    expect(heard).toBe(1);
  });

  test('the status is true at the moment of each event', async () => {
    const server = await startTokenServer();
    const { auth } = openSession(server, { refresh: () => null });
    const seen: string[][] = [];
    auth.subscribe(({ type }) => void seen.push([type, auth.status]));
    await codeOf(auth.refresh());
    await settle(server);
    await auth.signIn(server.issue('bob'));
    await auth.signOut();

    expect(seen.filter(([type]) => type !== 'refreshing')).toEqual([
      ['signed-out', 'signed-out'],
      ['signed-in', 'signed-in'],
      ['signed-out', 'signed-out'],
    ]);
  });

  test('onSignedOut is called once when many requests meet the end together', async () => {
    const notified: unknown[] = [];
    const { server, api, auth } = await createRig({
      options: { onSignedOut: (error) => void notified.push(error?.code) },
    });
    server.controls.suspend('alice');
    const requests = Array.from({ length: 20 }, () => codeOf(api.get('/profile')));
    const codes = new Set(await Promise.all([...requests, codeOf(auth.refresh())]));
    await turns();

    expect([...codes].every((code) => code.startsWith('ERR_AUTH_S'))).toBe(true);
    expect(notified).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
  });

  test('the status is known when a listener is added to a session over a store with tokens', async () => {
    const server = await startTokenServer();
    const { auth } = openSession(server);
    expect(auth.status).toBe('unknown');
    const events = recordEvents(auth);
    expect(auth.status).toBe('signed-in');
    await settle(server);
    expect(events).toEqual([]);
    expect(server.at(REFRESH_PATH)).toEqual([]);
  });
});

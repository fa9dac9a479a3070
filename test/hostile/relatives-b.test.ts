import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { keyValueStore, memoryStore } from '../../src/index';
import type { AuthSession, Tokens, TokenStore } from '../../src/index';
import { oauth2Refresh } from '../../src/oauth2/index';
import { stepUp } from '../../src/step-up/index';
import { bundleScript } from '../node/workers';
import { controlClocks, controlTimers } from '../support/clocks';
import { json, startServer } from '../support/http-server';
import { openLocked } from '../support/locked-store';
import {
  cleanUp,
  codeOf,
  gate,
  onCleanUp,
  openSession,
  openSigned,
  recordEvents,
  REFRESH_PATH,
  settle,
  startTokenServer,
  turns,
  until,
  type OpenOptions,
  type Pair,
  type Signed,
} from '../support/session';
import { sharedStore } from '../support/shared-store';
import { openSlow } from '../support/slow-session';
import { SlowStore } from '../support/slow-store';
import { withStepUp } from '../support/step-up';
import { setGlobal } from '../support/web-globals';
import { watchEscapes } from './escapes';

/*
 * Part B of the situations that went wrong in version 1: deadlocks, loops, lost tokens. Each test is a
 * situation of the same kind that was not in the list.
 */
const escapes = watchEscapes();
afterEach(cleanUp);
afterEach(() => {
  expect(escapes.take()).toEqual([]);
});

const OVER = 'ERR_AUTH_SIGNED_OUT';

/** Longer than every bound of the package. */
const LONG = 60_000;

describe('B1, B4: an overtaken renewal comes back late, while the next one runs', () => {
  /** The first call is answered when the test says so, and as it says; the others go through the instance. */
  async function overtaken(): Promise<Signed & { first: (answer: () => unknown) => void }> {
    const late = gate();
    let answer: () => unknown = () => undefined;
    let calls = 0;
    const opened = await openSigned({
      refresh: async (tokens) => {
        if (++calls === 1) {
          await late.promise;
          return answer() as Pair;
        }
        await opened.api.get('/open', { skipAuth: true });
        return (await opened.api.post<Pair>(REFRESH_PATH, tokens)).data;
      },
    });
    opened.server.expire();
    const request = codeOf(opened.api.get('/a'));
    await until(() => opened.auth.status === 'refreshing' && calls === 1);
    await opened.auth.signIn(opened.server.issue('bob'));
    expect(await request).toBe(OVER);
    return {
      ...opened,
      first(given) {
        answer = given;
        late.open();
      },
    };
  }

  const answers: [string, () => unknown][] = [
    ['null', () => null],
    ['older tokens', () => ({ accessToken: 'access-alice-9', refreshToken: 'refresh-alice-9' })],
    [
      'a refusal',
      () => {
        throw Object.assign(new Error('no'), { response: { status: 400 } });
      },
    ],
    [
      'a fault',
      () => {
        throw new TypeError('fetch failed');
      },
    ],
  ];

  test.each(answers)('B1, B4 relative: with %s', async (_, answer) => {
    const { server, api, auth, store, first } = await overtaken();
    const events = recordEvents(auth);
    server.expire();
    const release = server.hold(REFRESH_PATH);
    const second = codeOf(api.get('/a'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    first(answer);
    await settle(server);
    release();
    expect(await second).toBe('ok');
    expect(await codeOf(api.get('/b'))).toBe('ok');
    expect(await store.get()).toEqual(expect.objectContaining({ accessToken: 'access-bob-3' }));
    expect(events.map(({ type }) => type)).toEqual(['refreshing', 'refreshed']);
  });
});

describe('B2: an AsyncLocalStorage that is none', () => {
  /** A runtime where `node:async_hooks` gives this class. */
  function hostWith(AsyncLocalStorage: unknown): void {
    const host = process as { getBuiltinModule?: unknown };
    const original = host.getBuiltinModule;
    host.getBuiltinModule = () => ({ AsyncLocalStorage });
    onCleanUp(() => {
      host.getBuiltinModule = original;
    });
  }

  const fails = (): never => {
    throw new Error('not implemented');
  };

  test.each<[string, unknown]>([
    ['has no methods', withMethods({ run: undefined })],
    ['cannot run', withMethods({ run: fails })],
    [
      'cannot tell',
      withMethods({ run: (_: unknown, work: () => unknown) => work(), getStore: fails }),
    ],
    ['forgets at once', withMethods({ run: (_: unknown, work: () => unknown) => work() })],
    ['is no class', 5],
  ])(
    'B2 relative: that %s: the refresh is called, and its own requests are told',
    async (_, broken) => {
      hostWith(broken);
      const { server, api } = await openSigned({
        // Where only the synchronous part is known, a request is told by the refresh token in its body.
        refresh: async (tokens) => {
          await Promise.resolve();
          return (await api.post<Pair>(REFRESH_PATH, { refreshToken: tokens?.refreshToken })).data;
        },
        refreshTimeout: 5_000,
      });
      server.expire();
      expect(await codeOf(api.get('/a'))).toBe('ok');
      expect(server.at(REFRESH_PATH)).toHaveLength(1);
    },
  );

  function withMethods(methods: Record<string, unknown>): unknown {
    return function AsyncLocalStorage(this: object) {
      Object.assign(this, { getStore: () => undefined, disable: () => undefined, ...methods });
    };
  }
});

describe('B3: whatever the verdicts, a request is sent three times at most', () => {
  interface Sending extends OpenOptions {
    /** Gets the session before anything is sent. */
    session?(auth: AuthSession): void;
  }

  const minting = (): { refresh: () => Tokens; minted: () => number } => {
    let minted = 0;
    return { refresh: () => ({ accessToken: `access-minted-${++minted}` }), minted: () => minted };
  };

  async function sendsWith(status: number, options: Sending): Promise<number> {
    const server = await startServer((_request, response) => {
      const challenge = 'Bearer error="insufficient_scope"';
      json(response, status, { code: 'X' }, { 'www-authenticate': challenge });
    });
    const { refresh } = minting();
    const { session, ...own } = options;
    const { api, auth } = openSession(server, {
      refresh,
      tokens: { accessToken: 'access-minted-0' },
      refreshLimit: false,
      ...own,
    });
    session?.(auth);
    await codeOf(api.post('/a', 'x'));
    return server.requests.length;
  }

  let turn = 0;
  test.each<[string, number, OpenOptions]>([
    ['a 200 that always counts as expired', 200, { statuses: [200], classify: () => 'refresh' }],
    [
      'refresh and step-up in turn',
      401,
      {
        statuses: [401, 403],
        classify: () => (turn++ % 2 ? 'refresh' : 'pass'),
        ...withStepUp(() => minting().refresh()),
      },
    ],
    [
      'step-ups that mint tokens',
      403,
      {
        ...withStepUp(() => ({ accessToken: `access-stepped-${++turn}` })),
      },
    ],
    [
      'refresh and sign-out in turn',
      401,
      { classify: () => (turn++ % 2 ? 'sign-out' : 'refresh') },
    ],
    [
      'a store that mints tokens for each read',
      401,
      {
        classify: () => 'sign-out',
        tokenStore: {
          get: () => ({ accessToken: `access-read-${++turn}` }),
          set: () => undefined,
          clear: () => undefined,
        },
      },
    ],
  ])('B3 relative: %s', async (_, status, options) => {
    expect(await sendsWith(status, options)).toBeLessThanOrEqual(3);
  });

  test('B3 relative: an onSend that renews by itself each time', async () => {
    const { refresh, minted } = minting();
    let auth: AuthSession | undefined;
    const sends = await sendsWith(401, {
      refresh,
      classify: () => 'refresh',
      onSend: async () => {
        await auth?.refresh();
      },
      session: (given) => (auth = given),
    });
    expect(sends).toBeLessThanOrEqual(3);
    expect(minted()).toBeLessThan(50);
  });
});

describe('B5, B6: a write that lands late', () => {
  test('B5 relative: a removal that outlives its bound, after the next sign-in', async () => {
    const { pass } = controlTimers();
    const { server, slow, auth, api } = await openSlow();
    await auth.getTokens();
    slow.hold('clear');
    const out = codeOf(auth.signOut());
    await pass(LONG);
    expect(await out).toBe('ERR_AUTH_STORE');
    const bob = server.issue('bob');
    const signIn = auth.signIn(bob);
    // The removal is under way once more: it is waited for, in bounds.
    await pass(LONG);
    await signIn;
    slow.release();
    await turns();
    await pass(LONG);
    expect(slow.held).toMatchObject(bob);
    expect((await api.get<{ user: string }>('/open')).data.user).toBe('bob');
  });

  test('B5 relative: two writes that outlive their bounds land in the wrong order', async () => {
    const { pass } = controlTimers();
    const { server, slow, auth } = await openSlow();
    await auth.getTokens();
    slow.hold('set');
    const first = codeOf(auth.refresh());
    await until(() => slow.waiting('set') > 0);
    await pass(LONG);
    const second = codeOf(auth.refresh());
    await until(() => server.at(REFRESH_PATH).length === 2);
    await turns(50);
    await pass(LONG);
    expect([await first, await second]).toEqual(['ok', 'ok']);
    const newest = await auth.getTokens();
    while (slow.waiting('set') > 0) {
      slow.last('set');
      await turns();
      await pass(LONG);
    }
    slow.release();
    await turns();
    await pass(LONG);
    expect(server.at(REFRESH_PATH)).toHaveLength(2);
    expect(slow.held).toEqual(newest);
  });

  test('B6 relative: a rejected sign-in of B lands over the tokens of A', async () => {
    const { pass } = controlTimers();
    const { server, slow, auth, api } = await openSlow();
    const alice = await auth.getTokens();
    slow.hold('set');
    const signIn = codeOf(auth.signIn(server.issue('bob')));
    await pass(LONG);
    expect(await signIn).toBe('ERR_AUTH_STORE');
    slow.release();
    await turns();
    await pass(LONG);
    expect(slow.held).toEqual(alice);
    expect((await api.get<{ user: string }>('/open')).data.user).toBe('alice');
  });

  test('B6 relative: a write that is reported as failed, and was stored', async () => {
    const memory = memoryStore();
    const store: TokenStore = {
      ...memory,
      set: async (tokens) => {
        await memory.set(tokens);
        throw new Error('the answer was lost');
      },
    };
    const { server, auth } = await openSigned({ tokenStore: store });
    expect(await codeOf(auth.signIn(server.issue()))).toBe('ERR_AUTH_STORE');
    // The store is the truth: whoever reloads the page is signed in, and so is this session.
    expect([auth.status, (await auth.getTokens())?.accessToken]).toEqual([
      'signed-in',
      'access-alice-1',
    ]);
  });
});

test('B7 relative: a removal that fails is not repeated after detach()', async () => {
  const { pass } = controlTimers();
  let calls = 0;
  const tokenStore: TokenStore = {
    ...memoryStore({ accessToken: 'access-alice-1' }),
    clear: () => {
      calls++;
      throw new Error('quota');
    },
  };
  const { auth } = await openSigned({ tokenStore });
  expect(await codeOf(auth.signOut())).toBe('ERR_AUTH_STORE');
  await pass(LONG);
  expect(calls).toBeGreaterThan(2);
  auth.detach();
  const before = calls;
  await pass(10 * LONG);
  expect(calls).toBe(before);
});

test.each([202, 203, 206, 299])('B8 relative: a token endpoint that answers %s', async (status) => {
  const used: string[] = [];
  const server = await startServer((request, response) => {
    const form = new URLSearchParams(request.body.toString());
    used.push(String(form.get('refresh_token')));
    json(response, status, {
      access_token: `access-oauth-${used.length}`,
      refresh_token: `refresh-oauth-${used.length}`,
      token_type: 'Bearer',
    });
  });
  const { auth } = openSession(server, {
    tokens: { accessToken: 'access-oauth-0', refreshToken: 'refresh-oauth-0' },
    refresh: oauth2Refresh({ tokenEndpoint: `${server.url}/token`, clientId: 'web' }),
  });
  await auth.refresh();
  await auth.refresh();
  expect(used).toEqual(['refresh-oauth-0', 'refresh-oauth-1']);
});

describe('B9: a peer without a lock has refreshed, and ours is refused', () => {
  const stores: [string, () => TokenStore][] = [
    [
      'a keyValueStore',
      () => {
        const items = new Map<string, string>();
        return keyValueStore({
          getItem: (key) => Promise.resolve(items.get(key) ?? null),
          setItem: (key, value) => Promise.resolve(void items.set(key, value)),
          removeItem: (key) => Promise.resolve(void items.delete(key)),
        });
      },
    ],
    [
      'a lock that throws',
      () => ({
        ...memoryStore(),
        lock: () => {
          throw new Error('no lock');
        },
      }),
    ],
    [
      'a lock that never calls back',
      () => ({
        ...memoryStore(),
        // It says that all is done, and has not called back.
        lock: () => Promise.resolve() as Promise<never>,
      }),
    ],
  ];

  test.each(stores)('B9 relative: over %s', async (_, make) => {
    const store = make();
    const server = await startTokenServer();
    await store.set(server.issue());
    const { api, auth } = openSession(server, { tokenStore: store });
    server.refreshAnswers.push((_request, response) => {
      json(response, 401, {});
      // The peer stores what it has got a moment later.
      setTimeout(() => void store.set(server.issue()), 100);
    });
    server.expire();
    expect(await codeOf(api.get('/a'))).toBe('ok');
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
    expect(auth.status).toBe('signed-in');
  });
});

describe('B10: detached, and attached again', () => {
  test('B10 relative: by what attach() has returned, and another instance', async () => {
    const server = await startTokenServer();
    const { store, elsewhere, listeners } = sharedStore<Pair>(server.issue());
    const { api, auth } = openSession(server, { tokenStore: store });
    auth.detach();
    expect(listeners()).toBe(0);
    const stop = auth.attach(api);
    stop();
    auth.attach(api);
    expect(listeners()).toBe(1);
    const events = recordEvents(auth);
    await auth.getTokens();
    elsewhere(null);
    await until(() => events.some(({ type }) => type === 'signed-out'));
  });

  test('B10 relative: of a store that cannot stop telling', async () => {
    const listeners: (() => void)[] = [];
    const memory = memoryStore({ accessToken: 'access-alice-1' });
    const tokenStore: TokenStore = {
      ...memory,
      subscribe: (changed) => {
        listeners.push(changed);
        return () => {
          throw new Error('cannot stop');
        };
      },
    };
    const { api, auth } = await openSigned({ tokenStore });
    await auth.getTokens();
    auth.detach();
    auth.attach(api);
    expect(listeners).toHaveLength(2);
    await memory.clear();
    for (const changed of listeners) changed();
    await until(() => auth.status === 'signed-out');
  });
});

describe('B11: detach() while something else runs', () => {
  test('B11 relative: a step-up, whose handler honours the signal', async () => {
    const { promise, open: go } = gate();
    const server = await startServer((request, response) => {
      const isBetter = request.headers.authorization === 'Bearer access-better-1';
      const challenge = { 'www-authenticate': 'Bearer error="insufficient_scope"' };
      json(response, isBetter ? 200 : 403, {}, isBetter ? {} : challenge);
    });
    let isAsked = false;
    const { api, auth } = openSession(server, {
      tokens: { accessToken: 'access-plain-1' },
      stepUp: stepUp(async (_challenge, { signal }) => {
        isAsked = true;
        await promise;
        signal.throwIfAborted();
        return { accessToken: 'access-better-1' };
      }),
    });
    const sent = codeOf(api.get('/a'));
    await until(() => isAsked);
    auth.detach();
    go();
    expect(await sent).toBe('ok');
  });

  test('B11 relative: the wait for the lock', async () => {
    const { promise, open: go } = gate();
    const opened = await openLocked(async (critical) => {
      await promise;
      return critical();
    });
    opened.server.expire();
    const sent = codeOf(opened.api.get('/a'));
    await until(() => opened.auth.status === 'refreshing');
    opened.auth.detach();
    go();
    expect(await sent).toBe('ok');
  });
});

test.each(['getAccessToken', 'refresh'])(
  'B12 relative: the process does not end under %s(), which has joined a renewal in the background',
  async (call) => {
    const script = bundleScript('../support/joined-process');
    const start = promisify(execFile);
    const { stdout } = await start(process.execPath, [script, 'slow', call], { timeout: 25_000 });
    expect(JSON.parse(stdout)).toEqual({ outcome: '200', refreshes: 1 });
  },
);

describe('B13: timers that are lost with what set them', () => {
  /** As when a worker is suspended: what is set from now on never fires. */
  function loseTimers(): () => void {
    const lost = { unref: () => undefined, ref: () => undefined };
    const spy = jest.spyOn(globalThis, 'setTimeout').mockReturnValue(lost as never);
    return () => {
      spy.mockRestore();
    };
  }

  test('B13 relative: of a write to the store: the next sign-in is stored all the same', async () => {
    const slow = new SlowStore();
    const { server, auth } = await openSigned({ tokenStore: slow, refreshTimeout: 1_000 });
    await auth.getTokens();
    slow.hold('set');
    const findTimers = loseTimers();
    void codeOf(auth.signIn(server.issue('alice')));
    while (slow.waiting('set') === 0) await turns(1);
    findTimers();
    const bob = server.issue('bob');
    const signIn = codeOf(auth.signIn(bob));
    // The first one never comes.
    await until(() => slow.waiting('set') === 2);
    slow.last('set');
    expect(await signIn).toBe('ok');
    expect(slow.held).toMatchObject(bob);
  });

  test('B13 relative: of a renewal that requests wait for: refresh() is not kept for ever', async () => {
    const clocks = controlClocks();
    let calls = 0;
    const { server, auth, api } = await openSigned({
      refresh: () =>
        ++calls === 1 ? new Promise(() => undefined) : Promise.resolve(server.issue()),
    });
    server.expire();
    const findTimers = loseTimers();
    const lost = codeOf(api.get('/a'));
    while (calls === 0) await turns(1);
    findTimers();
    clocks.pass(LONG);
    expect(await codeOf(auth.refresh())).toBe('ok');
    expect(await lost).toBe('ERR_AUTH_REFRESH_TIMEOUT');
  });
});

test.each<[string, PropertyDescriptor]>([
  ['is not known', { value: undefined }],
  [
    'cannot be asked',
    {
      get: () => {
        throw new Error('denied');
      },
    },
  ],
  ['is a text', { value: 'false' }],
])('B14 relative: navigator.onLine %s', async (_, onLine) => {
  setGlobal('navigator', Object.defineProperty({}, 'onLine', onLine));
  const { server, api } = await openSigned();
  server.expire();
  expect(await codeOf(api.get('/a'))).toBe('ok');
  expect(server.at(REFRESH_PATH)).toHaveLength(1);
});

describe('B15: a Retry-After that says nothing', () => {
  test.each([
    '0x1',
    '1e-9',
    '-1',
    '-0',
    '+0',
    '0.0001',
    'now',
    ' ',
    '0, 0',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    '1e400',
    '-Infinity',
    'NaN',
    '0000',
  ])('B15 relative: %j: never sooner than the backoff', async (value) => {
    const timers = controlTimers();
    const at: number[] = [];
    const { server, api } = await openSigned({
      refresh: () => {
        at.push(performance.now());
        const response = { status: 503, headers: { 'retry-after': value } };
        throw Object.assign(new Error('busy'), { response });
      },
    });
    server.expire();
    expect(await timers.drive(server, codeOf(api.get('/a')))).toBe('ERR_AUTH_REFRESH_FAILED');
    const [first = 0, second = 0, third = 0] = at;
    expect(at).toHaveLength(3);
    expect(second - first).toBeGreaterThanOrEqual(150);
    expect(third - second).toBeGreaterThanOrEqual(450);
  });

  test.each(['99999999999999999999', '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])(
    'B15 relative: %j: nobody waits for that',
    async (value) => {
      const { server, api } = await openSigned();
      server.refreshAnswers.push((_request, response) =>
        json(response, 503, {}, { 'retry-after': value }),
      );
      server.expire();
      expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_FAILED');
      expect(server.at(REFRESH_PATH)).toHaveLength(1);
    },
  );
});

describe('B16: what user code does to the session in the midst of it', () => {
  type Inside = (opened: Signed) => unknown;
  const actions: [string, Inside, string, string[]][] = [
    ['signOut()', ({ auth }) => auth.signOut(), OVER, ['fulfilled']],
    ['refresh()', ({ auth }) => auth.refresh(), 'ok', ['ERR_AUTH_CONFIG']],
    [
      'signIn() and refresh()',
      ({ auth, server }) => Promise.all([auth.signIn(server.issue()), auth.refresh()]),
      'ok',
      ['ERR_AUTH_CONFIG'],
    ],
    [
      'detach() and attach()',
      ({ auth, api }) => {
        auth.detach();
        auth.attach(api);
      },
      'ok',
      ['fulfilled'],
    ],
    [
      'getAccessToken()',
      ({ auth }) => auth.getAccessToken({ minValidity: 1e12 }),
      'ok',
      ['fulfilled'],
    ],
    ['getTokens()', ({ auth }) => auth.getTokens(), 'ok', ['fulfilled']],
  ];

  test.each(actions)('B16 relative: %s within refresh', async (_, act, expected, inside) => {
    const noted: string[] = [];
    const opened: Signed = await openSigned({
      refresh: async (tokens, { client }) => {
        const done = codeOf(Promise.resolve(act(opened)));
        noted.push((await done) === 'ok' ? 'fulfilled' : await done);
        return (await client.post<Pair>(REFRESH_PATH, tokens)).data;
      },
    });
    opened.server.expire();
    expect(await codeOf(opened.api.get('/a'))).toBe(expected);
    expect(noted).toEqual(inside);
  });

  test('B16 relative: signIn() within a step-up: everybody is answered', async () => {
    const server = await startServer((_request, response) => {
      json(response, 403, {}, { 'www-authenticate': 'Bearer error="insufficient_scope"' });
    });
    const { api, auth } = openSession(server, {
      tokens: { accessToken: 'access-plain-1' },
      ...withStepUp(async () => {
        await auth.signIn({ accessToken: 'access-better-1' });
        return null;
      }),
    });
    const codes = await Promise.all([codeOf(api.get('/a')), codeOf(api.get('/b'))]);
    expect(codes).toEqual([OVER, OVER]);
    expect(await auth.getAccessToken()).toBe('access-better-1');
  });

  test.each(['get', 'set', 'clear', 'subscribe'] as const)(
    'B16 relative: %s() of the store calls back into the session',
    async (method) => {
      const memory = memoryStore({ accessToken: 'access-alice-1' });
      let depth = 0;
      const back = (): void => {
        if (depth++ > 0) return;
        void codeOf(auth.getTokens());
        void codeOf(api.get('/open'));
        void codeOf(auth.refresh());
      };
      const own: Record<string, unknown> = memory as never;
      const original = own[method] as ((...given: unknown[]) => unknown) | undefined;
      let isReady = false;
      const tokenStore = {
        ...memory,
        [method]: (...given: unknown[]) => {
          if (isReady) back();
          return original ? original(...given) : () => undefined;
        },
      } as unknown as TokenStore;
      const { server, api, auth } = await openSigned({
        tokenStore,
        refresh: () => ({ accessToken: server.issue().accessToken }),
      });
      isReady = true;
      auth.detach();
      auth.attach(api);
      expect(['ok', OVER]).toContain(await codeOf(api.get('/open')));
      await codeOf(auth.refresh());
      expect(await codeOf(auth.signOut())).toBe('ok');
      expect(auth.status).toBe('signed-out');
    },
  );
});

import type { AuthEvent, AuthOptions, Tokens, TokenStore } from '../../../src/index';
import { memoryStore } from '../../../src/index';
import { READ_THROUGH, type StoreHints } from '../../../src/stores/store';
import { answering, EXPIRED, OK, REVOKED, type Answer, type Handed } from '../../support/answering';
import { attached } from '../../support/attached';
import { jwt } from '../../support/clocks';
import { codeOf, gate, rejection, turns } from '../../support/outcomes';
import { cleanUp } from '../../support/rig';
import { recordEvents } from '../../support/session';
import { sharedStore } from '../../support/shared-store';
import { SlowStore } from '../../support/slow-store';

afterEach(async () => {
  await cleanUp();
  jest.restoreAllMocks();
});

const OLD: Tokens = { accessToken: 'access-1', refreshToken: 'refresh-1' };
const PEER: Tokens = { accessToken: 'access-peer', refreshToken: 'refresh-peer' };
const HOUR = 3_600_000;

type Given = Partial<AuthOptions> & { answer?: (request: Handed) => Answer | Promise<Answer> };

/** A session whose requests meet these answers, and a `refresh` that gives `access-2`, `access-3` … */
function open({ answer = () => OK, ...options }: Given = {}) {
  const server = answering(answer);
  const errors: unknown[][] = [];
  let count = 1;
  const refresh = jest.fn((..._: unknown[]): unknown => ({ accessToken: `access-${++count}` }));
  const session = attached({
    axios: server.axios,
    options: {
      tokenStore: memoryStore(OLD),
      refresh: refresh as never,
      logger: { error: (...line: unknown[]) => void errors.push(line) },
      ...options,
    },
  });
  return { ...session, ...server, refresh, errors };
}

/** Refuses `access-1`, and whatever is said to be refused. */
const refusing =
  (...tokens: unknown[]) =>
  ({ token }: Handed): Answer =>
    token === 'access-1' || tokens.includes(token) ? EXPIRED : OK;

/** A slow store that tells of changes when the test says so. */
function noticed(held: Tokens | null) {
  const slow = new SlowStore(held);
  let listener = (): void => undefined;
  const tokenStore: TokenStore = {
    get: () => slow.get(),
    set: (tokens) => slow.set(tokens),
    clear: () => slow.clear(),
    subscribe: (changed) => {
      listener = changed;
      return () => undefined;
    },
  };
  const changed = (): void => {
    listener();
  };
  return { slow, tokenStore, changed };
}

/** What has happened so far: `pending`, `ok` or the code of the error. */
function soFar(promise: Promise<unknown>): { now: string } {
  const state = { now: 'pending' };
  void codeOf(promise).then((code) => (state.now = code));
  return state;
}

const typesOf = (events: AuthEvent[]): string[] => events.map(({ type }) => type);
const busy = (seconds: number): Error =>
  Object.assign(new Error('busy'), {
    response: { status: 503, headers: { 'retry-after': `${seconds}` } },
  });

describe('whose request is it (G22)', () => {
  it('that of who is found to be signed in, where the store answers later', async () => {
    const slow = new SlowStore(OLD);
    const { api, auth, sent } = open({ tokenStore: slow });
    slow.hold('get');
    const request = codeOf(api.get('/a'));
    await turns();
    // The first read says whose it is, the second one is the look before it is sent.
    slow.next('get');
    await turns();
    await auth.signIn(PEER);
    slow.release();
    expect([await request, sent]).toEqual(['ERR_AUTH_SIGNED_OUT', []]);
  });

  it('that of the same session, where a later read has overtaken its own', async () => {
    const slow = new SlowStore(OLD);
    const { api, auth, tokens } = open({ tokenStore: slow });
    slow.hold('get');
    const request = codeOf(api.get('/a'));
    await turns();
    slow.held = { ...OLD, accessToken: 'access-5' };
    const later = auth.getTokens();
    slow.last('get');
    await later;
    slow.release();
    expect([await request, tokens('/a')]).toEqual(['ok', ['access-5']]);
  });

  /** Nobody is signed in, and a request has been called; a notice then tells of a sign-in elsewhere. */
  async function duringSignIn(found: Tokens | null) {
    const { slow, tokenStore, changed } = noticed(null);
    const opened = open({ tokenStore });
    await opened.auth.getTokens();
    slow.hold('get');
    slow.held = found;
    const request = codeOf(opened.api.get('/a'));
    await turns();
    slow.held = PEER;
    changed();
    await turns();
    slow.last('get');
    await turns();
    expect(opened.auth.status).toBe('signed-in');
    slow.release();
    return { request: await request, sent: opened.tokens('/a') };
  }

  it('that of who signs in elsewhere, where its own read finds the same sign-in', async () => {
    expect(await duringSignIn(PEER)).toEqual({ request: 'ok', sent: ['access-peer'] });
  });

  it('of nobody, where its own read finds nobody: it goes with who signs in', async () => {
    expect(await duringSignIn(null)).toEqual({ request: 'ok', sent: ['access-peer'] });
  });

  it('of somebody who is not signed in any more, and it is not sent', async () => {
    const expected = { request: 'ERR_AUTH_SIGNED_OUT', sent: [] };
    expect(await duringSignIn({ accessToken: 'access-3' })).toEqual(expected);
  });

  it('that of who was signed in, where its own read finds another user whom a notice has told of', async () => {
    const { slow, tokenStore, changed } = noticed(OLD);
    const { api, auth, sent } = open({ tokenStore, sameUser: () => false });
    await auth.getTokens();
    slow.hold('get');
    slow.held = PEER;
    const request = codeOf(api.get('/a'));
    await turns();
    changed();
    slow.last('get');
    await turns();
    slow.release();
    expect([await request, sent]).toEqual(['ERR_AUTH_SIGNED_OUT', []]);
  });

  it('of nobody any more, where its own read finds another user while no session has ended yet', async () => {
    const slow = new SlowStore(user('a', 1));
    const { api, auth, sent } = open({ tokenStore: slow });
    await auth.getTokens();
    slow.hold('get');
    slow.held = user('b', 1);
    const request = codeOf(api.get('/a'));
    await turns();
    slow.held = user('a', 2);
    const later = auth.getTokens();
    slow.last('get');
    await later;
    slow.release();
    expect([await request, sent]).toEqual(['ERR_AUTH_SIGNED_OUT', []]);
  });

  it('not that of the second of two sign-ins with the same token', async () => {
    const { promise, open: go } = gate();
    const { api, auth, sent } = open({ onSend: () => promise as never });
    const request = codeOf(api.get('/a'));
    await turns();
    await auth.signIn(OLD);
    go();
    expect([await request, sent]).toEqual(['ERR_AUTH_SIGNED_OUT', []]);
    expect(await codeOf(api.get('/b'))).toBe('ok');
  });

  it('of a session that the server has ended: it rejects as that one did', async () => {
    const { promise, open: go } = gate();
    const { api, sent } = open({
      answer: () => REVOKED,
      onSend: ({ url }) => (url === '/late' ? (promise as never) : undefined),
    });
    const late = codeOf(api.get('/late'));
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    go();
    expect(await late).toBe('ERR_AUTH_SESSION_EXPIRED');
    expect(sent).toHaveLength(1);
  });

  it('of the one before that: it was signed out', async () => {
    const { promise, open: go } = gate();
    let verdict = OK;
    const { api, auth } = open({
      answer: () => verdict,
      onSend: ({ url }) => (url === '/late' ? (promise as never) : undefined),
    });
    const late = codeOf(api.get('/late'));
    await turns();
    await auth.signIn(PEER);
    verdict = REVOKED;
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    go();
    expect(await late).toBe('ERR_AUTH_SIGNED_OUT');
  });
});

describe('the token of a request', () => {
  it('G30: that is expired is renewed first, and nobody is sent with it', async () => {
    const { api, auth, refresh, tokens } = open({ tokenStore: memoryStore() });
    await auth.signIn({ ...OLD, expiresIn: 1 });
    jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 5_000);
    await Promise.all([api.get('/a'), api.get('/a')]);
    expect(tokens('/a')).toEqual(['access-2', 'access-2']);
    expect(refresh.mock.calls).toMatchObject([[{}, { reason: 'expired' }]]);
  });

  it('G6: is waited for while it is renewed, with one look at the store for all of the same turn', async () => {
    const { promise, open: answer } = gate();
    const store = memoryStore(OLD);
    const get = jest.spyOn(store, 'get');
    const { api, auth, sent, tokens } = open({
      tokenStore: { ...store, get: async () => Promise.resolve(store.get()) },
      refresh: () => promise.then(() => ({ accessToken: 'access-2' })),
    });
    const refreshing = codeOf(auth.refresh());
    await turns();
    get.mockClear();
    const held = [1, 2, 3].map(() => codeOf(api.get('/a')));
    await turns();
    expect([get.mock.calls.length, sent]).toEqual([1, []]);
    answer();
    expect(await Promise.all([refreshing, ...held])).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(tokens('/a')).toEqual(['access-2', 'access-2', 'access-2']);
  });

  it('G6: is asked for again where a renewal begins while the request is prepared', async () => {
    const { promise, open: answer } = gate();
    const seen: unknown[] = [];
    const { api, auth, tokens } = open({
      refresh: () => promise.then(() => ({ accessToken: 'access-2' })),
      onSend: ({ headers }) => {
        seen.push(headers.get('Authorization'));
        if (seen.length === 1) void codeOf(auth.refresh());
      },
    });
    const request = soFar(api.get('/a'));
    await turns();
    expect([request.now, tokens('/a')]).toEqual(['pending', []]);
    answer();
    await turns();
    expect([request.now, tokens('/a'), seen]).toEqual([
      'ok',
      ['access-2'],
      ['Bearer access-1', 'Bearer access-2'],
    ]);
  });

  it('G4: that cannot be put into a header is an error, each time', async () => {
    const { api, auth, sent } = open({ tokenStore: memoryStore({ accessToken: 'two words' }) });
    for (let round = 0; round < 2; round++) {
      expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_INVALID_TOKENS');
    }
    expect(sent).toEqual([]);
    await auth.signIn(OLD);
    expect(await codeOf(api.get('/a'))).toBe('ok');
  });

  it('G38: that is needed and missing is named', async () => {
    const { api, sent } = open({ tokenStore: memoryStore(), requireSession: true });
    expect(await rejection(api.get('/a'))).toMatchObject({
      code: 'ERR_AUTH_SIGNED_OUT',
      message: expect.stringContaining('requireSession') as unknown,
    });
    expect(sent).toEqual([]);
  });

  it('G35: that is missing needs no callback', async () => {
    const { auth, errors } = open();
    await auth.signOut();
    await turns();
    expect(errors).toEqual([]);
  });
});

describe('a renewal ahead of expiry (G31)', () => {
  /** Signed in with a token that is to be renewed ahead, by a refresh that the test answers. */
  async function due(given: Given = {}) {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const calls: { answer(value: unknown): void; fail(fault: Error): void; reason: string }[] = [];
    const opened = open({
      tokenStore: memoryStore(),
      refreshAhead: 0.5,
      refreshRetries: 0,
      refresh: ((_: unknown, { reason }: { reason: string }) =>
        new Promise((answer, fail) => calls.push({ answer, fail, reason }))) as never,
      ...given,
    });
    await opened.auth.signIn({ ...OLD, expiresIn: HOUR / 1_000 });
    const real = performance.now.bind(performance);
    const clock = { passed: HOUR * 0.6 };
    jest.spyOn(performance, 'now').mockImplementation(() => real() + clock.passed);
    return { ...opened, calls, clock };
  }

  it('holds nobody, and is one for all', async () => {
    const { api, auth, calls, tokens } = await due();
    await Promise.all([api.get('/a'), api.get('/a'), auth.getAccessToken()]);
    expect([tokens('/a'), calls.length, calls[0]!.reason]).toEqual([
      ['access-1', 'access-1'],
      1,
      'ahead',
    ]);
    calls[0]!.answer({ accessToken: 'access-2' });
    await turns();
    await api.get('/a');
    expect(tokens('/a')[2]).toBe('access-2');
  });

  it('does not begin before its time', async () => {
    const { api, calls, clock } = await due();
    clock.passed = HOUR * 0.4;
    await api.get('/a');
    await turns();
    expect(calls).toEqual([]);
  });

  it('G18: is waited for by a one-shot body, and by no other', async () => {
    const { api, calls, tokens } = await due();
    const stream = soFar(api.post('/a', { pipe: () => undefined }));
    await turns();
    await api.post('/b', {});
    expect([stream.now, tokens('/b')]).toEqual(['pending', ['access-1']]);
    calls[0]!.answer({ accessToken: 'access-2' });
    await turns();
    expect([stream.now, tokens('/a')]).toEqual(['ok', ['access-2']]);
  });

  it('G18: is not waited for by a form that can tell its bytes', async () => {
    const { api, tokens } = await due();
    const form = {
      pipe: () => undefined,
      getBuffer: () => Buffer.from('the form'),
      getHeaders: () => ({}),
    };
    await api.post('/a', form);
    expect(tokens('/a')).toEqual(['access-1']);
  });

  it('G18: that fails does not matter to a one-shot body: the token is still good', async () => {
    const { api, auth, calls, tokens } = await due();
    const events = recordEvents(auth);
    const stream = soFar(api.post('/a', { pipe: () => undefined }));
    await turns();
    calls[0]!.fail(new Error('a typo'));
    await turns();
    expect([stream.now, tokens('/a')]).toEqual(['ok', ['access-1']]);
    expect(typesOf(events)).toEqual(['refreshing', 'refresh-failed']);
  });

  it('G18: that comes too late fails, and a one-shot body is not sent with an expired token', async () => {
    const { api, calls, clock, sent } = await due();
    clock.passed = HOUR * 2;
    const stream = codeOf(api.post('/a', { pipe: () => undefined }));
    await turns();
    calls[0]!.fail(new Error('a typo'));
    expect([await stream, sent]).toEqual(['ERR_AUTH_REFRESH_FAILED', []]);
  });

  it('G22: that a sign-in ends, ends the one-shot body that waits for it', async () => {
    const { api, auth, sent } = await due();
    const stream = codeOf(api.post('/a', { pipe: () => undefined }));
    await turns();
    await auth.signIn(PEER);
    expect([await stream, sent]).toEqual(['ERR_AUTH_SIGNED_OUT', []]);
  });

  it('that failed is not begun again at once', async () => {
    const { api, calls } = await due();
    await api.get('/a');
    await turns();
    calls[0]!.fail(new Error('a typo'));
    await turns();
    await api.get('/a');
    await turns();
    expect(calls).toHaveLength(1);
  });

  it('that is refused ends nothing: the token is good until it expires', async () => {
    const { api, auth, calls } = await due();
    await api.get('/a');
    await turns();
    calls[0]!.answer(null);
    await turns();
    expect([auth.status, await codeOf(api.get('/a'))]).toEqual(['signed-in', 'ok']);
  });

  it('G7: is joined by a request whose token is refused meanwhile', async () => {
    const { api, calls, tokens } = await due({ answer: refusing() });
    const request = soFar(api.get('/a'));
    await turns();
    expect([request.now, calls.length]).toEqual(['pending', 1]);
    calls[0]!.answer({ accessToken: 'access-2' });
    await turns();
    expect([request.now, tokens('/a')]).toEqual(['ok', ['access-1', 'access-2']]);
  });

  it('G12: is joined by a request that was refused with a token that was renewed just now', async () => {
    const { promise, open: answer } = gate();
    const { api, calls, clock, tokens } = await due({
      answer: async ({ token, path }) => {
        if (token === 'access-3' || path === '/b') return OK;
        if (token === 'access-2') await promise;
        return EXPIRED;
      },
    });
    clock.passed = 0;
    const request = codeOf(api.get('/a'));
    await turns();
    calls[0]!.answer({ accessToken: 'access-2', expiresIn: HOUR / 1_000 });
    await turns();
    clock.passed = HOUR * 0.6;
    await api.get('/b');
    await turns();
    answer();
    await turns();
    calls[1]!.answer({ accessToken: 'access-3' });
    expect([await request, tokens('/a'), calls.length]).toEqual([
      'ok',
      ['access-1', 'access-2', 'access-3'],
      2,
    ]);
  });

  it('G7: is not waited for by a request whose token was replaced before', async () => {
    const { promise, open: answer } = gate();
    const { api, auth, calls, clock, tokens } = await due({
      answer: async ({ token }) => {
        if (token !== 'access-1') return OK;
        await promise;
        return EXPIRED;
      },
    });
    clock.passed = 0;
    const late = soFar(api.get('/late'));
    await turns();
    const refreshing = codeOf(auth.refresh());
    await turns();
    calls[0]!.answer({ accessToken: 'access-2', expiresIn: HOUR / 1_000 });
    await refreshing;
    clock.passed = HOUR * 0.6;
    await api.get('/b');
    await turns();
    expect([calls.length, auth.status]).toEqual([2, 'refreshing']);
    answer();
    await turns();
    expect([late.now, tokens('/late')]).toEqual(['ok', ['access-1', 'access-2']]);
  });

  it('decides also where the token that ends the session is that of a peer', async () => {
    const store = memoryStore();
    const { api, auth, calls } = await due({
      tokenStore: store,
      answer: ({ token }) => (token === 'access-peer' ? REVOKED : OK),
    });
    await api.get('/a');
    await turns();
    expect(calls).toHaveLength(1);
    await store.set(PEER);
    const request = soFar(api.get('/b'));
    await turns();
    expect([request.now, auth.status]).toEqual(['pending', 'refreshing']);
    calls[0]!.answer({ accessToken: 'access-2' });
    await turns();
    expect([request.now, auth.status]).toEqual(['ERR_AUTH_SESSION_EXPIRED', 'signed-out']);
  });

  it('decides, where a request is told meanwhile that the session is over', async () => {
    const { api, auth, calls } = await due({
      answer: ({ token }) => (token === 'access-1' ? REVOKED : OK),
    });
    const request = soFar(api.get('/a'));
    await turns();
    expect([request.now, auth.status]).toEqual(['pending', 'refreshing']);
    calls[0]!.answer({ accessToken: 'access-2' });
    await turns();
    expect(request.now).toBe('ok');
  });
});

describe('a refused token', () => {
  it('G7: that was replaced meanwhile is replayed without a renewal', async () => {
    const store = memoryStore(OLD);
    const { api, refresh, tokens } = open({
      tokenStore: store,
      answer: (request) => {
        if (request.token === 'access-1') void store.set(PEER);
        return refusing()(request);
      },
    });
    await api.get('/a');
    expect([tokens('/a'), refresh.mock.calls]).toEqual([['access-1', 'access-peer'], []]);
  });

  it('G7: that was replaced meanwhile ends nothing either', async () => {
    const store = memoryStore(OLD);
    const { api, auth, tokens } = open({
      tokenStore: store,
      answer: ({ token }) => {
        if (token !== 'access-1') return OK;
        void store.set(PEER);
        return REVOKED;
      },
    });
    await api.get('/a');
    expect([tokens('/a'), auth.status]).toEqual([['access-1', 'access-peer'], 'signed-in']);
  });

  it('of a peer, which a renewal has found, is renewed when it is refused as well', async () => {
    let held = OLD;
    const { api, tokens } = open({
      tokenStore: {
        ...memoryStore(),
        get: () => held,
        set: (tokens) => void (held = tokens),
        lock: (critical) => {
          if (held === OLD) held = PEER;
          return critical();
        },
      },
      answer: refusing('access-peer'),
    });
    await api.get('/a');
    expect(tokens('/a')).toEqual(['access-1', 'access-peer', 'access-2']);
  });

  it('G11: whose refresh is refused ends the session: told once, with the error', async () => {
    const onSignedOut = jest.fn();
    const { api, auth } = open({ onSignedOut, refresh: () => null, answer: () => EXPIRED });
    await auth.getTokens();
    const events = recordEvents(auth);
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    await turns();
    expect(events.slice(1)).toMatchObject([
      { type: 'signed-out', reason: 'expired', error: { code: 'ERR_AUTH_SESSION_EXPIRED' } },
    ]);
    expect(onSignedOut.mock.calls).toMatchObject([
      [{ code: 'ERR_AUTH_SESSION_EXPIRED' }, 'expired'],
    ]);
  });

  it('is renewed, and the refresh is told why', async () => {
    const { api, refresh } = open({ answer: refusing() });
    await api.get('/a');
    expect(refresh.mock.calls).toMatchObject([
      [OLD, { reason: 'rejected', response: { status: 401 } }],
    ]);
  });

  it('G12: that was renewed just now is a loop, and not renewed again', async () => {
    const { api, auth, refresh, sent } = open({ answer: refusing('access-2') });
    expect(await rejection(api.get('/a'))).toMatchObject({
      code: 'ERR_AUTH_REFRESH_LOOP',
      message: expect.stringContaining('renewed just now') as unknown,
    });
    expect([sent.length, refresh.mock.calls.length, auth.status]).toEqual([2, 1, 'signed-in']);
    // A request that begins with this token may renew it: it may have been revoked since.
    expect(await codeOf(api.get('/b'))).toBe('ok');
    expect(refresh).toHaveBeenCalledTimes(2);
  });

  it('G32: that has expired meanwhile is no loop', async () => {
    const real = performance.now.bind(performance);
    let passed = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => real() + passed);
    let count = 1;
    const { api, tokens } = open({
      refresh: () => ({ accessToken: `access-${++count}`, expiresIn: 60 }),
      refreshAhead: false,
      answer: ({ token }) => {
        if (token === 'access-2') passed += 120_000;
        return token === 'access-3' ? OK : EXPIRED;
      },
    });
    await api.get('/a');
    expect(tokens('/a')).toEqual(['access-1', 'access-2', 'access-3']);
  });

  it('that a peer has stored is renewed at the second attempt', async () => {
    const store = memoryStore(OLD);
    const { api, tokens } = open({
      tokenStore: store,
      answer: (request) => {
        if (request.token === 'access-1') void store.set(PEER);
        return refusing('access-peer')(request);
      },
    });
    await api.get('/a');
    expect(tokens('/a')).toEqual(['access-1', 'access-peer', 'access-2']);
  });

  it('G26: of tokens that have vanished rejects, and onSignedOut is called, once', async () => {
    const store = memoryStore(OLD);
    const onSignedOut = jest.fn();
    const { api, auth, sent } = open({
      tokenStore: store,
      onSignedOut,
      answer: () => {
        void store.clear();
        return EXPIRED;
      },
    });
    await auth.getTokens();
    const events = recordEvents(auth);
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SIGNED_OUT');
    await turns();
    expect([events, onSignedOut.mock.calls]).toEqual([
      [{ type: 'signed-out', reason: 'elsewhere', error: null }],
      [[null, 'elsewhere']],
    ]);
    await codeOf(api.get('/b'));
    await turns();
    expect([sent.length, onSignedOut.mock.calls.length]).toEqual([2, 1]);
  });

  it('G26: what has vanished unnoticed is not told after the next sign-in', async () => {
    const { store, elsewhere } = sharedStore(OLD);
    const onSignedOut = jest.fn();
    const { api, auth } = open({ tokenStore: store, onSignedOut });
    await api.get('/a');
    await store.clear();
    await api.get('/a');
    expect(auth.status).toBe('signed-out');
    await auth.signIn(OLD);
    elsewhere(OLD);
    await turns();
    expect([auth.status, onSignedOut.mock.calls]).toEqual(['signed-in', []]);
  });

  it('G11: by a code that ends the session ends it: removed, told once, with the error', async () => {
    const onSignedOut = jest.fn();
    const store = memoryStore(OLD);
    const { api, auth, refresh } = open({
      tokenStore: store,
      onSignedOut,
      answer: () => REVOKED,
    });
    await auth.getTokens();
    const events = recordEvents(auth);
    const error = await rejection(api.get('/a'));
    await turns();
    expect(error).toMatchObject({
      code: 'ERR_AUTH_SESSION_EXPIRED',
      message: expect.stringContaining('the server answered 401') as unknown,
    });
    expect([store.get(), auth.status, refresh.mock.calls]).toEqual([null, 'signed-out', []]);
    expect(events).toMatchObject([
      { type: 'signed-out', reason: 'expired', error: { code: 'ERR_AUTH_SESSION_EXPIRED' } },
    ]);
    expect(onSignedOut.mock.calls).toMatchObject([
      [{ code: 'ERR_AUTH_SESSION_EXPIRED' }, 'expired'],
    ]);
  });

  it('G11: by `classify` ends the session, also without any code', async () => {
    const { api } = open({
      answer: () => ({ status: 401, body: {} }),
      classify: () => 'sign-out',
    });
    expect(await rejection(api.get('/a'))).toMatchObject({
      code: 'ERR_AUTH_SESSION_EXPIRED',
      message: expect.stringContaining('answered 401 with a code, which ends it') as unknown,
    });
  });

  it('G11: also where the tokens cannot be removed', async () => {
    const clear = () => Promise.reject(new Error('read only'));
    const { api } = open({
      tokenStore: { ...memoryStore(OLD), clear },
      answer: () => REVOKED,
    });
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
  });
});

describe('after a renewal that failed (G10)', () => {
  it('a straggler shares the failure, and a later request tries again', async () => {
    const { promise, open: answer } = gate();
    const { api, refresh } = open({
      refreshRetries: 0,
      answer: async ({ path }) => {
        if (path === '/slow') await promise;
        return EXPIRED;
      },
    });
    refresh.mockImplementation(() => {
      throw new Error('a typo');
    });
    const slow = codeOf(api.get('/slow'));
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_FAILED');
    answer();
    expect([await slow, refresh.mock.calls.length]).toEqual(['ERR_AUTH_REFRESH_FAILED', 1]);
    expect(await codeOf(api.get('/b'))).toBe('ERR_AUTH_REFRESH_FAILED');
    expect(refresh).toHaveBeenCalledTimes(2);
  });

  it('a straggler joins the next renewal, where there is one', async () => {
    const { promise, open: answer } = gate();
    const renewal = gate();
    const { api, auth, refresh, tokens } = open({
      refreshRetries: 0,
      answer: async (request) => {
        if (request.path === '/slow' && request.token === 'access-1') await promise;
        return refusing()(request);
      },
    });
    refresh.mockImplementationOnce(() => {
      throw new Error('a typo');
    });
    const slow = codeOf(api.get('/slow'));
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_FAILED');
    refresh.mockImplementationOnce(() => renewal.promise.then(() => ({ accessToken: 'access-2' })));
    const refreshing = codeOf(auth.refresh());
    await turns();
    answer();
    await turns();
    renewal.open();
    expect([await slow, await refreshing, tokens('/slow')]).toEqual([
      'ok',
      'ok',
      ['access-1', 'access-2'],
    ]);
  });

  it('a server that asks to be left alone is, but for who calls refresh()', async () => {
    const { api, auth, refresh } = open({ refreshRetries: 0, answer: refusing() });
    refresh.mockImplementationOnce(() => {
      throw busy(600);
    });
    for (let round = 0; round < 3; round++) {
      expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_FAILED');
    }
    expect(refresh).toHaveBeenCalledTimes(1);
    expect(await codeOf(auth.refresh())).toBe('ok');
    expect(await codeOf(api.get('/a'))).toBe('ok');
  });

  it('the same for an expired token, which is not even sent', async () => {
    const { api, auth, refresh, sent } = open({ tokenStore: memoryStore(), refreshRetries: 0 });
    await auth.signIn({ ...OLD, expiresIn: 1 });
    const real = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => real() + 5_000);
    refresh.mockImplementationOnce(() => {
      throw busy(600);
    });
    for (let round = 0; round < 3; round++) {
      expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_FAILED');
    }
    expect([refresh.mock.calls.length, sent]).toEqual([1, []]);
  });

  it('a request joins the renewal that somebody has begun all the same', async () => {
    const { promise, open: answer } = gate();
    const { api, auth, refresh, tokens } = open({ refreshRetries: 0, answer: refusing() });
    refresh.mockImplementationOnce(() => {
      throw busy(600);
    });
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_FAILED');
    refresh.mockImplementationOnce(() => promise.then(() => ({ accessToken: 'access-2' })));
    const refreshing = codeOf(auth.refresh());
    const request = codeOf(api.get('/b'));
    await turns();
    answer();
    expect([await refreshing, await request, tokens('/b')]).toEqual(['ok', 'ok', ['access-2']]);
  });

  it('tells that tokens of a peer, which were seen meanwhile, are taken', async () => {
    const store = memoryStore(OLD);
    const { promise, open: answer } = gate();
    const { auth } = open({
      tokenStore: store,
      refreshRetries: 0,
      refresh: () =>
        promise.then(() => {
          throw new Error('a typo');
        }),
    });
    await auth.getTokens();
    const events = recordEvents(auth);
    const refreshing = codeOf(auth.refresh());
    await turns();
    await store.set(PEER);
    await auth.getTokens();
    await store.set(OLD);
    answer();
    expect(await refreshing).toBe('ERR_AUTH_REFRESH_FAILED');
    await turns();
    expect(events.slice(1)).toMatchObject([
      { type: 'refresh-failed', error: { code: 'ERR_AUTH_REFRESH_FAILED' } },
      { type: 'refreshed', ms: 0, attempts: 0, held: 0 },
    ]);
  });

  it('tells nothing else where there are none', async () => {
    const { auth } = open({
      refreshRetries: 0,
      refresh: () => {
        throw new Error('a typo');
      },
    });
    await auth.getTokens();
    const events = recordEvents(auth);
    await codeOf(auth.refresh());
    await turns();
    expect(typesOf(events)).toEqual(['refreshing', 'refresh-failed']);
  });
});

describe('a request that was called while nobody was signed in (G22)', () => {
  it('goes with who signs in while the cookie is tried', async () => {
    const { promise, open: answer } = gate();
    const { api, auth, tokens } = open({
      tokenStore: memoryStore(),
      cookieRefresh: true,
      refresh: () => promise.then(() => null),
    });
    const request = codeOf(api.get('/a'));
    await turns();
    await auth.signIn(PEER);
    expect([await request, tokens('/a')]).toEqual(['ok', ['access-peer']]);
    answer();
  });

  it('rejects where the cookie is refused, or nobody is signed in after a sign-out', async () => {
    const refused = open({ tokenStore: memoryStore(), cookieRefresh: true, refresh: () => null });
    expect(await codeOf(refused.api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
    const { api, auth, sent } = open({
      tokenStore: memoryStore(),
      cookieRefresh: true,
      refresh: () => new Promise(() => undefined),
    });
    const request = codeOf(api.get('/a'));
    await turns();
    await auth.signOut();
    expect([await request, sent]).toEqual(['ERR_AUTH_SIGNED_OUT', []]);
  });

  it('does not go with who signs in, where it was called by somebody', async () => {
    const { api, auth, sent } = open({
      answer: refusing(),
      refresh: () => new Promise(() => undefined),
    });
    const refreshing = codeOf(auth.refresh());
    const request = codeOf(api.get('/a'));
    await turns();
    await auth.signIn(PEER);
    expect([await request, await refreshing, sent]).toEqual([
      'ERR_AUTH_SIGNED_OUT',
      'ERR_AUTH_SIGNED_OUT',
      [],
    ]);
  });

  it('G10: shares the failure of a renewal that the session of who has signed in needs', async () => {
    const { promise, open: go } = gate();
    const { api, auth, refresh, sent } = open({ tokenStore: memoryStore(), refreshRetries: 0 });
    refresh.mockImplementation(() => {
      throw new Error('a typo');
    });
    api.interceptors.request.use(async (config) => {
      await promise;
      return config;
    });
    const request = codeOf(api.get('/a'));
    await turns();
    await auth.signIn({ ...OLD, expiresIn: 1 });
    jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 5_000);
    go();
    expect([await request, sent]).toEqual(['ERR_AUTH_REFRESH_FAILED', []]);
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  it('is renewed for the reason `missing`', async () => {
    const { api, refresh } = open({ tokenStore: memoryStore(), cookieRefresh: true });
    await api.get('/a');
    expect(refresh.mock.calls).toMatchObject([[null, { reason: 'missing' }]]);
  });
});

describe('what somebody else does to the store (G29)', () => {
  it('is told: other tokens of the same user, nobody, somebody', async () => {
    const { store, elsewhere } = sharedStore(OLD);
    const { auth } = open({ tokenStore: store });
    await auth.getTokens();
    const events = recordEvents(auth);
    const seen: string[] = [];
    auth.onStatus((status) => void seen.push(status));
    for (const tokens of [PEER, null, OLD]) {
      elsewhere(tokens);
      await turns();
    }
    expect(events).toEqual([
      { type: 'refreshed', ms: 0, attempts: 0, held: 0 },
      { type: 'signed-out', reason: 'elsewhere', error: null },
      { type: 'signed-in' },
    ]);
    expect(seen).toEqual(['signed-in', 'signed-out', 'signed-in']);
  });

  it('G26: calls onSignedOut at once where the store has told of it, and only once', async () => {
    const { store, elsewhere } = sharedStore(OLD);
    const onSignedOut = jest.fn();
    const { api, auth } = open({ tokenStore: store, onSignedOut, answer: () => EXPIRED });
    await auth.getTokens();
    elsewhere(null);
    await turns();
    expect(onSignedOut.mock.calls).toEqual([[null, 'elsewhere']]);
    await codeOf(api.get('/a'));
    elsewhere(null);
    await turns();
    expect(onSignedOut).toHaveBeenCalledTimes(1);
  });

  it('is seen past the cache of a store', async () => {
    let changed = (): void => undefined;
    const tokenStore: TokenStore & StoreHints = {
      ...memoryStore(OLD),
      [READ_THROUGH]: () => PEER,
      subscribe: (listener) => {
        changed = listener;
        return () => undefined;
      },
    };
    const { auth } = open({ tokenStore });
    await auth.getTokens();
    const events = recordEvents(auth);
    changed();
    await turns();
    expect(typesOf(events)).toEqual(['refreshed']);
  });

  it('G26: nobody is signed out who was not signed in: a refused login calls nothing', async () => {
    const onSignedOut = jest.fn();
    const { api } = open({ tokenStore: memoryStore(), onSignedOut, answer: () => EXPIRED });
    expect(await codeOf(api.get('/login'))).toBe('ERR_BAD_REQUEST');
    await turns();
    expect(onSignedOut).not.toHaveBeenCalled();
  });

  it('of an empty store that is read for the first time, nobody is signed out', async () => {
    const onSignedOut = jest.fn();
    const { store, elsewhere } = sharedStore(OLD);
    await store.clear();
    const { auth } = open({ tokenStore: store, onSignedOut });
    elsewhere(null);
    await turns();
    expect([auth.status, onSignedOut.mock.calls]).toEqual(['signed-out', []]);
  });

  it('another user is another session: the one before is over', async () => {
    const { store, elsewhere } = sharedStore(OLD);
    const onSignedOut = jest.fn();
    const { auth } = open({ tokenStore: store, sameUser: () => false, onSignedOut });
    await auth.getTokens();
    const events = recordEvents(auth);
    elsewhere(PEER);
    await turns();
    expect(typesOf(events)).toEqual(['signed-out', 'signed-in']);
    expect(onSignedOut).not.toHaveBeenCalled();
  });

  it.each<[string, AuthOptions['sameUser'] | undefined, Tokens, Tokens, boolean]>([
    ['true', () => true, OLD, PEER, true],
    ['false', () => false, OLD, PEER, false],
    ['a promise', () => Promise.resolve(true) as never, OLD, PEER, false],
    ['a rejected promise', () => Promise.reject(new Error('no')) as never, OLD, PEER, false],
    ['one subject', undefined, user('a', 1), user('a', 2), true],
    ['two subjects', undefined, user('a', 1), user('b', 2), false],
  ])('sameUser: %s', async (_, sameUser, before, after, isSame) => {
    const { store, elsewhere } = sharedStore(before);
    const { auth } = open({ tokenStore: store, ...(sameUser && { sameUser }) });
    await auth.getTokens();
    const events = recordEvents(auth);
    elsewhere(after);
    await turns();
    expect(typesOf(events)).toEqual(isSame ? ['refreshed'] : ['signed-out', 'signed-in']);
  });

  it('G26: a sameUser that throws says another user, and is logged', async () => {
    const { store, elsewhere } = sharedStore(OLD);
    const { auth, errors } = open({
      tokenStore: store,
      sameUser: () => {
        throw new Error('no claims');
      },
    });
    await auth.getTokens();
    const events = recordEvents(auth);
    elsewhere(PEER);
    await turns();
    expect(typesOf(events)).toEqual(['signed-out', 'signed-in']);
    expect(errors).toMatchObject([
      [expect.stringContaining('sameUser threw'), { message: 'no claims' }],
    ]);
  });

  it('sameUser is asked only about two different tokens, and given copies', async () => {
    const { store, elsewhere } = sharedStore<Tokens>(OLD);
    const sameUser = jest.fn((before: Tokens, after: Tokens) => {
      before.accessToken = after.accessToken = 'changed';
      return true;
    });
    const { api, auth, tokens } = open({ tokenStore: store, sameUser });
    await auth.getTokens();
    for (const next of [{ ...OLD, extra: 1 } as Tokens, null, PEER, { refreshToken: 'r' }]) {
      elsewhere(next as Tokens | null);
      await turns();
    }
    expect(sameUser).not.toHaveBeenCalled();
    elsewhere(OLD);
    await turns();
    elsewhere(PEER);
    await turns();
    await api.get('/a');
    expect([sameUser.mock.calls.length, tokens('/a')]).toEqual([1, ['access-peer']]);
  });

  it('G22: another user, whom a renewal finds, is not whom it was waited for', async () => {
    let held: Tokens = user('a', 1);
    const { api, auth, sent } = open({
      tokenStore: {
        ...memoryStore(),
        get: () => held,
        lock: (critical) => {
          held = user('b', 2);
          return critical();
        },
      },
    });
    await auth.getTokens();
    const events = recordEvents(auth);
    const refreshing = codeOf(auth.refresh());
    const request = codeOf(api.get('/a'));
    expect([await refreshing, await request, sent]).toEqual([
      'ERR_AUTH_SIGNED_OUT',
      'ERR_AUTH_SIGNED_OUT',
      [],
    ]);
    await turns();
    expect(typesOf(events)).toEqual(['refreshing', 'signed-out', 'signed-in']);
  });

  it('a renewal may bring another user: the auth server says who it is', async () => {
    const { api, auth, tokens } = open({
      tokenStore: memoryStore(user('a', 1)),
      refresh: () => user('b', 2),
    });
    await auth.refresh();
    await api.get('/a');
    expect(tokens('/a')).toEqual([user('b', 2).accessToken]);
  });

  it('is looked at once for notices that come together, and again for those that come later', async () => {
    const { slow, tokenStore, changed } = noticed(OLD);
    const { auth } = open({ tokenStore });
    await auth.getTokens();
    slow.hold('get');
    for (let notice = 0; notice < 3; notice++) changed();
    await turns();
    expect(slow.waiting('get')).toBe(1);
    slow.held = null;
    slow.next('get');
    await turns();
    expect([slow.waiting('get'), auth.status]).toEqual([1, 'signed-in']);
    slow.next('get');
    await turns();
    expect([slow.waiting('get'), auth.status]).toEqual([0, 'signed-out']);
    changed();
    await turns();
    expect(slow.waiting('get')).toBe(1);
    slow.release();
  });

  it('G35: a store that cannot be read after a notice is reported', async () => {
    const warn = jest.fn();
    let changed = (): void => undefined;
    let get = (): Tokens | null => OLD;
    const { auth } = open({
      logger: { warn },
      tokenStore: {
        ...memoryStore(),
        get: () => get(),
        subscribe: (listener) => {
          changed = listener;
          return () => undefined;
        },
      },
    });
    await auth.getTokens();
    get = () => {
      throw new Error('no disk');
    };
    changed();
    await turns();
    expect(warn.mock.calls).toMatchObject([
      [expect.stringContaining('could not tell of a change'), {}],
    ]);
    get = () => null;
    changed();
    await turns();
    expect(auth.status).toBe('signed-out');
  });
});

describe('a read that something has overtaken (G9)', () => {
  it('gives what the later one has found, and takes nothing back', async () => {
    const slow = new SlowStore(OLD);
    const { auth } = open({ tokenStore: slow });
    await auth.getTokens();
    const events = recordEvents(auth);
    slow.hold('get');
    const earlier = auth.getTokens();
    await turns();
    slow.held = PEER;
    const later = auth.getTokens();
    slow.last('get');
    expect(await later).toEqual(PEER);
    slow.release();
    expect(await earlier).toEqual(PEER);
    await turns();
    expect(typesOf(events)).toEqual(['refreshed']);
  });

  it('gives the tokens of a sign-in', async () => {
    const slow = new SlowStore(OLD);
    const { auth } = open({ tokenStore: slow });
    await auth.getTokens();
    slow.hold('get');
    const tokens = auth.getTokens();
    await turns();
    await auth.signIn(PEER);
    slow.release();
    expect(await tokens).toEqual(PEER);
  });
});

describe('events', () => {
  it.each<[string, TokenStore, string[]]>([
    ['none for the first read of a synchronous store', memoryStore(OLD), []],
    ['one for that of another', new SlowStore(OLD), ['auth: signed-in']],
  ])('are %s, also where a request makes it', async (_, tokenStore, expected) => {
    for (const read of ['getTokens', 'request'] as const) {
      const debug = jest.fn();
      const { api, auth } = open({ tokenStore, logger: { debug } });
      await (read === 'request' ? api.get('/a') : auth.getTokens());
      await turns();
      expect(debug.mock.calls.map(([line]) => line as unknown)).toEqual(expected);
    }
  });

  it('G23: a cache of the store is not passed by for a request', async () => {
    const through = jest.fn(() => PEER);
    const tokenStore: TokenStore & StoreHints = { ...memoryStore(OLD), [READ_THROUGH]: through };
    const { api, tokens } = open({ tokenStore });
    await api.get('/a');
    expect([tokens('/a'), through.mock.calls]).toEqual([['access-1'], []]);
  });

  it('tell how long a renewal took, and who waited', async () => {
    const { promise, open: answer } = gate();
    let passed = 1e9;
    const real = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => real() + passed);
    const { api, auth } = open({
      refresh: () => promise.then(() => ({ accessToken: 'access-2' })),
    });
    await auth.getTokens();
    const events = recordEvents(auth);
    const refreshing = auth.refresh();
    const request = api.get('/a');
    await turns();
    passed += 5_000;
    answer();
    await Promise.all([refreshing, request]);
    const [, refreshed] = events as [AuthEvent, Extract<AuthEvent, { type: 'refreshed' }>];
    expect(refreshed).toMatchObject({ type: 'refreshed', attempts: 1, held: 2 });
    expect(refreshed.ms).toBeGreaterThanOrEqual(5_000);
    expect(refreshed.ms).toBeLessThan(5_000 + 600_000);
  });

  it('of a session that has ended meanwhile end with its end', async () => {
    const { promise, open: giveBack } = gate();
    const { api, auth } = open({
      tokenStore: {
        ...memoryStore(OLD),
        lock: async (critical) => {
          const done = await critical();
          await promise;
          return done;
        },
      },
      answer: refusing(),
    });
    await auth.getTokens();
    const events = recordEvents(auth);
    await api.get('/a');
    await auth.signOut();
    giveBack();
    await turns();
    expect(typesOf(events)).toEqual(['refreshing', 'signed-out']);
  });
});

/** Tokens of this user, of which none is like another. */
function user(sub: string, jti: number): Tokens {
  return { accessToken: jwt({ sub, jti }), refreshToken: `refresh-${jti}` };
}

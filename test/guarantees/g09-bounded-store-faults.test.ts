import type { AuthOptions, Tokens, TokenStore } from '../../src/index';
import {
  cleanUp,
  codeOf,
  openSession,
  REFRESH_PATH,
  settle,
  startTokenServer,
  turns,
  until,
  type Opened,
  type TokenServer,
} from '../support/session';
import { controlTimers } from '../support/clocks';
import { beforeReplay } from '../support/on-send';

afterEach(cleanUp);

type Fault = 'throws' | 'rejects' | 'hangs';

const FAULTS: Fault[] = ['throws', 'rejects', 'hangs'];

const break_ = (fault: Fault): Promise<never> => {
  if (fault === 'throws') throw new Error('quota exceeded');
  return fault === 'rejects'
    ? Promise.reject(new Error('quota exceeded'))
    : new Promise(() => undefined);
};

/** A store whose methods can be broken one by one. */
class FaultyStore implements TokenStore {
  held: Tokens | null;
  readonly broken: Partial<Record<'get' | 'set' | 'clear', Fault>> = {};

  constructor(held: Tokens | null) {
    this.held = held;
  }

  get(): Tokens | null | Promise<never> {
    return this.broken.get ? break_(this.broken.get) : this.held;
  }

  set(tokens: Tokens): undefined | Promise<never> {
    if (this.broken.set) return break_(this.broken.set);
    this.held = tokens;
    return undefined;
  }

  clear(): undefined | Promise<never> {
    if (this.broken.clear) return break_(this.broken.clear);
    this.held = null;
    return undefined;
  }
}

interface Faulty extends Opened {
  server: TokenServer;
  faulty: FaultyStore;
  reports: string[];
  /** Lets time pass until the promise settles. */
  drive<R>(promise: Promise<R>): Promise<R>;
  pass(ms: number): Promise<void>;
}

/** The time is under the control of the test: what hangs is given up when `drive` lets time pass. */
async function open(options: Partial<AuthOptions> = {}): Promise<Faulty> {
  const timers = controlTimers();
  const server = await startTokenServer();
  const drive: Faulty['drive'] = (promise) => timers.drive(server, promise);
  const faulty = new FaultyStore(server.issue());
  const reports: string[] = [];
  const logger = { error: (message: string) => void reports.push(message) };
  const tokenStore = faulty as TokenStore;
  return {
    server,
    faulty,
    reports,
    drive,
    pass: timers.pass,
    ...openSession(server, { tokenStore, logger, ...options }),
  };
}

describe('G9: faults of the store', () => {
  describe.each(FAULTS)('get() that %s', (fault) => {
    test('a request rejects with ERR_AUTH_STORE, and the next one works again', async () => {
      const { drive, api, faulty } = await open();
      faulty.broken.get = fault;
      expect(await drive(codeOf(api.get('/a')))).toBe('ERR_AUTH_STORE');
      delete faulty.broken.get;
      expect(await drive(codeOf(api.get('/a')))).toBe('ok');
    });

    test('the calls on the session reject with a code', async () => {
      const { drive, auth, faulty } = await open();
      faulty.broken.get = fault;
      const calls = [auth.getTokens(), auth.getAccessToken(), auth.refresh()];
      expect(await drive(Promise.all(calls.map(codeOf)))).toEqual(Array(3).fill('ERR_AUTH_STORE'));
    });

    test('a refresh during which it fails is bounded', async () => {
      const opened: Faulty = await open({
        refresh: () => {
          opened.faulty.broken.get = fault;
          return opened.server.issue();
        },
      });
      opened.server.expire();
      expect(await opened.drive(codeOf(opened.api.get('/a')))).toMatch(
        /^(?:ok|ERR_AUTH_(?:STORE|REFRESH_TIMEOUT))$/,
      );
    });
  });

  describe.each(FAULTS)('set() that %s', (fault) => {
    test('new tokens are served from memory, and the fault is reported', async () => {
      const { drive, api, server, faulty, reports } = await open();
      faulty.broken.set = fault;
      server.expire();

      const { data } = await drive(api.get<{ token: string }>('/a'));
      expect(data.token).toBe('access-alice-2');
      expect((await drive(api.get<{ token: string }>('/b'))).data.token).toBe('access-alice-2');
      await drive(until(() => reports.length > 0));
      expect(reports[0]).toContain('could not be stored');
      expect(server.at(REFRESH_PATH)).toHaveLength(1);
    });

    test('the write is tried again, so that the rotated refresh token is not lost', async () => {
      const { drive, api, server, faulty } = await open();
      faulty.broken.set = fault;
      server.expire();
      await drive(api.get('/a'));
      delete faulty.broken.set;
      await drive(until(() => faulty.held?.refreshToken === 'refresh-alice-2'));

      server.expire();
      expect(await drive(codeOf(api.get('/b')))).toBe('ok');
      expect(faulty.held).toMatchObject({ refreshToken: 'refresh-alice-3' });
    });

    test('the next refresh uses the refresh token that only memory holds', async () => {
      const { drive, api, server, faulty } = await open();
      faulty.broken.set = fault;
      for (let round = 0; round < 3; round++) {
        server.expire();
        expect(await drive(codeOf(api.get('/a')))).toBe('ok');
      }
      expect(server.at(REFRESH_PATH).map(({ body }) => body)).toEqual(
        [1, 2, 3].map((n) => JSON.stringify({ refreshToken: `refresh-alice-${n}` })),
      );
    });

    test('signIn() rejects with ERR_AUTH_STORE', async () => {
      const { drive, auth, server, faulty } = await open();
      faulty.broken.set = fault;
      expect(await drive(codeOf(auth.signIn(server.issue('bob'))))).toBe('ERR_AUTH_STORE');
    });
  });

  describe.each(FAULTS)('clear() that %s', (fault) => {
    test('signOut() rejects with ERR_AUTH_STORE, and the session no longer holds the tokens', async () => {
      const { drive, api, auth, faulty } = await open();
      await drive(api.get('/a'));
      faulty.broken.clear = fault;

      expect(await drive(codeOf(auth.signOut()))).toBe('ERR_AUTH_STORE');
      expect(auth.status).toBe('signed-out');
      const { data } = await drive(api.get<{ user: string | null }>('/open'));
      expect(data.user).toBeNull();
    });

    test('a signOut() that is the first call of the session leaves no tokens in it', async () => {
      const { drive, api, auth, faulty } = await open();
      faulty.broken.clear = fault;
      await drive(codeOf(auth.signOut()));
      const { data } = await drive(api.get<{ user: string | null }>('/open'));
      expect(data.user).toBeNull();
    });

    test('a refused refresh still ends the session for everybody who waits', async () => {
      const { drive, api, auth, server, faulty } = await open({
        refresh: () => Promise.resolve(null),
      });
      faulty.broken.clear = fault;
      server.expire();
      const codes = await drive(Promise.all([api.get('/a'), api.get('/b')].map(codeOf)));

      expect(codes).toEqual(Array(2).fill('ERR_AUTH_SESSION_EXPIRED'));
      expect(auth.status).toBe('signed-out');
    });
  });

  test.each([
    ['a number', 7],
    ['a string', '{"accessToken":"access-alice-1"}'],
    ['an array', []],
  ])('a store that gives %s rejects with ERR_AUTH_STORE', async (_, value) => {
    const { api, faulty } = await open();
    faulty.held = value as unknown as Tokens;
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_STORE');
  });

  test.each([
    ['undefined', undefined],
    ['an empty object', {}],
  ])('a store that gives %s holds no tokens', async (_, value) => {
    const { api, faulty } = await open();
    faulty.held = value as unknown as Tokens;
    expect((await api.get<{ user: string | null }>('/open')).data.user).toBeNull();
  });

  test('new tokens are in the store before any request is sent again', async () => {
    const order: string[] = [];
    const { server, faulty } = await open();
    const tokenStore: TokenStore = {
      get: () => faulty.held,
      set: async (tokens) => {
        await turns();
        faulty.held = tokens;
        order.push('stored');
      },
      clear: () => undefined,
    };
    const slow = openSession(server, {
      tokenStore,
      ...beforeReplay(() => void order.push('replay')),
    });
    server.expire();
    await Promise.all([slow.api.get('/a'), slow.api.get('/b')]);
    expect(order).toEqual(['stored', 'replay', 'replay']);
  });

  test('what other code writes after a failed write is not overwritten by the retry', async () => {
    const { server, faulty, api, auth, pass } = await open();
    faulty.broken.set = 'throws';
    server.expire();
    await api.get('/a');
    const theirs = server.issue('bob');
    faulty.held = theirs;
    delete faulty.broken.set;
    // Longer than any pause before the write is tried again.
    await pass(60_000);
    await settle(server);

    expect(faulty.held).toEqual(theirs);
    expect(await auth.getTokens()).toEqual(theirs);
  });
});

import fc from 'fast-check';
import { memoryStore } from '../../src/index';
import type { AuthOptions, TokenResponse, Tokens, TokenStore } from '../../src/index';
import { controlClocks, jwt, type Clocks } from '../support/clocks';
import {
  attached,
  cleanUp,
  createRig,
  openSession,
  recorder,
  settle,
  startTokenServer,
  type TokenServer,
} from '../support/session';

afterEach(cleanUp);

const HOUR = 3_600_000;

/** What an auth server with a clock of its own gives: a JWT for five minutes. */
function issuer(skew: number, lifetime = 300): () => string {
  let count = 0;
  return () => {
    const iat = Math.floor((Date.now() + skew) / 1_000);
    return jwt({ iat, exp: iat + lifetime, jti: ++count });
  };
}

interface Counted {
  server: TokenServer;
  refreshes(): number;
  /** Makes requests, one after the other, and gives how many refreshes they have cost. */
  request(times: number): Promise<number>;
}

/** A session whose requests are all answered well: only the clocks can cause a refresh. */
async function openWith(
  issue: () => TokenResponse,
  tokenStore: TokenStore,
  options: Partial<AuthOptions> = {},
): Promise<Counted> {
  const server = await startTokenServer();
  let refreshes = 0;
  const { api } = openSession(server, {
    tokenStore,
    refreshLimit: false,
    refresh: () => {
      refreshes++;
      return issue();
    },
    ...options,
  });
  return {
    server,
    refreshes: () => refreshes,
    async request(times) {
      const before = refreshes;
      for (let n = 0; n < times; n++) await api.get('/open');
      await settle(server);
      return refreshes - before;
    },
  };
}

const withoutExpiry = (): TokenStore => {
  const memory = memoryStore();
  return {
    ...memory,
    set: ({ accessToken, refreshToken }) =>
      memory.set({ accessToken, ...(refreshToken && { refreshToken }) }),
  };
};

/** Tokens with an `expiresIn`, as most servers give them. */
function withLifetime(): () => Tokens {
  let count = 0;
  return () => ({ accessToken: `opaque-${++count}`, expiresIn: 900 });
}

const past = fc.integer({ min: 1, max: 1_600_000_000 });

const claim = fc.oneof(past, fc.double(), fc.string(), fc.constant(null), fc.constant([1]));

const DAY = 86_400_000;

const MINUTE = 60_000;

/** The clock of the auth server, which nobody sets; it counts what has really gone by. */
interface World {
  clocks: Clocks;
  /** Time that really goes by. */
  pass(ms: number): void;
  /** Makes requests, and gives how many refreshes they cost. */
  request(times?: number): Promise<number>;
}

type Kind = 'expiresIn' | 'a JWT' | 'a JWT without iat';

function open(kind: Kind, onRefresh?: (clocks: Clocks) => void): World {
  const clocks = controlClocks();
  const origin = Date.now();
  const startedAt = performance.now();
  let slept = 0;
  let refreshes = 0;
  const serverNow = (): number => origin + slept + performance.now() - startedAt;
  const issue = (): TokenResponse => {
    const seconds = Math.floor(serverNow() / 1_000);
    const exp = seconds + 900;
    if (kind === 'expiresIn') return { accessToken: `opaque-${refreshes}`, expiresIn: 900 };
    const iat = kind === 'a JWT' ? { iat: seconds } : {};
    return { accessToken: jwt({ exp, ...iat, jti: refreshes }) };
  };
  const { adapter } = recorder();
  const { api } = attached({
    axios: { baseURL: 'https://api.example.com', adapter },
    options: {
      tokenStore: memoryStore(),
      cookieRefresh: true,
      refreshAhead: false,
      refreshLimit: false,
      refresh: () => {
        refreshes++;
        const tokens = issue();
        onRefresh?.(clocks);
        return tokens;
      },
    },
  });
  return {
    clocks: {
      ...clocks,
      sleep(ms) {
        slept += ms;
        clocks.sleep(ms);
      },
    },
    pass: (ms) => {
      clocks.pass(ms);
    },
    async request(times = 5) {
      const before = refreshes;
      for (let n = 0; n < times; n++) await api.get('/');
      return refreshes - before;
    },
  };
}

describe('G32: a wrong clock costs one needless refresh at most', () => {
  describe.each([
    ['an hour fast', HOUR],
    ['an hour slow', -HOUR],
  ])('a client whose clock is %s', (_, skew) => {
    test('it refreshes once at most over a JWT, and never in a loop', async () => {
      const token = issuer(-skew);
      const store = memoryStore({ accessToken: token() });
      const { request } = await openWith(() => ({ accessToken: token() }), store);
      expect(await request(10)).toBeLessThanOrEqual(1);
      expect(await request(10)).toBe(0);
    });

    test('the same over an expiresAt that the server has computed', async () => {
      let count = 0;
      const issue = (): Tokens => ({
        accessToken: `opaque-${++count}`,
        expiresAt: Date.now() - skew + 300_000,
      });
      const { request } = await openWith(issue, memoryStore(issue()));
      expect(await request(10)).toBeLessThanOrEqual(1);
      expect(await request(10)).toBe(0);
    });

    test('the same over a store that keeps no expiresAt', async () => {
      const token = issuer(-skew);
      const store = withoutExpiry();
      await store.set({ accessToken: token() });
      const issue = (): Tokens => ({
        accessToken: token(),
        expiresAt: Date.now() - skew + 300_000,
      });
      const { request } = await openWith(issue, store);
      expect(await request(10)).toBeLessThanOrEqual(1);
      expect(await request(10)).toBe(0);
    });

    test('a reload costs one refresh at most', async () => {
      const token = issuer(-skew);
      const store = memoryStore({ accessToken: token() });
      for (let reload = 0; reload < 3; reload++) {
        const { request } = await openWith(() => ({ accessToken: token() }), store);
        expect(await request(5)).toBeLessThanOrEqual(1);
      }
    });

    test('expiresIn counts from receipt, whatever the clock says', async () => {
      const clocks = controlClocks();
      clocks.set(skew);
      const { api, auth, server } = await createRig();
      await api.get('/profile');
      await auth.refresh();
      for (let n = 0; n < 5; n++) await api.get('/profile');
      expect(server.stats.refreshes).toBe(1);
    });
  });

  describe.each([
    ['forward', HOUR],
    ['back', -HOUR],
  ])('a clock that is set %s by an hour', (_, jump) => {
    test('it costs one refresh at most', async () => {
      const clocks = controlClocks();
      const { request } = await openWith(withLifetime(), memoryStore(), {
        cookieRefresh: true,
      });
      expect(await request(2)).toBe(1);
      clocks.set(jump);
      expect(await request(10)).toBeLessThanOrEqual(1);
      expect(await request(10)).toBe(0);
    });
  });

  test('a clock that is set back does not keep a dead token alive', async () => {
    const clocks = controlClocks();
    const issue = withLifetime();
    const { request } = await openWith(issue, memoryStore(), {
      refreshAhead: false,
      cookieRefresh: true,
    });
    expect(await request(2)).toBe(1);
    clocks.set(-HOUR);
    clocks.pass(901_000);
    expect(await request(2)).toBe(1);
  });

  test('the sleep of the machine counts', async () => {
    const clocks = controlClocks();
    const { request } = await openWith(withLifetime(), memoryStore(), {
      cookieRefresh: true,
    });
    expect(await request(2)).toBe(1);
    clocks.sleep(HOUR);
    expect(await request(2)).toBe(1);
  });

  test('tokens that live shorter than the leeway are no loop', async () => {
    let count = 0;
    const issue = (): TokenResponse => ({ accessToken: `opaque-${++count}`, expiresIn: 3 });
    const { request } = await openWith(issue, memoryStore(), {
      cookieRefresh: true,
      expiryLeeway: 60_000,
      refreshAhead: false,
    });
    expect(await request(3)).toBeLessThanOrEqual(2);
  });

  test('tabs that adopt each other do not renew what another has just renewed', async () => {
    const token = issuer(-HOUR);
    const store = memoryStore({ accessToken: token() });
    const issue = (): Tokens => ({ accessToken: token() });
    const tabs = [await openWith(issue, store), await openWith(issue, store)];
    let refreshes = 0;
    for (let round = 0; round < 6; round++) refreshes += (await tabs[round % 2]?.request(1)) ?? 0;
    expect(refreshes).toBeLessThanOrEqual(2);
  });

  test('whatever a refresh gives as claims, it is no loop', async () => {
    const claims = fc.record({ exp: claim, iat: claim, nbf: claim }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(claims, claims, async (first, later) => {
        let count = 0;
        const { adapter, sent } = recorder();
        const { api } = attached({
          axios: { baseURL: 'https://api.example.com', adapter },
          tokens: { accessToken: jwt(first) },
          options: {
            refreshLimit: false,
            refreshAhead: false,
            refresh: () => ({ accessToken: jwt({ ...later, jti: ++count }) }),
          },
        });
        for (let n = 0; n < 6; n++) await api.get('/');
        expect(sent).toHaveLength(6);
        expect(count).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('G32: a clock that is wrong by a day', () => {
  describe.each<Kind>(['expiresIn', 'a JWT', 'a JWT without iat'])('with %s', (kind) => {
    test.each([
      ['forward', DAY],
      ['back', -DAY],
    ])('a clock set %s by a day costs one needless refresh at most', async (_, jump) => {
      const { clocks, request } = open(kind);
      expect(await request()).toBe(1);
      clocks.set(jump);
      expect(await request()).toBeLessThanOrEqual(1);
      expect(await request()).toBe(0);
    });

    test('so does each jump of a clock that is set to and fro', async () => {
      const { clocks, request } = open(kind);
      await request();
      for (let round = 0; round < 4; round++) {
        clocks.set(round % 2 ? -DAY : DAY);
        expect(await request()).toBeLessThanOrEqual(1);
        expect(await request()).toBe(0);
      }
    });

    test.each([
      ['forward', DAY],
      ['back', -DAY],
    ])('so does one set %s while the refresh is under way', async (_, jump) => {
      let jumps = 1;
      const { request } = open(kind, (clocks) => {
        if (jumps-- > 0) clocks.set(jump);
      });
      expect(await request()).toBeLessThanOrEqual(2);
      expect(await request()).toBe(0);
    });

    test('a laptop that slept renews before it sends, once, although its steady clock stood still', async () => {
      const { clocks, request } = open(kind);
      await request();
      clocks.sleep(8 * 60 * MINUTE);
      expect(await request()).toBe(1);
      clocks.sleep(MINUTE);
      expect(await request()).toBe(0);
    });
  });

  test.each<Kind>(['expiresIn', 'a JWT'])(
    'G30: with %s, a token got before the clock was set back is still renewed in time',
    async (kind) => {
      const { clocks, pass, request } = open(kind);
      await request();
      clocks.set(-DAY);
      await request();
      pass(14 * MINUTE);
      expect(await request()).toBe(0);
      pass(MINUTE);
      expect(await request()).toBe(1);
    },
  );
});

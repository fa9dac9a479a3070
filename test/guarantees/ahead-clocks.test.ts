import { memoryStore } from '../../src/index';
import type { AuthOptions, Tokens, TokenStore } from '../../src/index';
import { controlClocks, jwt } from '../support/clocks';
import { cleanUp, createRig } from '../support/rig';
import { openSession, settle, startTokenServer, type TokenServer } from '../support/token-server';

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
  issue: () => Tokens,
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

describe.each([
  ['an hour fast', HOUR],
  ['an hour slow', -HOUR],
])('a client whose clock is %s', (_, skew) => {
  test('G32: it refreshes once at most over a JWT, and never in a loop', async () => {
    const token = issuer(-skew);
    const store = memoryStore({ accessToken: token() });
    const { request } = await openWith(() => ({ accessToken: token() }), store);
    expect(await request(10)).toBeLessThanOrEqual(1);
    expect(await request(10)).toBe(0);
  });

  test('G32: the same over an expiresAt that the server has computed', async () => {
    let count = 0;
    const issue = (): Tokens => ({
      accessToken: `opaque-${++count}`,
      expiresAt: Date.now() - skew + 300_000,
    });
    const { request } = await openWith(issue, memoryStore(issue()));
    expect(await request(10)).toBeLessThanOrEqual(1);
    expect(await request(10)).toBe(0);
  });

  test('G32: the same over a store that keeps no expiresAt', async () => {
    const token = issuer(-skew);
    const store = withoutExpiry();
    await store.set({ accessToken: token() });
    const issue = (): Tokens => ({ accessToken: token(), expiresAt: Date.now() - skew + 300_000 });
    const { request } = await openWith(issue, store);
    expect(await request(10)).toBeLessThanOrEqual(1);
    expect(await request(10)).toBe(0);
  });

  test('G32: a reload costs one refresh at most', async () => {
    const token = issuer(-skew);
    const store = memoryStore({ accessToken: token() });
    for (let reload = 0; reload < 3; reload++) {
      const { request } = await openWith(() => ({ accessToken: token() }), store);
      expect(await request(5)).toBeLessThanOrEqual(1);
    }
  });

  test('G32: expiresIn counts from receipt, whatever the clock says', async () => {
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
  test('G32: it costs one refresh at most', async () => {
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

/** Tokens with an `expiresIn`, as most servers give them. */
function withLifetime(): () => Tokens {
  let count = 0;
  return () => ({ accessToken: `opaque-${++count}`, expiresIn: 900 });
}

test('G32: a clock that is set back does not keep a dead token alive', async () => {
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

test('G32: the sleep of the machine counts', async () => {
  const clocks = controlClocks();
  const { request } = await openWith(withLifetime(), memoryStore(), {
    cookieRefresh: true,
  });
  expect(await request(2)).toBe(1);
  clocks.sleep(HOUR);
  expect(await request(2)).toBe(1);
});

test('G32: tokens that live shorter than the leeway are no loop', async () => {
  let count = 0;
  const issue = (): Tokens => ({ accessToken: `opaque-${++count}`, expiresIn: 3 });
  const { request } = await openWith(issue, memoryStore(), {
    cookieRefresh: true,
    expiryLeeway: 60_000,
    refreshAhead: false,
  });
  expect(await request(3)).toBeLessThanOrEqual(2);
});

test('G32: tabs that adopt each other do not renew what another has just renewed', async () => {
  const token = issuer(-HOUR);
  const store = memoryStore({ accessToken: token() });
  const issue = (): Tokens => ({ accessToken: token() });
  const tabs = [await openWith(issue, store), await openWith(issue, store)];
  let refreshes = 0;
  for (let round = 0; round < 6; round++) refreshes += (await tabs[round % 2]?.request(1)) ?? 0;
  expect(refreshes).toBeLessThanOrEqual(2);
});

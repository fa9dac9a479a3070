import { memoryStore } from '../../src/index';
import type { Tokens } from '../../src/index';
import { cleanUp } from '../support/rig';
import { sharedStore } from '../support/shared-store';
import { until } from '../support/until';
import { issueJwt } from '../support/users';
import {
  codeOf,
  openSession,
  recordEvents,
  REFRESH_PATH,
  settle,
  startTokenServer,
  type Opened,
  type OpenOptions,
  type Pair,
  type TokenServer,
} from '../support/token-server';

afterEach(cleanUp);

interface Shared extends Opened {
  server: TokenServer;
  /** What another tab does to the store, which says so. */
  elsewhere(tokens: Pair | null): void;
}

/** Alice’s session over a store that another tab has as well. */
async function openShared(
  issue: (server: TokenServer, user: string) => Pair,
  options: OpenOptions = {},
): Promise<Shared> {
  const server = await startTokenServer();
  const { store, elsewhere } = sharedStore(issue(server, 'alice'));
  const opened = openSession(server, { tokenStore: store, ...options });
  await opened.auth.getTokens();
  return { server, elsewhere, ...opened };
}

const opaque = (server: TokenServer, user: string): Pair => server.issue(user);

const userOfOpaque = (tokens: Tokens): string | undefined => tokens.accessToken.split('-')[1];

describe('G22: a session is over by what another tab does to the store', () => {
  test('a late 401 is not sent again as the user who signed in after a sign-out there', async () => {
    const { server, api, auth, elsewhere } = await openShared(opaque);
    const answerLate = server.hold('/drafts');
    server.expire();
    const late = codeOf(api.post('/drafts', { text: 'mine' }));
    await until(() => server.at('/drafts').length === 1);
    elsewhere(null);
    await until(() => auth.status === 'signed-out');
    elsewhere(server.issue('bob'));
    await until(() => auth.status === 'signed-in');
    answerLate();

    expect(await late).toBe('ERR_AUTH_SIGNED_OUT');
    await settle(server);
    expect(server.at('/drafts')).toHaveLength(1);
    expect(server.at(REFRESH_PATH)).toEqual([]);
  });

  test('a late TOKEN_REVOKED of the old user does not end the new session', async () => {
    const { server, api, auth, elsewhere } = await openShared(opaque);
    const answerLate = server.hold('/drafts');
    server.expire();
    server.overCode = 'TOKEN_REVOKED';
    const late = codeOf(api.post('/drafts', {}));
    await until(() => server.at('/drafts').length === 1);
    elsewhere(null);
    await until(() => auth.status === 'signed-out');
    elsewhere(server.issue('bob'));
    await until(() => auth.status === 'signed-in');
    answerLate();

    expect(await late).toBe('ERR_AUTH_SIGNED_OUT');
    expect((await api.get<{ user: string }>('/new')).data.user).toBe('bob');
  });

  test('a request that waits for a refresh is not sent as who signed in there', async () => {
    const { server, api, auth, elsewhere } = await openShared(opaque);
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const waiting = [codeOf(api.post('/drafts', {})), codeOf(api.post('/drafts', {}))];
    await until(() => server.at(REFRESH_PATH).length === 1);
    elsewhere(null);
    await auth.getTokens();
    const bob = server.issue('bob');
    elsewhere(bob);
    await auth.getTokens();
    release();
    await Promise.all(waiting);
    await settle(server);

    const tokens = server.at('/drafts').map(({ token }) => token);
    expect(tokens.filter((token) => token?.includes('bob'))).toEqual([]);
    expect(await auth.getTokens()).toMatchObject({ accessToken: bob.accessToken });
  });
});

describe('G22: tokens of another user are another session', () => {
  const byOption: OpenOptions = {
    sameUser: (before: Tokens, after: Tokens) => userOfOpaque(before) === userOfOpaque(after),
  };

  describe.each([
    ['JWTs with another sub', issueJwt, {}],
    ['opaque tokens and the option sameUser', opaque, byOption],
  ] as const)('%s', (_, issue, options) => {
    test('a late 401 is not sent again with them', async () => {
      const { server, api, elsewhere } = await openShared(issue, options);
      const answerLate = server.hold('/drafts');
      server.expire();
      const late = codeOf(api.post('/drafts', { text: 'mine' }));
      await until(() => server.at('/drafts').length === 1);
      elsewhere(issue(server, 'bob'));
      answerLate();

      expect(await late).toBe('ERR_AUTH_SIGNED_OUT');
      await settle(server);
      expect(server.at('/drafts').map(({ token }) => token)).toEqual(['access-alice-1']);
      expect((await api.get<{ user: string }>('/new')).data.user).toBe('bob');
    });

    test('nor where the store says nothing of it', async () => {
      const server = await startTokenServer();
      const tokenStore = memoryStore<Pair>(issue(server, 'alice'));
      const { api, auth } = openSession(server, { ...options, tokenStore });
      await auth.getTokens();
      const answerLate = server.hold('/drafts');
      server.expire();
      const late = codeOf(api.put('/drafts', {}));
      await until(() => server.at('/drafts').length === 1);
      await tokenStore.set(issue(server, 'bob'));
      answerLate();

      expect(await late).toBe('ERR_AUTH_SIGNED_OUT');
      expect(server.at('/drafts').map(({ token }) => token)).toEqual(['access-alice-1']);
    });

    test('a held request is not sent with them', async () => {
      const { server, api, auth, elsewhere } = await openShared(issue, options);
      const release = server.hold(REFRESH_PATH);
      server.expire();
      const waiting = [codeOf(api.post('/drafts', {})), codeOf(api.post('/drafts', {}))];
      await until(() => server.at(REFRESH_PATH).length === 1);
      elsewhere(issue(server, 'bob'));
      await auth.getTokens();
      release();

      expect(await Promise.all(waiting)).toEqual(['ERR_AUTH_SIGNED_OUT', 'ERR_AUTH_SIGNED_OUT']);
      await settle(server);
      const tokens = server.at('/drafts').map(({ token }) => token);
      expect(tokens.filter((token) => token?.includes('bob'))).toEqual([]);
    });

    test('refresh() does not resolve with them', async () => {
      const { server, auth, elsewhere } = await openShared(issue, options);
      const release = server.hold(REFRESH_PATH);
      const renewal = codeOf(auth.refresh());
      await until(() => server.at(REFRESH_PATH).length === 1);
      const bob = issue(server, 'bob');
      elsewhere(bob);
      await auth.getTokens();
      release();

      expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
      await settle(server);
      expect((await auth.getTokens())?.accessToken).toBe(bob.accessToken);
    });

    test('a request that is called after it is the new user’s', async () => {
      const { server, api, elsewhere } = await openShared(issue, options);
      elsewhere(issue(server, 'bob'));
      expect((await api.get<{ user: string }>('/new')).data.user).toBe('bob');
    });
  });

  test.each([
    ['JWTs of the same sub', issueJwt, {}],
    ['opaque tokens', opaque, {}],
    ['sameUser that says so', opaque, byOption],
  ] as const)('%s are a renewal, and are adopted', async (_, issue, options) => {
    const { server, api, auth, elsewhere } = await openShared(issue, options);
    const events = recordEvents(auth);
    const answerLate = server.hold('/drafts');
    server.expire();
    const late = codeOf(api.post('/drafts', {}));
    await until(() => server.at('/drafts').length === 1);
    elsewhere(issue(server, 'alice'));
    answerLate();

    expect(await late).toBe('ok');
    expect(server.at('/drafts').map(({ token }) => token)).toEqual([
      'access-alice-1',
      'access-alice-2',
    ]);
    expect(server.at(REFRESH_PATH)).toEqual([]);
    expect(events.map(({ type }) => type)).not.toContain('signed-out');
  });

  test('sameUser that never says the same twice leaves nobody waiting', async () => {
    let isSame = true;
    const store = memoryStore<Pair>();
    const server = await startTokenServer();
    await store.set(server.issue('alice'));
    const { auth } = openSession(server, {
      sameUser: () => (isSame = !isSame),
      tokenStore: {
        ...store,
        // Another tab renews while this one waits for the lock.
        async lock(critical) {
          await store.set(server.issue('alice'));
          return critical();
        },
      },
    });
    expect(['ok', 'ERR_AUTH_SIGNED_OUT']).toContain(await codeOf(auth.refresh()));
    expect(auth.status).toBe('signed-in');
  });

  test('sameUser is asked with the tokens before and after', async () => {
    const asked: unknown[] = [];
    const { server, auth, elsewhere } = await openShared(opaque, {
      sameUser: (before: Tokens, after: Tokens) => {
        asked.push([before.accessToken, after.accessToken]);
        return true;
      },
    });
    elsewhere(server.issue('alice'));
    await auth.getTokens();
    expect(asked).toContainEqual(['access-alice-1', 'access-alice-2']);
  });
});

describe('G22: the same holds for auth.refresh()', () => {
  // Between the end of a renewal and the answer to its caller there are only microtasks.
  test.each(Array.from({ length: 16 }, (_, turns) => turns))(
    'a sign-in %i turns after the renewed tokens were stored does not give its tokens away',
    async (turns) => {
      const server = await startTokenServer();
      const memory = memoryStore<Pair>(server.issue());
      let signIn: Promise<void> | undefined;
      const { auth } = openSession(server, {
        tokenStore: {
          ...memory,
          async set(tokens) {
            await memory.set(tokens as Pair);
            if (signIn) return;
            signIn = (async () => {
              for (let turn = 0; turn < turns; turn++) await Promise.resolve();
              await auth.signIn(server.issue('bob'));
            })();
          },
        },
      });
      await auth.getTokens();
      let renewed: string | undefined;
      const code = await codeOf(auth.refresh().then(({ accessToken }) => (renewed = accessToken)));
      await signIn;

      expect([
        ['ok', 'access-alice-2'],
        ['ERR_AUTH_SIGNED_OUT', undefined],
      ]).toContainEqual([code, renewed]);
      expect(await auth.getAccessToken()).toBe('access-bob-3');
    },
  );
});

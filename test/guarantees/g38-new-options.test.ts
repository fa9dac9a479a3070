import { memoryStore } from '../../src/index';
import type { AuthOptions, Tokens } from '../../src/index';
import { attached, recorder } from '../support/attached';
import { rejection } from '../support/outcomes';
import { refusing, verdictOn } from '../support/refusing';
import { cleanUp } from '../support/rig';
import { sharedStore } from '../support/shared-store';
import { codeOf, gate, openSession, startTokenServer } from '../support/token-server';
import { until } from '../support/until';

afterEach(cleanUp);

describe('§3: statuses', () => {
  test.each([403, 419, 422, 498])('a %i is classified where it stands there', async (status) => {
    const body = { code: 'TOKEN_EXPIRED' };
    expect(await verdictOn({ status, body })).toBe('pass');
    expect(await verdictOn({ status, body }, { statuses: [401, status] })).toBe('refresh');
  });

  test('a 401 is not, where it does not stand there', async () => {
    const options = { statuses: [419] };
    expect(await verdictOn({ body: { code: 'TOKEN_EXPIRED' } }, options)).toBe('pass');
  });

  test('errors of GraphQL in a 200', async () => {
    const body = { data: null, errors: [{ extensions: { code: 'TOKEN_EXPIRED' } }] };
    const { api, refresh, server } = await refusing(
      { status: 200, body },
      { options: { statuses: [200, 401] } },
    );
    expect((await api.post('/graphql', { query: '{ me }' })).data).toEqual({ renewed: true });
    expect(refresh).toHaveBeenCalledTimes(1);
    expect(server.requests.map(({ body: sent }) => sent.toString())).toEqual([
      '{"query":"{ me }"}',
      '{"query":"{ me }"}',
    ]);
  });

  test('a 200 without such an error is handed on', async () => {
    const body = { data: { me: 1 } };
    const { api, refresh } = await refusing(
      { status: 200, body },
      { options: { statuses: [200, 401] } },
    );
    expect((await api.get('/graphql')).data).toEqual(body);
    expect(refresh).not.toHaveBeenCalled();
  });
});

describe('§3: the code is the first one that the table knows', () => {
  test.each([
    ['a numeric code hides nothing', { code: 401, error: { code: 'TOKEN_EXPIRED' } }, 'refresh'],
    ['extensions', { errors: [{ extensions: { code: 'TOKEN_EXPIRED' } }] }, 'refresh'],
    ['the second error', { errors: [{ code: 'OTHER' }, { code: 'TOKEN_EXPIRED' }] }, 'refresh'],
    ['an unknown code first', { code: 'UNAUTHENTICATED', error: 'invalid_token' }, 'refresh'],
    ['another case', { code: 'token_expired' }, 'refresh'],
    [
      'code before error.code',
      { code: 'TOKEN_REVOKED', error: { code: 'TOKEN_EXPIRED' } },
      'sign-out',
    ],
    ['INVALID_TOKEN as a code', { code: 'INVALID_TOKEN' }, 'sign-out'],
    ['invalid_token as error', { error: 'invalid_token' }, 'refresh'],
    ['nothing known', { code: 'OTHER', error: 'nope' }, 'pass'],
  ] as const)('%s', async (_, body, verdict) => {
    expect(await verdictOn({ body })).toBe(verdict);
  });

  test('where the table knows none, classify gets the first string', async () => {
    const codes: unknown[] = [];
    const classify = ({ code }: { code?: string | undefined }): 'pass' => {
      codes.push(code);
      return 'pass';
    };
    await verdictOn(
      { body: { code: 7, error: { code: 'ONE' }, errors: [{ code: 'TWO' }] } },
      { classify },
    );
    await verdictOn({ body: { code: 'ONE', error: { code: 'TOKEN_EXPIRED' } } }, { classify });
    expect(codes).toEqual(['ONE', 'TOKEN_EXPIRED']);
  });
});

describe('G38: requireSession', () => {
  const options: Partial<AuthOptions> = { requireSession: true };

  test('a request while nobody is signed in is not sent', async () => {
    const { adapter, sent } = recorder();
    const { api, auth } = attached({
      axios: { baseURL: 'https://api.example.com', adapter },
      tokens: null,
      options,
    });
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SIGNED_OUT');
    expect(sent).toEqual([]);
    expect(await codeOf(api.post('/login', {}, { skipAuth: true }))).toBe('ok');
    expect(await codeOf(api.get('https://other.example.com/a'))).toBe('ok');
    await auth.signIn({ accessToken: 'access-9' });
    expect(await codeOf(api.get('/a'))).toBe('ok');
    await auth.signOut();
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SIGNED_OUT');
    expect(sent).toHaveLength(3);
  });
});

describe('onStatus', () => {
  test('is called at once and at each change; a renewal is none', async () => {
    const server = await startTokenServer();
    const { store, elsewhere } = sharedStore(server.issue());
    const { auth } = openSession(server, { tokenStore: store });
    await auth.getTokens();
    const seen: string[] = [];
    const stop = auth.onStatus((status) => void seen.push(status));
    expect(seen).toEqual(['signed-in']);
    await auth.refresh();
    await auth.signOut();
    await until(() => seen.length === 2);
    await auth.signIn(server.issue('bob'));
    await until(() => seen.length === 3);
    elsewhere(null);
    await until(() => seen.length === 4);
    expect(seen).toEqual(['signed-in', 'signed-out', 'signed-in', 'signed-out']);
    stop();
    await auth.signIn(server.issue('bob'));
    expect(seen).toHaveLength(4);
  });

  test('tells unknown, and what an asynchronous store then says', async () => {
    const { promise, open } = gate();
    const { auth } = attached({
      options: {
        tokenStore: {
          get: () => promise.then(() => ({ accessToken: 'access-1' })),
          set: () => undefined,
          clear: () => undefined,
        },
      },
    });
    const seen: string[] = [];
    auth.onStatus((status) => void seen.push(status));
    expect(seen).toEqual(['unknown']);
    open();
    await until(() => seen.length === 2);
    expect(seen).toEqual(['unknown', 'signed-in']);
  });
});

describe('G38: requireSession beside cookieRefresh', () => {
  test('getAccessToken() asks whether the cookie stands for a session, once', async () => {
    const refresh = jest.fn(() => Promise.resolve({ accessToken: 'from-the-cookie' }));
    const { auth } = attached({
      options: {
        tokenStore: memoryStore(),
        cookieRefresh: true,
        requireSession: true,
        refresh,
      },
    });
    expect(await auth.getAccessToken()).toBe('from-the-cookie');
    await auth.signOut();
    expect([await auth.getAccessToken(), refresh.mock.calls.length]).toEqual([null, 1]);
  });
});

describe('getAccessToken({ minValidity })', () => {
  test('renews a token that has less left', async () => {
    const refresh = jest.fn(() => ({ accessToken: 'access-2', expiresIn: 3_600 }));
    const { auth } = attached({ tokens: null, options: { refresh, refreshAhead: false } });
    await auth.signIn({ accessToken: 'access-1', expiresIn: 600 });
    expect(await auth.getAccessToken()).toBe('access-1');
    expect(await auth.getAccessToken({ minValidity: 300_000 })).toBe('access-1');
    expect(refresh).not.toHaveBeenCalled();
    expect(await auth.getAccessToken({ minValidity: 900_000 })).toBe('access-2');
    expect(refresh).toHaveBeenCalledTimes(1);
  });
});

describe('attach(instance, { allowedOrigins, allowInsecureHttp })', () => {
  test('holds for that instance only', async () => {
    const { adapter, sent } = recorder();
    const { api, auth } = attached({ axios: { baseURL: 'https://api.example.com', adapter } });
    const second = api.create();
    auth.attach(second, { allowedOrigins: ['http://plain.example.com'], allowInsecureHttp: true });
    await second.get('http://plain.example.com/a');
    expect(sent.at(-1)).toMatchObject({ authorization: 'Bearer access-1' });
    await codeOf(api.get('http://plain.example.com/a'));
    expect(sent.filter(({ authorization }) => authorization !== undefined)).toHaveLength(1);
  });
});

describe('onSend', () => {
  test('is called before every send, with the token in place, and may change the request', async () => {
    const seen: unknown[] = [];
    const { api, server } = await refusing(
      { body: { code: 'TOKEN_EXPIRED' } },
      {
        options: {
          onSend: async (config, { attempt }) => {
            await Promise.resolve();
            seen.push([attempt, config.headers.get('Authorization')]);
            config.headers.set('X-Signature', `signed-${attempt}`);
          },
        },
      },
    );
    await api.post('/a', { once: true });
    expect(seen).toEqual([
      [1, 'Bearer access-1'],
      [2, 'Bearer access-2'],
    ]);
    expect(server.requests.map(({ headers }) => headers['x-signature'])).toEqual([
      'signed-1',
      'signed-2',
    ]);
  });
});

describe('onSignedOut tells the reason', () => {
  test.each(['signed-out', 'elsewhere', 'expired'])('%s', async (reason) => {
    const told: unknown[] = [];
    const codes: unknown[] = [];
    const { store, elsewhere } = sharedStore<Tokens>({ accessToken: 'access-1' });
    const { auth } = attached({
      options: {
        tokenStore: store,
        refresh: () => null,
        onSignedOut: (error, why) => {
          told.push(why);
          codes.push(error?.code);
        },
      },
    });
    await auth.getTokens();
    if (reason === 'signed-out') await auth.signOut();
    else if (reason === 'elsewhere') elsewhere(null);
    else await codeOf(auth.refresh());
    await until(() => told.length > 0);
    expect(told).toEqual([reason]);
    if (reason === 'expired') expect(codes).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
  });
});

describe('G32: honest expiries are no loop', () => {
  test('tokens of three seconds, renewed at each expiry', async () => {
    const now = jest.spyOn(Date, 'now');
    const steady = jest.spyOn(performance, 'now');
    const [realNow, realSteady] = [Date.now(), performance.now()];
    let passed = 0;
    now.mockImplementation(() => realNow + passed);
    steady.mockImplementation(() => realSteady + passed);
    try {
      const { adapter } = recorder();
      let count = 0;
      const { api, auth } = attached({
        axios: { baseURL: 'https://api.example.com', adapter },
        tokens: null,
        options: {
          refreshAhead: false,
          refresh: () => ({ accessToken: `access-${++count}`, refreshToken: 'r', expiresIn: 3 }),
        },
      });
      await auth.signIn({ accessToken: 'access-0', refreshToken: 'r', expiresIn: 3 });
      for (let round = 0; round < 9; round++) {
        expect(await codeOf(api.get('/a'))).toBe('ok');
        // The leeway is a tenth of the lifetime at most: half of it is no expiry.
        passed += 1_500;
        expect(await codeOf(api.get('/a'))).toBe('ok');
        expect(count).toBe(round);
        passed += 1_600;
      }
    } finally {
      now.mockRestore();
      steady.mockRestore();
    }
  });
});

describe('G26: a logout of the application that clears its storage', () => {
  test('does not disturb the login request that follows it', async () => {
    const told: unknown[] = [];
    const server = await startTokenServer();
    const tokenStore = memoryStore(server.issue());
    const { api } = openSession(server, {
      tokenStore,
      onSignedOut: (_error, reason) => void told.push(reason),
    });
    await api.get('/a');
    await tokenStore.clear();
    expect(await codeOf(api.post('/open', { password: 'x' }))).toBe('ok');
    expect(told).toEqual([]);
    await codeOf(api.get('/a'));
    await until(() => told.length === 1);
    expect(told).toEqual(['elsewhere']);
  });
});

describe('an answer that is no tokens', () => {
  test.each([
    ['token', { token: 'secret-1' }, /token.*accessToken/s],
    ['data', { data: { accessToken: 'secret-1' }, status: 200, config: {} }, /response\.data/],
  ])('of which the likely cause is %s', async (_, answer, hint) => {
    const { auth } = attached({ options: { refresh: () => answer as never } });
    for (const error of [
      await rejection(auth.refresh()),
      await rejection(auth.signIn(answer as never)),
    ]) {
      expect(error.code).toBe('ERR_AUTH_INVALID_TOKENS');
      expect(error.message).toMatch(hint);
      expect(error.message).not.toContain('secret-1');
    }
  });

  test('a method of the name expiresIn is ignored', async () => {
    class Answer {
      access_token = 'access-7';
      expires_in = 600;
      expiresIn(): number {
        return 1;
      }
    }
    const { auth } = attached({ tokens: null });
    await auth.signIn(new Answer());
    const { expiresAt = 0 } = (await auth.getTokens()) ?? {};
    expect(expiresAt).toBeGreaterThan(Date.now() + 300_000);
  });
});

import { Readable } from 'node:stream';
import { attached, recorder } from '../support/attached';
import { controlClocks } from '../support/clocks';
import { json, startServer } from '../support/http-server';
import { cleanUp } from '../support/rig';
import { codeOf, openSession, REFRESH_PATH, startTokenServer } from '../support/token-server';

afterEach(cleanUp);

describe('G2: a header that equals a token of this session is ours', () => {
  test.each(['before', 'after'] as const)(
    'where a leftover interceptor that was added %s attaching sets it',
    async (when) => {
      const server = await startTokenServer();
      const stored = server.issue();
      let current = stored.accessToken;
      const leftover = (api: ReturnType<typeof openSession>['api']): void => {
        api.interceptors.request.use((config) => {
          config.headers.set('Authorization', `Bearer ${current}`);
          return config;
        });
      };
      const { api, auth } = openSession(server, {
        tokens: stored,
        before: when === 'before' ? leftover : () => undefined,
      });
      if (when === 'after') leftover(api);
      await auth.getTokens();
      server.expire();
      expect(await codeOf(api.get('/a'))).toBe('ok');
      expect(server.at(REFRESH_PATH)).toHaveLength(1);
      // It goes on with the token that was replaced.
      current = stored.accessToken;
      expect(await codeOf(api.get('/b'))).toBe('ok');
      expect(server.at('/b').map(({ token }) => token)).toEqual(['access-alice-2']);
    },
  );

  test('where the defaults have it', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    await auth.getTokens();
    api.defaults.headers.common.Authorization = 'Bearer access-alice-1';
    server.expire();
    expect(await codeOf(api.get('/a'))).toBe('ok');
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test.each(['', 'Bearer ', 'Bearer null', 'Bearer undefined', 'undefined'])(
    'one without a token is no header: "%s"',
    async (authorization) => {
      const { adapter, sent } = recorder();
      const { api, auth } = attached({ axios: { baseURL: 'https://api.example.com', adapter } });
      api.interceptors.request.use((config) => {
        config.headers.set('Authorization', authorization);
        return config;
      });
      await api.get('/a');
      await auth.signOut();
      await api.get('/b');
      expect(sent).toMatchObject([{ authorization: 'Bearer access-1' }, {}]);
      expect(sent[1]?.authorization).toBeFalsy();
    },
  );

  test.each(['Bearer nullable', 'Basic', 'null undefined-1'])(
    'one with another token is left alone: "%s"',
    async (authorization) => {
      const { adapter, sent } = recorder();
      const { api } = attached({ axios: { baseURL: 'https://api.example.com', adapter } });
      await api.get('/a', { headers: { Authorization: authorization } });
      expect(sent).toMatchObject([{ authorization }]);
    },
  );

  test('a saved config that is sent again after many renewals has the current token', async () => {
    const { adapter, sent } = recorder();
    let count = 1;
    const { api, auth } = attached({
      axios: { baseURL: 'https://api.example.com', adapter },
      options: { refreshLimit: false, refresh: () => ({ accessToken: `access-${++count}` }) },
    });
    const headers = { Authorization: 'Bearer access-1' };
    await auth.getTokens();
    for (let renewal = 0; renewal < 60; renewal++) await auth.refresh();
    await api.get('/a', { headers });
    expect(sent).toMatchObject([{ authorization: 'Bearer access-61' }]);
  });

  test('any other is left alone', async () => {
    const { adapter, sent } = recorder();
    const { api } = attached({ axios: { baseURL: 'https://api.example.com', adapter } });
    await api.get('/a', { headers: { Authorization: 'Basic YTpi' } });
    expect(sent).toMatchObject([{ authorization: 'Basic YTpi' }]);
  });
});

describe('G36: standing aside is explained once, at the level debug', () => {
  const explaining = (): ReturnType<typeof attached> & { lines: string[] } => {
    const lines: string[] = [];
    const { adapter } = recorder();
    const opened = attached({
      axios: { baseURL: 'https://api.example.com', adapter },
      options: {
        logger: { debug: (line) => void lines.push(line) },
        shouldAttach: ({ url }) => url !== '/public',
      },
    });
    return { ...opened, lines };
  };

  const REASONS = [
    [
      'an own header',
      'a',
      { headers: { Authorization: 'Basic YTpi' } },
      /Authorization header.*remove that interceptor/s,
    ],
    ['another origin', 'https://other.example.com/a', {}, /another origin.*allowedOrigins/s],
    ['shouldAttach', '/public', {}, /shouldAttach/],
  ] as const;

  test.each(REASONS)('%s, with what to do about it', async (_, url, config, hint) => {
    const { api, lines } = explaining();
    for (let n = 0; n < 3; n++) await api.get(url, { ...config });
    expect(lines).toEqual([expect.stringMatching(hint)]);
  });

  test('each reason once, over all instances of the session', async () => {
    const { api, auth, lines } = explaining();
    const second = api.create();
    auth.attach(second);
    for (const instance of [api, second, api]) {
      for (const [, url, config] of REASONS) await instance.get(url, { ...config });
    }
    expect(lines).toHaveLength(REASONS.length);
    expect(JSON.stringify(lines)).not.toContain('access-1');
  });

  test('another session explains for itself', async () => {
    const [one, two] = [explaining(), explaining()];
    for (const { api } of [one, two, one, two]) await api.get('/public');
    expect([one.lines.length, two.lines.length]).toEqual([1, 1]);
  });

  test('a request with skipAuth is what was asked for, and needs no explanation', async () => {
    const { api, lines } = explaining();
    await api.get('/a', { skipAuth: true });
    expect(lines).toEqual([]);
  });

  test('a 401 without a known code, and what to do about it', async () => {
    const debug = jest.fn<undefined, [string]>();
    const server = await startServer((_request, response) => json(response, 401, {}));
    const { api } = attached({ axios: { baseURL: server.url }, options: { logger: { debug } } });
    for (let n = 0; n < 3; n++) await codeOf(api.get('/a'));
    const lines = debug.mock.calls.filter(([line]) => line.includes('anyUnauthorized'));
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(debug.mock.calls)).not.toContain('access-1');
  });
});

describe('G18: a stream inside the object given to postForm', () => {
  test('renews first within the refreshAhead window', async () => {
    const clocks = controlClocks();
    const server = await startTokenServer();
    const { api, auth } = openSession(server, { tokens: null });
    await auth.signIn({ ...server.issue(), expiresIn: 1_000 });
    clocks.pass(990_000);
    server.expire();
    const file = Readable.from([Buffer.from('once')]);
    expect(await codeOf(api.postForm('/a', { file }))).toBe('ok');
    expect(server.at('/a').map(({ token }) => token)).toEqual(['access-alice-2']);
  });

  test('is never sent twice', async () => {
    const server = await startTokenServer();
    const { api } = openSession(server);
    server.expire();
    const file = Readable.from([Buffer.from('once')]);
    expect(await codeOf(api.postForm('/a', { file }))).toBe('ERR_AUTH_NOT_REPLAYABLE');
    expect(server.at('/a')).toHaveLength(1);
  });
});

describe('G8: context.client has the defaults of the instance as they are now', () => {
  test('a baseURL that is set after attaching', async () => {
    const server = await startTokenServer();
    const { api } = openSession(server, {
      axios: { baseURL: 'http://127.0.0.1:1' },
      allowedOrigins: [server.url],
    });
    // As generated clients do it: the defaults are another object from here on.
    api.defaults = { ...api.defaults, baseURL: server.url };
    server.expire();
    // The instance itself goes on with the ones that it was made with.
    expect(await codeOf(api.get('/a', { baseURL: server.url }))).toBe('ok');
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });
});

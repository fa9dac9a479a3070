import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthError, keyValueStore, memoryStore, webStorageStore } from '../../src/index';
import type { AuthOptions, Tokens, TokenStore } from '../../src/index';
import { fileStore } from '../../src/node/index';
import { controlClocks } from '../support/clocks';
import { expectNoCredentials } from '../support/credentials';
import { json, startServer } from '../support/http-server';
import {
  cleanUp,
  codeOf,
  onCleanUp,
  openSession,
  openSigned,
  REFRESH_PATH,
  rejection,
  turns,
  type OpenOptions,
  type Opened,
} from '../support/session';
import { createStorage } from '../support/web-globals';
import { watchEscapes } from './escapes';

/*
 * Part D of the situations that went wrong in version 1: errors that leak, break or block. Each test is a
 * situation of the same kind that was not in the list. Those of D4, D6, D7 and D14 are in found.test.ts and in
 * bodies.test.ts, those of D5 in serialised.test.ts.
 */
const escapes = watchEscapes();
afterEach(cleanUp);
afterEach(() => {
  expect(escapes.take()).toEqual([]);
});

const ACCESS = 'access-0123456789/+=secret';
const REFRESH = "refresh-0123456789&<secret>'";

describe('D1: what a server repeats of the credentials', () => {
  const echoes: [string, (token: string) => string][] = [
    ['in a link', (token) => `<a href="/login?t=${encodeURIComponent(token)}">`],
    [
      'in JSON in JSON in JSON',
      (token) => JSON.stringify(JSON.stringify(JSON.stringify({ token }))),
    ],
    [
      'in a form in JSON',
      (token) => JSON.stringify({ form: new URLSearchParams({ token }).toString() }),
    ],
    ['as the user of Basic', (token) => `Basic ${Buffer.from(`${token}:`).toString('base64')}`],
    ['in capitals', (token) => token.toUpperCase()],
    ['with a byte order mark', (token) => `\ufeff{"token":${JSON.stringify(token)}}`],
    ['among text of another encoding', (token) => `\ud83d${token}\ude00`],
  ];

  test.each(echoes)('D1 relative: %s', async (_, write) => {
    const server = await startServer((_request, response) => {
      response.writeHead(401, { 'content-type': 'text/html' });
      response.end(`${write(ACCESS)}\n${write(REFRESH)}`);
    });
    const { api } = openSession(server, {
      tokens: { accessToken: ACCESS, refreshToken: REFRESH },
      classify: () => 'sign-out',
    });
    const error = await rejection(api.get('/a'));
    const written = [ACCESS, REFRESH]
      .map(write)
      .filter((text) => text !== ACCESS && text !== REFRESH);
    await expectNoCredentials(
      [ACCESS, REFRESH, ...written.filter((text) => !/[{<:]/.test(text))],
      [error],
    );
  });
});

describe('D2: credentials that no encoding takes', () => {
  const ODD = [
    '\ud800-lone-surrogate',
    '\udc00\udbff-reversed',
    'null\u0000inside',
    '\u2028-line',
    'a%zz%-percent',
  ];

  test.each(ODD)('D2 relative: %j as a refresh token that a fault quotes', async (refreshToken) => {
    const { server, api } = await openSigned({
      tokens: {
        accessToken: 'access-alice-9',
        refreshToken,
        idToken: `id${refreshToken}`,
      } as Tokens,
      refresh: (tokens) => {
        throw Object.assign(new Error(`no luck with ${tokens?.refreshToken}`), {
          code: refreshToken,
        });
      },
    });
    server.expire();
    const error = await rejection(api.post('/a', { refreshToken }));
    expect(error).toMatchObject({ code: 'ERR_AUTH_REFRESH_FAILED' });
    expect(JSON.stringify(error) + String(error.message)).not.toContain(refreshToken);
  });

  test.each(ODD.slice(0, 4))('D2 relative: %j as an access token', async (accessToken) => {
    const { api, auth } = await openSigned({
      tokens: { accessToken, refreshToken: 'refresh-alice-1' },
    });
    const codes = [codeOf(api.get('/a')), codeOf(auth.getAccessToken())];
    expect(await Promise.all(codes)).toEqual(Array(2).fill('ERR_AUTH_INVALID_TOKENS'));
    await auth.signOut();
  });
});

describe('D3: megabytes, held through renewals and then rejected', () => {
  const LONG = 'x'.repeat(3_000_000);

  test.each<[string, (opened: Opened) => Promise<unknown>]>([
    ['a URL', ({ api }) => api.get(`/a/${LONG}`)],
    ['a query', ({ api }) => api.get('/a', { params: { query: LONG } })],
    ['a header', ({ api }) => api.get('/a', { headers: { 'X-Long': LONG } })],
    ['a list of small parts', ({ api }) => api.post('/a', Array<string>(300_000).fill('x'))],
  ])('D3 relative: %s', async (_, send) => {
    const clocks = controlClocks();
    const opened = await openSigned({
      tokens: null,
      refreshRetries: 0,
      refresh: () => {
        throw Object.assign(new Error(LONG), { response: { status: 503 } });
      },
    });
    await opened.auth.signIn({ ...opened.server.issue(), expiresIn: 3_600 });
    clocks.pass(4_000_000);
    const error = await rejection(send(opened));
    expect(error).toMatchObject({ code: 'ERR_AUTH_REFRESH_FAILED' });
    expect(opened.server.arrivals).toEqual([]);
    expect(JSON.stringify([error, String(error.message), error.cause]).length).toBeLessThan(
      100_000,
    );
  });
});

describe('D8: what makes Node warn', () => {
  test.each<[string, OpenOptions, object]>([
    ['a lifetime of a million years', {}, { expiresAt: 8.64e15 }],
    ['the longest timeout', { refreshTimeout: 2_147_483_647 }, {}],
    ['a timeout of a fraction', { refreshTimeout: 20_000.75 }, {}],
    ['the longest leeway', { expiryLeeway: 2_147_483_647 }, { expiresIn: 3_600 }],
  ])('D8 relative: %s', async (_, options, tokens) => {
    const { server, api, auth } = await openSigned({ tokens: null, ...options });
    await auth.signIn({ ...server.issue(), ...tokens });
    expect(await codeOf(api.get('/a'))).toBe('ok');
    server.expire();
    expect(await codeOf(api.get('/a'))).toBe('ok');
    await turns();
  });
});

describe('D9: errors that look like ours', () => {
  const SECRET = 'secret-of-another-session';
  const foreign = (): AuthError =>
    new AuthError('ERR_AUTH_SESSION_EXPIRED', 'over', {
      config: { headers: { Authorization: SECRET }, data: SECRET } as never,
      response: { status: 401, data: SECRET, headers: { 'set-cookie': SECRET } } as never,
    });

  test('D9 relative: an AuthError of another session, with all that it carries', async () => {
    const { server, api } = await openSigned({ refresh: () => Promise.reject(foreign()) });
    server.expire();
    const error = await rejection(api.get('/a'));
    expect(error).toMatchObject({ code: 'ERR_AUTH_SESSION_EXPIRED' });
    await expectNoCredentials([SECRET], [error]);
  });

  test('D9 relative: a code that is another one each time', async () => {
    let asked = 0;
    const codes = ['ERR_AUTH_SESSION_EXPIRED', 'ERR_EVIL', 'ERR_AUTH_CONFIG'];
    const twisted = Object.defineProperty({}, 'code', { get: () => codes[asked++ % codes.length] });
    const brand = { [Symbol.for('axios-auth-interceptors.AuthError')]: true };
    const { server, api } = await openSigned({
      refresh: () => {
        const descriptors = Object.getOwnPropertyDescriptors(twisted);
        throw Object.defineProperties(brand, descriptors) as unknown as Error;
      },
    });
    server.expire();
    const error = await rejection(api.get('/a'));
    expect(error).toBeInstanceOf(AuthError);
    expect(error.code).toMatch(/^ERR_AUTH_/);
  });

  test('D9 relative: a store that throws one', async () => {
    const tokenStore: TokenStore = {
      ...memoryStore(),
      get: () => {
        throw foreign();
      },
    };
    const { api } = await openSigned({ tokenStore });
    const error = await rejection(api.get('/a'));
    expect(error).toMatchObject({ code: 'ERR_AUTH_STORE' });
    await expectNoCredentials([SECRET], [error]);
  });
});

describe('D10: __proto__ as a name', () => {
  test('D10 relative: of a parameter of a challenge', async () => {
    const server = await startServer((_request, response) => {
      const challenge = 'Bearer __proto__="polluted", constructor="x", toString="y"';
      json(response, 401, {}, { 'www-authenticate': challenge });
    });
    const { api } = openSession(server, {
      tokens: { accessToken: 'access-1' },
      classify: () => 'sign-out',
    });
    const error = await rejection(api.get('/a'));
    const { params } = error.challenge as { params: Record<string, unknown> };
    expect(Object.keys(params)).toEqual(['__proto__', 'constructor', 'tostring']);
    expect(Object.getPrototypeOf(params)).toBe(Object.prototype);
  });

  test('D10 relative: of a field of an answer, and in the store', async () => {
    const { auth, store, server } = await openSigned({ tokens: null });
    const answer = JSON.parse('{"__proto__":{"accessToken":"x","polluted":1},"n":1}') as object;
    await auth.signIn({ ...server.issue(), ...answer });
    await auth.refresh();
    const found = (await store.get()) as unknown as { polluted?: unknown };
    expect(found.polluted).toBeUndefined();
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test.each(['__proto__', 'constructor', 'hasOwnProperty'])(
    'D10 relative: %s as the code of an answer, and in the option codes',
    async (code) => {
      const server = await startServer((_request, response) => json(response, 401, { code }));
      const refresh = jest.fn(() => ({ accessToken: 'access-2' }));
      const open_ = (options: Partial<AuthOptions>): Opened =>
        openSession(server, { tokens: { accessToken: 'access-1' }, refresh, ...options });
      expect(await codeOf(open_({}).api.get('/a'))).toBe('ERR_BAD_REQUEST');
      const codes = JSON.parse(`{${JSON.stringify(code)}:"sign-out"}`) as Record<
        string,
        'sign-out'
      >;
      expect(await codeOf(open_({ codes }).api.get('/a'))).toBe('ERR_AUTH_SESSION_EXPIRED');
      expect(refresh).not.toHaveBeenCalled();
    },
  );
});

describe('D11: thousands at once', () => {
  const countReads = (): { tokenStore: TokenStore; reads: () => number } => {
    let reads = 0;
    const memory = memoryStore({ accessToken: 'access-1' });
    const get = async (): Promise<Tokens | null> => {
      reads++;
      return (await memory.get()) ?? null;
    };
    return { tokenStore: { ...memory, get }, reads: () => reads };
  };

  test.each<[string, (opened: Opened) => unknown]>([
    ['getAccessToken()', ({ auth }) => auth.getAccessToken()],
    ['getTokens()', ({ auth }) => auth.getTokens()],
    ['a request', ({ api }) => api.get('/a')],
  ])('D11 relative: 10,000 times %s', async (_, call) => {
    const { tokenStore, reads } = countReads();
    const opened = openSession(
      {},
      {
        tokenStore,
        axios: {
          baseURL: 'https://api.test',
          adapter: (config) =>
            Promise.resolve({ data: 1, status: 200, statusText: '', headers: {}, config }),
        },
        refresh: () => null,
      },
    );
    await Promise.all(Array.from({ length: 10_000 }, () => call(opened)));
    expect(reads()).toBeLessThan(50);
  });

  test('D11 relative: 10,000 notices while one read hangs', async () => {
    let reads = 0;
    let changed = (): void => undefined;
    const tokenStore: TokenStore = {
      ...memoryStore(),
      get: () => (reads++ === 0 ? null : new Promise<never>(() => undefined)),
      subscribe: (listener) => {
        changed = listener;
        return () => undefined;
      },
    };
    const { auth } = await openSigned({ tokenStore });
    await auth.getTokens();
    for (let notice = 0; notice < 10_000; notice++) changed();
    await turns();
    expect(reads).toBe(2);
  });
});

describe('D12: files of somebody else', () => {
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'hostile-'));
    onCleanUp(() => {
      rmSync(path, { recursive: true, force: true });
    });
    return path;
  };

  test.each([
    'tokens.json.lock',
    'tokens.json.tmp',
    '.tokens.json.lock',
    'tokens.json.1.tmp',
    'tokens.json~',
  ])('D12 relative: %s stays, as a file and as a folder with something in it', async (name) => {
    for (const kind of ['file', 'folder']) {
      const path = folder();
      const other = join(path, name);
      if (kind === 'folder') mkdirSync(other);
      writeFileSync(kind === 'folder' ? join(other, 'mine') : other, 'mine');
      const store = fileStore(join(path, 'tokens.json'));
      const { server, api } = await openSigned({
        tokenStore: store,
        refreshTimeout: 4_000,
      });
      await store.set(server.issue());
      server.expire();
      expect(await codeOf(api.get('/a'))).toBe('ok');
      expect(server.at(REFRESH_PATH)).toHaveLength(1);
      await store.clear();
      expect(readFileSync(kind === 'folder' ? join(other, 'mine') : other, 'utf8')).toBe('mine');
      expect(readdirSync(path)).toContain(name);
    }
  });
});

describe('D13: the value of another application under our key', () => {
  const THEIRS = '{"theme":"dark"}';

  test('D13 relative: signing out of a keyValueStore leaves it', async () => {
    const items = new Map([['auth', THEIRS]]);
    const tokenStore = keyValueStore(
      {
        getItem: (key) => items.get(key),
        setItem: (key, value) => void items.set(key, value),
        removeItem: (key) => void items.delete(key),
      },
      { key: 'auth' },
    );
    const { auth } = await openSigned({ tokenStore });
    await auth.signOut();
    expect(items.get('auth')).toBe(THEIRS);
  });

  test('D13 relative: so does one of a webStorageStore, in sessionStorage', async () => {
    const storage = createStorage();
    storage.setItem('auth', THEIRS);
    const { auth } = await openSigned({
      tokenStore: webStorageStore(() => storage, { key: 'auth' }),
    });
    await auth.signOut();
    expect(storage.getItem('auth')).toBe(THEIRS);
  });
});

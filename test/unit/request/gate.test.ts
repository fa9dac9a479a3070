import { AxiosError, AxiosHeaders, CanceledError, isCancel } from 'axios';
import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios';
import { Readable } from 'node:stream';
import type { AuthOptions, StepUp, Tokens, TokenStore } from '../../../src/index';
import { anyUnauthorized, isAuthError, memoryStore } from '../../../src/index';
import {
  answering,
  EXPIRED,
  OK,
  REVOKED,
  type Answer,
  type Answering,
  type Handed,
} from '../../support/answering';
import { attached } from '../../support/attached';
import { codeOf, gate, rejection, turns } from '../../support/outcomes';
import { cleanUp, onCleanUp } from '../../support/clean-up';
import { SlowStore } from '../../support/slow-store';

afterEach(async () => {
  await cleanUp();
  jest.restoreAllMocks();
});

const OLD: Tokens = { accessToken: 'access-1', refreshToken: 'refresh-1' };
const BASE = 'https://api.example.com';

type Line = [level: string, message: string, ...details: unknown[]];

interface Opened extends Answering {
  api: AxiosInstance;
  auth: ReturnType<typeof attached>['auth'];
  lines: Line[];
  refresh: jest.Mock;
}

type Given = Partial<AuthOptions> & { answer?: (request: Handed) => Answer | Promise<Answer> };

/** A session whose requests meet these answers; by default `access-1` is expired, and every other token good. */
function open({ answer, ...options }: Given = {}): Opened {
  const server = answering(answer ?? (({ token }) => (token === OLD.accessToken ? EXPIRED : OK)));
  const lines: Line[] = [];
  const log =
    (level: string) =>
    (...line: unknown[]): void =>
      void lines.push([level, ...line] as Line);
  let count = 1;
  const refresh = jest.fn(() => Promise.resolve({ accessToken: `access-${++count}` }));
  const session = attached({
    axios: server.axios,
    options: {
      tokenStore: memoryStore(OLD),
      refresh,
      logger: { debug: log('debug'), warn: log('warn'), error: log('error') },
      ...options,
    },
  });
  return { ...session, ...server, lines, refresh };
}

/** What the logger was told, without the events. */
const explained = async ({ lines }: Opened, level = 'debug'): Promise<string[]> => {
  await turns();
  return lines
    .filter(([at, message]) => at === level && !message.startsWith('auth: '))
    .map(([, message]) => message);
};

const good: Given['answer'] = () => OK;

describe('which requests are left alone', () => {
  it('G2: those with skipAuth: neither a token nor a renewal', async () => {
    const { api, sent, refresh } = open({ answer: () => EXPIRED });
    expect(await codeOf(api.get('/a', { skipAuth: true }))).toBe('ERR_BAD_REQUEST');
    expect([sent.map(({ token }) => token), refresh.mock.calls]).toEqual([[undefined], []]);
  });

  it('G2: skipAuth is true or nothing, and no polluted prototype sets it', async () => {
    const { api, sent } = open({ answer: good });
    Object.assign(Object.prototype, { skipAuth: true });
    onCleanUp(() => delete (Object.prototype as { skipAuth?: unknown }).skipAuth);
    await api.get('/a');
    await api.get('/b', { skipAuth: 'true' as never });
    expect(sent.map(({ token }) => token)).toEqual(['access-1', 'access-1']);
  });

  it('G2: a token of ours does not go with them', async () => {
    const { api, sent } = open({ answer: good });
    const headers = { Authorization: 'Bearer access-1' };
    await api.get('/a', { skipAuth: true, headers });
    await api.get('https://other.example.com/a', { headers });
    expect(sent.map(({ token }) => token)).toStrictEqual([undefined, undefined]);
  });

  it.each<[string, Given, (api: AxiosInstance) => Promise<unknown>, RegExp]>([
    [
      'to another origin',
      {},
      (api) => api.get('https://other.example.com/a?x=1'),
      /^GET https:\/\/other\.example\.com\/a: .*allowedOrigins/,
    ],
    [
      'with a header of its own',
      {},
      (api) => api.post('/a', {}, { headers: { Authorization: 'Basic x' } }),
      /^POST \/a: the request has an Authorization header/,
    ],
    ['that shouldAttach rules out', { shouldAttach: () => false }, (api) => api.get('/a'), /ruled/],
  ])('G36: one %s, which is explained once', async (_, given, send, expected) => {
    const opened = open({ answer: good, ...given });
    await send(opened.api);
    await send(opened.api);
    expect(opened.sent.map(({ token }) => token === 'access-1')).toEqual([false, false]);
    expect(await explained(opened)).toEqual([expect.stringMatching(expected)]);
  });

  it('G36: a request of which method and URL are not given is explained all the same', async () => {
    const opened = open({ answer: good, shouldAttach: () => false });
    await opened.api.request({});
    expect(await explained(opened)).toEqual([expect.stringMatching(/^GET : shouldAttach/)]);
  });

  it.each([
    ['false', () => false],
    ['nought', () => 0],
    ['null', () => null],
    ['an empty text', () => ''],
    ['a promise', () => Promise.resolve(true)],
    ['a rejected promise', () => Promise.reject(new Error('no'))],
  ])('a shouldAttach that gives %s rules the request out', async (_, shouldAttach) => {
    const { api, sent } = open({
      answer: good,
      shouldAttach: shouldAttach as unknown as () => boolean,
    });
    await api.get('/a');
    expect(sent[0]!.token).toBeUndefined();
  });

  it.each([true, undefined, 1, 'yes'])('a shouldAttach that gives %p does not', async (answer) => {
    const { api, sent } = open({ answer: good, shouldAttach: () => answer as boolean });
    await api.get('/a');
    expect(sent[0]!.token).toBe('access-1');
  });

  it('G26: a shouldAttach that throws rules the request out, and is logged', async () => {
    const opened = open({
      answer: good,
      shouldAttach: () => {
        throw new Error('not ready');
      },
    });
    await opened.api.get('/a');
    expect(opened.sent[0]!.token).toBeUndefined();
    expect(opened.lines.filter(([level]) => level === 'error')).toMatchObject([
      ['error', 'shouldAttach threw; the token is not sent.', { message: 'not ready' }],
    ]);
  });

  it('G20: one that was aborted while the store was being read is not sent', async () => {
    const slow = new SlowStore(OLD);
    const { api, sent } = open({ answer: good, tokenStore: slow });
    slow.hold('get');
    const controller = new AbortController();
    const request = rejection(
      api.get('https://other.example.com/a', { signal: controller.signal }),
    );
    await turns();
    controller.abort();
    slow.release();
    expect([isCancel(await request), sent]).toEqual([true, []]);
  });

  it('G20: one that shouldAttach aborts is not sent', async () => {
    const controller = new AbortController();
    const { api, sent } = open({
      answer: good,
      shouldAttach: () => {
        controller.abort();
        return false;
      },
    });
    const request = rejection(api.get('/a', { signal: controller.signal }));
    expect([isCancel(await request), sent]).toEqual([true, []]);
  });

  it('G36: while nobody is signed in, a request goes without a token of ours, and says so', async () => {
    const opened = open({ answer: good, tokenStore: memoryStore() });
    await opened.api.get('/a');
    expect(opened.sent[0]!.token).toBeUndefined();
    expect(await explained(opened)).toEqual([expect.stringContaining('Call signIn()')]);
    await opened.auth.signIn(OLD);
    await opened.auth.signOut();
    await opened.api.get('/a', { headers: { Authorization: 'Bearer access-1' } });
    expect(opened.sent[1]!.token).toBeUndefined();
  });
});

describe('where the token may not go', () => {
  it('G3: plain http is an error of the request', async () => {
    const { api, sent } = open({ answer: good });
    api.defaults.baseURL = 'http://plain.example.com';
    const error = await rejection(api.get('/a'));
    expect(error).toMatchObject({ code: 'ERR_AUTH_INSECURE_URL', config: { url: '/a' } });
    expect(sent).toEqual([]);
  });

  it('G3: a URL of which nobody knows whose it is, too', async () => {
    const { api, sent } = open({ answer: good });
    api.defaults.baseURL = undefined as never;
    expect(await codeOf(api.get('https://api.example.com/a'))).toBe('ERR_AUTH_CONFIG');
    expect(sent).toEqual([]);
  });

  it('G3: what onSend makes of the URL is judged again', async () => {
    const { api, sent } = open({
      answer: good,
      onSend: (config) => void (config.baseURL = 'https://other.example.com'),
    });
    await api.get('/a');
    expect([sent[0]!.token, sent[0]!.config.baseURL]).toEqual([
      undefined,
      'https://other.example.com',
    ]);
  });

  it('G3: what shouldAttach makes of the URL as well', async () => {
    const { api, sent } = open({
      answer: good,
      shouldAttach: (config) => {
        config.baseURL = 'https://other.example.com';
        return true;
      },
    });
    await api.get('/a', { headers: { Authorization: 'Bearer access-1' } });
    expect(sent[0]!.token).toBeUndefined();
  });
});

/** The options of a session whose token is a cookie. */
const byCookie = (): Given =>
  ({ headerName: false, tokenStore: memoryStore() }) as unknown as Given;

describe('G37: where the token is a cookie', () => {
  it('no header is put in, and none is taken away', async () => {
    const { api, auth, sent } = open({
      ...byCookie(),
      answer: good,
      onSend: (config) => {
        if (config.url === '/away') config.baseURL = 'https://other.example.com';
      },
      shouldAttach: (config) => {
        if (config.url === '/moved') config.baseURL = 'https://other.example.com';
        return true;
      },
      refresh: () => ({ accessToken: 'access-2' }),
    });
    await auth.signIn();
    const headers = { Authorization: 'Basic x' };
    await api.get('/a', { headers });
    await api.get('/b', { headers, skipAuth: true });
    await api.get('https://other.example.com/c', { headers });
    await api.get('/away', { headers });
    await api.get('/moved', { headers });
    await auth.signOut();
    await api.get('/d', { headers });
    api.interceptors.request.use((config) => {
      const inner = config.adapter as (config: InternalAxiosRequestConfig) => Promise<never>;
      config.adapter = (outer) =>
        inner(Object.assign(outer, { baseURL: 'https://other.example.com' }));
      return config;
    });
    await api.get('/e', { headers });
    expect(sent.map(({ token }) => token)).toEqual(Array(7).fill('Basic x'));
  });
});

describe('a config as it is sent', () => {
  it('G3: has texts for URLs, and headers of axios, whatever interceptors have put there', async () => {
    const { api, sent } = open({ answer: good });
    let reads = 0;
    const url = { toString: () => (reads++ === 0 ? '/a' : 'https://other.example.com/') };
    api.interceptors.request.use((config) => {
      Object.assign(config, { url, headers: { 'X-Mine': '1' } });
      return config;
    });
    await api.get('/');
    const [{ config, token }] = sent as [Handed];
    expect([config.url, token, config.headers.get('x-mine')]).toEqual(['/a', 'access-1', '1']);
  });

  it('G39: may have no URL', async () => {
    const { api, sent } = open({ answer: good });
    await api.request({});
    expect([sent[0]!.config.url, sent[0]!.token]).toEqual([undefined, 'access-1']);
    api.interceptors.request.use((config) => Object.assign(config, { url: null }));
    await api.request({});
    expect(sent[1]!.config.url).toBeNull();
  });

  it('G3: takes nothing from a polluted Object.prototype', async () => {
    const { api, sent } = open({ answer: good });
    Object.assign(Object.prototype, { transport: { evil: true }, timeout: 5 });
    onCleanUp(() => {
      delete (Object.prototype as { transport?: unknown }).transport;
      delete (Object.prototype as { timeout?: unknown }).timeout;
    });
    await api.get('/a', { timeout: 7 });
    const { config } = sent[0]!;
    expect([Object.hasOwn(config, 'transport'), config.transport, config.timeout]).toEqual([
      true,
      undefined,
      7,
    ]);
  });

  it('names the adapter that sends it', async () => {
    const opened = open({ answer: good });
    const { config } = await opened.api.get('/a');
    expect(config.adapter).toBe(opened.axios.adapter);
  });

  it.each([
    ['to loopback', 'http://127.0.0.1:1', undefined, false],
    [
      'to loopback, of which the request says so',
      'http://127.0.0.1:1',
      { host: 'p' },
      { host: 'p' },
    ],
    ['elsewhere', BASE, undefined, undefined],
  ])('G3: a request %s avoids a proxy of the environment', async (_, base, proxy, expected) => {
    const { http_proxy } = process.env;
    process.env.http_proxy = 'http://proxy.example.com';
    onCleanUp(() => {
      if (http_proxy === undefined) delete process.env.http_proxy;
      else process.env.http_proxy = http_proxy;
    });
    const seen: unknown[] = [];
    const { api } = open({
      allowInsecureHttp: proxy !== undefined,
      answer: ({ config }) => {
        seen.push(config.proxy);
        return OK;
      },
    });
    api.defaults.baseURL = base;
    const { config } = await api.get('/a', proxy && { proxy: proxy as never });
    expect([seen, config.proxy]).toEqual([[expected], proxy]);
  });
});

describe('onSend', () => {
  it('over loopback keeps the token, too', async () => {
    const { api, sent } = open({ answer: good, onSend: () => undefined });
    api.defaults.baseURL = 'http://127.0.0.1:1';
    await api.get('/a');
    expect(sent).toMatchObject([{ token: 'access-1' }]);
  });

  it('is called before each attempt with its number, and the token in place', async () => {
    const seen: unknown[] = [];
    const { api } = open({
      onSend: ({ headers }, { attempt }) => void seen.push([attempt, headers.get('Authorization')]),
    });
    await api.get('/a');
    expect(seen).toEqual([
      [1, 'Bearer access-1'],
      [2, 'Bearer access-2'],
    ]);
  });

  it('may give another config, which is sent as a copy', async () => {
    let given: InternalAxiosRequestConfig | undefined;
    const { api, sent } = open({
      answer: good,
      onSend: (config) => (given = { ...config, url: '/b', headers: { 'X-B': 'b' } as never }),
    });
    await api.get('/a');
    const { config } = sent[0]!;
    expect([config.url, config.headers.get('x-b'), config === given]).toEqual(['/b', 'b', false]);
  });

  it.each([undefined, null, 'a text', 5])('that gives %p changes nothing', async (given) => {
    const { api, sent } = open({ answer: good, onSend: () => given as never });
    await api.get('/a');
    expect(sent).toMatchObject([{ path: '/a', token: 'access-1' }]);
  });

  it('G26: that throws is logged, and the request goes as it was', async () => {
    const { api, sent, lines } = open({
      answer: good,
      onSend: (config) => {
        config.headers.set('X-Half', 'done');
        throw new Error('no key');
      },
    });
    await api.get('/a');
    expect(sent).toMatchObject([{ path: '/a', token: 'access-1' }]);
    await turns();
    expect(lines.filter(([level]) => level === 'error')).toMatchObject([
      ['error', 'onSend failed; the request is sent as it was.', { message: 'no key' }],
    ]);
  });

  it('G26: that gives a proxy which throws is one that throws', async () => {
    const { api, sent } = open({
      answer: good,
      onSend: () =>
        new Proxy({} as InternalAxiosRequestConfig, {
          ownKeys: () => {
            throw new Error('a trap');
          },
        }),
    });
    await api.get('/a');
    expect(sent).toMatchObject([{ path: '/a', token: 'access-1' }]);
  });

  it('G20: may reject the request: by an error of axios about it', async () => {
    const { api, sent } = open({
      answer: good,
      onSend: (config) => {
        throw new AxiosError('not today', 'E_MINE', config);
      },
    });
    expect([await codeOf(api.get('/a')), sent]).toEqual(['E_MINE', []]);
  });

  it('an error of axios about another request does not reject this one', async () => {
    const { api, sent } = open({
      answer: good,
      onSend: () => {
        throw new AxiosError('another', 'E_OTHER', { headers: new AxiosHeaders() });
      },
    });
    expect([await codeOf(api.get('/a')), sent.length]).toEqual(['ok', 1]);
  });

  it.each(['that throws', 'that gives nothing'])(
    'G20: a request that is aborted within one %s is not sent',
    async (how) => {
      const controller = new AbortController();
      const { api, sent } = open({
        answer: good,
        onSend: () => {
          controller.abort();
          if (how === 'that throws') throw new Error('no key');
        },
      });
      const request = rejection(api.get('/a', { signal: controller.signal }));
      expect([isCancel(await request), sent]).toEqual([true, []]);
    },
  );

  it('G20: a request whose other config is aborted is not sent', async () => {
    const { api, sent } = open({
      answer: good,
      onSend: (config) => ({ ...config, signal: AbortSignal.abort() }),
    });
    expect([isCancel(await rejection(api.get('/a'))), sent]).toEqual([true, []]);
  });

  it('G9: that hangs is given up after refreshTimeout', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    onCleanUp(() => jest.useRealTimers());
    const { api, sent } = open({
      answer: good,
      refreshTimeout: 1_000,
      onSend: () => new Promise(() => undefined),
    });
    const request = codeOf(api.get('/a'));
    await jest.advanceTimersByTimeAsync(999);
    expect(sent).toHaveLength(0);
    await jest.advanceTimersByTimeAsync(1);
    expect([await request, sent.length]).toEqual(['ok', 1]);
  });

  it('the length of a body that it replaces is not that of the first one', async () => {
    const { api, sent } = open({
      answer: good,
      onSend: (config) => {
        if (config.url === '/b') config.data = 'longer than before';
      },
    });
    const headers = { 'Content-Length': '3' };
    await api.post('/a', 'abc', { headers });
    await api.post('/b', 'abc', { headers });
    expect(sent.map(({ config }) => config.headers.get('content-length'))).toEqual([
      '3',
      undefined,
    ]);
  });

  it('G12: that renews the tokens each time it is called is not called for ever', async () => {
    const store: TokenStore = memoryStore(OLD);
    let count = 0;
    const { api, auth, sent } = open({
      answer: good,
      tokenStore: store,
      onSend: async () => {
        await store.set({ accessToken: `other-${++count}` });
        await auth.getTokens();
      },
    });
    await api.get('/a');
    expect([count, sent.map(({ token }) => token)]).toEqual([9, ['other-9']]);
  });

  it('G22: that signs out keeps the request from being sent', async () => {
    const opened: Opened = open({
      answer: good,
      onSend: async () => {
        await opened.auth.signOut();
      },
    });
    const error = await rejection(opened.api.get('/a'));
    expect(error).toMatchObject({ code: 'ERR_AUTH_SIGNED_OUT', config: { url: '/a' } });
    expect(opened.sent).toEqual([]);
  });
});

describe('a refused request', () => {
  it('G17: is sent again with a config of its own', async () => {
    const { api, sent } = open();
    await api.get('/a', { params: { x: 1 } });
    const [first, second] = sent.map(({ config }) => config);
    expect([first === second, second!.params]).toEqual([false, { x: 1 }]);
    expect([first!, second!].map(({ headers }) => headers.get('Authorization'))).toEqual([
      'Bearer access-1',
      'Bearer access-2',
    ]);
  });

  it('G12: is sent three times at most, and carries its own refusal', async () => {
    const { api, auth, sent } = open({
      answer: () => EXPIRED,
      refreshLimit: false,
      // Somebody else stores other tokens each time: there is always a reason to send it again.
      refresh: () => {
        throw new Error('not called');
      },
      tokenStore: (() => {
        let count = 0;
        return { ...memoryStore(), get: () => ({ accessToken: `peer-${++count}` }) };
      })(),
    });
    await auth.getTokens();
    const error = await rejection(api.get('/a'));
    expect(sent).toHaveLength(3);
    expect(error).toMatchObject({
      code: 'ERR_AUTH_REFRESH_LOOP',
      message: expect.stringContaining('sent 3 times') as unknown,
      response: { status: 401, data: { code: 'TOKEN_EXPIRED' } },
    });
  });

  it('G11: rejects with the end of the session, and its own answer', async () => {
    const { api } = open({ answer: () => REVOKED });
    expect(await rejection(api.get('/a'))).toMatchObject({
      code: 'ERR_AUTH_SESSION_EXPIRED',
      config: { url: '/a' },
      response: { status: 401, data: { code: 'TOKEN_REVOKED' } },
    });
  });

  it('G34: a later attempt that cannot be sent carries the answer of the earlier one', async () => {
    const { promise, open: answer } = gate();
    const { api, auth } = open({
      onSend: async (_, { attempt }) => {
        if (attempt === 2) await promise;
      },
    });
    const request = rejection(api.get('/a'));
    await turns();
    await auth.signOut();
    answer();
    expect(await request).toMatchObject({
      code: 'ERR_AUTH_SIGNED_OUT',
      response: { status: 401 },
    });
  });

  it('G18: with a one-shot body is not sent twice, and the answer of it is let go', async () => {
    const { api, auth, sent } = open();
    const error = await rejection(api.post('/a', Readable.from(['x'])));
    expect(error).toMatchObject({ code: 'ERR_AUTH_NOT_REPLAYABLE', response: { status: 401 } });
    expect([sent.length, await auth.getAccessToken()]).toEqual([1, 'access-2']);
  });

  it('G18: with a form that can tell its bytes is sent again with these', async () => {
    const { api, sent } = open();
    const form = {
      pipe: () => undefined,
      getBuffer: () => Buffer.from('the form'),
      getHeaders: () => ({ 'content-type': 'multipart/form-data; boundary=b' }),
    };
    await api.post('/a', form, { transformRequest: [] });
    expect(sent.map(({ config }) => String(config.data))).toEqual(['[object Object]', 'the form']);
    expect(sent[1]!.config.headers.get('content-type')).toContain('boundary=b');
  });

  it('G20: and aborted during the renewal is not sent again', async () => {
    const { promise, open: renewed } = gate();
    const controller = new AbortController();
    const { api, sent } = open({
      refresh: () => promise.then(() => ({ accessToken: 'access-2' })),
    });
    const request = rejection(api.get('/a', { signal: controller.signal }));
    await turns();
    controller.abort();
    expect(isCancel(await request)).toBe(true);
    renewed();
    await turns();
    expect(sent).toHaveLength(1);
  });

  it('G20: and aborted by the classifier is not sent again, although nothing had to be waited for', async () => {
    const controller = new AbortController();
    const store = memoryStore(OLD);
    const { api, sent } = open({
      tokenStore: store,
      classify: () => {
        void store.set({ accessToken: 'access-7' });
        controller.abort();
        return 'refresh';
      },
    });
    const request = rejection(api.get('/a', { signal: controller.signal }));
    expect([isCancel(await request), sent.length]).toEqual([true, 1]);
  });

  it('that is not classified is handed on as it is: the same error', async () => {
    const fault = new AxiosError('teapot', 'E_TEA', undefined, null, { status: 418 } as never);
    const { api } = open({
      answer: () => {
        throw fault;
      },
    });
    expect(await rejection(api.get('/a'))).toBe(fault);
  });

  it.each([undefined, null, 'a text', new Error('plain')])(
    'G33: an adapter that rejects with %p rejects the request with it',
    async (fault) => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is the case
      const { api } = open({ answer: () => Promise.reject(fault) });
      await expect(api.get('/a')).rejects.toBe(fault);
    },
  );

  it('an answer that axios resolves is classified as well', async () => {
    const { api, sent } = open();
    const answer = await api.get('/a', { validateStatus: () => true });
    expect([answer.status, sent.length]).toEqual([200, 2]);
  });

  it('an answer that passes is resolved, where axios resolves it', async () => {
    const { api, refresh } = open({ answer: () => ({ status: 401, body: { code: 'OTHER' } }) });
    const answer = await api.get('/a', { validateStatus: () => true });
    expect([answer.status, refresh.mock.calls]).toEqual([401, []]);
    expect(await codeOf(api.get('/a'))).toBe('ERR_BAD_REQUEST');
  });
});

describe('redirects', () => {
  it('an answer of another host, which one has led to, is handed on as it is', async () => {
    const { api, refresh, sent } = open({
      answer: () => ({ ...EXPIRED, request: { responseURL: 'https://other.example.com/' } }),
    });
    expect(await codeOf(api.get('/a'))).toBe('ERR_BAD_REQUEST');
    expect([sent.length, refresh.mock.calls]).toEqual([1, []]);
  });

  it.each([undefined, false, true])(
    'G3: with a header of another name, allowRedirects: %p',
    async (allowRedirects) => {
      const seen: unknown[] = [];
      const { api } = open({
        headerName: 'X-Token',
        ...(allowRedirects !== undefined && { allowRedirects }),
        answer: ({ config }) => {
          seen.push(config.fetchOptions);
          return OK;
        },
      });
      await api.get('/a');
      expect(seen).toEqual([allowRedirects ? undefined : { redirect: 'manual' }]);
    },
  );

  it('G3: one that was refused is an error of the request', async () => {
    const { api } = open({
      headerName: 'X-Token',
      answer: () => ({ status: 302, headers: { location: 'https://other.example.com/' } }),
    });
    expect(await rejection(api.get('/a', { validateStatus: () => true }))).toMatchObject({
      code: 'ERR_AUTH_CONFIG',
      config: { url: '/a' },
    });
  });

  it('G3: where the adapter cannot be kept from following them, nothing is sent', async () => {
    const { api, sent } = open({ headerName: 'X-Token' });
    const { navigator: platform } = globalThis as { navigator?: unknown };
    Object.assign(globalThis, { navigator: { product: 'ReactNative' } });
    onCleanUp(() => Object.assign(globalThis, { navigator: platform }));
    expect(await rejection(api.get('/a', { adapter: 'fetch' }))).toMatchObject({
      code: 'ERR_AUTH_CONFIG',
      config: { url: '/a' },
    });
    expect(sent).toEqual([]);
  });
});

describe('G36: an answer that passes with no known code', () => {
  it.each([
    [
      401,
      {},
      undefined,
      /GET \/a: the answer has the status 401, .*no code in "code", "error" or "errors" of its body or in its challenge: it is handed to the caller\. If it means that the token has expired, set classify: anyUnauthorized\.$/,
    ],
    [
      401,
      { code: 'OTHER' },
      undefined,
      /the code "OTHER", which the table does not know: .*add it to the option codes, or set/,
    ],
    [
      419,
      {},
      [401, 419],
      /has the status 419.*set classify to a function that knows it by answer\.data/,
    ],
    [300, {}, [300], /has the status 300/],
  ])('of %p with %p', async (status, body, statuses, expected) => {
    const opened = open({ answer: () => ({ status, body }), ...(statuses && { statuses }) });
    await codeOf(opened.api.get('/a'));
    expect(await explained(opened)).toEqual([expect.stringMatching(expected)]);
  });

  it.each<[string, Given]>([
    ['a success', { answer: () => ({ status: 299, body: {} }), statuses: [299] }],
    [
      'one that the application has judged',
      { answer: () => ({ status: 401 }), classify: () => 'pass' },
    ],
    ['one of a known code', { answer: () => EXPIRED, codes: { TOKEN_EXPIRED: 'pass' } }],
    ['one of a status that is not classified', { answer: () => ({ status: 403 }) }],
  ])('is not explained for %s', async (_, given) => {
    const opened = open(given);
    await codeOf(opened.api.get('/a'));
    expect(await explained(opened)).toEqual([]);
  });

  it('and no code has no advice about codes', async () => {
    const opened = open({ answer: () => ({ status: 401 }) });
    await codeOf(opened.api.get('/a'));
    expect((await explained(opened))[0]).not.toContain('option codes');
  });
});

describe('classify', () => {
  it.each<[string, AuthOptions['classify'], unknown[]]>([
    [
      'throws',
      () => {
        throw new Error('oops');
      },
      ['classify threw; the table of codes decides.', { message: 'oops' }],
    ],
    [
      'gives nonsense',
      () => 'nonsense' as never,
      [expect.stringContaining('classify must return')],
    ],
  ])('G26: one that %s is logged, and the table decides', async (_, classifier, line) => {
    const { api, lines, sent } = open({ classify: classifier! });
    await api.get('/a');
    await turns();
    expect(sent).toHaveLength(2);
    expect(lines.filter(([level]) => level === 'error')).toMatchObject([['error', ...line]]);
    expect(lines.find(([level]) => level === 'error')).toHaveLength(line.length + 1);
  });

  it('G20: a request that is aborted while the body is being read ends at once, and the body is freed', async () => {
    const body = new Readable({ read: () => undefined });
    const controller = new AbortController();
    const { api } = open({ answer: () => ({ status: 401, body }) });
    const request = rejection(api.get('/a', { responseType: 'stream', signal: controller.signal }));
    await turns();
    controller.abort();
    expect(isCancel(await request)).toBe(true);
    await turns();
    expect(body.destroyed).toBe(true);
  });

  it('G20: and one whose time is over while the body is being read', async () => {
    const body = new Readable({ read: () => undefined });
    const { api } = open({ answer: () => ({ status: 401, body }) });
    const request = codeOf(api.get('/a', { responseType: 'stream', timeout: 20 }));
    expect(await request).toBe('ECONNABORTED');
    await turns();
    expect(body.destroyed).toBe(true);
  });

  it('the body of a refusal that is replayed is freed', async () => {
    const body = Readable.from(['{"code":"TOKEN_EXPIRED"}']);
    const { api } = open({
      answer: ({ token }) => (token === 'access-1' ? { status: 401, body } : OK),
    });
    await api.get('/a', { responseType: 'stream' });
    await turns();
    expect(body.destroyed).toBe(true);
  });
});

describe('a step-up', () => {
  const CHALLENGE = 'Bearer error="insufficient_user_authentication"';
  const challenged: Answer = { status: 403, body: {}, headers: { 'www-authenticate': CHALLENGE } };

  /** A step-up that does what the test says. */
  function stepping(result: () => Promise<boolean>) {
    const runner = jest.fn((..._: unknown[]) => result());
    const stepUp: StepUp = { challengeIn: ([challenge]) => challenge, start: () => runner };
    return { runner, stepUp };
  }

  it('that succeeds sends the request again, with what the runner needs to know', async () => {
    let isBetter = false;
    const { runner, stepUp } = stepping(() => Promise.resolve((isBetter = true)));
    const { api, sent } = open({ stepUp, answer: () => (isBetter ? OK : challenged) });
    await api.get('/a');
    expect(sent).toHaveLength(2);
    expect(runner.mock.calls).toMatchObject([
      [{ token: 'access-1' }, { scheme: 'Bearer' }, { status: 403 }, 1],
    ]);
  });

  it('that gives nothing better hands the answer on, as axios has it', async () => {
    const { stepUp } = stepping(() => Promise.resolve(false));
    const { api, sent } = open({ stepUp, answer: () => challenged });
    expect(await rejection(api.get('/a'))).toMatchObject({
      code: 'ERR_BAD_REQUEST',
      response: { status: 403 },
    });
    expect(sent).toHaveLength(1);
  });

  it('G12: is tried for two of three attempts', async () => {
    const { runner, stepUp } = stepping(() => Promise.resolve(true));
    const { api, sent } = open({ stepUp, answer: () => challenged });
    expect(await codeOf(api.get('/a'))).toBe('ERR_BAD_REQUEST');
    expect([sent.length, runner.mock.calls.length]).toEqual([3, 2]);
  });

  it('G20: is not waited for by a request that is aborted', async () => {
    const controller = new AbortController();
    const { stepUp } = stepping(() => new Promise(() => undefined));
    const { api } = open({ stepUp, answer: () => challenged });
    const request = rejection(api.get('/a', { signal: controller.signal }));
    await turns();
    controller.abort();
    expect(isCancel(await request)).toBe(true);
  });
});

describe('an adapter that takes ours as its inner one', () => {
  /** Sends by the adapter that it has found, when the test says so. */
  function wrapping(api: AxiosInstance, before: (config: InternalAxiosRequestConfig) => unknown) {
    api.interceptors.request.use((config) => {
      const inner = config.adapter as (config: InternalAxiosRequestConfig) => Promise<never>;
      config.adapter = async (outer) => {
        await before(outer);
        return inner(outer);
      };
      return config;
    });
  }

  it('G19: sends with the token that is there already', async () => {
    const { api, sent } = open({ answer: good });
    wrapping(api, () => undefined);
    await api.get('/a');
    expect(sent.map(({ token }) => token)).toEqual(['access-1']);
  });

  it('G21: sends nothing once the session is over', async () => {
    const { api, auth, sent } = open({ answer: good });
    wrapping(api, () => auth.signOut());
    expect(await rejection(api.get('/a'))).toMatchObject({
      code: 'ERR_AUTH_SIGNED_OUT',
      config: { url: '/a' },
    });
    expect(sent).toEqual([]);
  });

  it('G3: sends no token to another host that it chooses', async () => {
    const { api, sent } = open({ answer: good });
    wrapping(api, (config) => (config.baseURL = 'https://other.example.com'));
    await api.get('/a');
    expect(sent.map(({ token }) => token)).toStrictEqual([undefined]);
  });

  it('G17: leaves a config that it has made as it was', async () => {
    const { api } = open({ answer: good });
    const guards: unknown[] = [];
    api.interceptors.request.use((config) => {
      const inner = config.adapter as (config: InternalAxiosRequestConfig) => Promise<never>;
      config.adapter = async ({ beforeRedirect, ...outer }) => {
        guards.push(typeof beforeRedirect);
        const answer = await inner(outer);
        guards.push(typeof (outer as InternalAxiosRequestConfig).beforeRedirect);
        return answer;
      };
      return config;
    });
    await api.get('/a');
    expect(guards).toEqual(['function', 'undefined']);
  });

  it('G2: takes no header of the application away', async () => {
    const { api, sent } = open({ answer: good });
    wrapping(api, () => undefined);
    await api.get('/a', { headers: { Authorization: 'Basic x' } });
    expect(sent.map(({ token }) => token)).toEqual(['Basic x']);
    await api.get('/b', { skipAuth: true });
    expect(sent[1]!.token).toBeUndefined();
  });
});

describe('the safety net for a request that went past the gate', () => {
  /** Another interceptor replaces both the adapter and the transforms. */
  function past(given: Given = {}): Opened {
    const opened = open(given);
    opened.api.interceptors.request.use((config) =>
      Object.assign(config, { adapter: opened.axios.adapter, transformRequest: [] }),
    );
    return opened;
  }

  const missing: Given = { answer: ({ token }) => (token === undefined ? EXPIRED : OK) };

  it('sends it again through the gate', async () => {
    const { api, sent } = past(missing);
    await api.get('/a');
    expect(sent.map(({ token }) => token)).toEqual([undefined, 'access-1']);
  });

  it('also where axios resolves the refusal', async () => {
    const { api, sent } = past(missing);
    const { status } = await api.get('/a', { validateStatus: () => true });
    expect([status, sent.length]).toEqual([200, 2]);
  });

  it.each<[string, Given, object]>([
    ['of another status', { answer: () => ({ status: 404 }) }, {}],
    ['that is a success', { answer: () => OK, statuses: [200] }, {}],
    ['of a request with skipAuth', missing, { skipAuth: true }],
    [
      'of a request with its own header',
      { answer: () => EXPIRED },
      { headers: { Authorization: 'Basic x' } },
    ],
    ['of another host', missing, { baseURL: 'https://other.example.com' }],
    ['of a request with a one-shot body', missing, { method: 'post', data: Readable.from(['x']) }],
  ])('does not for an answer %s', async (_, given, config) => {
    const { api, sent, refresh } = past(given);
    await codeOf(api.request({ url: '/a', ...config }));
    expect([sent.length, refresh.mock.calls]).toEqual([1, []]);
  });

  it('also for a status of 400 that is classified', async () => {
    const { api, sent } = past({
      statuses: [400],
      answer: ({ token }) =>
        token === undefined ? { status: 400, body: { code: 'TOKEN_EXPIRED' } } : OK,
    });
    await api.get('/a');
    expect(sent.map(({ token }) => token)).toEqual([undefined, 'access-1']);
  });

  it('G37: also where a cookie is the token', async () => {
    let isGood = false;
    const { api, auth, refresh, sent } = past({
      ...byCookie(),
      answer: () => (isGood ? OK : EXPIRED),
    });
    refresh.mockImplementation(() => Promise.resolve((isGood = true)));
    await auth.signIn();
    await api.get('/a');
    // Past the gate, through the gate, and once it was renewed.
    expect([sent.length, refresh.mock.calls.length]).toEqual([3, 1]);
  });

  it('G12: counts the attempt that went past it', async () => {
    const { api, sent } = past({ answer: () => EXPIRED, classify: anyUnauthorized });
    const error = await rejection(api.get('/a'));
    expect([isAuthError(error), sent.length]).toEqual([true, 3]);
  });
});

describe('an error', () => {
  it('G33: of the request itself is left as it is', async () => {
    const fault = new CanceledError('left');
    const { api } = open({ answer: () => Promise.reject(fault) });
    expect(await rejection(api.get('/a'))).toBe(fault);
  });

  it('G26: an answer while nobody is signed in tells what was put off', async () => {
    const onSignedOut = jest.fn();
    const store = memoryStore(OLD);
    const { api } = open({
      tokenStore: store,
      onSignedOut,
      answer: ({ token }) => (token ? OK : EXPIRED),
    });
    await api.get('/a');
    await store.clear();
    expect(await codeOf(api.get('/a'))).toBe('ERR_BAD_REQUEST');
    await turns();
    expect(onSignedOut.mock.calls).toEqual([[null, 'elsewhere']]);
  });
});

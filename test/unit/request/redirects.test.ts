import axios, { AxiosError, AxiosHeaders } from 'axios';
import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { AuthHeader } from '../../../src/request/auth-header';
import { Origins } from '../../../src/request/origins';
import { Redirects, refuseForeignRedirects } from '../../../src/request/redirects';
import { Secrets } from '../../../src/session/secrets';
import { cleanUp } from '../../support/clean-up';
import { setGlobal } from '../../support/web-globals';

afterEach(cleanUp);

const BASE = 'https://api.example.com';
const FOREIGN = 'https://evil.example/';
const [http, fetching] = [axios.getAdapter('http'), axios.getAdapter('fetch')];
const other: AxiosAdapter = () => Promise.reject(new Error('nobody calls it'));

type Given = InternalAxiosRequestConfig & {
  fetchOptions?: Record<string, unknown>;
  env?: Record<string, unknown>;
  transport?: unknown;
};
type Guard = NonNullable<InternalAxiosRequestConfig['beforeRedirect']>;

const configOf = (given: object = {}): Given => ({ headers: new AxiosHeaders(), ...given });
const respond = (request: unknown, status = 200): AxiosResponse => ({
  status,
  request,
  data: undefined,
  statusText: '',
  headers: {},
  config: configOf(),
});

function redirectsOf(given: { name?: string | null; allowRedirects?: boolean } = {}): Redirects {
  const { name = 'Authorization', allowRedirects = false } = given;
  const origins = new Origins({}, { defaults: { baseURL: BASE } });
  const header = name === null ? null : new AuthHeader(name, 'Bearer', new Secrets());
  return new Redirects(origins, header, allowRedirects);
}

/** What axios' http adapter does before it follows a redirect. */
function redirect(guard: unknown, href: string): Record<string, string> {
  const headers = { authorization: 'Bearer a', accept: '*/*' };
  (guard as Guard)({ href, headers } as never, {} as never, {} as never);
  return headers;
}

describe('whose answer it is', () => {
  it.each<[string, unknown, boolean]>([
    ['the http adapter', { res: { responseUrl: `${BASE}/a` } }, true],
    ['the http adapter, after a redirect', { res: { responseUrl: FOREIGN } }, false],
    ['XHR', { responseURL: `${BASE}/a` }, true],
    ['XHR, after a redirect', { responseURL: FOREIGN }, false],
    ['XHR, which was not answered', { responseURL: '' }, true],
    ['an adapter that tells no URL', {}, true],
    ['an adapter that tells nonsense', { responseURL: 5 }, true],
    ['an adapter without a request', undefined, true],
    ['an adapter whose request is a text', FOREIGN, true],
    ['a Unix socket', { socketPath: '/run/a.sock', res: { responseUrl: FOREIGN } }, true],
    ['no Unix socket', { socketPath: undefined, res: { responseUrl: FOREIGN } }, false],
  ])('G3: by what %s tells', (_, request, isOwn) => {
    expect(redirectsOf().isFromAllowedOrigin(respond(request))).toBe(isOwn);
    // With a list of origins, a URL that says nothing would be one of no origin in it.
    const origins = new Origins({ allowedOrigins: [BASE] }, { defaults: {} });
    expect(new Redirects(origins, null, false).isFromAllowedOrigin(respond(request))).toBe(isOwn);
  });
});

describe('a redirect over the http adapter', () => {
  it('G3: loses the header where it leads to another origin, and nothing else', () => {
    const config = configOf();
    const redirects = redirectsOf();
    const saved = redirects.protect(config, http);
    expect(redirect(config.beforeRedirect, FOREIGN)).toEqual({ accept: '*/*' });
    expect(redirect(config.beforeRedirect, `${BASE}/b`)).toHaveProperty('authorization');
    expect(redirects.restore(config, saved, respond({}, 302))).toBeUndefined();
    expect(Object.keys(config)).toEqual(['headers']);
  });

  it.each([
    ['http://127.0.0.1:9/a', true],
    ['/a?next=https://other.example/', false],
  ])('G3: to %j over plain http to loopback may go through a proxy: %p', (path, hasProxy) => {
    const loopback = 'http://127.0.0.1:9';
    const origins = new Origins({}, { defaults: { baseURL: loopback } });
    const header = new AuthHeader('Authorization', 'Bearer', new Secrets());
    const config = configOf({ url: '/' });
    new Redirects(origins, header, false).protect(config, http);
    const headers: Record<string, unknown> = { authorization: 'Bearer a' };
    const details = { href: `${loopback}/a`, path, headers } as never;
    config.beforeRedirect?.(details, {} as never, {} as never);
    expect('authorization' in headers).toBe(!hasProxy);
  });

  it('G3: is none that fetch would have to refuse, with a header of another name', () => {
    const config = configOf({ beforeRedirect: () => undefined });
    const redirects = redirectsOf({ name: 'X-Auth' });
    const saved = redirects.protect(config, http);
    expect(config).not.toHaveProperty('fetchOptions');
    expect(redirects.restore(config, saved, respond({}, 302))).toBeUndefined();
  });

  it('G3: loses none where there is none, as the token is a cookie', () => {
    const config = configOf();
    redirectsOf({ name: null }).protect(config, http);
    expect(redirect(config.beforeRedirect, FOREIGN)).toHaveProperty('authorization');
  });

  it('G17: an own beforeRedirect is called as well, after the header is gone, and comes back', () => {
    const seen: unknown[] = [];
    const own: Guard = ({ headers }, ...details) => seen.push({ ...(headers as object) }, details);
    const config = configOf({ beforeRedirect: own });
    const redirects = redirectsOf();
    const saved = redirects.protect(config, http);
    redirect(config.beforeRedirect, FOREIGN);
    expect(seen).toEqual([{ accept: '*/*' }, [{}, {}]]);
    redirects.restore(config, saved, undefined);
    expect(config.beforeRedirect).toBe(own);
  });

  it('G3: an own transport is told to ask, and comes back', () => {
    const transport = { request: jest.fn(() => 'sent') };
    const config = configOf({ transport });
    const redirects = redirectsOf();
    const saved = redirects.protect(config, http);
    const guarded = config.transport as typeof transport & { request(...all: unknown[]): unknown };
    const options = { beforeRedirects: { proxy: () => undefined } };
    expect(guarded.request(options, 'rest')).toBe('sent');
    expect(transport.request).toHaveBeenCalledWith(options, 'rest');
    expect(transport.request.mock.contexts[0]).toBe(transport);
    const { config: guard } = options.beforeRedirects as { config?: unknown };
    expect(redirect(guard, FOREIGN)).toEqual({ accept: '*/*' });
    expect(guarded.request({}, 'rest')).toBe('sent');
    redirects.restore(config, saved, undefined);
    expect(config.transport).toBe(transport);
    expect(config).not.toHaveProperty('beforeRedirect');
  });

  it('G3: what only the prototype has is none of the request', () => {
    const polluted = Object.prototype as { beforeRedirect?: unknown; transport?: unknown };
    polluted.beforeRedirect = jest.fn();
    polluted.transport = { request: jest.fn() };
    try {
      const config = configOf();
      redirectsOf().protect(config, http);
      expect(redirect(config.beforeRedirect, FOREIGN)).toEqual({ accept: '*/*' });
      expect(polluted.beforeRedirect).not.toHaveBeenCalled();
      expect(Object.hasOwn(config, 'transport')).toBe(false);
    } finally {
      delete polluted.beforeRedirect;
      delete polluted.transport;
    }
  });
});

describe('a redirect over fetch, with a header of another name', () => {
  const custom = { name: 'X-Auth' };

  it.each([
    ['fetch', fetching],
    ['another adapter', other],
  ])('G3: is refused by %s, whose other options stay', (_, adapter) => {
    const fetchOptions = { cache: 'no-store' };
    const config = configOf({ fetchOptions });
    const redirects = redirectsOf(custom);
    const saved = redirects.protect(config, adapter);
    expect(config.fetchOptions).toEqual({ cache: 'no-store', redirect: 'manual' });
    redirects.restore(config, saved, respond({}));
    expect(config.fetchOptions).toBe(fetchOptions);
  });

  it('G3: is refused where the request has no options for fetch, and has none afterwards', () => {
    const config = configOf();
    const redirects = redirectsOf(custom);
    const saved = redirects.protect(config, fetching);
    expect(config.fetchOptions).toEqual({ redirect: 'manual' });
    redirects.restore(config, saved, undefined);
    expect(config).not.toHaveProperty('fetchOptions');
  });

  it.each([0, 301, 302, 303, 307, 308])('G3: a status of %i is one that was refused', (status) => {
    const config = configOf();
    const redirects = redirectsOf(custom);
    const saved = redirects.protect(config, fetching);
    const refused = redirects.restore(config, saved, respond({}, status));
    expect(refused).toMatchObject({ code: 'ERR_AUTH_CONFIG' });
    expect(config).not.toHaveProperty('fetchOptions');
  });

  it.each([200, 300, 304, 305, 306, 309, 401])('G3: a status of %i is none', (status) => {
    const config = configOf();
    const redirects = redirectsOf(custom);
    const saved = redirects.protect(config, fetching);
    expect(redirects.restore(config, saved, respond({}, status))).toBeUndefined();
    expect(config).not.toHaveProperty('fetchOptions');
  });

  it.each(['manual', 'error'])('G3: a request that says %j itself is left alone', (mode) => {
    const fetchOptions = { redirect: mode };
    const config = configOf({ fetchOptions });
    const redirects = redirectsOf(custom);
    const saved = redirects.protect(config, fetching);
    expect(config.fetchOptions).toBe(fetchOptions);
    expect(redirects.restore(config, saved, respond({}, 302))).toBeUndefined();
  });

  it.each<[string, object]>([
    ['the option allows them', { ...custom, allowRedirects: true }],
    ['the header is Authorization', {}],
    ['there is no header', { name: null }],
  ])('G3: is followed where %s', (_, given) => {
    const config = configOf({ fetchOptions: { redirect: 'follow' } });
    redirectsOf(given).protect(config, other);
    expect(config.fetchOptions).toEqual({ redirect: 'follow' });
  });

  it.each([
    [{ strip_authorization_on_cross_origin_redirect: false }, true],
    [{ strip_authorization_on_cross_origin_redirect: true }, false],
    [{}, false],
    [undefined, false],
  ])('G3: in Workers with the flags %j Authorization would go along: %p', (flags, goesAlong) => {
    setGlobal('Cloudflare', { compatibilityFlags: flags });
    const config = configOf();
    redirectsOf().protect(config, fetching);
    expect(config.fetchOptions).toEqual(goesAlong ? { redirect: 'manual' } : undefined);
  });

  it('G39: is an error on React Native, which follows whatever it is told', () => {
    const given = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    const navigator = { product: 'ReactNative' };
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
    const protect = (options: object, adapter: AxiosAdapter) => (): unknown =>
      redirectsOf(options).protect(configOf(), adapter);
    try {
      expect(protect(custom, fetching)).toThrow(
        expect.objectContaining({ code: 'ERR_AUTH_CONFIG' }) as Error,
      );
      expect(protect({ ...custom, allowRedirects: true }, fetching)).not.toThrow();
      expect(protect({}, fetching)).not.toThrow();
      expect(protect(custom, http)).not.toThrow();
    } finally {
      if (given) Object.defineProperty(globalThis, 'navigator', given);
      else delete (globalThis as { navigator?: unknown }).navigator;
    }
  });
});

describe('where fetch has ended up', () => {
  const { VERSION } = axios;
  afterEach(() => {
    Object.assign(axios, { VERSION });
    jest.restoreAllMocks();
  });

  const sendWith = (config: Given, request: unknown): Promise<unknown> =>
    Promise.resolve((config.env?.fetch as (input: unknown) => unknown)(request));

  it('G3: is known of a request that the fetch of the platform has sent', async () => {
    const request = {};
    const redirects = redirectsOf();
    const config = configOf();
    const saved = redirects.protect(config, fetching);
    jest.spyOn(globalThis, 'fetch').mockResolvedValue({ url: FOREIGN } as never);
    await sendWith(config, request);
    expect(redirects.isFromAllowedOrigin(respond(request))).toBe(false);
    expect(redirects.isFromAllowedOrigin(respond({}))).toBe(true);
    redirects.restore(config, saved, undefined);
    expect(config).not.toHaveProperty('env');
  });

  it('G3: is known of one that a fetch of the application has sent, in its own environment', async () => {
    const request = {};
    const env = { fetch: jest.fn(() => ({ url: FOREIGN })), FormData: 1 };
    const redirects = redirectsOf();
    const config = configOf({ env });
    const saved = redirects.protect(config, fetching);
    expect(config.env).toMatchObject({ FormData: 1 });
    expect(await sendWith(config, request)).toEqual({ url: FOREIGN });
    await Promise.resolve();
    expect(redirects.isFromAllowedOrigin(respond(request))).toBe(false);
    redirects.restore(config, saved, undefined);
    expect(config.env).toBe(env);
  });

  it('is asked by one function for all requests, for which axios keeps what it makes', () => {
    const redirects = redirectsOf();
    const [one, two] = [configOf(), configOf()];
    redirects.protect(one, fetching);
    redirects.protect(two, fetching);
    expect(one.env?.fetch).toBe(two.env?.fetch);
  });

  it.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    ['null', () => null],
    ['a number', () => 5],
    ['never, and rejects', () => Promise.reject(new Error('no answer'))],
  ])('G35: a fetch that answers %s leaves nothing unhandled', async (_, answer) => {
    const config = configOf({ env: { fetch: answer } });
    redirectsOf().protect(config, fetching);
    await sendWith(config, {}).catch(() => undefined);
    await new Promise(setImmediate);
  });

  it('G33: a request that is a text is sent, and not noted', async () => {
    const config = configOf({ env: { fetch: () => ({ url: FOREIGN }) } });
    redirectsOf().protect(config, fetching);
    expect(await sendWith(config, 'https://a.example')).toEqual({ url: FOREIGN });
  });

  it('is not asked of another adapter', () => {
    const config = configOf();
    redirectsOf().protect(config, other);
    expect(config).not.toHaveProperty('env');
  });
});

describe('a client that carries credentials in its requests', () => {
  /** A client of which the adapter sees this config, and gives this answer. */
  function clientOf(answer: (config: Given) => Promise<AxiosResponse> | AxiosResponse) {
    const client = axios.create({
      baseURL: BASE,
      adapter: async (config) => answer(config as Given),
    });
    refuseForeignRedirects(client);
    return client;
  }
  const refused = { code: 'ERR_AUTH_CONFIG' };

  it('G3: tells fetch not to follow, and keeps its other options', async () => {
    const seen: unknown[] = [];
    const client = clientOf((config) => {
      seen.push(config.fetchOptions);
      return { ...respond({}), config };
    });
    await client.get('/a', { fetchOptions: { cache: 'no-store' } } as never);
    expect(seen).toEqual([{ cache: 'no-store', redirect: 'manual' }]);
  });

  it.each([0, 301, 308])('G3: a redirect that was not followed is an error: %i', async (status) => {
    const client = clientOf((config) => ({ ...respond({}, status), config }));
    await expect(client.get('/a')).rejects.toMatchObject(refused);
    const rejecting = clientOf((config) => {
      const response = { ...respond({}, status), config };
      throw new AxiosError('no', undefined, config, {}, response);
    });
    await expect(rejecting.get('/a')).rejects.toMatchObject(refused);
  });

  it('G3: a redirect is the affair of a request that asked for it', async () => {
    const client = clientOf((config) => ({ ...respond({}, 302), config }));
    const fetchOptions = { redirect: 'error' };
    await expect(client.get('/a', { fetchOptions } as never)).resolves.toHaveProperty(
      'status',
      302,
    );
  });

  it('is answered, and fails, as it would without', async () => {
    const fault = new Error('no');
    await expect(
      clientOf((config) => ({ ...respond({}), config })).get('/a'),
    ).resolves.toHaveProperty('status', 200);
    for (const thrown of [fault, undefined, null]) {
      await expect(
        clientOf(() => {
          throw thrown!;
        }).get('/a'),
      ).rejects.toBe(thrown);
    }
  });

  it('G3: is redirected within its origin alone, by the http adapter', async () => {
    const own = jest.fn();
    const client = clientOf((config) => {
      redirect(config.beforeRedirect, `${BASE}/b`);
      expect(own).toHaveBeenCalledTimes(1);
      expect(own.mock.calls[0]).toHaveLength(3);
      try {
        redirect(config.beforeRedirect, FOREIGN);
      } catch (cause) {
        throw new AxiosError(String(cause), 'ERR_FR', config);
      }
      throw new Error('It was followed.');
    });
    await expect(client.get('/a', { beforeRedirect: own })).rejects.toMatchObject(refused);
    expect(own).toHaveBeenCalledTimes(1);
  });

  it.each<[string, object, string, boolean]>([
    ['its own origin', { url: '/a' }, `${BASE}/b`, true],
    ['its own origin, without a url', {}, `${BASE}/b`, true],
    ['the origin of an absolute url', { url: `${FOREIGN}a` }, `${FOREIGN}b`, true],
    ['the origin of the baseURL, with an absolute url', { url: `${FOREIGN}a` }, `${BASE}/b`, false],
    ['the origin of a url without a baseURL', { url: `${BASE}/a`, baseURL: '' }, `${BASE}/b`, true],
    ['any, with nothing but a path', { url: '/a', baseURL: '' }, FOREIGN, false],
    ['any, with nothing at all', { baseURL: undefined }, FOREIGN, false],
    ['what cannot be read', { url: '/a' }, 'https://[broken', false],
  ])('G3: a redirect to %s is judged by where the request goes', async (_, given, href, may) => {
    const client = clientOf((config) => {
      const follow = (): unknown => redirect(config.beforeRedirect, href);
      if (may) expect(follow).not.toThrow();
      else expect(follow).toThrow(expect.objectContaining(refused) as Error);
      return { ...respond({}), config };
    });
    await client.request(given);
  });

  it('G3: asks an own transport as well', async () => {
    const transport = { request: jest.fn() };
    const client = clientOf((config) => {
      const options: { beforeRedirects: { config?: unknown } } = { beforeRedirects: {} };
      (config.transport as { request(options: object): void }).request(options);
      expect(() => redirect(options.beforeRedirects.config, FOREIGN)).toThrow(
        expect.objectContaining(refused) as Error,
      );
      return { ...respond({}), config };
    });
    await client.get('/a', { transport });
    expect(transport.request).toHaveBeenCalledTimes(1);
  });
});

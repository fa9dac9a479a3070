import axios, { AxiosHeaders } from 'axios';
import type { AxiosProxyConfig, InternalAxiosRequestConfig } from 'axios';
import fc from 'fast-check';
import {
  Origins,
  destinationError,
  type Destination,
  type OriginOptions,
} from '../../../src/request/origins';

const BASE = 'https://api.example.com/v1';

type Target = Partial<InternalAxiosRequestConfig>;
const configOf = (target: Target): InternalAxiosRequestConfig => ({
  headers: new AxiosHeaders(),
  ...target,
});

function judge(target: Target, options: OriginOptions = {}, own: unknown = BASE): Destination {
  return new Origins(options, { defaults: { baseURL: own } }).judge(configOf(target));
}

const NO_PAGE = 'https://no-page.invalid';

/** The origin that axios sends to; nothing where it refuses to send. */
function sentTo(target: Target): string | undefined {
  try {
    return new URL(axios.getUri(target as never), NO_PAGE).origin;
  } catch {
    return undefined;
  }
}

const page = globalThis as { location?: unknown };
const environment = { ...process.env };

beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (/proxy|^NODE_OPTIONS$/i.test(name)) Reflect.deleteProperty(process.env, name);
  }
});
afterEach(() => {
  delete page.location;
  process.env = { ...environment };
});

describe('the destination of a request', () => {
  it.each<[Target, Destination]>([
    [{ baseURL: BASE }, 'allowed'],
    [{ url: '', baseURL: BASE }, 'allowed'],
    [{ url: '/a', baseURL: BASE }, 'allowed'],
    [{ url: 'a@evil.example', baseURL: BASE }, 'allowed'],
    [{ url: `${BASE}/a`, baseURL: BASE }, 'allowed'],
    [{ url: 'HTTPS://API.EXAMPLE.COM:443/' }, 'allowed'],
    [{ url: 'https://evil.example/', baseURL: BASE }, 'foreign'],
    [{ url: '//evil.example/', baseURL: BASE }, 'foreign'],
    [{ url: 'https://evil.example/', allowAbsoluteUrls: false }, 'foreign'],
    [{ url: 'https://api.example.com@evil.example/' }, 'foreign'],
    [{ url: 'https://api.example.com.evil.example/' }, 'foreign'],
    [{ url: 'https://api.example.com:444/' }, 'foreign'],
    [{ url: 'http://api.example.com/' }, 'foreign'],
    [{ url: 'https://' }, 'foreign'],
    [{ url: 'https://[broken' }, 'foreign'],
    [{ baseURL: 'https://evil.example' }, 'foreign'],
    [{ url: '/a', baseURL: '//evil.example' }, 'foreign'],
    // A path of the page, which cannot lead anywhere else.
    [{ url: '/v1', baseURL: '/' }, 'allowed'],
    [{ url: '//evil.example/', baseURL: '/', allowAbsoluteUrls: false }, 'allowed'],
    [{ url: 'https://evil.example/', baseURL: BASE, allowAbsoluteUrls: false }, 'allowed'],
    [{ url: 'https://evil.example/', baseURL: BASE, allowAbsoluteUrls: true }, 'foreign'],
    [{ url: 's3+a.b-c://evil.example/', baseURL: BASE }, 'foreign'],
    [{ url: 'evil.example/', baseURL: '//' }, 'allowed'],
    // Before 1.8, axios left one slash of three, and made a host of the url.
    [{ url: 'evil.example/', baseURL: '///' }, 'foreign'],
    [{}, 'allowed'],
  ])('G3: %j is %s', (target, destination) => {
    expect(judge(target)).toBe(destination);
  });

  it('G3: a url that is no text is judged by its text', () => {
    const url = { toString: () => 'https://evil.example/' } as never;
    expect(judge({ url, baseURL: BASE })).toBe('foreign');
    expect(judge({ url: new URL(`${BASE}/a`) as never, baseURL: BASE })).toBe('allowed');
  });

  it('G3: is judged by the URL that axios itself would send to, whatever the spelling', () => {
    const parts = fc.constantFrom(
      'https:',
      'http:',
      'HTTPS:',
      '/',
      '//',
      '\\',
      '\\\\',
      '@',
      ':',
      ':443',
      ':80',
      '.',
      '..',
      '%2f',
      '%40',
      'api.example.com',
      'API.example.com',
      'evil.example',
      'user',
      '#',
      '?',
      ' ',
      '\t',
      '\n',
      'a',
      '\u0000',
      '。',
      'ａpi.example.com',
      '[::1]',
      '127.1',
      'localhost',
      '0x7f.1',
      'file:',
      'data:',
    );
    const spelling = fc.array(parts, { maxLength: 6 }).map((list) => list.join(''));
    const bases = fc.constantFrom(
      BASE,
      `${BASE}/`,
      'https://api.example.com',
      '',
      '/v1',
      '//api.example.com',
    );
    const absolute = fc.constantFrom(undefined, true, false);
    fc.assert(
      fc.property(spelling, bases, absolute, (url, baseURL, allowAbsoluteUrls) => {
        const target = {
          url,
          baseURL,
          ...(allowAbsoluteUrls !== undefined && { allowAbsoluteUrls }),
        };
        const judged = judge(target);
        if (judged === 'foreign') return;
        // What is allowed is our own origin, as the platform reads it, or leads nowhere else.
        expect(judged).toBe('allowed');
        expect(['https://api.example.com', NO_PAGE, undefined]).toContain(sentTo(target));
      }),
      { seed: 3, numRuns: 5_000 },
    );
  });

  it.each([BASE, `${BASE}?a=//evil.example`, `${BASE}#@evil.example`, ' https://api.example.com/'])(
    'G1: and every plain spelling of our own origin is allowed: %j',
    (url) => {
      expect(judge({ url })).toBe('allowed');
      expect(new URL(url).origin).toBe('https://api.example.com');
    },
  );

  it.each<[string, Destination]>([
    ['1.7.9', 'foreign'],
    // 1.8.0 and 1.8.1 only claim to know it, and 1.8.2 only for the http adapter.
    ['1.8.0', 'foreign'],
    ['1.8.2', 'foreign'],
    ['1.8.3', 'allowed'],
    ['1.17.0', 'allowed'],
    ['11.7.0', 'allowed'],
  ])('G3: axios %s sends `allowAbsoluteUrls: false` to what is %s', (version, destination) => {
    const target = { url: 'https://evil.example/', baseURL: BASE, allowAbsoluteUrls: false };
    const { VERSION } = axios;
    Object.assign(axios, { VERSION: version });
    try {
      expect(judge(target)).toBe(destination);
    } finally {
      Object.assign(axios, { VERSION });
    }
  });

  it.each(['a//b', 'a/b://c', '?to=https://evil.example/', 'a//'])(
    'G1: what only contains the beginning of a URL is a path: %j',
    (url) => {
      const allowedOrigins = ['https://api.example.com'];
      expect(judge({ url, baseURL: BASE }, { allowedOrigins })).toBe('allowed');
    },
  );

  it.each<unknown>([5, {}, true])('G33: a baseURL of the instance that is %j is none', (own) => {
    expect(judge({ url: 'https://evil.example/' }, {}, own)).toBe('unknown');
  });

  it('G33: one that cannot be read allows nothing', () => {
    expect(judge({ url: 'https://evil.example/' }, {}, 'https://[broken')).toBe('foreign');
  });

  it('G3: an absolute URL is unknown where nothing says which origin is meant', () => {
    const origins = new Origins({}, { defaults: {} });
    expect(origins.judge(configOf({ url: 'https://api.example.com/' }))).toBe('unknown');
    expect(origins.allows('https://api.example.com/')).toBe(false);
    expect(judge({ url: 'https://a.example/' }, { allowedOrigins: [] }, null)).toBe('foreign');
  });

  it('G3: a baseURL that is changed later counts at once, also after one was judged', () => {
    const instance = { defaults: { baseURL: BASE } };
    const origins = new Origins({}, instance);
    const config = configOf({ url: '/a', baseURL: BASE });
    expect([origins.judge(config), origins.judge(config)]).toEqual(['allowed', 'allowed']);
    instance.defaults.baseURL = 'https://other.example';
    expect(origins.judge(config)).toBe('foreign');
    expect(origins.judge(configOf({ url: '/a', baseURL: 'https://other.example' }))).toBe(
      'allowed',
    );
  });

  it('G3: a baseURL of the prototype is none', () => {
    const origins = new Origins({}, { defaults: Object.create({ baseURL: BASE }) as object });
    expect(origins.judge(configOf({ url: `${BASE}/a` }))).toBe('unknown');
  });

  it('a custom scheme has an origin: its host', () => {
    expect(judge({ url: 'capacitor://app/a' }, { allowedOrigins: ['capacitor://app'] })).toBe(
      'allowed',
    );
    expect(judge({ url: 'capacitor://other/a' }, { allowedOrigins: ['capacitor://app'] })).toBe(
      'foreign',
    );
  });

  it('G3: a redirect leads to a URL that is judged like any other', () => {
    const origins = new Origins({}, { defaults: { baseURL: BASE } });
    expect(origins.allows('https://api.example.com/other')).toBe(true);
    expect(origins.allows('https://evil.example/v1')).toBe(false);
  });
});

describe('the origins that are allowed', () => {
  it('G3: are those of the option, in place of our own', () => {
    const options = { allowedOrigins: ['https://a.example', 'https://b.example:8443/'] };
    expect(judge({ url: 'https://a.example/x' }, options)).toBe('allowed');
    expect(judge({ url: 'https://b.example:8443/x' }, options)).toBe('allowed');
    expect(judge({ url: 'https://b.example/x' }, options)).toBe('foreign');
    expect(judge({ url: '/x', baseURL: BASE }, options)).toBe('foreign');
  });

  it('G33: one that cannot be read does not hide the others', () => {
    const allowedOrigins = ['https://[broken', 'https://a.example'];
    expect(judge({ url: 'https://a.example/' }, { allowedOrigins })).toBe('allowed');
  });

  it.each(['i', 'gi'])('G3: a RegExp keeps its other flags: %j', (flags) => {
    const allowedOrigins = [new RegExp('^HTTPS://A\\.EXAMPLE$', flags)];
    expect(judge({ url: 'https://a.example/' }, { allowedOrigins })).toBe('allowed');
  });

  it.each(['', 'g', 'y', 'gy'])('G3: a RegExp with the flags %j matches each time', (flags) => {
    const allowedOrigins = [new RegExp('^https://[a-z]+\\.example$', flags)];
    const origins = new Origins({ allowedOrigins }, { defaults: {} });
    const config = configOf({ url: 'https://a.example/' });
    expect([1, 2, 3].map(() => origins.judge(config))).toEqual(['allowed', 'allowed', 'allowed']);
  });

  describe('with a <base> in the page', () => {
    const host = globalThis as { document?: unknown };
    beforeEach(() => {
      page.location = { href: 'https://page.example/app/' };
    });
    afterEach(() => {
      delete host.document;
    });

    it('G3: a relative URL goes where it says, as the adapters read it', () => {
      host.document = { baseURI: 'https://other.example/' };
      expect(judge({ url: '/a' }, {}, null)).toBe('foreign');
      expect(judge({ url: 'https://other.example/' }, {}, null)).toBe('unknown');
      host.document = { baseURI: 'https://page.example/deep/' };
      expect(judge({ url: '/a' }, {}, null)).toBe('allowed');
    });

    it.each<unknown>(['about:blank', 'relative', 5, undefined])(
      'G3: one that is %p says nothing',
      (baseURI) => {
        host.document = { baseURI };
        expect(judge({ url: '/a' }, {}, null)).toBe('allowed');
      },
    );

    it('G3: one by way of the prototype says nothing', () => {
      const polluted = Object.prototype as { document?: unknown };
      polluted.document = { baseURI: 'https://evil.example/' };
      try {
        expect(judge({ url: '/a' }, {}, null)).toBe('allowed');
      } finally {
        delete polluted.document;
      }
    });
  });

  it('G3: the page has one, where there is a page', () => {
    page.location = { href: 'https://page.example/app/' };
    expect(judge({ url: '/api' }, {}, null)).toBe('allowed');
    expect(judge({ url: 'https://page.example/api' }, {}, null)).toBe('allowed');
    expect(judge({ url: '/api', baseURL: 'https://evil.example' }, {}, null)).toBe('unknown');
  });

  it.each(['about:blank', 'data:text/html,https://x.example', 'blob:https://page.example/1', 5])(
    'G3: a page at %p has none, and a relative URL leads nowhere else',
    (href) => {
      page.location = { href };
      expect(judge({ url: 'https://page.example/' }, {}, null)).toBe('unknown');
      expect(judge({ url: '/api' }, {}, null)).toBe('allowed');
    },
  );

  it('G3: a page of an application has the scheme of that application', () => {
    page.location = { href: 'app2+x.y-z://localhost/' };
    expect(judge({ url: 'app2+x.y-z://localhost/a' }, {}, null)).toBe('allowed');
  });

  it('G3: an address by way of the prototype is none', () => {
    const polluted = Object.prototype as { href?: unknown };
    polluted.href = 'https://evil.example/';
    page.location = {};
    try {
      expect(judge({ url: 'https://evil.example/' }, {}, null)).toBe('unknown');
    } finally {
      delete polluted.href;
    }
  });

  it('G3: a page by way of the prototype is none', () => {
    const polluted = Object.prototype as { location?: unknown };
    polluted.location = { href: 'https://evil.example/' };
    try {
      expect(judge({ url: 'https://evil.example/' })).toBe('foreign');
    } finally {
      delete polluted.location;
    }
  });
});

describe('plain http', () => {
  const http = 'http://api.example.com';

  it('G3: is insecure, unless it is allowed', () => {
    expect(judge({ url: `${http}/a` }, {}, http)).toBe('insecure');
    expect(judge({ url: `${http}/a` }, { allowInsecureHttp: true }, http)).toBe('allowed');
    expect(new Origins({}, { defaults: { baseURL: http } }).allows(http)).toBe(false);
  });

  it.each([
    'http://localhost:3000',
    'http://api.localhost',
    'http://127.0.0.1',
    'http://127.1',
    'http://[::1]:80',
  ])('G3: to loopback it is known as such: %s', (base) => {
    expect(judge({ url: '/a', baseURL: base }, {}, base)).toBe('loopback');
    expect(new Origins({}, { defaults: { baseURL: base } }).allows(base)).toBe(true);
  });

  it.each(['http://localhost.example.com', 'http://128.0.0.1', 'http://[::2]', 'http://0.0.0.0'])(
    'G3: to what only looks like loopback it is insecure: %s',
    (base) => {
      expect(judge({ url: '/a', baseURL: base }, {}, base)).toBe('insecure');
    },
  );

  it('G3: to loopback through a proxy it is insecure', () => {
    const base = 'http://localhost:3000';
    const proxy: AxiosProxyConfig = { host: 'proxy.example', port: 80 };
    const origins = new Origins({}, { defaults: { baseURL: base } });
    expect(origins.judge(configOf({ url: '/a', baseURL: base }))).toBe('loopback');
    expect(origins.judge(configOf({ url: '/a', baseURL: base, proxy }))).toBe('insecure');
    expect(origins.judge(configOf({ url: '/a', baseURL: base, proxy: false }))).toBe('loopback');
  });

  describe('G3: to loopback through a proxy that Node itself takes from the environment', () => {
    const base = 'http://localhost:3000';
    const PROXY = 'http://proxy.example';
    const judgeWith = (given: Record<string, string>): Destination | undefined => {
      Object.assign(process.env, given);
      return judge({ baseURL: base }, {}, base);
    };

    it.each<[Record<string, string>, Destination]>([
      [{ HTTP_PROXY: PROXY, NODE_USE_ENV_PROXY: '1' }, 'insecure'],
      [{ http_proxy: PROXY, NODE_USE_ENV_PROXY: '1' }, 'insecure'],
      [{ HTTP_PROXY: PROXY, NODE_OPTIONS: '--no-warnings --use-env-proxy' }, 'insecure'],
      [{ HTTP_PROXY: PROXY, NODE_USE_ENV_PROXY: '1', NO_PROXY: 'other.example' }, 'insecure'],
      [{ HTTP_PROXY: PROXY, NODE_USE_ENV_PROXY: '1', NO_PROXY: '10.0.0.1,localhost' }, 'loopback'],
      [
        { HTTP_PROXY: PROXY, NODE_USE_ENV_PROXY: '1', no_proxy: '127.0.0.1, localhost' },
        'loopback',
      ],
      // Node takes only commas.
      [{ HTTP_PROXY: PROXY, NODE_USE_ENV_PROXY: '1', no_proxy: '127.0.0.1 localhost' }, 'insecure'],
      [{ HTTP_PROXY: PROXY, http_proxy: '', NODE_USE_ENV_PROXY: '1' }, 'insecure'],
      [{ HTTP_PROXY: PROXY, NODE_OPTIONS: '--use_env_proxy' }, 'insecure'],
      [{ HTTP_PROXY: PROXY, NODE_OPTIONS: '1' }, 'loopback'],
      [{ HTTP_PROXY: PROXY, NODE_USE_ENV_PROXY: '11' }, 'loopback'],
      [{ HTTP_PROXY: PROXY, NODE_USE_ENV_PROXY: '1', NO_PROXY: '*' }, 'loopback'],
      [{ HTTP_PROXY: PROXY }, 'loopback'],
      [{ HTTPS_PROXY: PROXY, NODE_USE_ENV_PROXY: '1' }, 'loopback'],
      [{ NODE_USE_ENV_PROXY: '1' }, 'loopback'],
    ])('%j: %s', (given, expected) => {
      expect(judgeWith(given)).toBe(expected);
    });

    it.each<[string, Record<string, string>, Destination]>([
      ['bun', { HTTP_PROXY: PROXY }, 'insecure'],
      ['deno', { http_proxy: PROXY }, 'insecure'],
      ['deno', { ALL_PROXY: PROXY }, 'insecure'],
      ['bun', { all_proxy: PROXY, NO_PROXY: '*' }, 'loopback'],
      // Deno does not take it for an address.
      ['deno', { HTTP_PROXY: PROXY, NO_PROXY: '*' }, 'insecure'],
      ['deno', { HTTP_PROXY: PROXY, NO_PROXY: 'localhost' }, 'loopback'],
      ['bun', {}, 'loopback'],
    ])('%s does so without being told: %j: %s', (host, given, expected) => {
      const versions = Object.getOwnPropertyDescriptor(process, 'versions')!;
      const value = { ...process.versions, [host]: '1.0.0' };
      Object.defineProperty(process, 'versions', { ...versions, value });
      try {
        expect(judgeWith(given)).toBe(expected);
      } finally {
        Object.defineProperty(process, 'versions', versions);
      }
    });

    it.each(['--use-env-proxy', '--use_env_proxy'])('told by the command line: %s', (flag) => {
      const { execArgv } = process;
      process.execArgv = [flag];
      try {
        expect(judgeWith({ HTTP_PROXY: PROXY })).toBe('insecure');
      } finally {
        process.execArgv = execArgv;
      }
    });

    it('an environment that may not be read names none', () => {
      const { env } = process;
      process.env = new Proxy(env, {
        get() {
          throw new Error('NotCapable');
        },
      });
      try {
        expect(judge({ baseURL: base }, {}, base)).toBe('loopback');
      } finally {
        process.env = env;
      }
    });
  });
});

test('G39: where there is no process, nothing names a proxy', () => {
  const host = globalThis as { process?: unknown };
  const { process: given } = host;
  const base = 'http://localhost:3000';
  host.process = undefined;
  try {
    expect(judge({ baseURL: base }, {}, base)).toBe('loopback');
  } finally {
    host.process = given;
  }
});

test('G33: a refused request says what to do', () => {
  expect(destinationError('insecure')).toMatchObject({
    code: 'ERR_AUTH_INSECURE_URL',
    message: expect.stringContaining('allowInsecureHttp') as unknown,
  });
  expect(destinationError('unknown')).toMatchObject({
    code: 'ERR_AUTH_CONFIG',
    message: expect.stringContaining('allowedOrigins') as unknown,
  });
});

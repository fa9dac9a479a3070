import type { AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type Axios from 'axios';
import type * as Library from '../../src/index';
import { digFor } from '../support/digger';
import { cleanUp, codeOf, rejection } from '../support/session';
import { watchProcess } from '../support/watched';
import { setGlobal } from '../support/web-globals';

afterEach(cleanUp);

/** axios and the package as they are on a platform: loaded when it has what it has, and no more. */
interface Loaded {
  axios: typeof Axios;
  library: typeof Library;
}

/** Loading takes longer than all that is tested: once for each platform is enough. */
const loadedOn = new Map<string, Loaded>();
let platform = '';

function load(): Loaded {
  const known = loadedOn.get(platform);
  if (known) return known;
  jest.isolateModules(() => {
    loadedOn.set(platform, {
      axios: jest.requireActual<{ default: typeof Axios }>('axios').default,
      library: jest.requireActual<typeof Library>('../../src/index'),
    });
  });
  return loadedOn.get(platform)!;
}

/** The forms in which adapters hand over a body. */
const BODIES: Record<string, (text: string) => unknown> = {
  'a text': (text) => text,
  bytes: (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
  'an ArrayBuffer': (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer,
  'a Blob': (text) => (typeof Blob === 'function' ? new Blob([text]) : text),
  'an object': (text) => JSON.parse(text) as unknown,
};

interface Sent {
  url: string;
  token: unknown;
}

interface Platform extends Loaded {
  api: AxiosInstance;
  auth: ReturnType<typeof Library.attachAuthInterceptors>;
  sent: Sent[];
  refreshes(): number;
  /** Every access token is refused as expired from here on, and so is the refresh token. */
  endSession(): void;
  /** The access token is refused as expired from here on. */
  expire(): void;
}

const TOKENS = { accessToken: 'access-secret-1', refreshToken: 'refresh-secret-1' };

/** A session over an adapter of the platform, which gives its bodies in this form. */
function open(
  body: (text: string) => unknown,
  options: Partial<Library.AuthOptions> = {},
): Platform {
  const { axios, library } = load();
  const sent: Sent[] = [];
  let generation = 1;
  let refreshes = 0;
  let isOver = false;

  function answer(config: InternalAxiosRequestConfig): [status: number, text: string] {
    const url = String(config.url);
    if (url === '/auth/refresh') {
      refreshes++;
      if (isOver) return [401, '{"code":"INVALID_REFRESH_TOKEN"}'];
      const pair = { accessToken: `access-secret-${generation}`, refreshToken: 'refresh-secret-1' };
      return [200, JSON.stringify(pair)];
    }
    const token = config.headers.get('Authorization');
    sent.push({ url, token });
    return !isOver && token === `Bearer access-secret-${generation}`
      ? [200, '{"ok":true}']
      : [401, '{"code":"TOKEN_EXPIRED","detail":"of access-secret-1"}'];
  }

  const adapter = (config: InternalAxiosRequestConfig): Promise<AxiosResponse> => {
    const [status, text] = answer(config);
    const data = status === 401 ? body(text) : text;
    const headers = new axios.AxiosHeaders({ 'content-type': 'application/json' });
    const response = { data, status, statusText: '', headers, config };
    if (status < 300) return Promise.resolve(response);
    return Promise.reject(
      new axios.AxiosError('no', axios.AxiosError.ERR_BAD_REQUEST, config, null, response),
    );
  };

  const api = axios.create({ baseURL: 'https://api.example.com/v1', adapter });
  const auth = library.attachAuthInterceptors(api, {
    tokenStore: library.memoryStore({ ...TOKENS }),
    refreshRetries: 0,
    refresh: async (tokens, { client }) =>
      (await client.post<typeof TOKENS>('/auth/refresh', { refreshToken: tokens?.refreshToken }))
        .data,
    ...options,
  });
  return {
    axios,
    library,
    api,
    auth,
    sent,
    refreshes: () => refreshes,
    endSession() {
      isOver = true;
    },
    expire() {
      generation++;
    },
  };
}

/** As in React Native up to 0.79: only `href`, `toString` and `searchParams` work. */
class UrlWithoutGetters {
  readonly #url: string;

  constructor(url: string, base?: string) {
    const isAbsolute = /^(?:https?|ftp):\/\/[^\s/$.?#].[^\s]*$/i.test(url);
    if (!base || isAbsolute) this.#url = url.endsWith('/') ? url : `${url}/`;
    else this.#url = base.replace(/\/$/, '') + (url.startsWith('/') ? url : `/${url}`);
    for (const name of GETTERS) {
      Object.defineProperty(this, name, {
        get() {
          throw new Error(`URL.${name} is not implemented`);
        },
      });
    }
  }

  get href(): string {
    return this.#url;
  }

  toString(): string {
    return this.#url;
  }
}

const GETTERS = [
  'hash',
  'host',
  'hostname',
  'origin',
  'password',
  'pathname',
  'port',
  'protocol',
  'search',
  'username',
];

/** As in React Native: parts can be appended, and nothing can be read but by `getParts`. */
class FormOfReactNative {
  readonly #parts: unknown[][] = [];

  append(...part: unknown[]): void {
    this.#parts.push(part);
  }

  getParts(): unknown[] {
    return this.#parts;
  }
}

/** As in React Native: no `text()`, no `arrayBuffer()`; a FileReader reads it. */
class BlobWithoutText {
  readonly parts: string;

  constructor(parts: string[]) {
    this.parts = parts.join('');
  }

  get size(): number {
    return this.parts.length;
  }

  slice(start: number, end: number): BlobWithoutText {
    return new BlobWithoutText([this.parts.slice(start, end)]);
  }
}

class FileReaderOfBlobs {
  result: string | null = null;
  onload: (() => void) | undefined;

  readAsText(blob: BlobWithoutText): void {
    setImmediate(() => {
      this.result = blob.parts;
      this.onload?.();
    });
  }
}

const withoutGlobals =
  (...names: string[]) =>
  (): void => {
    for (const name of names) setGlobal(name, undefined);
  };

const realTimeout = setTimeout;

const PLATFORMS: Record<string, () => void> = {
  'everything that this Node has': () => undefined,
  'a URL without getters': () => {
    setGlobal('URL', UrlWithoutGetters);
  },
  'no TextDecoder': withoutGlobals('TextDecoder'),
  'neither TextDecoder nor TextEncoder': withoutGlobals('TextDecoder', 'TextEncoder'),
  'no FormData': withoutGlobals('FormData'),
  'a FormData that cannot be iterated': () => {
    setGlobal('FormData', FormOfReactNative);
  },
  'a Blob without text()': () => {
    setGlobal('Blob', BlobWithoutText);
    setGlobal('FileReader', FileReaderOfBlobs);
  },
  'no Blob': withoutGlobals('Blob'),
  'no process.getBuiltinModule': () => {
    const host = process as { getBuiltinModule?: unknown };
    const copy = Object.create(host) as typeof host;
    copy.getBuiltinModule = undefined;
    setGlobal('process', copy);
  },
  // Without a process, a dependency of axios takes Node for a browser, and looks for a localStorage.
  'no process': withoutGlobals('process', 'localStorage'),
  'an AsyncLocalStorage that cannot be disabled, as on Cloudflare Workers': () => {
    const hooks = process.getBuiltinModule('node:async_hooks');
    class Storage<V> extends hooks.AsyncLocalStorage<V> {
      override disable(): void {
        throw new Error('asyncLocalStorage.disable() is not implemented');
      }
    }
    const copy = Object.create(process) as typeof process;
    copy.getBuiltinModule = () => ({ AsyncLocalStorage: Storage });
    setGlobal('process', copy);
  },
  'no performance': withoutGlobals('performance'),
  'neither navigator nor location': withoutGlobals('navigator', 'location'),
  'neither atob nor btoa': withoutGlobals('atob', 'btoa'),
  'neither streams nor fetch': withoutGlobals('ReadableStream', 'fetch', 'Request', 'Response'),
  'neither BroadcastChannel nor storages': withoutGlobals('BroadcastChannel', 'localStorage'),
  'timers that are numbers': () => {
    setGlobal('setTimeout', (work: () => void, ms: number) => Number(realTimeout(work, ms)));
  },
  'what React Native 0.76 has': () => {
    setGlobal('URL', UrlWithoutGetters);
    setGlobal('FormData', FormOfReactNative);
    setGlobal('Blob', BlobWithoutText);
    setGlobal('FileReader', FileReaderOfBlobs);
    setGlobal('navigator', { product: 'ReactNative' });
    withoutGlobals(
      'TextDecoder',
      'ReadableStream',
      'process',
      'localStorage',
      'BroadcastChannel',
      'crypto',
    )();
  },
};

describe.each(Object.entries(PLATFORMS))('G39: with %s', (name, prepare) => {
  let watch: ReturnType<typeof watchProcess>;

  beforeEach(() => {
    watch = watchProcess();
    platform = name;
    prepare();
  });

  test.each(Object.entries(BODIES))('an expiry told by %s is recovered', async (_, body) => {
    const { api, sent, expire, refreshes } = open(body);
    await api.get('/a');
    expire();
    const requests = [
      api.get('/b'),
      api.post('/c', { a: 1 }),
      api.put('/d', new URLSearchParams({ a: '1' })),
      api.get('https://api.example.com/e'),
    ];
    expect(await Promise.all(requests.map(codeOf))).toEqual(Array(4).fill('ok'));
    expect(refreshes()).toBe(1);
    const replayed = sent.filter(({ token }) => token === 'Bearer access-secret-2');
    expect(replayed.map(({ url }) => url.slice(-2)).sort()).toEqual(['/b', '/c', '/d', '/e']);
    expect(await watch.settled()).toEqual([]);
  });

  test.each(Object.entries(BODIES))(
    'a session that is over, told by %s, rejects with an AuthError',
    async (_, body) => {
      const { api, auth, library, endSession } = open(body);
      await api.get('/a');
      endSession();
      const errors = await Promise.all([rejection(api.get('/b')), rejection(api.post('/c', {}))]);
      for (const error of errors) {
        expect(library.isAuthError(error)).toBe(true);
        expect(error.code).toBe('ERR_AUTH_SESSION_EXPIRED');
        expect(error.response).toMatchObject({ status: 401 });
        expect(await digFor(['access-secret-1', 'refresh-secret-1'], error)).toEqual([]);
      }
      expect(auth.status).toBe('signed-out');
      expect(await watch.settled()).toEqual([]);
    },
  );

  test('forms are sent, and sent again', async () => {
    if (typeof FormData !== 'function') return;
    const { api, expire } = open((text) => text);
    const form = new FormData();
    form.append('name', 'alice');
    expire();
    const transformRequest = (data: unknown): unknown => data;
    expect(await codeOf(api.post('/a', form, { transformRequest }))).toBe('ok');
  });

  test('a refresh through the attached instance is told from the requests that it holds', async () => {
    const opened: Platform = open((text) => text, {
      refresh: async (tokens) => {
        await Promise.resolve();
        const body = { refreshToken: tokens?.refreshToken };
        return (await opened.api.post<typeof TOKENS>('/auth/refresh', body)).data;
      },
    });
    opened.expire();
    expect(await Promise.all(['/a', '/b'].map((url) => codeOf(opened.api.get(url))))).toEqual([
      'ok',
      'ok',
    ]);
    expect(opened.refreshes()).toBe(1);
  });

  test('G3: the token goes to the own origin only', async () => {
    const { api, sent } = open((text) => text);
    for (const url of [
      'https://api.example.com/a',
      'HTTPS://API.EXAMPLE.COM:443/a',
      'https://other.example.com/a',
      'https://api.example.com@other.example.com/a',
      'https://api.example.com.other.example.com/a',
      'https://api.example.com:8443/a',
      'http://api.example.com/a',
      '//other.example.com/a',
    ]) {
      await codeOf(api.get(url));
    }
    const urls = sent.filter(({ token }) => token !== undefined).map(({ url }) => url);
    expect(urls).toEqual(['https://api.example.com/a', 'HTTPS://API.EXAMPLE.COM:443/a']);
  });

  test('signing in and out, the events and a JWT', async () => {
    const { auth, api, sent } = open((text) => text);
    const events: string[] = [];
    auth.subscribe(({ type }) => events.push(type));
    const payload = Buffer.from(JSON.stringify({ sub: 'alice', exp: 4e9 })).toString('base64url');
    await auth.signIn({ accessToken: `e30.${payload}.c2ln`, refreshToken: 'refresh-secret-1' });
    await codeOf(api.get('/a'));
    expect(sent[0]?.token).toBe(`Bearer e30.${payload}.c2ln`);
    await auth.signOut();
    expect(await auth.getAccessToken()).toBeNull();
    expect(events).toContain('signed-in');
    expect(events.at(-1)).toBe('signed-out');
    expect(await watch.settled()).toEqual([]);
  });
});

describe('G39: with a Blob that nothing can read', () => {
  test('the answer is handed on as it came', async () => {
    platform = 'a Blob that nothing can read';
    setGlobal('Blob', BlobWithoutText);
    setGlobal('FileReader', undefined);
    const { api, expire, refreshes } = open(BODIES['a Blob']!);
    await api.get('/a');
    expire();
    expect(await codeOf(api.get('/b'))).toBe('ERR_BAD_REQUEST');
    expect(refreshes()).toBe(0);
  });
});

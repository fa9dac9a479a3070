import fc from 'fast-check';
import axios from 'axios';
import type { AxiosRequestConfig } from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import { captureNetwork, type Received, type Target } from './network';
import { settings, TIMEOUT } from './runs';

const network = captureNetwork();

/** An origin as it is written, and where a socket for it has to lead: said here, never parsed. */
const HOMES = [
  { text: 'https://api.example.com', host: 'api.example.com', port: 443, secure: true },
  { text: 'https://api.example.com:8443', host: 'api.example.com', port: 8443, secure: true },
  { text: 'http://127.0.0.1:8080', host: '127.0.0.1', port: 8080, secure: false },
  { text: 'http://localhost:3000', host: 'localhost', port: 3000, secure: false },
  { text: 'http://[::1]:9000', host: '::1', port: 9000, secure: false },
  { text: 'http://api.example.com', host: 'api.example.com', port: 80, secure: false },
  { text: 'https://münchen.example', host: 'xn--mnchen-3ya.example', port: 443, secure: true },
] as const;

type Home = (typeof HOMES)[number];

const LOOPBACK = /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|::1)$/;
const PROXY = 'proxy.example';
const SOCKET = '/run/api.sock';

const scheme = fc.constantFrom(
  '',
  'http:',
  'https:',
  'HTTPS:',
  'hTTp:',
  'ht\ttps:',
  ' https:',
  '\u0000http:',
  'http',
  'ws:',
  'file:',
  'data:',
  'api:',
);
const slashes = fc.constantFrom(
  '//',
  '//',
  '//',
  '',
  '/',
  '\\\\',
  '/\\',
  '\\/',
  '///',
  '\t//',
  '/\t/',
  '//\n',
  '////',
);
const userInfo = fc.constantFrom(
  '',
  '',
  '',
  'a:b@',
  'api.example.com@',
  'api.example.com:443@',
  '127.0.0.1:8080@',
  '@',
  '@@',
  '%40',
  'api.example.com%2F@',
  'api.example.com\\@',
  'api.example.com#@',
  'api.example.com?@',
  'api.example.com/@',
);
const host = fc.constantFrom(
  'api.example.com',
  'evil.example',
  'API.EXAMPLE.COM',
  'api.example.com.',
  'api.example.com.evil.example',
  'evilapi.example.com',
  'api.example.com%00.evil.example',
  'api%2Eexample.com',
  'ａｐｉ.example.com',
  'api。example。com',
  'api.exam\tple.com',
  'münchen.example',
  'MÜNCHEN.example',
  'xn--mnchen-3ya.example',
  '127.0.0.1',
  '127.1',
  '0x7f.1',
  '2130706433',
  '0177.0.0.1',
  '127.0.0.2',
  '0.0.0.0',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'evil.localhost',
  'localhost.evil.example',
  '[::1]',
  '[0:0::1]',
  '[::ffff:127.0.0.1]',
  '[::]',
  '::1',
  '',
);
const port = fc.constantFrom(
  '',
  '',
  '',
  ':',
  ':443',
  ':80',
  ':8080',
  ':3000',
  ':8443',
  ':9000',
  ':0443',
  ':44\t3',
  ':65536',
  ':-1',
  ':4 43',
);
const path = fc.constantFrom(
  '',
  '/',
  '/x',
  'x',
  '/../..',
  '//evil.example/x',
  '\\\\evil.example',
  '?u=https://api.example.com',
  '#@evil.example',
  '/%2e%2e/x',
  '/@evil.example',
  '/x:80@evil.example',
  '/\u{1f600}',
  '\ud800',
  '/https://evil.example',
);

const written = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(scheme, slashes, userInfo, host, port, path).map((parts) => parts.join('')),
  },
  { weight: 2, arbitrary: path },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'htps:/\\@#?.%[]\t\n aé') }) },
);

interface Case {
  home: Home;
  url: string;
  asObject: boolean;
  adapter: 'http' | 'fetch';
  baseURL: string | undefined;
  late: string | undefined;
  allowAbsoluteUrls: boolean | undefined;
  allowed: 'home' | 'list' | 'expression';
  insecure: boolean;
  headerName: string;
  route: 'direct' | 'proxy' | 'secure proxy' | 'socket' | 'agent';
  redirects: Network['redirects'];
  method: string;
}

type Network = typeof network;

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });

const request: fc.Arbitrary<Case> = fc.record({
  home: fc.constantFrom(...HOMES),
  url: written,
  asObject: fc.boolean(),
  adapter: fc.constantFrom('http' as const, 'fetch' as const),
  baseURL: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: written },
    { weight: 1, arbitrary: fc.constant('') },
  ),
  late: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: written },
  ),
  allowAbsoluteUrls: maybe(fc.boolean()),
  allowed: fc.constantFrom('home' as const, 'list' as const, 'expression' as const),
  insecure: fc.boolean(),
  headerName: fc.constantFrom('Authorization', 'Authorization', 'X-Auth-Token'),
  route: fc.constantFrom(
    'direct' as const,
    'direct' as const,
    'direct' as const,
    'proxy' as const,
    'secure proxy' as const,
    'socket' as const,
  ),
  redirects: fc.array(
    fc.record({
      status: fc.constantFrom(301, 302, 303, 307, 308),
      location: written.map((text) => encodeURI(text.replace(/[\t\n\u0000\ud800]/g, ''))),
    }),
    { maxLength: 2 },
  ),
  method: fc.constantFrom('get', 'post'),
});

/** Each run has a token of its own: a request may arrive when its run is over. */
let runs = 0;
const tokenOf = (run: number): string => `access-of-run-${run}-`;

const ROUTES: Record<Case['route'], AxiosRequestConfig> = {
  direct: {},
  agent: {},
  proxy: { proxy: { host: PROXY, port: 3128 } },
  'secure proxy': { proxy: { protocol: 'https', host: PROXY, port: 3129 } },
  socket: { socketPath: SOCKET },
};

async function send(given: Case, token: string): Promise<void> {
  network.redirects = given.redirects.map((redirect) => ({ ...redirect }));
  const { home, adapter, baseURL, allowAbsoluteUrls, allowed, insecure, headerName } = given;
  const api = axios.create({
    baseURL: home.text,
    adapter,
    maxRedirects: 3,
    ...ROUTES[given.route],
  });
  // It was added before ours, so it runs after it.
  if (given.late !== undefined) {
    api.interceptors.request.use((config) => Object.assign(config, { url: given.late }));
  }
  const expression = new RegExp(`^${home.text.replace(/[.[\]]/g, '\\$&')}$`);
  const auth = attachAuthInterceptors(api, {
    tokenStore: memoryStore({ accessToken: token }),
    refresh: () => null,
    headerName,
    allowInsecureHttp: insecure,
    ...(allowed === 'list' && { allowedOrigins: [home.text] }),
    ...(allowed === 'expression' && { allowedOrigins: [expression] }),
  });
  let url: unknown = given.url;
  if (given.asObject && URL.canParse(given.url)) url = new URL(given.url);
  await api
    .request({
      url: url as string,
      method: given.method,
      timeout: 20_000,
      ...(baseURL !== undefined && { baseURL }),
      ...(allowAbsoluteUrls !== undefined && { allowAbsoluteUrls }),
    })
    .catch(() => undefined);
  auth.detach();
}

const isHome = ({ secure, host, port }: Target, home: Home): boolean =>
  secure === home.secure && host.toLowerCase() === home.host && port === home.port;

/** Whether what arrived with the token was allowed to, by the socket that it arrived on. */
function isRight({ target, host }: Received, given: Case): boolean {
  const { home, insecure } = given;
  if (target.socketPath !== undefined) {
    // The application has named the socket. The request must be for its own origin all the same.
    // A path alone gets a host from axios that means nothing.
    const hosts = [
      '[::1]',
      'localhost',
      `${home.host}:${home.port}`,
      home.host,
      `[${home.host}]:${home.port}`,
    ];
    return target.socketPath === SOCKET && hosts.includes(String(host).toLowerCase());
  }
  if (target.host === PROXY) return insecure || target.secure;
  const isReadable = !target.secure && !insecure && !LOOPBACK.test(target.host);
  return isHome(target, home) && !isReadable;
}

const cases = new Map<number, Case>();

function faultOf(one: Received): { received: Received; given: Case } | undefined {
  const found = /access-of-run-(\d+)-/.exec(one.text);
  if (!found) return undefined;
  withToken++;
  const given = cases.get(Number(found[1]))!;
  return isRight(one, given) ? undefined : { received: one, given };
}

let arrivals = 0;
let withToken = 0;

test(
  'G3: whoever receives the token is an allowed origin, by the socket on which it arrived',
  async () => {
    await fc.assert(
      fc.asyncProperty(request, async (given) => {
        const run = runs++;
        cases.set(run, given);
        await send(given, tokenOf(run));
        const received = network.received.splice(0);
        arrivals += received.length;
        expect(received.map((one) => faultOf(one)).filter((fault) => fault !== undefined)).toEqual(
          [],
        );
      }),
      settings(3),
    );
    // Otherwise nothing would have been tested.
    expect(Math.min(arrivals, withToken)).toBeGreaterThan(0);
    if (process.env.RUNS) console.log({ arrivals, withToken });
  },
  TIMEOUT,
);

test.each(['http', 'fetch'] as const)(
  'G3, relative of C8: a URL object as the baseURL is judged anew when it is changed in place (%s)',
  async (adapter) => {
    network.redirects = [];
    const baseURL = new URL('https://api.example.com');
    const api = axios.create({ baseURL: baseURL as unknown as string, adapter });
    const auth = attachAuthInterceptors(api, {
      allowedOrigins: ['https://api.example.com'],
      tokenStore: memoryStore({ accessToken: 'access-of-mine' }),
      refresh: () => null,
    });
    await api.request({});
    baseURL.host = 'evil.example';
    await api.request({});
    auth.detach();
    const told = network.received.splice(0).filter(({ text }) => text.includes('access-of-mine'));
    expect(told.map(({ target }) => target.host)).toEqual(['api.example.com']);
  },
);

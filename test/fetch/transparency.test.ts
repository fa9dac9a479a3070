import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { createAuthFetch } from '../../src/fetch/index';
import { cleanUp, openSession } from '../support/session';

const servers: Server[] = [];
let bare: Mirror;
let other: Mirror;

beforeAll(async () => {
  bare = await startMirror();
  other = await startMirror();
});
afterEach(cleanUp);
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
});

/** Everything of a request that a server can see. */
interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: string[];
  body: string;
}

interface Mirror {
  url: string;
  seen: Seen[];
}

/** Refuses `expired`, and answers everything else as its path says. */
async function startMirror(): Promise<Mirror> {
  const seen: Seen[] = [];
  const server = createServer((message, response) => {
    void seeRequest(message).then((request) => {
      seen.push(request);
      const path = request.url?.replace(/\?.*/, '');
      if (message.headers.authorization === 'Bearer expired') {
        response.writeHead(401, { 'content-type': 'application/json' });
        response.end('{"code":"TOKEN_EXPIRED"}');
      } else if (path === '/moved') response.writeHead(302, { location: '/end' }).end();
      else if (path === '/empty') response.writeHead(204).end();
      else if (path === '/refused') {
        response.writeHead(401, 'Go Away', { 'x-why': 'because', 'content-type': 'text/plain' });
        response.end('no code at all');
      } else if (path === '/cut') response.destroy();
      else response.writeHead(200, 'Fine', { 'x-a': '1', 'content-type': 'text/plain' }).end('äöü');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

async function seeRequest(message: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const { method, url, rawHeaders } = message;
  const pairs = rawHeaders.flatMap((_, at) =>
    at % 2 ? [] : [`${rawHeaders[at]!}: ${rawHeaders[at + 1]!}`],
  );
  const boundary = /boundary=(\S+)/.exec(pairs.join('\n'))?.[1];
  const plain = (text: string): string =>
    boundary === undefined ? text : text.replaceAll(boundary, 'BOUNDARY');
  const headers = pairs
    .filter((pair) => !/^authorization:/i.test(pair))
    .map(plain)
    .sort();
  return { method, url, headers, body: plain(Buffer.concat(chunks).toString('latin1')) };
}

/** What a caller can see of an answer, or of a rejection. */
async function observe(answer: Promise<Response>): Promise<object> {
  try {
    const response = await answer;
    const { status, statusText, ok, url, redirected, type, headers, bodyUsed } = response;
    const fields = [...headers].filter(([name]) => name !== 'date');
    const copy = response.clone();
    const seen = { status, statusText, ok, url, redirected, type, fields, bodyUsed };
    const class_ = Object.prototype.toString.call(response);
    const body = { text: await response.text(), copy: await copy.text(), used: response.bodyUsed };
    return { ...seen, class_, body, own: Reflect.ownKeys(response).map(String) };
  } catch (error) {
    const { name, message, cause } = error as Error;
    const { code } = (cause ?? {}) as { code?: unknown };
    return { thrown: Object.prototype.toString.call(error), name, message, code };
  }
}

/** The same calls, by `fetch` and by one that is attached; the token is the only difference. */
async function expectSame(
  call: (send: typeof fetch, url: string) => Promise<Response>,
  accessToken = 'good',
): Promise<Seen[]> {
  bare.seen.length = 0;
  other.seen.length = 0;
  const { auth } = openSession(
    { issue: () => ({ accessToken }), renew: () => ({ accessToken: 'good' }) },
    {},
  );
  const authFetch = createAuthFetch(auth, { allowedOrigins: [other.url] });
  const port = (text: unknown): unknown =>
    JSON.parse(JSON.stringify(text).replaceAll(other.url.slice(17), bare.url.slice(17)));
  const expected = await observe(call(fetch, bare.url));
  const actual = await observe(call(authFetch, other.url));
  expect(port(actual)).toEqual(port(expected));
  const attempts = other.seen.length / (bare.seen.length || 1);
  for (const [index, seen] of bare.seen.entries()) {
    for (let attempt = 0; attempt < attempts; attempt++) {
      expect(port(other.seen[index * attempts + attempt])).toEqual(port(seen));
    }
  }
  return [...other.seen];
}

const TEXT = 'a=1&b=ü\0';
const bytes = (): Uint8Array<ArrayBuffer> => new TextEncoder().encode(TEXT);

function form(): FormData {
  const data = new FormData();
  data.append('name', 'Ädä');
  data.append('file', new File([bytes()], 'a "b".bin', { type: 'x/y' }));
  return data;
}

const BODIES: [string, () => BodyInit | null | undefined][] = [
  ['none', () => undefined],
  ['null', () => null],
  ['an empty string', () => ''],
  ['a string', () => TEXT],
  ['JSON', () => JSON.stringify({ a: [1] })],
  ['URLSearchParams', () => new URLSearchParams({ a: 'b c', ü: '&' })],
  ['FormData', form],
  ['a Blob', () => new Blob([bytes()], { type: 'image/x-test' })],
  ['an ArrayBuffer', () => bytes().buffer],
  ['a Uint8Array', bytes],
  ['a part of an ArrayBuffer', () => new DataView(bytes().buffer, 2, 4)],
  ['a plain object', () => ({ a: 1 }) as never],
  ['a number', () => 5 as never],
];

const METHODS = ['post', 'PUT', 'PATCH', 'patch', 'DELETE', 'OPTIONS', 'PROPFIND', 'qUERy'];

describe('G17: an attached fetch sends and answers what fetch does, but for the token', () => {
  test.each(['GET', 'get', 'HEAD', ...METHODS])('%s without a body', async (method) => {
    await expectSame((send, url) => send(`${url}/x`, { method }));
  });

  test.each(BODIES)('a body: %s', async (_, body) => {
    for (const method of ['POST', 'patch', 'DELETE']) {
      await expectSame((send, url) => send(`${url}/x`, { method, body: body()! }));
    }
  });

  test.each(BODIES)('a body that is sent again: %s', async (_, body) => {
    const method = 'POST';
    const init = (): RequestInit => ({ method, body: body()! });
    const seen = await expectSame((send, url) => send(`${url}/x`, init()), 'expired');
    expect(seen).toHaveLength(2);
    const again = await expectSame(
      async (send, url) => send(new Request(`${url}/x`, init())),
      'expired',
    );
    expect(again).toHaveLength(2);
  });

  test.each<[string, () => RequestInit]>([
    ['a web stream', () => ({ body: new Blob([bytes()]).stream(), duplex: 'half' })],
    ['a Node stream', () => ({ body: Readable.from([bytes()]) as never, duplex: 'half' })],
    ['a web stream without duplex', () => ({ body: new Blob([bytes()]).stream() })],
  ])('a one-shot body: %s', async (_, init) => {
    await expectSame((send, url) => send(`${url}/x`, { method: 'POST', ...init() }));
  });

  test.each<[string, RequestInit]>([
    ['an object', { headers: { 'X-Mixed-Case': '1', Accept: 'a/b', 'content-type': 'c/d' } }],
    [
      'a list',
      {
        headers: [
          ['X-Two', '1'],
          ['x-two', '2'],
          ['X-Empty', ''],
        ],
      },
    ],
    ['Headers', { headers: new Headers({ 'X-A': 'jürgen', 'User-Agent': 'me' }) }],
    ['a Map', { headers: new Map([['x-map', 'yes']]) as never }],
    ['of which one is bad', { headers: { 'bad name': '1' } }],
    ['of which one has a bad value', { headers: { name: 'a\nb' } }],
    ['with names that axios knows', { headers: { common: '1', post: '2', 'x-xsrf-token': '3' } }],
  ])('headers: %s', async (_, init) => {
    await expectSame((send, url) => send(`${url}/x`, { method: 'POST', body: 'x', ...init }));
    await expectSame((send, url) => send(`${url}/x`, init));
  });

  test.each<[string, string, RequestInit]>([
    ['a redirect', '/moved', {}],
    ['redirect: follow', '/moved', { redirect: 'follow' }],
    ['redirect: manual', '/moved', { redirect: 'manual' }],
    ['redirect: error', '/moved', { redirect: 'error' }],
    ['a redirect of a POST', '/moved', { method: 'POST', body: 'x' }],
    ['204', '/empty', {}],
    ['a 401 that says nothing', '/refused', {}],
    ['a 401 that says nothing, to HEAD', '/refused', { method: 'HEAD' }],
    ['a connection that is cut', '/cut', {}],
    ['credentials, mode, cache', '/x', { credentials: 'include', mode: 'cors', cache: 'no-store' }],
    ['referrer', '/x', { referrer: '', referrerPolicy: 'no-referrer' }],
    ['keepalive', '/x', { method: 'POST', body: 'x', keepalive: true }],
    ['integrity', '/x', { integrity: 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }],
    ['priority', '/x', { priority: 'low' }],
    ['signal: null', '/x', { signal: null }],
    ['a query and a fragment', '/x?a[]=1&b=%20+%E4&c={d}#e', {}],
    ['an odd path', '/a b/../%2e%2e//c;d=[1]?', {}],
    ['a bad method', '/x', { method: 'TRACE' }],
    ['a GET with a body', '/x', { body: 'x' }],
    ['a bad mode', '/x', { mode: 'navigate' }],
    ['a signal that is none', '/x', { signal: {} as never }],
  ])('%s', async (_, path, init) => {
    await expectSame((send, url) => send(url + path, init));
    await expectSame((send, url) => send(new URL(url + path), init));
    await expectSame(async (send, url) => send(new Request(url + path, init)));
    await expectSame(async (send, url) => send(new Request(url + path), init));
  });

  test.each<[string, (url: string) => [unknown, unknown?]]>([
    ['a relative URL without a page', () => ['/x']],
    ['nothing', () => [undefined]],
    ['an object that has toString', (url) => [{ toString: () => `${url}/x` }]],
    ['a URL with user info', (url) => [url.replace('//', '//u:p@')]],
    ['another scheme', () => ['ftp://127.0.0.1/']],
    ['data:', () => ['data:text/plain,hello']],
    ['null for the init', (url) => [url, null]],
    ['a Request as the init', (url) => [`${url}/x`, new Request(url, { headers: { 'X-A': 'b' } })]],
  ])('as its input: %s', async (_, given) => {
    await expectSame((send, url) => (send as (...args: unknown[]) => never)(...given(url)));
  });

  test('a Request is used up in the turn of the call, as by fetch', async () => {
    await expectSame(async (send, url) => {
      const request = new Request(`${url}/x`, { method: 'POST', body: 'x' });
      const answer = send(request);
      expect(request.bodyUsed).toBe(true);
      await answer;
      return send(request);
    });
  });

  test('what the caller changes after the call has no influence, as with fetch', async () => {
    const bodies = [bytes, () => new URLSearchParams({ a: '1' }), form] as const;
    for (const create of bodies) {
      await expectSame(async (send, at) => {
        const body = create();
        const url = new URL(`${at}/x`);
        const headers = new Headers({ 'x-a': '1' });
        const answer = send(url, { method: 'POST', body, headers });
        url.pathname = '/changed';
        headers.set('x-a', '2');
        if (body instanceof Uint8Array) body.reverse();
        else body.set('a', 'changed');
        return answer;
      });
    }
  });
});

import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import {
  createServer as createHttp2Server,
  type Http2Server,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

/** Everything of one request that a server can see; the token of the session stands apart. */
export interface Arrival {
  method: string | undefined;
  url: string | undefined;
  version: string;
  /** In the order and the case in which they came, without the token. */
  headers: string[];
  body: string;
  trailers: string[];
  token?: string;
}

/** The requests of one call, which are told by the first segment of their path. */
export interface Channel {
  key: string;
  /** What was answered. */
  arrivals: Arrival[];
  /** What was refused because its token has expired. */
  refused: Arrival[];
  /** Called with each request that is answered, before it is. */
  onArrival?: () => void;
}

export interface Mirror {
  /** The origin. */
  url: string;
  /** Another one, that no session sends its token to. */
  foreignUrl: string;
  open(): Channel;
  /** Reads the requests of another server into the same channels. */
  readonly listener: RequestListener;
  close(): Promise<void>;
}

/** Tokens of the session; a request with the first is refused, once for each call. */
export const EXPIRED = 'Bearer expired';
export const GOOD = 'Bearer renewed';
export const isSessionToken = (value: unknown): value is string =>
  value === EXPIRED || value === GOOD;

type Message = Parameters<RequestListener>[0];
type Reply = Parameters<RequestListener>[1];

const JSON_TYPE = { 'content-type': 'application/json' };
const TEXT_TYPE = { 'content-type': 'text/plain; charset=utf-8' };
const BODY = JSON.stringify({ hello: 'wörld', list: [1, { deep: true }] });

const answer =
  (status: number, headers: Record<string, string | string[]>, body: string | Buffer = '') =>
  (reply: Reply): void => {
    const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) };
    reply.writeHead(status, { ...headers, ...length });
    reply.end(body);
  };

type Answer = (reply: Reply, key: string, foreignUrl: string) => void;

const moved =
  (status: number, to: string): Answer =>
  (reply, key) => {
    reply.writeHead(status, { location: `/${key}/${to}` }).end('moved');
  };

/** What the server answers, by the second segment of the path. */
const ANSWERS: Record<string, Answer> = {
  json: answer(200, { ...JSON_TYPE, 'X-Many': 'a, b' }, BODY),
  text: answer(200, TEXT_TYPE, 'plain täxt'),
  empty: answer(204, {}),
  missing: answer(404, JSON_TYPE, '{"code":"NOT_FOUND"}'),
  denied: answer(401, { ...JSON_TYPE, 'www-authenticate': 'Basic realm="x"' }, '{"code":"WHAT"}'),
  forbidden: answer(403, JSON_TYPE, '{"code":"TOKEN_EXPIRED"}'),
  broken: answer(500, TEXT_TYPE, 'oops'),
  malformed: answer(200, JSON_TYPE, '{"half":'),
  gzip: answer(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }, gzipSync(BODY)),
  deflate: answer(200, { ...JSON_TYPE, 'content-encoding': 'deflate' }, deflateSync(BODY)),
  brotli: answer(200, { ...JSON_TYPE, 'content-encoding': 'br' }, brotliCompressSync(BODY)),
  corrupt: answer(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }, 'this is no gzip'),
  hollow: answer(200, { 'content-encoding': 'gzip' }),
  large: answer(200, TEXT_TYPE, 'x'.repeat(5_000)),
  bom: answer(200, JSON_TYPE, `\uFEFF${BODY}`),
  latin1: answer(200, { 'content-type': 'text/plain' }, Buffer.from('tëxt', 'latin1')),
  cookies: answer(200, { ...TEXT_TYPE, 'set-cookie': ['a=1', 'b=2'], 'X-Mixed': 'Yes' }, 'ok'),
  moved: moved(302, 'json/end'),
  kept: moved(307, 'json/end'),
  twice: moved(302, 'moved/again'),
  round: moved(302, 'round'),
  abroad(reply, key, foreignUrl) {
    reply.writeHead(307, { location: `${foreignUrl}/${key}/json/end` }).end();
  },
  chunked(reply) {
    reply.writeHead(200, { ...TEXT_TYPE, trailer: 'X-Sum' });
    reply.write('first ');
    reply.addTrailers({ 'X-Sum': '42' });
    reply.end('second');
  },
  cut(reply) {
    reply.writeHead(200, { ...TEXT_TYPE, 'content-length': 100 });
    reply.write('only the beginning', () => reply.destroy());
  },
  reset(reply) {
    reply.socket?.resetAndDestroy();
  },
  hang() {
    // Answered by nobody: the request is to be given up.
  },
};

/** A server that answers as the path says, and refuses the expired token of a session. */
export async function startMirror(): Promise<Mirror> {
  const channels = new Map<string, Channel>();
  let foreignUrl = '';
  const listener: RequestListener = (message, reply) => {
    reply.sendDate = false;
    message.on('error', () => undefined);
    void read(message).then((arrival) => {
      const [, key = '', name = ''] = (message.url ?? '').split(/[/?#]/);
      const channel = channels.get(key);
      if (!channel) {
        reply.writeHead(410).end();
      } else if (arrival.token === EXPIRED) {
        channel.refused.push(arrival);
        const headers = { ...JSON_TYPE, 'www-authenticate': 'Bearer error="invalid_token"' };
        answer(401, headers, '{"code":"TOKEN_EXPIRED"}')(reply);
      } else {
        channel.arrivals.push(arrival);
        channel.onArrival?.();
        (ANSWERS[name] ?? ANSWERS.json)?.(reply, key, foreignUrl);
      }
    });
  };
  const servers = [createServer(listener), createServer(listener)] as const;
  // A connection that the server ends while the client takes it up again is a reset that no test wants.
  for (const server of servers) server.keepAliveTimeout = 0;
  const [port, foreignPort] = await Promise.all([listen(servers[0]), listen(servers[1])]);
  foreignUrl = `http://127.0.0.1:${foreignPort}`;
  return {
    url: `http://127.0.0.1:${port}`,
    foreignUrl,
    listener,
    open() {
      const key = `k${String(channels.size).padStart(6, '0')}`;
      const channel: Channel = { key, arrivals: [], refused: [] };
      channels.set(key, channel);
      return channel;
    },
    async close() {
      await Promise.all(servers.map(closeServer));
    },
  };
}

/** HTTP/2 in clear text, with the answers of the mirror. */
export async function startHttp2(mirror: Mirror): Promise<{ url: string; close(): Promise<void> }> {
  const server: Http2Server = createHttp2Server(mirror.listener as never);
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session: ServerHttp2Session) => sessions.add(session));
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      for (const session of sessions) session.destroy();
      return closeServer(server);
    },
  };
}

/** The answers of the mirror at a Unix socket. */
export async function startAtSocket(mirror: Mirror, path: string): Promise<() => Promise<void>> {
  const server = createServer(mirror.listener);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return () => closeServer(server);
}

async function listen(server: Server | Http2Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function closeServer(server: Server | Http2Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
    else resolve();
  });
}

async function read(message: Message): Promise<Arrival> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk as Buffer);
  } catch {
    // The client has gone; what it has sent is what arrived.
  }
  const { method, url, httpVersion: version, headers } = message;
  const { authorization: token } = headers;
  return {
    method,
    url,
    version,
    headers: linesOf(message.rawHeaders).filter(
      (line) => !isSessionToken(token) || !/^authorization:/i.test(line),
    ),
    body: Buffer.concat(chunks).toString('latin1'),
    trailers: linesOf((message as Partial<IncomingMessage>).rawTrailers ?? []),
    ...(isSessionToken(token) && { token }),
  };
}

const linesOf = (raw: readonly string[]): string[] =>
  raw.flatMap((name, at) => (at % 2 ? [] : [`${name}: ${raw[at + 1] ?? ''}`]));

/** A port that nobody listens at. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await closeServer(server);
  return port;
}

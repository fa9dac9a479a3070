import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import tls from 'node:tls';

/** What a socket was really connected to: noted at the socket, whatever the URL looked like. */
export interface Target {
  secure: boolean;
  host: string;
  port: number;
  socketPath: string | undefined;
}

/** One request as it arrived. */
export interface Received {
  target: Target;
  /** The request line and every header. */
  text: string;
  host: string | undefined;
}

export interface Network {
  received: Received[];
  /** Where the next requests are redirected to, one after the other. */
  redirects: { status: number; location: string }[];
}

interface Where {
  host?: string;
  port?: number | string;
  path?: string | null;
}

type Connect = (this: Socket, ...given: unknown[]) => Socket;

const SECURE = Symbol('secure');

/**
 * Leads every connection of this process to one server on loopback, TLS as plain text, and notes where it was
 * meant to go: every host exists, and none is ever asked. For a whole test file.
 */
export function captureNetwork(): Network {
  const network: Network = { received: [], redirects: [] };
  const targets = new Map<number, Target>();
  const prototype = net.Socket.prototype as unknown as { connect: Connect };
  const { connect } = prototype;
  const connectTls = tls.connect;

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    note(request);
    request.resume();
    const redirect = network.redirects.shift();
    if (redirect) response.writeHead(redirect.status, { location: redirect.location }).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  };
  const note = ({ method, url, rawHeaders, headers, socket }: IncomingMessage): void => {
    const target = targets.get(socket.remotePort ?? 0);
    if (!target) throw new Error('A connection that nobody has noted');
    const text = [method, url, ...rawHeaders].join('\n');
    network.received.push({ target, text, host: headers.host });
  };
  const server = createServer(answer);
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    note(request);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  server.on('clientError', (_error, socket) => {
    socket.destroy();
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    prototype.connect = function (...given) {
      const [first, second] = (Array.isArray(given[0]) ? given[0] : given) as unknown[];
      const where = (typeof first === 'object' ? first : { port: first, host: second }) as Where;
      const callback = [...given, second].find((value) => typeof value === 'function');
      this.once('connect', () => {
        targets.set(this.localPort ?? 0, {
          secure: SECURE in this,
          host: where.host ?? 'localhost',
          port: Number(where.port),
          socketPath: where.path ?? undefined,
        });
      });
      return connect.call(this, { host: '127.0.0.1', port }, callback);
    };
    tls.connect = ((options: Where) => {
      const socket = Object.assign(new net.Socket(), { [SECURE]: true });
      socket.once('connect', () => socket.emit('secureConnect'));
      return socket.connect(options as net.TcpSocketConnectOpts);
    }) as unknown as typeof tls.connect;
  });

  afterAll(async () => {
    prototype.connect = connect;
    tls.connect = connectTls;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  });
  return network;
}

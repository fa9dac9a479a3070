import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { faultOf, isEarly, type Fault, type FaultKind, type Outage } from './faults';
import type { Ledger } from './ledger';
import type { Send } from './judge';

/** What a tab loads: by its path, free of faults. */
export type PageFiles = Record<string, { type: string; text: string }>;

export interface ProxyOptions {
  seed: string;
  /** Of the server behind it. */
  port: number;
  /** The server takes a used refresh token again: also answers to a refresh may get lost. */
  isForgiven: boolean;
  ledger: Ledger;
  page: PageFiles;
  familyOf(refreshToken: string): string | undefined;
}

interface Arrival {
  req: IncomingMessage;
  res: ServerResponse;
  body: Buffer;
  client: string;
  session: string;
  fault: Fault | null;
  send: Send | null;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Refuses a refresh token that was used before: whose client had used it, and whose met the refusal. */
export interface Reuse {
  session: string;
  usedBy: string;
  client: string;
}

/** Stands between clients and server, and hurts what goes through: see `faults.ts`. */
export class FaultyProxy {
  /** No faults any more: what is under way can come to its end. */
  isCalm = false;
  inStorm = false;
  outage: Outage | null = null;
  /** Requests that are under way. */
  open = 0;
  /** Failures of the proxy itself, and of the server. */
  readonly noise: string[] = [];
  readonly reuses: Reuse[] = [];
  onReuse: (reuse: Reuse) => void = () => undefined;
  readonly #options: ProxyOptions;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  /** Who refreshes which family right now. */
  readonly #refreshing = new Map<string, string[]>();
  /** Who has used a refresh token first. */
  readonly #usedBy = new Map<string, string>();

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = createServer((req, res) => {
      this.#handle(req, res).catch((fault: unknown) => {
        this.noise.push(`proxy: ${String(fault)}`);
        res.destroy();
      });
    });
    // A connection that is idle stays: only faults end one.
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  connections(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.getConnections((_fault, count) => resolve(count));
    });
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    res.on('error', () => undefined);
    const file = this.#options.page[req.url ?? ''];
    if (file) {
      res.writeHead(200, { 'content-type': file.type }).end(file.text);
      return;
    }
    this.open++;
    try {
      if (req.url === '/auth/refresh') await this.#handleRefresh(req, res);
      else await this.#handleRequest(req, res);
    } finally {
      this.open--;
    }
  }

  async #handleRequest(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { ledger } = this.#options;
    const { pathname, searchParams } = new URL(req.url ?? '', 'http://proxy');
    const id = pathname.slice(pathname.lastIndexOf('/') + 1);
    const client = id.slice(0, id.lastIndexOf('.'));
    const session = searchParams.get('session') ?? '';
    const send = ledger.arrived(id, client, session, headerOf(req, 'x-attempt') || undefined);
    const fault = this.#plan(`${id} ${send.attempt}`, false);
    const isRead = await this.#read(req, res, fault);
    if (isRead) {
      const arrival = { req, res, body: isRead, client, session, fault, send };
      await this.#passThrough(arrival, (kind) => (send.fault = kind));
    } else if (fault) {
      send.fault = fault.kind;
    }
    ledger.left(id, send, session);
  }

  async #handleRefresh(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { ledger, familyOf } = this.#options;
    const client = headerOf(req, 'x-client');
    const session = headerOf(req, 'x-session');
    const number = headerOf(req, 'x-refresh');
    const fault = this.#plan(`${client} ${session} refresh ${number}`, true);
    const note = (what: string): void =>
      ledger.note({ at: Date.now(), client, session, what: `refresh ${number} ${what}` });
    note(`arrives at the proxy; planned: ${fault?.kind ?? 'nothing'}`);
    const body = await this.#read(req, res, fault);
    if (!body) {
      note('is cut');
      return;
    }
    const { refreshToken = '' } = JSON.parse(body.toString()) as { refreshToken?: string };
    const family = familyOf(refreshToken) ?? '';
    const live = this.#refreshing.get(family) ?? [];
    this.#refreshing.set(family, [...live, client]);
    const leave = (): void => {
      const left = this.#refreshing.get(family) ?? [];
      const index = left.indexOf(client);
      if (index >= 0) left.splice(index, 1);
      if (left.length === 0) this.#refreshing.delete(family);
    };
    let isOver = false;
    const over = (): void => {
      if (!isOver) leave();
      isOver = true;
    };
    res.once('close', over);
    ledger.refreshBegins(session, client, live);
    await this.#passThrough(
      { req, res, body, client, session, fault, send: null },
      (kind) => {
        note(`meets: ${kind}`);
        ledger.refreshMeets(session, kind);
      },
      (answer) => {
        // From here on its client may know that it is over.
        over();
        note(`is answered by the server: ${answer.status}`);
        const usedBy = this.#usedBy.get(refreshToken);
        if (answer.status === 200) this.#usedBy.set(refreshToken, usedBy ?? client);
        else if (usedBy !== undefined) this.#reused({ session, usedBy, client });
      },
    );
    over();
  }

  #reused(reuse: Reuse): void {
    this.reuses.push(reuse);
    this.onReuse(reuse);
  }

  #plan(key: string, isRefresh: boolean): Fault | null {
    if (this.isCalm) return null;
    const { seed, isForgiven } = this.#options;
    return faultOf(seed, { key, isRefresh, isForgiven, inStorm: this.inStorm });
  }

  /** The whole request; null where the connection ends before. */
  async #read(
    req: IncomingMessage,
    res: ServerResponse,
    fault: Fault | null,
  ): Promise<Buffer | null> {
    if (fault?.kind === 'reset') {
      this.#options.ledger.fault('reset');
      reset(res);
      return null;
    }
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    } catch {
      return null;
    }
  }

  async #passThrough(
    arrival: Arrival,
    met: (kind: FaultKind) => void,
    answered: (answer: Answer) => void = () => undefined,
  ): Promise<void> {
    const { req, res, body, fault, send } = arrival;
    const inject = (kind: FaultKind): void => {
      this.#options.ledger.fault(kind);
      met(kind);
    };
    if (!send && this.outage) {
      await this.#refuse(res, this.outage, inject);
      return;
    }
    if (fault && isEarly(fault)) {
      inject(fault.kind);
      if (fault.kind === 'closed after the request') {
        socketOf(res).end();
        return;
      }
      if (fault.kind === '503') {
        unavailable(res);
        if (send) send.status = 503;
        return;
      }
      await pause(fault.ms);
    }
    const answer = await this.#forward(req, body);
    if (send) {
      send.status = answer.status;
      send.code = codeOf(answer);
      send.hasEffect = answer.headers['x-effect'] === 'yes';
    }
    if (answer.status >= 500) this.noise.push(`the server answered ${answer.status}`);
    const late = fault && !isEarly(fault) ? fault : null;
    if (late) inject(late.kind);
    if (late?.kind === 'late answer') await pause(late.ms);
    answered(answer);
    const isDelivered = await deliver(res, answer, late);
    if (send) send.isDelivered = isDelivered;
  }

  async #refuse(
    res: ServerResponse,
    outage: Outage,
    inject: (kind: FaultKind) => void,
  ): Promise<void> {
    inject(`down: ${outage}`);
    if (outage === '503') {
      unavailable(res);
      return;
    }
    while (outage === 'silent' && this.outage === outage && !res.destroyed) await pause(20);
    reset(res);
  }

  async #forward(req: IncomingMessage, body: Buffer): Promise<Answer> {
    const { method, url, headers } = req;
    const { connection: _own, 'transfer-encoding': _coding, ...rest } = headers;
    const forwarded = httpRequest({
      agent: this.#agent,
      host: '127.0.0.1',
      port: this.#options.port,
      method,
      path: url,
      headers: { ...rest, 'content-length': body.length },
    });
    forwarded.end(body);
    const [response] = (await once(forwarded, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const { statusCode = 0, headers: given } = response;
    return { status: statusCode, headers: given, body: Buffer.concat(chunks) };
  }
}

/** Whether the whole answer went out. */
async function deliver(res: ServerResponse, answer: Answer, fault: Fault | null): Promise<boolean> {
  // Whoever has asked is gone.
  if (isGone(res)) return false;
  const { status, headers, body } = answer;
  const { connection: _own, 'keep-alive': _hint, 'transfer-encoding': _coding, ...rest } = headers;
  const head = { ...rest, 'content-length': body.length };
  switch (fault?.kind) {
    case 'answer lost':
      socketOf(res).end();
      return false;
    case 'answer reset':
      reset(res);
      return false;
    case 'half a head':
      socketOf(res).end(`HTTP/1.1 ${status} OK\r\ncontent-type: text/pl`);
      return false;
    case 'half a body':
      res.writeHead(status, head);
      res.write(body.subarray(0, Math.floor(body.length / 2)), () => socketOf(res).end());
      return false;
    case 'slow answer':
      res.writeHead(status, head);
      await dribble(res, body, fault.ms);
      break;
    default:
      res.writeHead(status, head);
      res.write(body);
  }
  if (isGone(res)) return false;
  return new Promise((resolve) => {
    res.once('close', () => resolve(res.writableFinished));
    res.end();
  });
}

/** A few bytes at a time. */
async function dribble(res: ServerResponse, body: Buffer, ms: number): Promise<void> {
  const parts = 10;
  const size = Math.ceil(body.length / parts);
  for (let from = 0; from < body.length && !res.destroyed; from += size) {
    res.write(body.subarray(from, from + size));
    await pause(ms / parts);
  }
}

const isGone = ({ destroyed }: ServerResponse): boolean => destroyed;

function unavailable(res: ServerResponse): void {
  res.writeHead(503, { 'content-type': 'text/plain' }).end('no server is there');
}

/**
 * The connection of a request. The one of the response is not there yet where the answer before it on the
 * same connection is whole, and has not been ended.
 */
const socketOf = ({ req }: ServerResponse): Socket => req.socket;

function reset(res: ServerResponse): void {
  socketOf(res).resetAndDestroy();
}

function codeOf({ status, body }: Answer): string | null {
  if (status !== 401) return null;
  try {
    return (JSON.parse(body.toString()) as { code?: string }).code ?? null;
  } catch {
    return null;
  }
}

const headerOf = ({ headers }: IncomingMessage, name: string): string =>
  String(headers[name] ?? '');

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

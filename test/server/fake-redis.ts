import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

export interface FakeRedis {
  readonly url: string;
  readonly port: number;
  readonly keys: Map<string, { readonly value: string; readonly ttl: number }>;
  /** Refuses every further command, as a server out of memory would. */
  break(): void;
  close(): Promise<void>;
}

const OK = '+OK\r\n';

/** Whole commands at the head of the buffer, and what is left of it. */
function takeCommands(buffer: string): { commands: string[][]; rest: string } {
  const commands: string[][] = [];
  let rest = buffer;
  for (;;) {
    const count = Number(/^\*(\d+)\r\n/.exec(rest)?.[1] ?? NaN);
    const lines = rest.split('\r\n');
    if (Number.isNaN(count) || lines.length < 2 * count + 2) return { commands, rest };
    commands.push(Array.from({ length: count }, (_, index) => lines[2 * index + 2] ?? ''));
    rest = lines.slice(2 * count + 1).join('\r\n');
  }
}

function bulk(value: string): string {
  return `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
}

/** Just the commands the revocation list needs; values are ASCII without line breaks. */
export async function startFakeRedis(port = 0): Promise<FakeRedis> {
  const keys: FakeRedis['keys'] = new Map();
  const sockets = new Set<Socket>();
  let broken = false;

  const answer = ([name = '', ...args]: string[]): string => {
    if (broken) return '-OOM broken\r\n';
    const [key = '', value = ''] = args;
    switch (name.toUpperCase()) {
      case 'SET':
        keys.set(key, { value, ttl: Number(args[3]) });
        return OK;
      case 'GET': {
        const entry = keys.get(key);
        return entry === undefined ? '$-1\r\n' : bulk(entry.value);
      }
      case 'SCAN':
        return `*2\r\n${bulk('0')}*${keys.size}\r\n${[...keys.keys()].map(bulk).join('')}`;
      case 'UNLINK':
        return `:${args.filter((each) => keys.delete(each)).length}\r\n`;
      default:
        return OK;
    }
  };

  const server = createServer((socket) => {
    let pending = '';
    sockets.add(socket);
    socket.setEncoding('utf8').on('error', () => undefined);
    socket.on('data', (chunk: string) => {
      const { commands, rest } = takeCommands(pending + chunk);
      pending = rest;
      socket.write(commands.map(answer).join(''));
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Not a TCP server');

  return {
    url: `redis://127.0.0.1:${address.port}`,
    port: address.port,
    keys,
    break: () => {
      broken = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onCleanUp } from './clean-up';

export interface TestServer {
  url: string;
  port: number;
  /** Every request that arrived, with its whole body. */
  requests: { method: string; url: string; headers: IncomingMessage['headers']; body: Buffer }[];
}

export type Handler = (
  request: TestServer['requests'][number],
  response: ServerResponse,
  index: number,
) => unknown;

/** A bare HTTP server on loopback, closed by `cleanUp`. */
export async function startServer(handler: Handler): Promise<TestServer> {
  const requests: TestServer['requests'] = [];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('error', () => undefined);
    message.on('end', () => {
      const { method = '', url = '', headers } = message;
      const request = { method, url, headers, body: Buffer.concat(chunks) };
      handler(request, response, requests.push(request) - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanUp(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, requests };
}

/** Answers with JSON. */
export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string | string[]> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Answers every request with this status; a 401 says that the token has expired. */
export const answering = (status = 200): Promise<TestServer> =>
  startServer((_request, response) =>
    json(response, status, status === 401 ? { code: 'TOKEN_EXPIRED' } : { ok: true }),
  );

/** The `Authorization` of every request, in order of arrival. */
export const authorizations = ({ requests }: TestServer): (string | undefined)[] =>
  requests.map(({ headers }) => headers.authorization);

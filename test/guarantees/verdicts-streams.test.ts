import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { PassThrough, type Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import type { AxiosError, AxiosResponse } from 'axios';
import { isAuthError } from '../../src/index';
import { attached, type Attached } from '../support/attached';
import { startServer } from '../support/http-server';
import { pending } from '../support/pending';
import { cleanUp } from '../support/rig';
import type { AuthOptions } from '../../src/index';

afterEach(cleanUp);

const responseType = 'stream';
const EXPIRED = '{"code":"TOKEN_EXPIRED"}';

interface Streaming extends Attached {
  /** Settles when the connection of the 401 is free again: ended, or cut by the client. */
  closed: Promise<unknown>;
}

/** A server whose 401 is written by `write`, and which answers the renewed token with 200. */
async function streaming(
  adapter: 'http' | 'fetch',
  write: (response: ServerResponse) => unknown,
  options: Partial<AuthOptions> = {},
): Promise<Streaming> {
  let close: (value: unknown) => void = () => undefined;
  const closed = new Promise((resolve) => (close = resolve));
  const server = await startServer(({ headers }, response) => {
    if (headers.authorization === 'Bearer access-2') return response.end('renewed');
    response.on('close', close).on('error', () => undefined);
    response.writeHead(401);
    return write(response);
  });
  return { ...attached({ axios: { baseURL: server.url, adapter }, options }), closed };
}

const refused = (session: Attached): Promise<AxiosResponse<Readable>> =>
  session.api.get('/', { responseType }).then(
    () => Promise.reject(new Error('It was mended')),
    (error: unknown) => {
      const { response } = error as AxiosError<Readable>;
      if (isAuthError(error) || !response) throw error;
      return response;
    },
  );

/** More than is read for the verdict, and no end. */
const endless = (response: ServerResponse): void => {
  response.write('x'.repeat(200_000));
};

describe.each(['http', 'fetch'] as const)('a stream of the %s adapter', (adapter) => {
  test('verdict: is recognised when it comes in pieces', async () => {
    const session = await streaming(adapter, (response) => {
      const bytes = Buffer.from('{"user":"Zoë","code":"TOKEN_EXPIRED"}');
      response.write(bytes.subarray(0, 12));
      setTimeout(() => response.end(bytes.subarray(12)), 20);
    });
    const { data } = await session.api.get<Readable>('/', { responseType });
    expect(await text(data)).toBe('renewed');
  });

  test('verdict: that passes gives the caller every piece in order', async () => {
    const pieces = Array.from({ length: 40 }, (_, n) => Buffer.alloc(5000, n));
    const session = await streaming(adapter, async (response) => {
      for (const piece of pieces) {
        response.write(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    const received = await buffer((await refused(session)).data);
    expect(received.equals(Buffer.concat(pieces))).toBe(true);
  });

  test('verdict: that is longer than what is read for it does not wait for its end', async () => {
    const session = await streaming(adapter, endless);
    const { data } = await refused(session);
    let size = 0;
    for await (const chunk of data) {
      size += (chunk as Uint8Array).byteLength;
      if (size >= 200_000) break;
    }
    expect(size).toBe(200_000);
    await session.closed;
  });

  test('verdict: that does not end is judged by its challenge, and what came stays readable', async () => {
    const session = await streaming(adapter, (response) => response.write('half'), {
      refreshTimeout: 300,
    });
    const { data } = await refused(session);
    for await (const chunk of data) {
      expect(String(Buffer.from(chunk as Uint8Array))).toBe('half');
      break;
    }
    await session.closed;
  });

  test('verdict: that breaks off is a 401 whose body breaks off', async () => {
    const session = await streaming(adapter, (response) => {
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    });
    const response = await refused(session);
    expect(response.status).toBe(401);
    await expect(buffer(response.data)).rejects.toHaveProperty('message');
  });

  test('verdict: that is thrown away for a replay leaves no connection open', async () => {
    const session = await streaming(adapter, endless, { classify: () => 'refresh' });
    const { data } = await session.api.get<Readable>('/', { responseType });
    expect(await text(data)).toBe('renewed');
    await session.closed;
  });

  test('verdict: nor does one that ends the session', async () => {
    const session = await streaming(adapter, endless, { classify: () => 'sign-out' });
    await expect(session.api.get('/', { responseType })).rejects.toMatchObject({
      code: 'ERR_AUTH_SESSION_EXPIRED',
    });
    await session.closed;
  });

  test('verdict: nor does one whose refresh fails', async () => {
    const session = await streaming(adapter, endless, {
      classify: () => 'refresh',
      refresh: () => Promise.reject(new Error('no')),
    });
    await expect(session.api.get('/', { responseType })).rejects.toMatchObject({
      code: 'ERR_AUTH_REFRESH_FAILED',
    });
    await session.closed;
  });

  test('verdict: nor does one whose caller gave up meanwhile', async () => {
    const session = await streaming(adapter, endless, {
      classify: () => 'refresh',
      refresh: () => pending(null),
      refreshTimeout: 2000,
    });
    const controller = new AbortController();
    const request = session.api.get('/', { responseType, signal: controller.signal });
    session.auth.subscribe(({ type }) => {
      if (type === 'refreshing') controller.abort();
    });
    await expect(request).rejects.toMatchObject({ code: 'ERR_CANCELED' });
    await session.closed;
  });

  test('verdict: nor do fifty of them', async () => {
    const session = await streaming(adapter, (response) => response.end(EXPIRED));
    const requests = Array.from({ length: 50 }, () =>
      session.api.get<Readable>('/', { responseType }),
    );
    const bodies = await Promise.all(requests.map(async (request) => text((await request).data)));
    expect(bodies).toEqual(Array(50).fill('renewed'));
  });
});

describe('a Node stream that passes', () => {
  const session = () => streaming('http', (response) => response.end('{"code":"OTHER"}'));

  test('verdict: can be read by its events', async () => {
    const { data } = await refused(await session());
    const chunks: Buffer[] = [];
    data.on('data', (chunk: Buffer) => chunks.push(chunk));
    await new Promise((resolve, reject) => data.on('end', resolve).on('error', reject));
    expect(String(Buffer.concat(chunks))).toBe('{"code":"OTHER"}');
  });

  test('verdict: can be piped', async () => {
    const { data } = await refused(await session());
    const through = new PassThrough();
    await pipeline(data, through);
    expect(await text(through)).toBe('{"code":"OTHER"}');
  });

  test('verdict: can be piped when it is longer than what is read for the verdict', async () => {
    const body = Buffer.alloc(300_000, 7);
    const { data } = await refused(await streaming('http', (response) => response.end(body)));
    const through = new PassThrough();
    const [received] = await Promise.all([buffer(through), pipeline(data, through)]);
    expect(received.equals(body)).toBe(true);
  });
});

import type { AxiosResponse } from 'axios';
import { isRecord } from '../tokens';

/** Beyond this the body is not read for the verdict: an auth error is short. */
const LIMIT = 65_536;

interface NodeReadable extends AsyncIterable<Uint8Array | string> {
  read(): Uint8Array | string | null;
  unshift(chunk: Uint8Array): void;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  destroy(): unknown;
  constructor: { from(chunks: Uint8Array[], options: { objectMode: boolean }): NodeReadable };
}

/**
 * Reads the raw body of a 401 for the verdict, whatever `responseType` was asked for, and leaves it
 * readable: a stream that had to be consumed is replaced by one with the same bytes. A promise where it
 * has to be waited for.
 *
 * @param patience how long to wait for a stream, in milliseconds: it may never end
 */
export function readBody(response: AxiosResponse, patience: number): unknown {
  const { data } = response as { data: unknown };
  if (typeof data === 'string') return parse(data.length > LIMIT ? '' : data);
  if (ArrayBuffer.isView(data)) {
    const size = Math.min(data.byteLength, LIMIT);
    return parse(decode(new Uint8Array(data.buffer, data.byteOffset, size)));
  }
  if (data instanceof ArrayBuffer) return parse(decode(new Uint8Array(data).subarray(0, LIMIT)));
  if (isBlob(data)) return data.slice(0, LIMIT).text().then(parse);
  if (isWebStream(data)) return keeping(response, peekWebStream(data, patience));
  if (isNodeStream(data)) return keeping(response, peekNodeStream(data, patience));
  return data;
}

/** What was read for the verdict, while the caller gets what was put in its place. */
async function keeping(
  response: AxiosResponse,
  peeked: Promise<[bytes: Uint8Array, rest: unknown]>,
): Promise<unknown> {
  const [bytes, rest] = await peeked;
  response.data = rest;
  return parse(decode(bytes));
}

/** Frees what an answer that nobody will read still holds: its socket. */
export function discardBody(response: AxiosResponse): void {
  const { data } = response as { data: unknown };
  if (isNodeStream(data)) data.destroy();
  else if (isWebStream(data)) data.cancel().catch(() => undefined);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const isBlob = (value: unknown): value is Blob =>
  typeof Blob === 'function' && value instanceof Blob;

const isWebStream = (value: unknown): value is ReadableStream<Uint8Array> =>
  isRecord(value) && typeof value.getReader === 'function';

const isNodeStream = (value: unknown): value is NodeReadable =>
  isRecord(value) && typeof value.pipe === 'function' && typeof value.unshift === 'function';

async function peekWebStream(
  stream: ReadableStream<Uint8Array>,
  patience: number,
): Promise<[Uint8Array, ReadableStream<Uint8Array>]> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined);
    }, patience);
  });
  // What the last read gives belongs to whoever reads on, be it a chunk, the end or a fault.
  let ahead = reader.read();
  while (size < LIMIT) {
    const part = await Promise.race([ahead.catch(() => undefined), timeout]);
    if (!part || part.done) break;
    size += chunks.push(part.value) && part.value.byteLength;
    ahead = reader.read();
  }
  clearTimeout(timer);
  ahead.catch(() => undefined);
  const rest = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
    },
    async pull(controller) {
      const { done, value } = await ahead;
      if (done) {
        controller.close();
        return;
      }
      controller.enqueue(value);
      ahead = reader.read();
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return [join(chunks, size), rest];
}

function peekNodeStream(
  stream: NodeReadable,
  patience: number,
): Promise<[Uint8Array, NodeReadable]> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const finish = (rest: NodeReadable): void => {
      clearTimeout(timer);
      for (const [event, listener] of listeners) stream.off(event, listener);
      resolve([join(chunks, size), rest]);
    };
    const handBack = (): void => {
      if (size > 0) stream.unshift(join(chunks, size));
      finish(stream);
    };
    const onReadable = (): void => {
      for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
        const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
        size += chunks.push(bytes) && bytes.byteLength;
        if (size < LIMIT) continue;
        handBack();
        return;
      }
    };
    // A stream that has ended takes nothing back, so its bytes move into one of the same make.
    const onEnd = (): void => {
      finish(stream.constructor.from(chunks, { objectMode: false }));
    };
    const onFault = (): void => {
      finish(stream);
    };
    const listeners: [string, () => void][] = [
      ['readable', onReadable],
      ['end', onEnd],
      ['error', onFault],
      ['close', onFault],
    ];
    const timer = setTimeout(handBack, patience);
    for (const [event, listener] of listeners) stream.on(event, listener);
  });
}

function join(chunks: Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

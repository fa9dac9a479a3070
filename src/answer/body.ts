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
 * readable: a stream that had to be consumed is replaced by one with the same bytes.
 */
export async function readBody(response: AxiosResponse): Promise<unknown> {
  const { data } = response as { data: unknown };
  if (typeof data === 'string') return parse(data.length > LIMIT ? '' : data);
  if (ArrayBuffer.isView(data)) {
    return parse(
      decode(new Uint8Array(data.buffer, data.byteOffset, Math.min(data.byteLength, LIMIT))),
    );
  }
  if (data instanceof ArrayBuffer) return parse(decode(new Uint8Array(data).subarray(0, LIMIT)));
  if (isBlob(data)) return parse(await data.slice(0, LIMIT).text());
  if (isWebStream(data)) {
    const [bytes, rest] = await peekWebStream(data);
    response.data = rest;
    return parse(decode(bytes));
  }
  if (isNodeStream(data)) {
    const [bytes, rest] = await peekNodeStream(data);
    response.data = rest;
    return parse(decode(bytes));
  }
  return data;
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
): Promise<[Uint8Array, ReadableStream<Uint8Array>]> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let ended = false;
  let fault: unknown;
  while (!ended && size < LIMIT) {
    try {
      const { done, value } = await reader.read();
      if (value) size += chunks.push(value) && value.byteLength;
      ended = done;
    } catch (error) {
      ended = true;
      fault = error;
    }
  }
  const rest = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      if (fault) controller.error(fault);
      else if (ended) controller.close();
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return [join(chunks, size), rest];
}

function peekNodeStream(stream: NodeReadable): Promise<[Uint8Array, NodeReadable]> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const finish = (rest: NodeReadable): void => {
      for (const [event, listener] of listeners) stream.off(event, listener);
      resolve([join(chunks, size), rest]);
    };
    const onReadable = (): void => {
      for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
        const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
        size += chunks.push(bytes) && bytes.byteLength;
        if (size < LIMIT) continue;
        stream.unshift(join(chunks, size));
        finish(stream);
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

import type { AxiosResponse } from 'axios';
import type { Awaitable } from '../util/awaitable';
import { isRecord, safely } from '../util/values';

/** So many bytes are looked at (G40: bounded work); an auth error is short. */
export const BODY_LIMIT = 65_536;

/** What was seen of a body. */
export interface PeekedBody {
  /** Parsed as JSON; the text where it is none; as it is where an adapter gave no text. */
  data: unknown;
  text: string | undefined;
}

interface NodeReadable {
  read(): Uint8Array | string | null;
  unshift(chunk: Uint8Array): void;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  destroy(): unknown;
  constructor: { from(chunks: Uint8Array[], options: { objectMode: boolean }): NodeReadable };
}

/**
 * Looks at the raw body of an answer, whatever `responseType` was asked for, and leaves it readable: a
 * stream that had to be consumed is replaced by one with the same bytes. Never throws or rejects.
 *
 * @param timeout how long to wait for a stream, in milliseconds: it may never end
 */
export function peekBody(response: AxiosResponse, timeout: number): Awaitable<PeekedBody> {
  const { data } = response as { data: unknown };
  if (typeof data === 'string') return parse(data.length > BODY_LIMIT ? '' : data);
  try {
    const bytes = bytesOf(data);
    if (bytes) return parse(decode(bytes.subarray(0, BODY_LIMIT)));
    if (isBlob(data)) return readBlob(data.slice(0, BODY_LIMIT)).then(parse, () => NOTHING);
    if (isWebStream(data)) return replacing(response, peekWebStream(data, timeout));
    if (isNodeStream(data)) return replacing(response, peekNodeStream(data, timeout));
  } catch {
    // Somebody else reads the stream already.
    return NOTHING;
  }
  return { data, text: undefined };
}

const NOTHING: PeekedBody = { data: undefined, text: undefined };

/** The bytes of a Buffer, a typed array or an ArrayBuffer. */
export function bytesOf(data: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(data))
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : undefined;
}

/** Hands the caller what was put in the place of the stream. */
function replacing(
  response: AxiosResponse,
  peeked: Promise<[bytes: Uint8Array, rest: unknown]>,
): Promise<PeekedBody> {
  return peeked.then(
    ([bytes, rest]) => {
      response.data = rest;
      return parse(decode(bytes));
    },
    () => NOTHING,
  );
}

/** Frees what an answer that nobody will read still holds: its socket. */
export function discardBody(response: AxiosResponse): void {
  const { data } = response as { data: unknown };
  try {
    if (isNodeStream(data)) data.destroy();
    else if (isWebStream(data)) data.cancel().catch(() => undefined);
  } catch {
    // A foreign stream that cannot be freed holds nothing of ours.
  }
}

/** Frees the body once it is not looked at any more, for a caller that has left meanwhile. */
export function discardAfter(response: AxiosResponse, peeked: PromiseLike<unknown>): void {
  // At once where it can be, and when it can be: a stream that is being read is locked.
  discardBody(response);
  void peeked.then(() => {
    discardBody(response);
  });
}

function parse(text: string): PeekedBody {
  try {
    return { data: JSON.parse(text), text };
  } catch {
    return { data: text, text };
  }
}

/** Codes are ASCII: where there is no TextDecoder, bytes taken for Latin-1 do as well. */
function decode(bytes: Uint8Array): string {
  if (typeof TextDecoder === 'function') return new TextDecoder().decode(bytes);
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

const isBlob = (value: unknown): value is Blob =>
  typeof Blob === 'function' && value instanceof Blob;

const isWebStream = (value: unknown): value is ReadableStream<Uint8Array> =>
  isRecord(value) && typeof value.getReader === 'function';

const isNodeStream = (value: unknown): value is NodeReadable =>
  isRecord(value) && typeof value.pipe === 'function' && typeof value.unshift === 'function';

/** True for a body that is still arriving. */
export const isStream = (data: unknown): boolean => isWebStream(data) || isNodeStream(data);

/** React Native has Blobs without `text()`, and a FileReader. */
function readBlob(blob: Partial<Pick<Blob, 'text'>>): Promise<string> {
  if (typeof blob.text === 'function') return blob.text();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      resolve(reader.result as string);
    };
    reader.onerror = reject;
    reader.readAsText(blob as Blob);
  });
}

async function peekWebStream(
  stream: ReadableStream<Uint8Array>,
  timeout: number,
): Promise<[Uint8Array, ReadableStream<Uint8Array>]> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timedOut = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined);
    }, timeout);
  });
  // What the last read gives belongs to whoever reads on, be it a chunk, the end or a fault.
  let ahead = reader.read();
  while (size < BODY_LIMIT) {
    const part = await Promise.race([ahead.catch(() => undefined), timedOut]);
    if (!part || part.done) break;
    const { value } = part as { value: Uint8Array | string };
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    if (!ArrayBuffer.isView(bytes)) break;
    chunks.push(bytes);
    size += sizeOf(bytes);
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
  return [join(chunks), rest];
}

function peekNodeStream(
  stream: NodeReadable,
  timeout: number,
): Promise<[Uint8Array, NodeReadable]> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const finish = (rest: NodeReadable): void => {
      clearTimeout(timer);
      for (const [event, listener] of listeners) stream.off(event, listener);
      resolve([join(chunks), rest]);
    };
    const handBack = (): void => {
      if (size > 0) stream.unshift(join(chunks));
      finish(stream);
    };
    const onReadable = (): void => {
      for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
        const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
        chunks.push(bytes);
        size += sizeOf(bytes);
        if (size < BODY_LIMIT) continue;
        handBack();
        return;
      }
    };
    // A stream that has ended takes nothing back, so its bytes move into another of the same class.
    const onEnd = (): void => {
      finish(safely(() => stream.constructor.from(chunks, { objectMode: false })) ?? stream);
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
    const timer = setTimeout(handBack, timeout);
    for (const [event, listener] of listeners) stream.on(event, listener);
  });
}

/** An empty chunk counts as well: a stream may give them without end, and no timer fires between them. */
const sizeOf = ({ byteLength }: Uint8Array): number => byteLength || 1;

function join(chunks: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((size, { byteLength }) => size + byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

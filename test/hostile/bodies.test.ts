import fc from 'fast-check';
import { pipeline, Readable, Transform } from 'node:stream';
import type { AxiosResponse } from 'axios';
import { installClock, drain, type VirtualClock } from '../model/clock';
import { BODY_LIMIT, peekBody } from '../../src/response/peek-body';
import { findCode } from '../../src/response/codes';
import { watchEscapes } from './escapes';
import { settings, TIMEOUT } from './runs';

const escapes = watchEscapes();

/** After so many milliseconds a stream is not waited for any more. */
const PATIENCE = 5_000;

const LONG = 'x'.repeat(BODY_LIMIT);

/** Bodies that mean something, broken ones, and some that are expensive to read. */
const text = fc.oneof(
  fc.constantFrom(
    '{"code":"TOKEN_EXPIRED"}',
    '\ufeff{"code":"TOKEN_EXPIRED"}',
    '{"code":"TOKEN_EXPIRED","name":"Zoë 😀 \u0000"}',
    '{"__proto__":{"code":"TOKEN_EXPIRED"}}',
    '{"constructor":{"prototype":{"code":1}}}',
    '{"code":{"toString":1},"error":[[]],"errors":{"length":1e9}}',
    '{"code":1e400,"errors":[null,1,{"extensions":[]}]}',
    '{"code":"TOKEN_EXPIRED"',
    '"TOKEN_EXPIRED"',
    '\ud800',
    '',
    '['.repeat(30_000),
    '['.repeat(30_000) + ']'.repeat(30_000),
    '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000),
    `{"${'k'.repeat(60_000)}":1}`,
    `{"code":"${LONG}"}`,
    LONG,
  ),
  fc.json(),
  fc.string({ unit: 'binary' }),
);

/** Where the bytes are cut: within a character of several bytes as well. */
const cuts = fc.array(fc.nat(100), { maxLength: 6 });

/** What a stream does when its bytes are gone, or in their midst. */
const END = [
  'ends',
  'hangs',
  'breaks',
  'breaks with nothing',
  'gives empty chunks for ever',
  'gives what is no bytes',
  'gives null',
  'closes',
] as const;

type End = (typeof END)[number];

const KIND = [
  'text',
  'bytes',
  'buffer',
  'array buffer',
  'blob',
  'web',
  'node',
  'object mode',
  'transform',
] as const;

function chunksOf(body: string, at: number[]): Buffer[] {
  const bytes = Buffer.from(body);
  const places = [0, ...at.map((place) => Math.min(place, bytes.length)).sort((a, b) => a - b)];
  return places.map((place, index) => bytes.subarray(place, places[index + 1] ?? bytes.length));
}

const ODD: Record<string, unknown> = {
  'gives what is no bytes': { odd: true },
  'gives null': null,
};

function webStream(chunks: Buffer[], end: End): ReadableStream<unknown> {
  const left = [...chunks];
  return new ReadableStream<unknown>({
    pull(controller) {
      const chunk = left.shift();
      if (chunk) controller.enqueue(chunk);
      else if (end === 'hangs') return new Promise(() => undefined);
      else if (end === 'breaks') controller.error(new Error('the connection is lost'));
      else if (end === 'breaks with nothing') controller.error(undefined);
      else if (end === 'gives empty chunks for ever') controller.enqueue(new Uint8Array());
      else if (end in ODD) {
        controller.enqueue(ODD[end]);
        controller.close();
      } else controller.close();
      return undefined;
    },
  });
}

function nodeStream(chunks: Buffer[], end: End, objectMode: boolean): Readable {
  // An empty chunk stalls a stream of bytes, whoever reads it.
  const left = objectMode ? [...chunks] : chunks.filter(({ length }) => length > 0);
  const stream: Readable = new Readable({
    objectMode,
    read() {
      const chunk = left.shift();
      if (chunk) stream.push(chunk);
      else if (end === 'hangs') return;
      else if (end.startsWith('breaks')) stream.destroy(new Error('the connection is lost'));
      else if (end === 'gives empty chunks for ever' && objectMode) stream.push(Buffer.alloc(0));
      else if (end === 'closes') stream.destroy();
      else stream.push(null);
    },
  });
  // The application listens as well, later than the package.
  stream.on('error', () => undefined);
  return stream;
}

function bodyOf(kind: (typeof KIND)[number], body: string, at: number[], end: End): unknown {
  const chunks = chunksOf(body, at);
  const bytes = Buffer.concat(chunks);
  switch (kind) {
    case 'text':
      return body;
    case 'bytes':
      return new Uint8Array(bytes);
    case 'buffer':
      return bytes;
    case 'array buffer':
      return new Uint8Array(bytes).buffer;
    case 'blob':
      return new Blob(chunks as unknown as BlobPart[]);
    case 'web':
      return webStream(chunks, end);
    case 'node':
      return nodeStream(chunks, end, false);
    case 'object mode':
      return nodeStream(chunks, end, true);
    case 'transform':
      // As axios has it for a compressed body.
      return pipeline(
        nodeStream(chunks, end, false),
        new Transform({
          transform(chunk, _encoding, done) {
            done(null, chunk);
          },
        }),
        () => undefined,
      );
  }
}

/** What a caller can still read of a body, until it ends, breaks or hangs. */
async function rest(data: unknown, isEndless: boolean, size: number): Promise<Buffer | undefined> {
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  if (data instanceof Blob) return Buffer.from(await data.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let got = 0;
  try {
    for await (const chunk of data as AsyncIterable<unknown>) {
      if (!(chunk instanceof Uint8Array)) continue;
      chunks.push(chunk);
      got += chunk.byteLength;
      if (isEndless && got >= size) break;
    }
  } catch {
    // It breaks for the caller as it did for the package.
  }
  return Buffer.concat(chunks);
}

/** Lets time pass until the promise settles. */
async function within<R>(clock: VirtualClock, promise: PromiseLike<R> | R): Promise<R | 'hangs'> {
  const outcomes: R[] = [];
  void Promise.resolve(promise).then((value) => outcomes.push(value));
  const isOpen = (): boolean => outcomes.length === 0;
  for (let turn = 0; turn < 40 && isOpen(); turn++) {
    await drain();
    if (turn % 4 === 3 && isOpen()) await clock.pass(1_000);
  }
  return outcomes[0] ?? 'hangs';
}

test(
  'G33, G9: no body makes the reader throw, hang or lose a byte for the caller',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...KIND),
        text,
        cuts,
        fc.constantFrom(...END),
        async (kind, body, at, end) => {
          const clock = installClock();
          try {
            const response = { data: bodyOf(kind, body, at, end) } as AxiosResponse;
            const peeked = await within(clock, peekBody(response, PATIENCE));
            expect(peeked).not.toBe('hangs');
            findCode((peeked as { data: unknown }).data, undefined);
            const expected = Buffer.from(body);
            const isEndless = end === 'hangs' || end === 'gives empty chunks for ever';
            // Of a stream that a caller cannot read to its end, what there is of it is still there.
            if (!(isEndless && expected.length === 0)) {
              const got = await within(clock, rest(response.data, isEndless, expected.length));
              expect(got).not.toBe('hangs');
              if (!end.startsWith('breaks') && end !== 'closes') {
                expect((got as Buffer).equals(expected)).toBe(true);
              }
            }
            expect(clock.pending()).toBe(0);
          } finally {
            clock.uninstall();
          }
          expect(escapes.take()).toEqual([]);
        },
      ),
      settings(0.5),
    );
  },
  TIMEOUT,
);

test('G9: a web stream that gives empty chunks without end is given up', async () => {
  const response = { data: webStream([], 'gives empty chunks for ever') } as AxiosResponse;
  expect(await peekBody(response, PATIENCE)).toEqual({ data: '', text: '' });
});

test('G33: a web stream of what is no bytes is the caller’s, whole', async () => {
  const response = { data: webStream([Buffer.from('a')], 'gives null') } as AxiosResponse;
  expect(await peekBody(response, PATIENCE)).toEqual({ data: 'a', text: 'a' });
  const chunks: unknown[] = [];
  for await (const chunk of response.data as AsyncIterable<unknown>) chunks.push(chunk);
  expect(chunks).toEqual([Buffer.from('a'), null]);
});

test('G33, relative of D4: a stream whose class cannot make another one (readable-stream 2)', async () => {
  const stream = nodeStream([Buffer.from('{"code":"TOKEN_EXPIRED"}')], 'ends', false);
  Object.defineProperty(stream, 'constructor', { value: Object });
  const response = { data: stream } as unknown as AxiosResponse;
  expect(await peekBody(response, PATIENCE)).toMatchObject({ data: { code: 'TOKEN_EXPIRED' } });
  expect(escapes.take()).toEqual([]);
});

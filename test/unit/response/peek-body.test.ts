import { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import type { AxiosResponse } from 'axios';
import {
  BODY_LIMIT,
  bytesOf,
  discardAfter,
  discardBody,
  isStream,
  peekBody,
} from '../../../src/response/peek-body';
import { deferred } from '../../../src/util/awaitable';

const BODY = '{"code":"TOKEN_EXPIRED","text":"zu spät"}';
const DATA = { code: 'TOKEN_EXPIRED', text: 'zu spät' };
const BYTES = new TextEncoder().encode(BODY);
const TIMEOUT = 1_000;

const respond = (data: unknown): AxiosResponse => ({ data }) as AxiosResponse;
const peek = (response: AxiosResponse) => peekBody(response, TIMEOUT);

type Pull = (controller: ReadableStreamDefaultController<Uint8Array>) => void | Promise<void>;
const webStream = (...chunks: Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
/** Gives one chunk, and then does as it is told. */
const webStreamThen = (pull: Pull): ReadableStream<Uint8Array> =>
  new ReadableStream(
    {
      start: (controller) => {
        controller.enqueue(BYTES);
      },
      pull,
    },
    { highWaterMark: 0 },
  );

const nodeStream = (): Readable => new Readable({ read: () => undefined });

const inBytes = (body: string, size: number): Uint8Array[] => {
  const bytes = new TextEncoder().encode(body);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.slice(at * size, (at + 1) * size),
  );
};

describe('a body that is there', () => {
  it.each<[string, unknown]>([
    ['a text', BODY],
    ['a Buffer', Buffer.from(BODY)],
    [
      'a typed array within a larger buffer',
      new Uint8Array([...BYTES, 0, 0]).subarray(0, BYTES.length),
    ],
    ['a DataView', new DataView(BYTES.slice().buffer)],
    ['an ArrayBuffer', BYTES.slice().buffer],
  ])('is looked at at once, and left as it is: %s', (_, data) => {
    const response = respond(data);
    expect(peek(response)).toEqual({ data: DATA, text: BODY });
    expect(response.data).toBe(data);
  });

  it('is its text where it is no JSON, and parsed already where an adapter gave no text', () => {
    expect(peek(respond('no JSON'))).toEqual({ data: 'no JSON', text: 'no JSON' });
    for (const data of [DATA, null, undefined, 5]) {
      expect(peek(respond(data))).toEqual({ data, text: undefined });
    }
  });

  it('G40: is looked at up to 64 KiB', () => {
    const atLimit = JSON.stringify(DATA).padEnd(BODY_LIMIT);
    expect(peek(respond(atLimit))).toMatchObject({ data: DATA });
    expect(peek(respond(`${atLimit} `))).toEqual({ data: '', text: '' });
    const bytes = new TextEncoder().encode(' '.repeat(BODY_LIMIT) + BODY);
    expect(peek(respond(bytes))).toMatchObject({ text: ' '.repeat(BODY_LIMIT) });
  });

  it('G39: is taken for Latin-1 where there is no TextDecoder', () => {
    const decoder = globalThis.TextDecoder;
    Object.assign(globalThis, { TextDecoder: undefined });
    try {
      expect(peek(respond(BYTES))).toMatchObject({ data: { code: 'TOKEN_EXPIRED' } });
    } finally {
      Object.assign(globalThis, { TextDecoder: decoder });
    }
  });

  it('is as an adapter gave it, also where it has a method of a stream', () => {
    for (const data of [[1], { pipe: () => undefined }]) {
      expect(peek(respond(data))).toEqual({ data, text: undefined });
    }
  });

  it('G33: says nothing where its getters throw', () => {
    const data = {
      get getReader(): never {
        throw new Error('no');
      },
    };
    expect(peek(respond(data))).toEqual({ data: undefined, text: undefined });
  });

  it('G39: is looked at where there are no Blobs', () => {
    const { Blob: given } = globalThis;
    Object.assign(globalThis, { Blob: undefined });
    try {
      expect(peek(respond(DATA))).toEqual({ data: DATA, text: undefined });
    } finally {
      Object.assign(globalThis, { Blob: given });
    }
  });

  it('is told from one that is still arriving', () => {
    expect([webStream(), nodeStream()].map(isStream)).toEqual([true, true]);
    expect([BODY, BYTES, DATA, [1], null, undefined].some(isStream)).toBe(false);
  });

  it('gives its bytes, and none for anything else', () => {
    expect(bytesOf(BYTES.subarray(1, 3))).toEqual(BYTES.slice(1, 3));
    expect([bytesOf(BODY), bytesOf(undefined), bytesOf({ buffer: BYTES })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('a Blob', () => {
  it('is looked at, and left as it is', async () => {
    const blob = new Blob([BODY]);
    const response = respond(blob);
    expect(await peek(response)).toEqual({ data: DATA, text: BODY });
    expect(response.data).toBe(blob);
  });

  it('G40: is looked at up to 64 KiB', async () => {
    const { text } = await peek(respond(new Blob([' '.repeat(BODY_LIMIT), BODY])));
    expect(text).toHaveLength(BODY_LIMIT);
  });

  it('G33: that cannot be read says nothing', async () => {
    const blob = new Blob([BODY]);
    jest
      .spyOn(blob, 'slice')
      .mockReturnValue({ text: () => Promise.reject(new Error('no')) } as never);
    expect(await peek(respond(blob))).toEqual({ data: undefined, text: undefined });
  });

  it('G39: without text() is read by a FileReader, as on React Native', async () => {
    class FakeReader {
      result: unknown;
      onload = (): void => undefined;
      onerror = (_: unknown): void => undefined;
      readAsText(part: { body?: string }): void {
        this.result = part.body;
        setImmediate(() => {
          if (part.body === undefined) this.onerror(new Error('no'));
          else this.onload();
        });
      }
    }
    Object.assign(globalThis, { FileReader: FakeReader });
    try {
      const blob = new Blob([]);
      const slice = jest.spyOn(blob, 'slice').mockReturnValue({ body: BODY } as never);
      expect(await peek(respond(blob))).toEqual({ data: DATA, text: BODY });
      slice.mockReturnValue({} as never);
      expect(await peek(respond(blob))).toEqual({ data: undefined, text: undefined });
    } finally {
      delete (globalThis as { FileReader?: unknown }).FileReader;
    }
  });
});

describe('a web stream', () => {
  it.each([
    ['in one piece', [BYTES]],
    ['byte by byte', inBytes(BODY, 1)],
    ['with empty chunks', [new Uint8Array(), BYTES, new Uint8Array()]],
  ])('that ends is looked at, and can be read again: %s', async (_, chunks) => {
    const response = respond(webStream(...chunks));
    expect(await peek(response)).toEqual({ data: DATA, text: BODY });
    expect(await textOf(response.data as never)).toBe(BODY);
  });

  it('G40: longer than 64 KiB is looked at so far, and can be read whole', async () => {
    const body = 'x'.repeat(BODY_LIMIT * 2 + 5);
    const response = respond(webStream(...inBytes(body, 10_000)));
    const { text = '' } = await peek(response);
    expect(text.length).toBeGreaterThanOrEqual(BODY_LIMIT);
    expect(text.length).toBeLessThan(BODY_LIMIT + 10_000);
    expect(await textOf(response.data as never)).toBe(body);
  });

  it('G9: that hangs is waited for no longer than the bound, and what comes later is not lost', async () => {
    jest.useFakeTimers();
    const more = deferred<Uint8Array>();
    const response = respond(
      webStreamThen(async (controller) => {
        controller.enqueue(await more.promise);
        controller.close();
      }),
    );
    const peeked = peek(response);
    await jest.advanceTimersByTimeAsync(TIMEOUT);
    jest.useRealTimers();
    expect(await peeked).toEqual({ data: DATA, text: BODY });
    more.resolve(new TextEncoder().encode(' and more'));
    expect(await textOf(response.data as never)).toBe(`${BODY} and more`);
  });

  it('that fails hands its fault to the caller, behind what came before', async () => {
    const fault = new Error('the connection is lost');
    const response = respond(
      webStreamThen((controller) => {
        controller.error(fault);
      }),
    );
    expect(await peek(response)).toEqual({ data: DATA, text: BODY });
    await expect(textOf(response.data as never)).rejects.toBe(fault);
  });

  it('of texts in place of bytes is looked at, and can be read all the same', async () => {
    const texts = new ReadableStream({
      start(controller) {
        controller.enqueue(BODY);
        controller.close();
      },
    });
    const response = respond(texts);
    expect(await peek(response)).toEqual({ data: DATA, text: BODY });
    expect(await textOf(response.data as never)).toBe(BODY);
  });

  it('passes a cancellation on to its source', async () => {
    const cancel = jest.fn();
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new Uint8Array(BODY_LIMIT));
      },
      cancel,
    });
    const response = respond(source);
    await peek(response);
    await (response.data as ReadableStream).cancel('enough');
    expect(cancel).toHaveBeenCalledWith('enough');
  });

  it('G33: that somebody else reads says nothing, and stays theirs', async () => {
    const stream = webStream(BYTES);
    stream.getReader();
    const response = respond(stream);
    expect(await peek(response)).toEqual({ data: undefined, text: undefined });
    expect(response.data).toBe(stream);
  });
});

describe('a stream that goes on', () => {
  // The bound never comes: who waited for it would wait for ever.
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const full = (): Uint8Array => new Uint8Array(BODY_LIMIT).fill(0x20);

  it('G40: is not waited for once 64 KiB of it are there', async () => {
    const web = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(full());
      },
    });
    const node = nodeStream();
    node.push(full());
    for (const data of [web, node]) {
      expect((await peek(respond(data))).text).toHaveLength(BODY_LIMIT);
    }
  });

  it.each<[string, Error | undefined]>([
    ['fails', new Error('the connection is lost')],
    ['is closed', undefined],
  ])('G9: is not waited for once it %s', async (_, fault) => {
    const stream = nodeStream();
    stream.on('error', () => undefined);
    stream.push(BYTES);
    const peeked = peek(respond(stream));
    await new Promise((resolve) => setImmediate(resolve));
    stream.destroy(fault);
    expect(await peeked).toEqual({ data: DATA, text: BODY });
  });
});

describe('a Node stream', () => {
  it('of bytes that are no text is replaced by one of the same bytes, and no objects', async () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
    const stream = nodeStream();
    stream.push(bytes);
    stream.push(null);
    const response = respond(stream);
    await peek(response);
    const { data } = response as { data: Readable };
    expect(data.readableObjectMode).toBe(false);
    expect(Buffer.concat((await data.toArray()) as Buffer[])).toEqual(bytes);
  });

  it('that ends is looked at, and replaced by one of the same bytes', async () => {
    const stream = nodeStream();
    for (const chunk of inBytes(BODY, 7)) stream.push(chunk);
    stream.push(null);
    const response = respond(stream);
    expect(await peek(response)).toEqual({ data: DATA, text: BODY });
    expect(await textOf(response.data as Readable)).toBe(BODY);
  });

  it('that is empty is an empty text', async () => {
    const stream = nodeStream();
    stream.push(null);
    const response = respond(stream);
    expect(await peek(response)).toEqual({ data: '', text: '' });
    expect(await textOf(response.data as Readable)).toBe('');
  });

  it('G40: longer than 64 KiB is looked at so far, and can be read whole', async () => {
    const body = 'x'.repeat(BODY_LIMIT * 2 + 5);
    const stream = Readable.from(inBytes(body, 10_000), { objectMode: false });
    const response = respond(stream);
    const { text = '' } = await peek(response);
    expect(text.length).toBeGreaterThanOrEqual(BODY_LIMIT);
    expect(response.data).toBe(stream);
    expect(await textOf(stream)).toBe(body);
  });

  it.each([undefined, 'utf8' as const])(
    'G9: that hangs is waited for no longer than the bound, and loses nothing (encoding: %s)',
    async (encoding) => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
      const stream = nodeStream();
      if (encoding) stream.setEncoding(encoding);
      stream.push(BYTES);
      const response = respond(stream);
      const peeked = peek(response);
      await new Promise((resolve) => setImmediate(resolve));
      await jest.advanceTimersByTimeAsync(TIMEOUT);
      jest.useRealTimers();
      expect(await peeked).toEqual({ data: DATA, text: BODY });
      stream.push(' and more');
      stream.push(null);
      expect(await textOf(response.data as Readable)).toBe(`${BODY} and more`);
    },
  );

  it('that fails says what came before, and stays failed', async () => {
    const stream = nodeStream();
    stream.push(BYTES);
    const response = respond(stream);
    const peeked = peek(response);
    await new Promise((resolve) => setImmediate(resolve));
    const fault = new Error('the connection is lost');
    stream.destroy(fault);
    expect(await peeked).toEqual({ data: DATA, text: BODY });
    await expect(textOf(response.data as Readable)).rejects.toBe(fault);
  });

  it('leaves no listener behind', async () => {
    const stream = Readable.from(inBytes('x'.repeat(BODY_LIMIT * 2), 10_000), {
      objectMode: false,
    });
    const before = stream.eventNames();
    await peek(respond(stream));
    expect(stream.eventNames()).toEqual(before);
  });
});

describe('a body that nobody will read', () => {
  it('is freed: Node and web streams, and nothing else', () => {
    const node = nodeStream();
    discardBody(respond(node));
    expect(node.destroyed).toBe(true);
    const cancel = jest.fn();
    discardBody(respond(new ReadableStream({ cancel })));
    expect(cancel).toHaveBeenCalledTimes(1);
    for (const data of [BODY, DATA, null, undefined, BYTES]) {
      expect(() => {
        discardBody(respond(data));
      }).not.toThrow();
    }
  });

  it('G33: that cannot be freed does no harm', () => {
    const fail = (): never => {
      throw new Error('no');
    };
    for (const data of [
      { pipe: fail, unshift: fail, destroy: fail },
      { getReader: fail, cancel: fail },
      { getReader: fail, cancel: () => Promise.reject(new Error('no')) },
    ]) {
      expect(() => {
        discardBody(respond(data));
      }).not.toThrow();
    }
  });

  it('G20: and is being looked at, is freed afterwards', async () => {
    const cancel = jest.fn();
    const more = deferred<void>();
    const response = respond(
      new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(new Uint8Array(BODY_LIMIT));
        },
        pull: () => more.promise,
        cancel,
      }),
    );
    const peeked = Promise.resolve(peek(response));
    discardAfter(response, peeked);
    expect(cancel).not.toHaveBeenCalled();
    await peeked;
    await Promise.resolve();
    expect(cancel).toHaveBeenCalledTimes(1);
  });
});

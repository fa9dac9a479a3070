import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { AxiosRequestConfig, InternalAxiosRequestConfig } from 'axios';
import NodeForm from 'form-data';
import { isAuthError, memoryStore } from '../../src/index';
import { createExpiringApi, settled, tokenOf, tokensOf } from '../support/expiring-api';
import { expectSameTwice } from '../support/same-request';
import { cleanUp, onCleanUp, rejection, until } from '../support/session';
import { beforeReplay } from '../support/on-send';
import { controlClocks } from '../support/clocks';

afterEach(cleanUp);

const adapters = ['http', 'fetch'] as const;

/** Every byte there is, in an order that no text has. */
const BYTES = randomBytes(70_000);

const TEXT = 'a body that can be read once '.repeat(1_000);

async function* chunks(): AsyncGenerator<Buffer> {
  for (let at = 0; at < TEXT.length; at += 1_000) {
    await Promise.resolve();
    yield Buffer.from(TEXT.slice(at, at + 1_000));
  }
}

async function fileStream(): Promise<Readable> {
  const folder = await mkdtemp(join(tmpdir(), 'streams-'));
  onCleanUp(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'file.txt'), TEXT);
  return createReadStream(join(folder, 'file.txt'));
}

function webStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(TEXT));
      controller.close();
    },
  });
}

function formWith(stream: Readable): NodeForm {
  const form = new NodeForm();
  form.append('name', 'alice');
  form.append('file', stream, { filename: 'file.txt' });
  return form;
}

interface Streaming {
  name: string;
  body(): unknown;
  config: AxiosRequestConfig;
}

const streams: Streaming[] = [
  { name: 'a Node stream', body: () => Readable.from(chunks()), config: {} },
  { name: 'a file stream', body: fileStream, config: {} },
  {
    name: 'a PassThrough that is written to by others',
    body: () => Readable.from(chunks()).pipe(new PassThrough()),
    config: {},
  },
  {
    name: 'a Node stream with maxRedirects: 0',
    body: () => Readable.from(chunks()),
    config: { maxRedirects: 0 },
  },
  {
    name: 'a form-data form with a stream',
    body: async () => formWith(await fileStream()),
    config: {},
  },
  { name: 'a web stream by fetch', body: webStream, config: { adapter: 'fetch' } },
  {
    name: 'a Node stream by fetch',
    body: () => Readable.from(chunks()),
    config: { adapter: 'fetch' },
  },
  {
    name: 'an async generator by fetch',
    body: chunks,
    config: { adapter: 'fetch', transformRequest: [(data: unknown) => data] },
  },
];

describe('G18: bodies replay, one-shot bodies are sent once', () => {
  describe.each(adapters)('bodies that can be read again, with the %s adapter', (adapter) => {
    async function sendTwice(data: unknown, headers: Record<string, string> = {}) {
      const { api, requests } = await createExpiringApi({ axios: { adapter } });
      await api.post('/raw', data, { headers });
      expectSameTwice(requests);
      return requests[1]!;
    }

    test.each([
      ['a Buffer', Buffer.from(BYTES), BYTES],
      ['a part of a Buffer', Buffer.from(BYTES).subarray(100, 900), BYTES.subarray(100, 900)],
      ['a Uint8Array', new Uint8Array(BYTES), BYTES],
      ['a Uint16Array', new Uint16Array([1, 256, 65_535]), Buffer.from([1, 0, 0, 1, 255, 255])],
      ['a DataView', new DataView(new Uint8Array(BYTES).buffer), BYTES],
      ['an ArrayBuffer', new Uint8Array(BYTES).buffer, BYTES],
      ['an empty Buffer', Buffer.alloc(0), Buffer.alloc(0)],
    ])('%s', async (_name, data, expected) => {
      const { body } = await sendTwice(data, { 'Content-Type': 'application/octet-stream' });
      expect(body.equals(expected)).toBe(true);
    });

    test('a Blob', async () => {
      const { body } = await sendTwice(new Blob([BYTES], { type: 'image/x-test' }));
      expect(body.equals(BYTES)).toBe(true);
    });

    test('a File', async () => {
      const { body } = await sendTwice(new File([BYTES], 'a.bin', { type: 'image/x-test' }));
      expect(body.equals(BYTES)).toBe(true);
    });

    test('a URLSearchParams', async () => {
      const { body, headers } = await sendTwice(new URLSearchParams('a=1&a=2&b=%26+c'));
      expect(body.toString()).toBe('a=1&a=2&b=%26+c');
      expect(headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    });

    test('a FormData with fields and files', async () => {
      const form = new FormData();
      form.append('name', 'zwölf');
      form.append('list', 'a');
      form.append('list', 'b');
      form.append('file', new File([BYTES], 'bytes.bin', { type: 'image/x-test' }));
      form.append('blob', new Blob(['text'], { type: 'text/plain' }), 'blob.txt');
      const { body } = await sendTwice(form);
      expect(body.includes(BYTES)).toBe(true);
      for (const part of ['zwölf', 'filename="bytes.bin"', 'image/x-test', 'filename="blob.txt"']) {
        expect(body.includes(part)).toBe(true);
      }
    });

    test('a form that a caller has read meanwhile is still whole', async () => {
      const form = new FormData();
      form.append('file', new Blob([BYTES]), 'bytes.bin');
      const { api, requests } = await createExpiringApi({
        axios: { adapter },
        options: beforeReplay(() => new Response(form).arrayBuffer().then(() => undefined)),
      });
      await api.post('/upload', form);
      expectSameTwice(requests);
    });
  });

  describe('content types of bodies that can be read again', () => {
    async function typeOf(data: unknown, headers: Record<string, string> = {}) {
      const { api, requests } = await createExpiringApi();
      await api.post('/raw', data, { headers });
      expectSameTwice(requests);
      return requests[1]!.headers['content-type'];
    }

    test('a Blob has its own', async () => {
      const type = await typeOf(new Blob([BYTES], { type: 'image/x-test' }));
      expect(type).toBe('image/x-test');
    });

    test('a FormData has its boundary', async () => {
      const form = new FormData();
      form.append('name', 'alice');
      expect(await typeOf(form)).toMatch(/^multipart\/form-data; *boundary=/);
    });

    test('so has a form that axios makes from an object', async () => {
      const headers = { 'Content-Type': 'multipart/form-data' };
      const type = await typeOf({ name: 'alice', list: [1, 2] }, headers);
      expect(type).toMatch(/^multipart\/form-data; *boundary=/);
    });
  });

  describe('forms of the form-data package', () => {
    async function sendForm(form: NodeForm) {
      const { api, requests } = await createExpiringApi();
      await api.post('/upload', form);
      expectSameTwice(requests);
      return requests[1]!;
    }

    test('with strings and numbers', async () => {
      const form = new NodeForm();
      form.append('name', 'zwölf');
      form.append('number', 12);
      form.append('json', '{"a":1}', { contentType: 'application/json' });
      const { body } = await sendForm(form);
      for (const part of ['zwölf', '12', '{"a":1}']) expect(body.includes(part)).toBe(true);
    });

    test('with Buffers', async () => {
      const form = new NodeForm();
      form.append('file', BYTES, { filename: 'bytes.bin', contentType: 'image/x-test' });
      form.append('empty', Buffer.alloc(0), 'empty.bin');
      form.append('last', 'text');
      const { body } = await sendForm(form);
      expect(body.includes(BYTES)).toBe(true);
    });

    test('with its own boundary', async () => {
      const form = new NodeForm();
      form.setBoundary('my-own-boundary');
      form.append('name', 'alice');
      const { headers, body } = await sendForm(form);
      expect(headers['content-type']).toBe('multipart/form-data; boundary=my-own-boundary');
      expect(body.toString()).toMatch(/^--my-own-boundary\r\n/);
    });

    test('with headers from getHeaders() given to the request', async () => {
      const form = new NodeForm();
      form.append('name', 'alice');
      const { api, requests } = await createExpiringApi();
      await api.post('/upload', form, { headers: form.getHeaders({ 'X-Form': 'yes' }) });
      expectSameTwice(requests);
      expect(requests[1]!.headers['x-form']).toBe('yes');
    });

    test('several at once, each to its own request', async () => {
      const { api, at } = await createExpiringApi();
      const names = ['a', 'b', 'c', 'd'];
      await Promise.all(
        names.map((name) => {
          const form = new NodeForm();
          form.append('name', `form of ${name}`);
          return api.post(`/upload/${name}`, form);
        }),
      );
      for (const name of names) {
        expectSameTwice(at(`/upload/${name}`));
        expect(at(`/upload/${name}`)[1]!.body.includes(`form of ${name}`)).toBe(true);
      }
    });
  });
});

describe('G18: one-shot bodies', () => {
  afterEach(async () => {
    jest.restoreAllMocks();
    await cleanUp();
  });

  describe.each(streams)('$name', ({ body, config }) => {
    test('is sent once; its caller gets ERR_AUTH_NOT_REPLAYABLE, with the refresh done', async () => {
      const { api, store, requests, refreshes } = await createExpiringApi();
      const error = await rejection(api.post('/upload', await body(), config));
      expect(isAuthError(error)).toBe(true);
      expect(error).toMatchObject({
        code: 'ERR_AUTH_NOT_REPLAYABLE',
        response: { status: 401, data: { code: 'TOKEN_EXPIRED' } },
      });
      await settled(api);
      expect(requests).toHaveLength(1);
      expect(refreshes()).toBe(1);
      expect(await store.get()).toMatchObject({ accessToken: 'token-1' });
    });

    test('arrives whole when it is sent anew, with a new stream', async () => {
      const { api, requests } = await createExpiringApi();
      await rejection(api.post('/upload', await body(), config));
      await api.post('/upload', await body(), config);
      expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
      expect(requests[1]!.body.toString()).toContain(TEXT);
    });

    test('is held unread while a refresh is in flight, and then arrives whole', async () => {
      const { api, at, hold, release, refreshes } = await createExpiringApi();
      hold();
      const first = api.get('/first');
      await until(() => refreshes() === 1);
      const upload = api.post('/upload', await body(), config);
      await settled(api);
      release();
      await Promise.all([first, upload]);
      expect(at('/upload').map(tokenOf)).toEqual(['token-1']);
      expect(at('/upload')[0]!.body.toString()).toContain(TEXT);
    });

    test('renews first when the token is within the refreshAhead window', async () => {
      const clocks = controlClocks();
      jest.spyOn(Math, 'random').mockReturnValue(0);
      const tokens = { ...tokensOf(0), expiresAt: Date.now() + 600_000 };
      const { api, auth, requests, refreshes } = await createExpiringApi({
        options: { tokenStore: memoryStore(tokens) },
      });
      expect(await auth.getAccessToken()).toBe('token-0');
      clocks.pass(500_000);
      await api.post('/upload', await body(), config);
      expect(refreshes()).toBe(1);
      expect(requests.map(tokenOf)).toEqual(['token-1']);
    });

    test('a 401 that is not about the token reaches its caller as it is', async () => {
      const { api, requests } = await createExpiringApi({
        refuse(response) {
          response.writeHead(401).end();
        },
      });
      const error = await rejection(api.post('/upload', await body(), config));
      expect(isAuthError(error)).toBe(false);
      expect(error).toMatchObject({ response: { status: 401 } });
      expect(requests).toHaveLength(1);
    });

    test('a refresh that fails rejects its caller', async () => {
      const { api, failRefresh } = await createExpiringApi();
      failRefresh(401);
      const error = await rejection(api.post('/upload', await body(), config));
      expect(error.code).toBe('ERR_AUTH_SESSION_EXPIRED');
    });
  });

  test('a web stream that cannot be iterated, as in Safari, is sent once as well', async () => {
    const stream = webStream();
    const safaris = { getReader: () => stream.getReader() };
    const adapter = jest.fn((config: InternalAxiosRequestConfig) =>
      Promise.resolve({
        data: { code: 'TOKEN_EXPIRED' },
        status: 401,
        statusText: '',
        headers: {},
        config,
      }),
    );
    const { api } = await createExpiringApi({
      axios: { adapter, transformRequest: [(data: unknown) => data] },
      options: { refresh: () => tokensOf(1) },
    });
    const error = await rejection(api.post('/upload', safaris));
    expect(error.code).toBe('ERR_AUTH_NOT_REPLAYABLE');
    expect(adapter).toHaveBeenCalledTimes(1);
  });
});

import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { AxiosRequestConfig, InternalAxiosRequestConfig } from 'axios';
import NodeForm from 'form-data';
import { isAuthError, memoryStore } from '../../src/index';
import {
  aMoment,
  createExpiringApi,
  rejection,
  tokenOf,
  tokensOf,
  until,
} from '../support/expiring-api';
import { cleanUp, onCleanUp } from '../support/rig';

afterEach(async () => {
  jest.restoreAllMocks();
  await cleanUp();
});

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

describe.each(streams)('$name', ({ body, config }) => {
  it('G18: is sent once; its caller gets ERR_AUTH_NOT_REPLAYABLE, with the refresh done', async () => {
    const { api, store, requests, refreshes } = await createExpiringApi();
    const error = await rejection(api.post('/upload', await body(), config));
    expect(isAuthError(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'ERR_AUTH_NOT_REPLAYABLE',
      response: { status: 401, data: { code: 'TOKEN_EXPIRED' } },
    });
    await aMoment();
    expect(requests).toHaveLength(1);
    expect(refreshes()).toBe(1);
    expect(await store.get()).toMatchObject({ accessToken: 'token-1' });
  });

  it('G18: arrives whole when it is sent anew, with a new stream', async () => {
    const { api, requests } = await createExpiringApi();
    await rejection(api.post('/upload', await body(), config));
    await api.post('/upload', await body(), config);
    expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
    expect(requests[1]!.body.toString()).toContain(TEXT);
  });

  it('G18: is held unread while a refresh is in flight, and then arrives whole', async () => {
    const { api, at, hold, release, refreshes } = await createExpiringApi();
    hold();
    const first = api.get('/first');
    await until(() => refreshes() === 1);
    const upload = api.post('/upload', await body(), config);
    await aMoment();
    release();
    await Promise.all([first, upload]);
    expect(at('/upload').map(tokenOf)).toEqual(['token-1']);
    expect(at('/upload')[0]!.body.toString()).toContain(TEXT);
  });

  it('G18: renews first when the token is within the refreshAhead window', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const tokens = { ...tokensOf(0), expiresAt: Date.now() + 600_000 };
    const { api, auth, requests, refreshes } = await createExpiringApi({
      options: { refreshAhead: 0.0001, tokenStore: memoryStore(tokens) },
    });
    expect(await auth.getAccessToken()).toBe('token-0');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await api.post('/upload', await body(), config);
    expect(refreshes()).toBe(1);
    expect(requests.map(tokenOf)).toEqual(['token-1']);
  });

  it('G18: a 401 that is not about the token reaches its caller as it is', async () => {
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

  it('G18: a refresh that fails is what its caller is told of', async () => {
    const { api, failRefresh } = await createExpiringApi();
    failRefresh(401);
    const error = await rejection(api.post('/upload', await body(), config));
    expect(error.code).toBe('ERR_AUTH_SESSION_EXPIRED');
  });
});

it('G18: a web stream that cannot be iterated, as in Safari, is sent once as well', async () => {
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

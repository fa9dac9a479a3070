import type { Scenario } from '../run';
import { getting, situation } from './situation';

/** What comes back, and how axios reads it. */
export const ANSWERS: Scenario[] = [
  ...['deflate', 'brotli', 'corrupt', 'hollow', 'bom', 'chunked', 'cookies', 'forbidden'].flatMap(
    (path) => [
      ...getting(path, `/${path}`, () => ({})),
      ...getting(`${path}, as a stream`, `/${path}`, () => ({ responseType: 'stream' })),
    ],
  ),
  ...getting('gzip that is not decoded', '/gzip', () => ({
    decompress: false,
    responseType: 'arraybuffer',
  })),
  ...situation('gzip to HEAD', (api) => api.head('/gzip')),
  ...getting('latin1', '/latin1', () => ({ responseType: 'text', responseEncoding: 'latin1' })),
  ...getting('base64', '/text', () => ({ responseType: 'text', responseEncoding: 'base64' })),
  ...getting('an encoding that is none', '/text', () => ({ responseEncoding: 'nope' })),
  ...getting('responseType formdata', '/text', () => ({ responseType: 'formdata' }), {
    traits: ['unreadable'],
  }),
  ...getting('a limit that a 401 is larger than', '/json', () => ({ maxContentLength: 10 }), {
    traits: ['unreadable'],
  }),
  ...getting('responseType document', '/text', () => ({ responseType: 'document' })),
  ...getting('responseType response', '/text', () => ({ responseType: 'response' as never })),
  ...getting('a responseType in capitals', '/json', () => ({
    responseType: 'ARRAYBUFFER' as never,
  })),
  ...getting('malformed JSON, loudly', '/malformed', () => ({
    responseType: 'json',
    transitional: { silentJSONParsing: false },
  })),
  ...getting('JSON that is not parsed', '/json', () => ({
    transitional: { forcedJSONParsing: false },
  })),
  ...getting('a reviver', '/json', () => ({
    parseReviver: (_key: string, value: unknown) => (value === 1 ? 'one' : value),
  })),
  ...getting('a 401 as a stream', '/denied', () => ({ responseType: 'stream' })),
  ...getting('a 401 as a stream that is an answer', '/denied', () => ({
    responseType: 'stream',
    validateStatus: null,
  })),
  ...getting('a 401 as a stream, through progress', '/denied', (world) => ({
    responseType: 'stream',
    validateStatus: null,
    onDownloadProgress: world.onProgress('download'),
  })),
  ...getting('a 401 as bytes', '/denied', () => ({ responseType: 'arraybuffer' })),
  ...getting('a 401 as a Blob', '/denied', () => ({ responseType: 'blob' })),
  ...getting('an answer of the length that is allowed', '/large', () => ({
    maxContentLength: 5_000,
  })),
  ...getting('an answer that is one byte longer', '/large', () => ({ maxContentLength: 4_999 })),
  ...getting('a stream that is too long', '/large', () => ({
    maxContentLength: 100,
    responseType: 'stream',
  })),
  ...getting('too long after a redirect', '/moved', () => ({ maxContentLength: 30 })),
  ...getting('a stream that is cut off', '/cut', () => ({ responseType: 'stream' }), {
    traits: ['broken-off'],
  }),
  ...situation(
    'a stream that is aborted while it is read',
    async (api) => {
      const controller = new AbortController();
      const answer = await api.get('/large', {
        responseType: 'stream',
        signal: controller.signal,
      });
      controller.abort();
      return answer;
    },
    { traits: ['given-up'] },
  ),
  ...situation('an abort after the answer', async (api) => {
    const controller = new AbortController();
    const answer = await api.get('/json', { signal: controller.signal });
    controller.abort();
    return answer;
  }),
  ...getting(
    'validateStatus that throws',
    '/json',
    () => ({
      validateStatus(status) {
        if (status === 200) throw new Error('no status is valid');
        return false;
      },
    }),
    // Over http axios throws it in a listener: an exception that nobody can catch.
    { over: ['fetch'] },
  ),
  ...getting('a transform that is no function', '/json', () => ({ transformResponse: 5 as never })),
  ...getting('a transform that gives nothing', '/json', () => ({
    transformResponse: () => undefined,
  })),
  ...getting('a transform that changes the headers', '/json', () => ({
    transformResponse(data: unknown, headers) {
      headers.set('X-Added', 'yes');
      headers.delete('x-many');
      return data;
    },
  })),
  ...getting('an error that is redacted', '/missing', () => ({
    redact: ['x-secret', 'authorization'],
    headers: { 'X-Secret': 'hidden' },
  })),
  ...situation('the headers of an answer', async (api) => {
    const { headers } = await api.get('/cookies');
    const read = headers as unknown as { get(name: string): unknown; getContentType(): unknown };
    return [read.get('SET-COOKIE'), read.getContentType(), headers['x-mixed'], { ...headers }];
  }),
  ...situation(
    'several at once',
    (api) =>
      Promise.all(
        ['/json', '/text', '/empty'].map(async (path) => (await api.get<unknown>(path)).data),
      ),
    { traits: ['given-up'] },
  ),
];

import { Agent, request as httpRequest } from 'node:http';
import axios, { AxiosHeaders } from 'axios';
import type { AxiosRequestConfig, AxiosResponse } from 'axios';
import type { Scenario } from '../run';
import { getting, situation } from './situation';

const HTTP = { over: ['http'] };
const answerOf = (config: object): AxiosResponse => ({
  data: '{"from":"adapter"}',
  status: 200,
  statusText: 'Mine',
  headers: { 'x-mine': 'yes' },
  config: config as never,
});

/** How a request is sent: redirects, sockets, agents, adapters, headers. */
export const SENDING: Scenario[] = [
  ...getting('two redirects', '/twice', () => ({})),
  ...situation('a redirect of a POST', (api) => api.post('/moved', { a: 1 })),
  ...situation('a redirect that keeps the POST', (api) => api.post('/kept', { a: 1 })),
  ...situation('a redirect of a PUT with a form', (api) =>
    api.put('/moved', axios.toFormData({ a: 1 }, new FormData())),
  ),
  ...getting('a redirect to another origin', '/abroad', () => ({ headers: { Cookie: 'a=1' } })),
  ...getting('the same with headers that are sensitive', '/abroad', () => ({
    headers: { 'X-Key': 'secret', 'X-Open': 'yes' },
    sensitiveHeaders: ['x-key'],
  })),
  ...getting('a redirect that is an answer', '/moved', () => ({
    maxRedirects: 0,
    validateStatus: (status) => status === 302,
  })),
  ...getting('beforeRedirect that throws', '/moved', () => ({
    beforeRedirect() {
      throw new Error('not there');
    },
  })),
  ...getting('beforeRedirect that changes the path', '/moved', () => ({
    beforeRedirect(options) {
      (options as { path: string }).path += '?changed';
    },
  })),
  ...getting(
    'a Unix socket',
    '/json?a=1',
    ({ key, surroundings: { socketPath = '' } }) => ({
      baseURL: `http://localhost/${key}`,
      socketPath,
    }),
    HTTP,
  ),
  ...situation(
    'a Unix socket and a path alone',
    (api, { key, surroundings: { socketPath = '' } }) =>
      api.request({ baseURL: '', url: `/${key}/json`, socketPath, params: { b: 2 } }),
    HTTP,
  ),
  ...getting(
    'a socket that is not allowed',
    '/json',
    () => ({
      socketPath: '/tmp/none.sock',
      allowedSocketPaths: ['/tmp/other.sock'],
    }),
    HTTP,
  ),
  ...getting('a socketPath that is no text', '/json', () => ({ socketPath: 5 as never }), HTTP),
  ...situation(
    'HTTP/2',
    (api, { key, surroundings: { http2Url = '' } }) =>
      api.post(`${http2Url}/${key}/json?x=1`, { a: 1 }, {
        httpVersion: 2,
        headers: { 'X-Mixed-Case': 'ü' },
      } as AxiosRequestConfig),
    HTTP,
  ),
  ...getting('HTTP/3', '/json', () => ({ httpVersion: 3 as never }), HTTP),
  ...getting('a version that is no number', '/json', () => ({ httpVersion: 'x' as never }), HTTP),
  ...getting(
    'an agent that keeps connections',
    '/json',
    () => ({
      httpAgent: new Agent({ keepAlive: true, maxSockets: 1 }),
    }),
    HTTP,
  ),
  ...getting(
    'a lookup of its own',
    '/json',
    (world) => ({
      lookup: world.spy('lookup', (_host, _options, done: (...given: unknown[]) => void) =>
        done(null, '127.0.0.1', 4),
      ) as never,
      family: 4,
    }),
    HTTP,
  ),
  ...getting(
    'a transport of its own',
    '/json',
    (world) => {
      const note = world.spy('transport', () => undefined);
      return {
        transport: {
          request(options: object, then: () => void) {
            note();
            return httpRequest(options, then);
          },
        },
      };
    },
    HTTP,
  ),
  ...getting('the strict parser', '/json', () => ({ insecureHTTPParser: false }), HTTP),
  ...getting('a timeout that is no number', '/json', () => ({ timeout: 'soon' as never }), HTTP),
  ...getting('a timeout in a string', '/json', () => ({ timeout: '60000' as never })),
  ...getting('a timeout that is not reached', '/json', () => ({ timeout: 60_000 })),
  ...getting(
    'a host that is overridden',
    '/json',
    () => ({ headers: { Host: 'other.test' } }),
    HTTP,
  ),
  ...getting('a data: URL', 'data:text/plain;base64,aGVsbG8=', () => ({ baseURL: '' })),
  ...getting('a data: URL as a stream', 'data:,hello%20you', () => ({
    baseURL: '',
    responseType: 'stream',
  })),
  ...getting('a data: URL as bytes', 'data:,hello', () => ({
    baseURL: '',
    responseType: 'arraybuffer',
  })),
  ...getting('a data: URL that is too long', 'data:,hello', () => ({
    baseURL: '',
    maxContentLength: 2,
  })),
  ...situation('a POST to a data: URL', (api) => api.post('data:,hello', 'x', { baseURL: '' })),

  ...getting('no such adapter', '/json', () => ({ adapter: 'nope' })),
  ...getting('the first adapter that there is', '/json', () => ({
    adapter: ['nope', 'xhr', 'http'],
  })),
  ...getting('an empty list of adapters', '/json', () => ({ adapter: [] })),
  ...getting('an adapter that answers itself', '/json', () => ({
    adapter: (config) => Promise.resolve(answerOf(config)),
  })),
  ...getting('an adapter that gives an empty object', '/json', () => ({
    adapter: () => Promise.resolve({} as never),
  })),
  ...getting('an adapter that gives nothing', '/json', () => ({
    adapter: () => Promise.resolve(undefined as never),
  })),
  ...getting('an adapter that rejects with a text', '/json', () => ({
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    adapter: () => Promise.reject('only a text'),
  })),
  ...getting('an adapter that throws', '/json', () => ({
    adapter: () => {
      throw new TypeError('the adapter throws');
    },
  })),
  ...getting('an adapter whose 401 has no headers', '/json', () => ({
    validateStatus: null,
    adapter: (config) =>
      Promise.resolve({ ...answerOf(config), status: 401, headers: undefined as never }),
  })),
  ...getting('a fetch that answers itself', '/json', () => ({
    env: { fetch: () => Promise.resolve(new Response('mine', { headers: { 'X-Mine': 'a' } })) },
  })),
  ...getting('a fetch without Request and Response', '/json', () => ({
    env: { fetch, Request: null, Response: null } as never,
  })),
  ...getting('a fetch that fails', '/json', () => ({
    env: { fetch: () => Promise.reject(new TypeError('fetch failed')) },
  })),

  ...getting('AxiosHeaders of another request', '/json', () => ({
    headers: AxiosHeaders.from('X-One: 1\nx-two: b'),
  })),
  ...getting('headers that hold methods', '/json', () => ({
    headers: { common: { 'X-Common': 'of the request' }, get: { 'X-Get': '1' } } as never,
  })),
  ...getting('two cases of one name', '/json', () => ({
    headers: { 'x-Twice': 'a', 'X-tWICE': 'b' },
  })),
  ...getting('an empty Authorization', '/json', () => ({
    headers: { authorization: 'Basic eA==' },
  })),
  ...getting('Authorization: false', '/json', () => ({
    headers: { Authorization: false },
  })),
  ...getting('a header that is no ASCII', '/json', () => ({ headers: { 'X-Name': 'jürgen ☃' } })),
  ...getting('a header with a line break', '/json', () => ({ headers: { 'X-Bad': 'a\r\nB: c' } })),
  ...getting('a name that is none', '/json', () => ({ headers: { 'bad name': '1' } })),
  ...getting('headers of null', '/json', () => ({ headers: null as never })),
  ...situation('a user agent of the instance', (api) => api.get('/json'), {
    defaults: () => ({ headers: { 'User-Agent': 'mine/1', Accept: null as never } }),
  }),
  ...getting('auth without a password', '/json', () => ({ auth: { username: 'me' } as never })),
  ...getting('auth that is empty', '/json', () => ({ auth: {} as never })),
];

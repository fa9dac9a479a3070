import axios from 'axios';
import type { InternalAxiosRequestConfig } from 'axios';
import { axiosHas } from '../support/axios-features';
import {
  answering,
  authorizations,
  json,
  startServer,
  type TestServer,
} from '../support/http-server';
import { attached, cleanUp, recorder } from '../support/session';
import { beforeReplay } from '../support/on-send';

afterEach(cleanUp);

const hostOf = (server: TestServer): string => server.url.replace('http://', '');

/** Ways to write a URL of the other server, as `own` may be read by somebody in a hurry. */
const absolute: Record<string, (other: string, own: string) => string> = {
  'an absolute URL': (other) => `http://${other}/x`,
  'an absolute URL in upper case': (other) => `HTTP://${other}/x`,
  'a protocol-relative URL': (other) => `//${other}/x`,
  'user info that looks like the own host': (other, own) =>
    `http://${own.replace(':', '%3A')}@${other}/x`,
  'user info with a password': (other, own) => `http://${own}@${other}/x`,
  'a backslash that ends the host': (other, own) => `http://${other}\\@${own}/x`,
  'a tab within the host': (other) => `http://127.0.\t0.1${other.replace('127.0.0.1', '')}/x`,
  'a line break within the host': (other) => `http://127.0.\n0.1${other.replace('127.0.0.1', '')}/`,
  'a line break after the scheme': (other) => `http://\n${other}/x`,
  'the own host as the path': (other, own) => `http://${other}/${own}`,
  'the own host as the fragment': (other, own) => `http://${other}#@${own}/`,
  'the own host as the query': (other, own) => `http://${other}?@${own}/`,
};

/** Behind a baseURL these are paths, whatever they look like. */
const paths = [
  '\\\\other.example/x',
  '/\\other.example/x',
  '\\/other.example/x',
  '@other.example/x',
  '.other.example/x',
  ':80@other.example/x',
  '/../../other.example',
  '\t//other.example/x',
  'ht\ttp://other.example/x',
];

/** Without a baseURL, the URL parser finds another host in each of these. */
const hosts = [
  '//other.example/x',
  '\\\\other.example/x',
  '/\\other.example/x',
  '\\/other.example/x',
  '/\t/other.example/x',
  '/\n/other.example/x',
  '\t//other.example/x',
  ' //other.example/x',
  'https://other.example/x',
  'https:/other.example/x',
  'https:other.example/x',
  'https:\\\\other.example/x',
  'HTTPS:/other.example/x',
  'ht\ttps://other.example/x',
  '\thttps:/other.example/x',
  'http:/other.example/x',
  'http:other.example/x',
];

describe('G3: the token reaches no other origin', () => {
  describe.each(['http', 'fetch'] as const)('with the %s adapter', (adapter) => {
    test.each(Object.entries(absolute))(
      'the token does not go to another origin by %s',
      async (_what, write) => {
        const [own, other] = [await answering(), await answering()];
        const { api } = attached({ axios: { baseURL: own.url, adapter } });
        // Not every adapter can send every one of them; none may send it with the token.
        await api.get(write(hostOf(other), hostOf(own))).catch(() => undefined);
        expect(authorizations(other).filter((value) => value?.includes('access-1'))).toEqual([]);
        expect(own.requests).toHaveLength(0);
      },
    );

    test('the token does not go to another origin by a baseURL for one request', async () => {
      const [own, other] = [await answering(), await answering()];
      const { api } = attached({ axios: { baseURL: own.url, adapter } });
      await api.get('/x', { baseURL: other.url });
      expect(authorizations(other)).toStrictEqual([undefined]);
    });

    test('the token does not go to another origin by a baseURL or a URL that an interceptor changes', async () => {
      const [own, other] = [await answering(), await answering()];
      const api = axios.create({ baseURL: own.url, adapter });
      const { auth } = attached();
      const toOther = { baseURL: other.url };
      const early = api.interceptors.request.use((config) => Object.assign(config, toOther));
      auth.attach(api);
      await api.get('/after');
      api.interceptors.request.eject(early);
      api.interceptors.request.use((config) =>
        Object.assign(config, { url: `${other.url}/before` }),
      );
      await api.get('/before');
      expect(authorizations(other)).toStrictEqual([undefined, undefined]);
    });

    test('an absolute URL that allowAbsoluteUrls turns into a path goes to the own origin', async () => {
      const [own, other] = [await answering(), await answering()];
      const { api } = attached({ axios: { baseURL: own.url, adapter, allowAbsoluteUrls: false } });
      await api.get(`${other.url}/x`);
      // Where axios does not know the option, the request leaves, and the token stays.
      const [sent, untouched] = axiosHas.allowAbsoluteUrls ? [own, other] : [other, own];
      expect(untouched.requests).toHaveLength(0);
      expect(authorizations(sent)).toEqual(sent === own ? ['Bearer access-1'] : [undefined]);
    });
  });

  test.each(paths)('%j stays a path of the own origin', async (url) => {
    const own = await answering();
    const { api } = attached({ axios: { baseURL: own.url } });
    await api.get(url);
    expect(authorizations(own)).toEqual(['Bearer access-1']);
  });

  describe.each(['no baseURL', 'a baseURL that the request takes away'])('with %s', (base) => {
    test.each(hosts)('%j gets no token', async (url) => {
      const { adapter, sent } = recorder();
      const baseURL = base === 'no baseURL' ? {} : { baseURL: 'https://api.example.com' };
      const { api } = attached({ axios: { adapter, ...baseURL } });
      await api.get(url, { baseURL: '' }).catch(() => undefined);
      expect(sent.filter((headers) => 'authorization' in headers)).toEqual([]);
    });
  });

  /** A base that is no more than a scheme or a host in disguise. */
  test.each([
    '//other.example',
    '\\\\other.example',
    '/\\other.example',
    'https:/other.example',
    'https:other.example',
    'https:\\\\other.example',
    'https://api.example.com@other.example',
    'https://api.example.com:x@other.example',
    'https://other.example\\@api.example.com',
    'https://api.example.com.other.example',
    'https://api.example.com:8443',
    'http://api.example.com',
    'https://other.example/https://api.example.com',
  ])('a request with the baseURL %j gets no token', async (baseURL) => {
    const { adapter, sent } = recorder();
    const { api } = attached({ axios: { adapter, baseURL: 'https://api.example.com' } });
    await api.get('/x', { baseURL }).catch(() => undefined);
    expect(sent.filter((headers) => 'authorization' in headers)).toEqual([]);
  });

  test('an allowAbsoluteUrls that an interceptor changes later does not send the token elsewhere', async () => {
    const [own, other] = [await answering(), await answering()];
    const api = axios.create({ baseURL: own.url, allowAbsoluteUrls: false });
    api.interceptors.request.use((config) => Object.assign(config, { allowAbsoluteUrls: true }));
    const { auth } = attached();
    auth.attach(api);
    await api.get(`${other.url}/x`);
    expect(authorizations(other)).toStrictEqual([undefined]);
  });

  test('a hook that points the replay at another origin does not send the token there', async () => {
    const other = await answering();
    const own = await startServer((_request, response) =>
      json(response, 401, { code: 'TOKEN_EXPIRED' }),
    );
    const elsewhere = (config: InternalAxiosRequestConfig) => ({
      ...config,
      url: `${other.url}/x`,
    });
    const { api } = attached({ axios: { baseURL: own.url }, options: beforeReplay(elsewhere) });
    await api.get('/x');
    expect(authorizations(other)).toStrictEqual([undefined]);
  });

  describe('an answer of another origin', () => {
    test('with a 401 starts no refresh', async () => {
      const [own, other] = [
        await answering(),
        await startServer((_request, response) => json(response, 401, { code: 'TOKEN_EXPIRED' })),
      ];
      const refresh = jest.fn();
      const { api } = attached({ axios: { baseURL: own.url }, options: { refresh } });
      await expect(api.get(other.url)).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST' });
      expect(refresh).not.toHaveBeenCalled();
    });

    test('a token of the session in the defaults is not sent to it', async () => {
      const [own, other] = [await answering(), await answering()];
      const { api } = attached({ axios: { baseURL: own.url } });
      await api.get('/');
      api.defaults.headers.common.Authorization = 'Bearer access-1';
      await api.get(other.url);
      expect(authorizations(other)).toStrictEqual([undefined]);
    });
  });

  test('the URL that an adapter of another interceptor gets is the one that was checked', async () => {
    const [own, other] = [await answering(), await answering()];
    const { api } = attached({ axios: { baseURL: own.url } });
    api.interceptors.request.use((config) => {
      config.adapter = (sent) => axios.getAdapter('http')(sent);
      return config;
    });
    await api.get(other.url);
    await api.get('/x');
    expect(authorizations(other)).toStrictEqual([undefined]);
    expect(authorizations(own)).toEqual(['Bearer access-1']);
  });
});

describe('G3: shouldAttach', () => {
  test('shouldAttach cannot send the token to another origin', async () => {
    const [own, other] = [await answering(), await answering()];
    const { api } = attached({
      axios: { baseURL: own.url },
      options: { shouldAttach: () => true },
    });
    await api.get(other.url);
    expect(authorizations(other)).toStrictEqual([undefined]);
  });

  test('a shouldAttach that throws attaches nothing, and is logged', async () => {
    const server = await answering();
    const error = jest.fn();
    const shouldAttach = () => {
      throw new Error('no idea');
    };
    const { api } = attached({
      axios: { baseURL: server.url },
      options: { shouldAttach, logger: { error } },
    });
    await api.get('/');
    expect(authorizations(server)).toStrictEqual([undefined]);
    expect(error).toHaveBeenCalledTimes(1);
  });
});

import axios from 'axios';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { AuthOptions } from '../../src/index';
import { createExpiringApi, tokenOf } from '../support/expiring-api';
import { json, startServer } from '../support/http-server';
import { cleanUp, openSession, rejection } from '../support/session';
import { beforeReplay, type ReplayHook } from '../support/on-send';
import { controlTimers } from '../support/clocks';

afterEach(cleanUp);

const replaying = (hook: ReplayHook, options: Partial<AuthOptions> = {}) =>
  createExpiringApi({ options: { ...beforeReplay(hook), ...options } });

const setHeader = (config: InternalAxiosRequestConfig): void => {
  config.headers.set('X-Replay', 'yes');
};

/** Keeps every config that an attempt was sent with, but for the refreshes. */
function recording() {
  const sent: InternalAxiosRequestConfig[] = [];
  const http = axios.getAdapter('http');
  const adapter = (config: InternalAxiosRequestConfig): Promise<AxiosResponse> => {
    if (config.url !== '/auth/refresh') sent.push(config);
    return http(config);
  };
  return { sent, adapter };
}

describe('G17: the hook before a replay is sent', () => {
  describe('a hook before a replay', () => {
    test('is called for a replay, not for a first attempt', async () => {
      const hook = jest.fn();
      const { api, auth } = await replaying(hook);
      await auth.refresh();
      await api.get('/first');
      expect(hook).not.toHaveBeenCalled();
    });

    test('is called once for each replay, with the new token in place', async () => {
      const seen: unknown[] = [];
      const { api } = await replaying((config) => {
        seen.push(config.url, config.headers.get('Authorization'));
      });
      await api.get('/thing');
      expect(seen).toEqual(['/thing', 'Bearer token-1']);
    });

    test.each<[string, ReplayHook]>([
      ['changes a header', setHeader],
      [
        'changes it later',
        async (config) => {
          await new Promise((resolve) => setImmediate(resolve));
          setHeader(config);
        },
      ],
      [
        'returns the config',
        (config) => {
          setHeader(config);
          return config;
        },
      ],
      [
        'returns a new config',
        (config) => ({ ...config, headers: config.headers.concat({ 'X-Replay': 'yes' }) }),
      ],
      [
        'returns a new config with plain headers',
        (config) => ({
          ...config,
          headers: { ...config.headers.toJSON(), 'X-Replay': 'yes' } as never,
        }),
      ],
    ])('%s', async (_name, hook) => {
      const { api, requests } = await replaying(hook);
      await api.get('/thing');
      expect(requests.map(({ headers }) => headers['x-replay'])).toEqual([undefined, 'yes']);
      expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
    });

    test('changes the URL and the params', async () => {
      const { api, requests } = await replaying((config) => {
        config.url = '/elsewhere';
        config.params = { b: 2 };
      });
      await api.get('/thing', { params: { a: 1 } });
      expect(requests.map(({ url }) => url)).toEqual(['/thing?a=1', '/elsewhere?b=2']);
      expect(tokenOf(requests[1]!)).toBe('token-1');
    });

    test.each(['http', 'fetch'])('changes the body, which arrives whole (%s)', async (adapter) => {
      const { api, requests } = await createExpiringApi({
        axios: { adapter },
        options: beforeReplay((config) => {
          config.data = JSON.stringify({ a: 1, nonce: 'a longer body than the first' });
        }),
      });
      await api.post('/thing', { a: 1 });
      expect(requests.map(({ body }) => body.toString())).toEqual([
        '{"a":1}',
        '{"a":1,"nonce":"a longer body than the first"}',
      ]);
    });

    test.each(['http', 'fetch'])('changes the body to a shorter one (%s)', async (adapter) => {
      const { api, requests } = await createExpiringApi({
        axios: { adapter, timeout: 3_000 },
        options: beforeReplay((config) => {
          config.data = '{}';
        }),
      });
      await api.post('/thing', { a: 'body that is longer' });
      expect(requests[1]!.body.toString()).toBe('{}');
    });

    test.each<[string, ReplayHook]>([
      [
        'throws',
        () => {
          throw new Error('not today');
        },
      ],
      ['rejects', () => Promise.reject(new Error('not today'))],
      ['hangs', () => new Promise(() => undefined)],
    ])(
      'where it %s, the request is sent as it was, and the fault is logged',
      async (_name, fault) => {
        const error = jest.fn();
        const { drive } = controlTimers();
        const { api, url, requests } = await replaying(fault, { logger: { error } });
        const request = drive({ url }, api.post('/thing', { a: 1 }));
        await expect(request).resolves.toMatchObject({ status: 200 });
        expect(requests.map(({ body }) => body.toString())).toEqual(['{"a":1}', '{"a":1}']);
        expect(error).toHaveBeenCalledTimes(1);
      },
    );

    test('may make a request of its own through the instance', async () => {
      const rig = await replaying(async (config) => {
        const { data } = await rig.api.get<{ url: string }>('/nonce');
        config.headers.set('X-Nonce', data.url);
      });
      await rig.api.get('/thing');
      expect(rig.at('/thing').at(-1)!.headers['x-nonce']).toBe('/nonce');
    });

    test('a request for which it signs out is not sent', async () => {
      const rig = await replaying(() => rig.auth.signOut());
      const error = await rejection(rig.api.get('/thing'));
      expect(error.code).toBe('ERR_AUTH_SIGNED_OUT');
      expect(rig.requests).toHaveLength(1);
    });
  });

  describe('a hook that points to another origin', () => {
    const redirecting = async (
      change: (config: InternalAxiosRequestConfig, url: string) => void,
    ) => {
      const other = await startServer((_request, response) =>
        json(response, 200, 'from the other'),
      );
      const rig = await replaying((config) => change(config, other.url));
      const { data } = await rig.api.get<unknown>('/thing');
      expect(data).toBe('from the other');
      return other.requests[0]!.headers;
    };

    test('by the url, the token does not follow', async () => {
      const headers = await redirecting((config, url) => {
        config.url = `${url}/thing`;
      });
      expect(headers).not.toHaveProperty('authorization');
    });

    test('by the baseURL, the token does not follow', async () => {
      const headers = await redirecting((config, url) => {
        config.baseURL = url;
      });
      expect(headers).not.toHaveProperty('authorization');
    });

    test('with a credential of its own, that one is sent', async () => {
      const headers = await redirecting((config, url) => {
        config.url = url;
        config.headers.set('Authorization', 'Basic YTpi');
      });
      expect(headers.authorization).toBe('Basic YTpi');
    });
  });
});

test.each<[string, AuthOptions['onSend'] & object]>([
  ['the headers', (config) => config.headers.set('X-Signed', 'yes') as never],
  [
    'an answer of axios',
    (config) => Promise.resolve({ data: 1, status: 200, headers: {}, config }) as never,
  ],
  ['an object without anything', () => ({}) as never],
])('G33: an onSend that gives %s gives no config: the request goes as it is', async (_, onSend) => {
  const server = await startServer((_request, response) => json(response, 200, {}));
  const { api } = openSession(server, { tokens: { accessToken: 'access-1' }, onSend });
  await api.post('/a', { b: 1 });
  expect(server.requests[0]).toMatchObject({ method: 'POST', url: '/a' });
  expect(server.requests[0]?.headers.authorization).toBe('Bearer access-1');
});

describe('G17: the config of an attempt', () => {
  test('what the hook changes does not show on the first attempt', async () => {
    const { sent, adapter } = recording();
    const { api } = await createExpiringApi({
      axios: { adapter },
      options: beforeReplay((config) => {
        config.headers.set('X-Replay', 'yes');
        config.url = '/replayed';
      }),
    });
    await api.get('/thing');
    expect(sent.map(({ url }) => url)).toEqual(['/thing', '/replayed']);
    expect(sent.map(({ headers }) => headers.get('X-Replay'))).toEqual([undefined, 'yes']);
  });
});

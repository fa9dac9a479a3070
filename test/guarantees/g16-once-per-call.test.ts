import axios from 'axios';
import type { AxiosInstance, AxiosRequestConfig, CreateAxiosDefaults } from 'axios';
import { createExpiringApi, tokenOf, tokensOf } from '../support/expiring-api';
import { json } from '../support/http-server';
import { cleanUp, rejection, until } from '../support/session';

afterEach(cleanUp);

type Moment = 'before' | 'after';

type Kind = 'sync' | 'async' | 'synchronous';

/** Counts what runs, by name; the interceptors it adds only pass on. */
class Counter {
  readonly runs: string[] = [];

  add(api: AxiosInstance, moment: Moment, kind: Kind): void {
    const note = (what: string): void => void this.runs.push(`${what} ${moment} ${kind}`);
    const pause = kind === 'async' ? () => new Promise((resolve) => setImmediate(resolve)) : null;
    api.interceptors.request.use(
      (config) => {
        note('request');
        return pause ? pause().then(() => config) : config;
      },
      undefined,
      { synchronous: kind === 'synchronous' },
    );
    api.interceptors.response.use(
      (response) => {
        note(`response ${response.status}`);
        return pause ? pause().then(() => response) : response;
      },
      (error: { response?: { status: number } }) => {
        note(`error ${error.response?.status ?? 0}`);
        throw error as unknown as Error;
      },
    );
  }
}

// Older versions of axios refuse a transitional option that they do not know.
const knowsOrdering = 'legacyInterceptorReqResOrdering' in (axios.defaults.transitional ?? {});

const orderings: [string, CreateAxiosDefaults][] = knowsOrdering
  ? [true, false].map((legacy) => [
      `legacyInterceptorReqResOrdering: ${String(legacy)}`,
      { transitional: { legacyInterceptorReqResOrdering: legacy } },
    ])
  : [['the only ordering there is', {}]];

const moments: Moment[] = ['before', 'after'];

const kinds: Kind[] = ['sync', 'async', 'synchronous'];

const cases = orderings.flatMap(([name, defaults]) =>
  moments.flatMap((moment) => kinds.map((kind) => ({ name, defaults, moment, kind }))),
);

const attached = [
  ['by the defaults before attaching', 'before'],
  ['by the defaults after attaching', 'after'],
  ['by the request', 'request'],
] as const;

/** Wraps what it is given, so that a second run would show. */
const wrapRequest = (data: unknown): string => JSON.stringify({ wrapped: data });

const wrapResponse = (data: unknown): unknown => ({
  unwrapped: JSON.parse(data as string) as unknown,
});

function transforming(where: 'before' | 'after' | 'request') {
  const transforms: AxiosRequestConfig = {
    transformRequest: [wrapRequest],
    transformResponse: [wrapResponse],
  };
  const options =
    where === 'request'
      ? {}
      : { [where]: (api: AxiosInstance) => void Object.assign(api.defaults, transforms) };
  return { options, config: where === 'request' ? transforms : {} };
}

describe('G16: other interceptors run once per call', () => {
  describe('other interceptors', () => {
    test.each(cases)(
      '$kind ones added $moment attaching run once for a recovered request ($name)',
      async ({ defaults, moment, kind }) => {
        const counter = new Counter();
        const { api, refreshes } = await createExpiringApi({
          axios: defaults,
          [moment]: (instance: AxiosInstance) => counter.add(instance, moment, kind),
        });
        await api.get('/thing');
        expect(counter.runs).toEqual([
          `request ${moment} ${kind}`,
          `response 200 ${moment} ${kind}`,
        ]);
        expect(refreshes()).toBe(1);
      },
    );

    test.each(cases)(
      '$kind ones added $moment attaching run once for a held request ($name)',
      async ({ defaults, moment, kind }) => {
        const counter = new Counter();
        const { api, refreshes, hold, release, at } = await createExpiringApi({
          axios: defaults,
          [moment]: (instance: AxiosInstance) => counter.add(instance, moment, kind),
        });
        hold();
        const first = api.get('/first');
        await until(() => refreshes() === 1);
        counter.runs.length = 0;
        const held = api.get('/held');
        release();
        await Promise.all([first, held]);
        expect([...counter.runs].sort()).toEqual([
          `request ${moment} ${kind}`,
          `response 200 ${moment} ${kind}`,
          `response 200 ${moment} ${kind}`,
        ]);
        expect(at('/held').map(tokenOf)).toEqual(['token-1']);
      },
    );

    test.each(orderings)('see only the final error, once (%s)', async (_name, defaults) => {
      const counter = new Counter();
      const { api, failRefresh } = await createExpiringApi({
        axios: defaults,
        before: (instance) => counter.add(instance, 'before', 'async'),
        after: (instance) => counter.add(instance, 'after', 'async'),
      });
      failRefresh(401);
      const error = await rejection(api.get('/thing'));
      expect(error.code).toBe('ERR_AUTH_SESSION_EXPIRED');
      expect([...counter.runs].sort()).toEqual([
        'error 401 after async',
        'error 401 before async',
        'request after async',
        'request before async',
      ]);
    });

    test('run once per call when many calls are recovered together', async () => {
      const counter = new Counter();
      const { api } = await createExpiringApi({
        before: (instance) => counter.add(instance, 'before', 'sync'),
        after: (instance) => counter.add(instance, 'after', 'async'),
      });
      await Promise.all(Array.from({ length: 20 }, (_, n) => api.get(`/things/${n}`)));
      for (const run of new Set(counter.runs)) {
        expect([run, counter.runs.filter((other) => other === run).length]).toEqual([run, 20]);
      }
      expect(new Set(counter.runs).size).toBe(4);
    });

    test('a header that an interceptor counts up is sent once per call, the same on a replay', async () => {
      let calls = 0;
      const { api, requests } = await createExpiringApi({
        after(instance) {
          instance.interceptors.request.use((config) => {
            config.headers.set('X-Request-Id', `id-${++calls}`);
            return config;
          });
        },
      });
      await api.get('/thing');
      expect(requests.map(({ headers }) => headers['x-request-id'])).toEqual(['id-1', 'id-1']);
    });

    test('one that is skipped by runWhen stays skipped on a replay', async () => {
      let runs = 0;
      const { api } = await createExpiringApi({
        after(instance) {
          instance.interceptors.request.use(
            (config) => {
              runs++;
              return config;
            },
            undefined,
            { runWhen: () => false },
          );
        },
      });
      await api.get('/thing');
      expect(runs).toBe(0);
    });
  });

  describe('interceptors that make the outcome their own', () => {
    test.each(moments)('r => r.data, added %s attaching, unwraps once', async (moment) => {
      const { api } = await createExpiringApi({
        [moment]: (instance: AxiosInstance) =>
          instance.interceptors.response.use((response) => response.data as never),
      });
      const data: unknown = await api.get('/thing', { params: { a: 1 } });
      expect(data).toEqual({ url: '/thing?a=1', token: 'Bearer token-1' });
    });

    class ApiError extends Error {
      readonly status: number;

      constructor(status: number, cause: unknown) {
        super(`status ${status}`, { cause });
        this.status = status;
      }
    }

    const mapErrors = (instance: AxiosInstance): number =>
      instance.interceptors.response.use(undefined, (error: { response?: { status: number } }) => {
        throw new ApiError(error.response?.status ?? 0, error);
      });

    test.each(moments)('errors mapped %s attaching are mapped once', async (moment) => {
      const { api, failRefresh } = await createExpiringApi({ [moment]: mapErrors });
      failRefresh(503);
      const error = await rejection(api.get('/thing'));
      expect(error).toBeInstanceOf(ApiError);
      expect(error.cause).not.toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ status: 401, cause: { code: 'ERR_AUTH_REFRESH_FAILED' } });
    });

    test.each(moments)(
      'errors mapped %s attaching never see the 401 of a recovered request',
      async (moment) => {
        const { api } = await createExpiringApi({ [moment]: mapErrors });
        await expect(api.get('/thing')).resolves.toMatchObject({ status: 200 });
      },
    );

    describe.each(moments)('a redirect to the login on 401, added %s attaching', (moment) => {
      const redirecting = async () => {
        const redirects: string[] = [];
        const rig = await createExpiringApi({
          [moment]: (instance: AxiosInstance) =>
            instance.interceptors.response.use(
              undefined,
              (error: { response?: { status: number } }) => {
                if (error.response?.status === 401) redirects.push('/login');
                throw error as unknown as Error;
              },
            ),
        });
        return { ...rig, redirects };
      };

      test('does not fire for recovered requests', async () => {
        const { api, redirects, refreshes } = await redirecting();
        await Promise.all([api.get('/a'), api.get('/b'), api.get('/c')]);
        expect(refreshes()).toBe(1);
        expect(redirects).toEqual([]);
      });

      test('fires once when the session is over', async () => {
        const { api, redirects, failRefresh } = await redirecting();
        failRefresh(401);
        await rejection(api.get('/a'));
        expect(redirects).toEqual(['/login']);
      });
    });
  });
});

describe('G16: transforms run once per call', () => {
  test.each(attached)('run once for a recovered request, given %s', async (_name, where) => {
    const { options, config } = transforming(where);
    const { api, requests } = await createExpiringApi({
      ...options,
      // The client of the refresh has the same transforms, and would wrap its answer too.
      options: { refresh: () => tokensOf(1) },
      answer: ({ body }, response) => json(response, 200, JSON.parse(body.toString())),
    });
    const { data } = await api.post<unknown>('/echo', { n: 1 }, config);
    expect(data).toEqual({ unwrapped: { wrapped: { n: 1 } } });
    expect(requests.map(({ body }) => body.toString())).toEqual([
      '{"wrapped":{"n":1}}',
      '{"wrapped":{"n":1}}',
    ]);
  });

  test('transformRequest and transformResponse are called once each', async () => {
    const calls: string[] = [];
    const { api } = await createExpiringApi();
    await api.post('/thing', 'text', {
      transformRequest: (data: unknown) => {
        calls.push('request');
        return data;
      },
      transformResponse(data: unknown, _headers, status) {
        calls.push(`response ${status ?? 0}`);
        return data;
      },
    });
    expect(calls).toEqual(['request', 'response 200']);
  });

  test('a 401 that is not recovered is transformed once', async () => {
    const calls: unknown[] = [];
    const { api } = await createExpiringApi({
      refuse: (response) => json(response, 401, { code: 'NOT_FOR_YOU' }),
    });
    const error = await rejection(
      api.get('/thing', {
        transformResponse: (data: string) => {
          calls.push(data);
          return { seen: data };
        },
      }),
    );
    expect(calls).toEqual(['{"code":"NOT_FOR_YOU"}']);
    expect(error).toMatchObject({ response: { data: { seen: '{"code":"NOT_FOR_YOU"}' } } });
  });

  test('an error answer to the replay is transformed once', async () => {
    const { api } = await createExpiringApi({
      answer: (_request, response) => json(response, 422, { field: 'name' }),
    });
    const error = await rejection(
      api.get('/thing', { transformResponse: [(data: string) => ({ seen: data })] }),
    );
    expect(error).toMatchObject({
      response: { status: 422, data: { seen: '{"field":"name"}' } },
    });
  });

  test('a transform that hides the code of the 401 does not keep it from being recovered', async () => {
    const { api } = await createExpiringApi();
    const { data } = await api.get<unknown>('/thing', {
      transformResponse: [() => 'nothing to see'],
    });
    expect(data).toBe('nothing to see');
  });

  test('a transformRequest that throws rejects as it does without us, and nothing is sent', async () => {
    const fault = new Error('not today');
    const { api, requests } = await createExpiringApi();
    const transformRequest = (): never => {
      throw fault;
    };
    await expect(api.post('/thing', {}, { transformRequest })).rejects.toBe(fault);
    expect(requests).toEqual([]);
  });

  test('a transformResponse that throws on the replay rejects once, and sends nothing more', async () => {
    const fault = new Error('not today');
    const { api, requests } = await createExpiringApi();
    const transformResponse = (): never => {
      throw fault;
    };
    await expect(api.get('/thing', { transformResponse })).rejects.toBe(fault);
    expect(requests).toHaveLength(2);
  });

  test('headers that transformRequest sets are sent on each attempt', async () => {
    const { api, requests } = await createExpiringApi();
    let calls = 0;
    await api.post('/thing', 'text', {
      transformRequest: [
        (data: unknown, headers) => {
          headers.set('X-Signature', `signed-${++calls}`);
          return data;
        },
      ],
    });
    expect(requests.map(({ headers }) => headers['x-signature'])).toEqual(['signed-1', 'signed-1']);
  });
});

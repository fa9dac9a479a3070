import type { AxiosInstance, AxiosRequestConfig } from 'axios';
import { json } from '../support/http-server';
import { createExpiringApi, rejection, tokensOf } from '../support/expiring-api';
import { cleanUp } from '../support/rig';

afterEach(cleanUp);

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

describe('transforms', () => {
  it.each(attached)('G16: run once for a recovered request, given %s', async (_name, where) => {
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

  it('G16: transformRequest and transformResponse are called once each', async () => {
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

  it('G16: a 401 that is not recovered is transformed once', async () => {
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

  it('G16: an error answer to the replay is transformed once', async () => {
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

  it('G16: a transform that hides the code of the 401 does not keep it from being recovered', async () => {
    const { api } = await createExpiringApi();
    const { data } = await api.get<unknown>('/thing', {
      transformResponse: [() => 'nothing to see'],
    });
    expect(data).toBe('nothing to see');
  });

  it('G16: a transformRequest that throws rejects as it does without us, and nothing is sent', async () => {
    const fault = new Error('not today');
    const { api, requests } = await createExpiringApi();
    const transformRequest = (): never => {
      throw fault;
    };
    await expect(api.post('/thing', {}, { transformRequest })).rejects.toBe(fault);
    expect(requests).toEqual([]);
  });

  it('G16: a transformResponse that throws on the replay rejects once, and sends nothing more', async () => {
    const fault = new Error('not today');
    const { api, requests } = await createExpiringApi();
    const transformResponse = (): never => {
      throw fault;
    };
    await expect(api.get('/thing', { transformResponse })).rejects.toBe(fault);
    expect(requests).toHaveLength(2);
  });

  it('G16: headers that transformRequest sets are sent on each attempt', async () => {
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

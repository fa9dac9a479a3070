import axios from 'axios';
import type { AxiosInstance } from 'axios';
import otherAxios from 'axios-1.7';
import { attachAuthInterceptors, isAuthError, memoryStore } from '../../src/index';
import type { AuthOptions } from '../../src/index';
import { abortBy, expectCanceled } from '../support/aborting';
import { json, startServer } from '../support/http-server';
import { tokenOf, tokensOf } from '../support/expiring-api';
import { cleanUp, rejection, turns, until } from '../support/session';

afterEach(cleanUp);

/** An instance of a copy of axios that is not the one which the package imports. */
async function attachToOtherCopy(options: Partial<AuthOptions> = {}) {
  const server = await startServer(({ headers }, response) => {
    if (headers.authorization === 'Bearer token-1') json(response, 200, 'in');
    else json(response, 401, { code: 'TOKEN_EXPIRED' });
  });
  const api = otherAxios.create({ baseURL: server.url }) as unknown as AxiosInstance;
  const auth = attachAuthInterceptors(api, {
    tokenStore: memoryStore(tokensOf(0)),
    refresh: () => tokensOf(1),
    ...options,
  });
  return { api, auth, requests: server.requests };
}

describe('an instance of another copy of axios', () => {
  it('G19: is recovered', async () => {
    const { api, requests } = await attachToOtherCopy();
    await expect(api.post('/thing', { a: 1 })).resolves.toMatchObject({ data: 'in' });
    expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
    expect(requests.map(({ body }) => body.toString())).toEqual(['{"a":1}', '{"a":1}']);
  });

  it('G19: has the headers of its requests, and those of the answers', async () => {
    const { api, requests } = await attachToOtherCopy();
    const { headers, config } = await api.get<string>('/thing', { headers: { 'X-Own': 'mine' } });
    expect(requests.map((request) => request.headers['x-own'])).toEqual(['mine', 'mine']);
    expect(headers['content-type']).toBe('application/json');
    await api.request(config);
    expect(requests[2]?.headers).toMatchObject({
      'x-own': 'mine',
      authorization: 'Bearer token-1',
    });
  });

  it('G19: sends a form again', async () => {
    const { api, requests } = await attachToOtherCopy();
    const form = new FormData();
    form.append('file', new Blob(['the content']), 'file.txt');
    await api.post('/upload', form);
    for (const { body } of requests) expect(body.toString()).toContain('the content');
    expect(requests).toHaveLength(2);
  });

  it('G19: tells the end of the session in a way that both copies understand', async () => {
    const { api } = await attachToOtherCopy({ refresh: () => null });
    const error = await rejection(api.get('/thing'));
    expect(isAuthError(error)).toBe(true);
    expect(otherAxios.isAxiosError(error)).toBe(true);
    expect(otherAxios.isCancel(error)).toBe(false);
  });

  it('G19: cancels a held request in a way that both copies understand', async () => {
    let release = (): void => undefined;
    let refreshing = false;
    const { api, requests } = await attachToOtherCopy({
      refresh: () =>
        new Promise((resolve) => {
          refreshing = true;
          release = () => resolve(tokensOf(1));
        }),
    });
    const first = api.get('/first');
    await until(() => refreshing);
    const { config, abort } = abortBy('signal');
    const held = api.get('/held', config);
    await turns();
    abort();
    await expectCanceled(held);
    await held.catch((error: unknown) => {
      expect(otherAxios.isCancel(error)).toBe(true);
    });
    release();
    await first;
    expect(requests.map(({ url }) => url)).toEqual(['/first', '/first']);
  });

  it('G19: shares a session with an instance of the imported copy', async () => {
    const { api, auth, requests } = await attachToOtherCopy();
    const second = axios.create({ baseURL: api.defaults.baseURL ?? '' });
    auth.attach(second);
    await Promise.all([api.get('/a'), second.get('/b')]);
    expect(requests.map(tokenOf).slice(-2)).toEqual(['token-1', 'token-1']);
  });
});

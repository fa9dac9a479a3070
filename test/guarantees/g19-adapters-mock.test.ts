import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios';
import MockAdapter from 'axios-mock-adapter';
import { createExpiringApi, tokenOf, tokensOf } from '../support/expiring-api';
import { cleanUp, openSession, REFRESH_PATH, rejection } from '../support/session';

afterEach(cleanUp);

const moments = ['before', 'after'] as const;

type Moment = (typeof moments)[number];

/** An instance whose API is a mock, and whose first token has expired. */
function mocked(moment: Moment) {
  let mock!: MockAdapter;
  const { api, auth } = openSession(
    { url: 'https://api.test', issue: () => tokensOf(0) },
    { [moment]: (instance: AxiosInstance) => void (mock = new MockAdapter(instance)) },
  );
  mock.onPost(REFRESH_PATH).reply(200, tokensOf(1));
  mock
    .onAny(/\/things/)
    .reply((config) =>
      tokenIn(config) === 'token-1'
        ? [200, { url: config.url, body: config.data as unknown }]
        : [401, { code: 'TOKEN_EXPIRED' }],
    );
  return { api, auth, mock };
}

const tokenIn = ({ headers }: { headers?: unknown }): string =>
  String((headers as InternalAxiosRequestConfig['headers']).get('Authorization')).replace(
    'Bearer ',
    '',
  );

describe('G19: axios-mock-adapter', () => {
  describe.each(moments)('axios-mock-adapter, created %s attaching', (moment) => {
    test('an expiry is recovered', async () => {
      const { api } = mocked(moment);
      const { data } = await api.post<unknown>('/things', { a: 1 });
      expect(data).toEqual({ url: '/things', body: '{"a":1}' });
    });

    test('its history shows what each attempt sent', async () => {
      const { api, mock } = mocked(moment);
      await api.get('/things/1');
      expect(mock.history.get.map(tokenIn)).toEqual(['token-0', 'token-1']);
      expect(mock.history.get.map(({ url }) => url)).toEqual(['/things/1', '/things/1']);
      expect(mock.history.get[0]).not.toBe(mock.history.get[1]);
      expect(mock.history.post.map(({ url }) => url)).toEqual([REFRESH_PATH]);
    });

    test('many requests get their own answers through one refresh', async () => {
      const { api, mock } = mocked(moment);
      const urls = Array.from({ length: 10 }, (_, n) => `/things/${n}`);
      const answers = await Promise.all(urls.map((url) => api.get<{ url: string }>(url)));
      expect(answers.map(({ data }) => data.url)).toEqual(urls);
      expect(mock.history.post).toHaveLength(1);
    });

    test('replyOnce answers the first attempt, the next one the replay', async () => {
      const { api, mock } = mocked(moment);
      mock
        .onGet('/once')
        .replyOnce(401, { code: 'TOKEN_EXPIRED' })
        .onGet('/once')
        .replyOnce(200, 1);
      await expect(api.get('/once')).resolves.toMatchObject({ data: 1 });
    });

    test('handlers that ask for the header match the attempt that has it', async () => {
      const { api, mock } = mocked(moment);
      const headers = expect.objectContaining({ Authorization: 'Bearer token-1' }) as never;
      mock.onGet('/guarded', { headers }).reply(200, 'in');
      mock.onGet('/guarded').reply(401, { code: 'TOKEN_EXPIRED' });
      await expect(api.get('/guarded')).resolves.toMatchObject({ data: 'in' });
    });

    test('a network error and a timeout are its own', async () => {
      const { api, mock } = mocked(moment);
      mock.onGet('/down').networkError();
      mock.onGet('/slow').timeout();
      expect(await rejection(api.get('/down'))).toMatchObject({ message: 'Network Error' });
      expect(await rejection(api.get('/slow'))).toMatchObject({ code: 'ECONNABORTED' });
    });

    test('the end of the session is reported as such', async () => {
      const { api, auth, mock } = mocked(moment);
      mock.onPost(REFRESH_PATH).reply(401, { code: 'TOKEN_REVOKED' });
      expect((await rejection(api.get('/things'))).code).toBe('ERR_AUTH_SESSION_EXPIRED');
      expect(auth.status).toBe('signed-out');
    });

    test('passThrough reaches the server, and its expiry is recovered', async () => {
      const pass = (api: AxiosInstance) => void new MockAdapter(api).onAny().passThrough();
      const { api, requests, refreshes } = await createExpiringApi({ [moment]: pass });
      const { data } = await api.post<unknown>('/thing', { a: 1 });
      expect(data).toEqual({ url: '/thing', token: 'Bearer token-1' });
      expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
      expect(requests.map(({ body }) => body.toString())).toEqual(['{"a":1}', '{"a":1}']);
      expect(refreshes()).toBe(1);
    });

    test('onNoMatch: passthrough does so too', async () => {
      const { api, requests } = await createExpiringApi({
        [moment]: (instance: AxiosInstance) =>
          new MockAdapter(instance, { onNoMatch: 'passthrough' }),
      });
      await api.get('/thing');
      expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
    });

    test('restore gives the real adapter back', async () => {
      let mock: MockAdapter | undefined;
      const { api, requests } = await createExpiringApi({
        [moment]: (instance: AxiosInstance) => {
          mock = new MockAdapter(instance);
          mock.onAny().reply(200, 'mocked');
        },
      });
      expect((await api.get<unknown>('/thing')).data).toBe('mocked');
      mock?.restore();
      await api.get('/thing');
      expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
    });
  });
});

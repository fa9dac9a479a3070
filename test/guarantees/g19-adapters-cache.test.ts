import type { AxiosInstance } from 'axios';
import { setupCache } from 'axios-cache-interceptor';
import type { AxiosCacheInstance } from 'axios-cache-interceptor';
import { abortBy, expectCanceled } from '../support/aborting';
import {
  createExpiringApi,
  settled,
  tokenOf,
  type ExpiringApiOptions,
} from '../support/expiring-api';
import { json } from '../support/http-server';
import { cleanUp, rejection, until } from '../support/session';
import { controlClocks } from '../support/clocks';

afterEach(cleanUp);

const moments = ['before', 'after'] as const;

const TEN = Array.from({ length: 10 }, (_, n) => n);

describe('G19: axios-cache-interceptor', () => {
  describe.each(moments)('axios-cache-interceptor, set up %s attaching', (moment) => {
    const cached = (options: ExpiringApiOptions = {}) =>
      createExpiringApi({
        ...options,
        [moment]: (api: AxiosInstance) => void setupCache(api, { interpretHeader: false }),
      });

    test('an expiry is recovered, and its answer is cached', async () => {
      const { api, requests } = await cached();
      const first = await api.get<unknown>('/thing');
      const second = await api.get<unknown>('/thing');
      expect(second.data).toEqual(first.data);
      expect((second as { cached?: boolean }).cached).toBe(true);
      expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
    });

    test('identical requests at once share one answer through an expiry', async () => {
      const { api, requests, refreshes } = await cached();
      const answers = await Promise.all(TEN.map(() => api.get<{ token: string }>('/thing')));
      expect(answers.map(({ data }) => data.token)).toEqual(TEN.map(() => 'Bearer token-1'));
      expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
      expect(refreshes()).toBe(1);
    });

    test('different requests at once get their own answers', async () => {
      const { api, refreshes } = await cached();
      const answers = await Promise.all(
        TEN.map((n) => api.get<{ url: string }>(`/things/${n % 5}`)),
      );
      expect(answers.map(({ data }) => data.url)).toEqual(TEN.map((n) => `/things/${n % 5}`));
      expect(refreshes()).toBe(1);
    });

    test('identical requests that are held share one answer', async () => {
      const { api, at, hold, release, refreshes } = await cached();
      hold();
      const first = api.get('/first');
      await until(() => refreshes() === 1);
      const held = TEN.map(() => api.get<{ token: string }>('/held'));
      release();
      await first;
      const answers = await Promise.all(held);
      expect(answers.map(({ data }) => data.token)).toEqual(TEN.map(() => 'Bearer token-1'));
      expect(at('/held').map(tokenOf)).toEqual(['token-1']);
    });

    test('when the session is over, every one of them rejects, and none hangs', async () => {
      const { api, failRefresh } = await cached();
      failRefresh(401);
      const errors = await Promise.all(TEN.map(() => rejection(api.get('/thing'))));
      expect(errors.map(({ code }) => code)).toEqual(TEN.map(() => 'ERR_AUTH_SESSION_EXPIRED'));
    });

    test('when it is over while they are held, every one rejects, and none hangs', async () => {
      const { api, hold, release, failRefresh, refreshes } = await cached();
      hold();
      failRefresh(401);
      const first = rejection(api.get('/first'));
      await until(() => refreshes() === 1);
      const held = TEN.map(() => rejection(api.get('/held')));
      release();
      const errors = await Promise.all([first, ...held]);
      for (const { code } of errors) expect(code).toBe('ERR_AUTH_SESSION_EXPIRED');
    });

    test('after that, the same request works as soon as somebody signs in', async () => {
      const { api, auth, failRefresh } = await cached();
      failRefresh(401);
      await rejection(api.get('/thing'));
      await auth.signIn({ accessToken: 'token-1', refreshToken: 'refresh-1' });
      await expect(api.get('/thing')).resolves.toMatchObject({ status: 200 });
    });

    // By `signal` only: axios' error for a cancelToken names no request, and the cache needs that.
    test('one of them aborted, the others are answered', async () => {
      const { config, abort } = abortBy('signal');
      const { api, hold, release, refreshes } = await cached();
      hold();
      const first = api.get('/first');
      await until(() => refreshes() === 1);
      const aborted = api.get('/held', config);
      const other = api.get<{ token: string }>('/held');
      await settled(api);
      abort();
      await expectCanceled(aborted);
      release();
      await first;
      expect((await other).data.token).toBe('Bearer token-1');
    });

    test('a stale answer is asked for again with its ETag, through an expiry', async () => {
      const clocks = controlClocks();
      const { api, requests, expire } = await cached({
        answer({ headers }, response) {
          if (headers['if-none-match'] === '"v1"') response.writeHead(304).end();
          else json(response, 200, { version: 1 }, { etag: '"v1"' });
        },
      });
      await api.get('/thing', { cache: { etag: true, ttl: 1 } } as object);
      clocks.pass(20);
      expire();
      const { data } = await api.get<unknown>('/thing', {
        cache: { etag: true, ttl: 1 },
      } as object);
      expect(data).toEqual({ version: 1 });
      expect(requests.map(({ headers }) => headers['if-none-match'])).toEqual([
        undefined,
        undefined,
        '"v1"',
        '"v1"',
      ]);
    });

    test('a refresh through the instance itself is neither cached nor blocked', async () => {
      const rig = await cached({
        options: {
          refresh: async (tokens) =>
            (await rig.api.post('/auth/refresh', { refreshToken: tokens?.refreshToken }))
              .data as never,
        },
      });
      await Promise.all(TEN.map((n) => rig.api.get(`/things/${n % 2}`)));
      rig.expire();
      await rig.api.get('/other');
      expect(rig.refreshes()).toBe(2);
    });

    test('the cached instance is the attached one', async () => {
      let instance: AxiosCacheInstance | undefined;
      const { api } = await createExpiringApi({
        [moment]: (given: AxiosInstance) => {
          instance = setupCache(given);
        },
      });
      expect(instance).toBe(api);
      await expect(instance?.get('/thing')).resolves.toMatchObject({ status: 200, cached: false });
    });
  });
});

import { getEventListeners } from 'node:events';
import axios from 'axios';
import type { InternalAxiosRequestConfig } from 'axios';
import { memoryStore } from '../../src/index';
import { abortBy, abortKinds, expectCanceled } from '../support/aborting';
import { createExpiringApi, settled, tokenOf, tokensOf } from '../support/expiring-api';
import { cleanUp, until } from '../support/session';
import { beforeReplay } from '../support/on-send';

afterEach(cleanUp);

/** A request that has met its 401 and waits for the refresh, which is held. */
async function waiting(adapter = 'http') {
  const rig = await createExpiringApi({ axios: { adapter } });
  rig.hold();
  const first = rig.api.get('/first');
  await until(() => rig.refreshes() === 1);
  return { ...rig, first };
}

describe('G20: an abort ends the wait of its own request at once', () => {
  describe.each(abortKinds)('aborting by %s', (kind) => {
    describe.each(['http', 'fetch'])('with the %s adapter', (adapter) => {
      test('before sending', async () => {
        const { config, abort } = abortBy(kind);
        const { api, requests, refreshes } = await createExpiringApi({ axios: { adapter } });
        abort();
        await expectCanceled(api.get('/thing', config));
        await settled(api);
        expect(requests).toEqual([]);
        expect(refreshes()).toBe(0);
      });

      test('in the turn of the call, also where the request is left alone: it is not sent', async () => {
        const { api, requests, url } = await createExpiringApi({ axios: { adapter } });
        for (const own of [{}, { headers: { Authorization: 'Own' } }]) {
          const { config, abort } = abortBy(kind);
          const aborted = api.get('/thing', { ...config, ...own });
          abort();
          await expectCanceled(aborted);
        }
        await axios.get(`${url}/open`);
        expect(requests).toEqual([]);
      });

      test('before an answer comes', async () => {
        const { config, abort } = abortBy(kind);
        const { api, requests, refreshes } = await createExpiringApi({
          axios: { adapter },
          refuse: () => undefined,
        });
        const aborted = api.get('/thing', config);
        await until(() => requests.length === 1);
        abort();
        await expectCanceled(aborted);
        expect(refreshes()).toBe(0);
      });

      test('while held, at once; nothing is sent for it, the others go on', async () => {
        const { config, abort } = abortBy(kind);
        const { api, at, first, release, refreshes } = await waiting(adapter);
        const aborted = api.get('/aborted', config);
        const other = api.get('/other');
        await settled(api);
        abort();
        await expectCanceled(aborted);
        release();
        await Promise.all([first, other]);
        await settled(api);
        expect(at('/aborted')).toEqual([]);
        expect(at('/other').map(tokenOf)).toEqual(['token-1']);
        expect(refreshes()).toBe(1);
      });

      test('while held, when it was aborted already', async () => {
        const { config, abort } = abortBy(kind);
        const { api, at, first, release } = await waiting(adapter);
        abort();
        await expectCanceled(api.get('/aborted', config));
        release();
        await first;
        expect(at('/aborted')).toEqual([]);
      });

      test('the request that started the refresh, which goes on for the others', async () => {
        const { config, abort } = abortBy(kind);
        const { api, at, hold, release, refreshes, store } = await createExpiringApi({
          axios: { adapter },
        });
        hold();
        const starter = api.get('/starter', config);
        await until(() => refreshes() === 1);
        const other = api.get('/other');
        abort();
        await expectCanceled(starter);
        release();
        await expect(other).resolves.toMatchObject({ status: 200 });
        await settled(api);
        expect(at('/starter').map(tokenOf)).toEqual(['token-0']);
        expect(refreshes()).toBe(1);
        expect(await store.get()).toMatchObject(tokensOf(1));
      });

      test('the only request that waits; the tokens of its refresh are stored', async () => {
        const { config, abort } = abortBy(kind);
        const { api, requests, hold, release, refreshes } = await createExpiringApi({
          axios: { adapter },
        });
        hold();
        const aborted = api.get('/aborted', config);
        await until(() => refreshes() === 1);
        abort();
        await expectCanceled(aborted);
        release();
        await api.get('/next');
        expect(refreshes()).toBe(1);
        expect(requests.map(({ url }) => url)).toEqual(['/aborted', '/next']);
      });

      test('another request that waits after its 401', async () => {
        const { config, abort } = abortBy(kind);
        const { api, requests, at, hold, release, refreshes } = await createExpiringApi({
          axios: { adapter },
        });
        hold();
        const all = [api.get('/a'), api.get('/aborted', config), api.get('/b')];
        await until(() => requests.length === 3 && refreshes() === 1);
        await settled(api);
        abort();
        await expectCanceled(all[1]!);
        release();
        await Promise.all([all[0], all[2]]);
        await settled(api);
        expect(at('/aborted').map(tokenOf)).toEqual(['token-0']);
      });

      test('while replaying', async () => {
        const { config, abort } = abortBy(kind);
        const { api, requests, refreshes } = await createExpiringApi({
          axios: { adapter },
          answer: () => undefined,
        });
        const aborted = api.get('/thing', config);
        await until(() => requests.length === 2);
        abort();
        await expectCanceled(aborted);
        await settled(api);
        expect(requests).toHaveLength(2);
        expect(refreshes()).toBe(1);
      });
    });

    test('while the hook before the replay is busy', async () => {
      const { config, abort } = abortBy(kind);
      let finish = (): void => undefined;
      let called = false;
      const { api, requests } = await createExpiringApi({
        options: beforeReplay(
          () =>
            new Promise<void>((resolve) => {
              called = true;
              finish = resolve;
            }),
        ),
      });
      const aborted = api.get('/thing', config);
      await until(() => called);
      abort();
      await expectCanceled(aborted);
      finish();
      await settled(api);
      expect(requests).toHaveLength(1);
    });

    test('by the hook before the replay', async () => {
      const { config, abort } = abortBy(kind);
      const { api, requests } = await createExpiringApi({ options: beforeReplay(abort) });
      await expectCanceled(api.get('/thing', config));
      await settled(api);
      expect(requests).toHaveLength(1);
    });

    test('by the hook before the replay, with an adapter that looks at no signal', async () => {
      const { config, abort } = abortBy(kind);
      const adapter = jest.fn((sent: InternalAxiosRequestConfig) =>
        Promise.resolve({
          data: { code: 'TOKEN_EXPIRED' },
          status: 401,
          statusText: '',
          headers: {},
          config: sent,
        }),
      );
      const { api } = await createExpiringApi({
        axios: { adapter },
        options: { ...beforeReplay(abort), refresh: () => tokensOf(1) },
      });
      await expectCanceled(api.get('/thing', config));
      expect(adapter).toHaveBeenCalledTimes(1);
    });

    test('while the body of its 401 is still coming', async () => {
      const { config, abort } = abortBy(kind);
      const { api, requests, refreshes } = await createExpiringApi({
        options: { refreshTimeout: 600_000 },
        refuse(response) {
          response.writeHead(401, { 'content-type': 'application/json' }).write('{"code":"TOK');
        },
      });
      const aborted = api.get('/thing', { ...config, responseType: 'stream' });
      await until(() => requests.length === 1);
      await settled(api);
      abort();
      await expectCanceled(aborted);
      expect(refreshes()).toBe(0);
    });

    test('one that was aborted before it was made starts no refresh', async () => {
      const { config, abort } = abortBy(kind);
      const expired = { ...tokensOf(0), expiresAt: Date.now() - 60_000 };
      const { api, refreshes } = await createExpiringApi({
        options: { tokenStore: memoryStore(expired) },
      });
      abort();
      await expectCanceled(api.get('/thing', config));
      await settled(api);
      expect(refreshes()).toBe(0);
    });

    test('while the token store has not answered', async () => {
      const { config, abort } = abortBy(kind);
      const tokenStore = { ...memoryStore(), get: () => new Promise<null>(() => undefined) };
      const { api, requests } = await createExpiringApi({ options: { tokenStore } });
      const aborted = api.get('/thing', config);
      await settled(api);
      abort();
      await expectCanceled(aborted);
      expect(requests).toEqual([]);
    });
  });

  describe('the errors and traces of aborting', () => {
    test('the message given to cancel() reaches the caller of a held request', async () => {
      const { api, hold, release, refreshes } = await createExpiringApi();
      hold();
      const first = api.get('/first');
      await until(() => refreshes() === 1);
      const { token, cancel } = axios.CancelToken.source();
      const aborted = api.get('/aborted', { cancelToken: token });
      await settled(api);
      cancel('no longer wanted');
      await expect(aborted).rejects.toMatchObject({ message: 'no longer wanted' });
      release();
      await first;
    });

    test('a signal that serves many requests keeps no listeners', async () => {
      const { signal } = new AbortController();
      const { api } = await createExpiringApi();
      await Promise.all(Array.from({ length: 5 }, (_, n) => api.get(`/things/${n}`, { signal })));
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });

    test('an abort while the body of a 401 is still coming frees its connection', async () => {
      let arrived = false;
      let closed = false;
      const { api } = await createExpiringApi({
        refuse(response) {
          response.on('close', () => {
            closed = true;
          });
          response.writeHead(401, { 'content-type': 'application/json' }).write('{"code":"TOK');
          arrived = true;
        },
      });
      const { config, abort } = abortBy('signal');
      const aborted = api.get('/thing', { ...config, responseType: 'stream' });
      await until(() => arrived);
      await settled(api);
      abort();
      await expectCanceled(aborted);
      await until(() => closed);
    });

    test('an abort after the answer changes nothing', async () => {
      const { config, abort } = abortBy('signal');
      const { api } = await createExpiringApi();
      const { data } = await api.get<{ url: string }>('/thing', config);
      abort();
      expect(data.url).toBe('/thing');
    });

    test('one signal for many aborts them all, wherever they are', async () => {
      const { config, abort } = abortBy('signal');
      const { api, requests, hold, release, refreshes } = await createExpiringApi();
      hold();
      const refused = [api.get('/a', config), api.get('/b', config)];
      await until(() => requests.length === 2 && refreshes() === 1);
      const all = [...refused, api.get('/held', config), api.get('/held-too', config)];
      abort();
      await Promise.all(all.map(expectCanceled));
      release();
      await settled(api);
      expect(requests.map(({ url }) => url).sort()).toEqual(['/a', '/b']);
    });
  });
});

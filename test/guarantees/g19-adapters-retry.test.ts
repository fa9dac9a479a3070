import type { AxiosInstance } from 'axios';
import axiosRetry from 'axios-retry';
import type { IAxiosRetryConfig } from 'axios-retry';
import {
  createExpiringApi,
  refuseExpired,
  settled,
  tokenOf,
  type ApiRequest,
} from '../support/expiring-api';
import { json } from '../support/http-server';
import { cleanUp, rejection, until } from '../support/session';

afterEach(cleanUp);

const moments = ['before', 'after'] as const;

const retrying =
  (options: IAxiosRetryConfig = {}) =>
  (api: AxiosInstance) =>
    void axiosRetry(api, { retries: 2, ...options });

describe('G19: axios-retry', () => {
  describe.each(moments)('axios-retry, attached %s', (moment) => {
    test('leaves a recovered request alone', async () => {
      const onRetry = jest.fn();
      const { api, requests } = await createExpiringApi({ [moment]: retrying({ onRetry }) });
      await api.get('/thing');
      expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1']);
      expect(onRetry).not.toHaveBeenCalled();
    });

    test('a 503, then an expiry', async () => {
      let answers = 0;
      const { api, requests, refreshes } = await createExpiringApi({
        [moment]: retrying(),
        refuse(response) {
          if (++answers === 1) json(response, 503, { code: 'BUSY' });
          else refuseExpired(response);
        },
      });
      const { data } = await api.put<unknown>('/thing', { a: 1 }, { params: { b: 2 } });
      expect(data).toEqual({ url: '/thing?b=2', token: 'Bearer token-1' });
      expect(requests.map(tokenOf)).toEqual(['token-0', 'token-0', 'token-1']);
      expect(requests.map(({ body }) => body.toString())).toEqual(Array(3).fill('{"a":1}'));
      expect(refreshes()).toBe(1);
    });

    test('an expiry, then a 503 to the replay, then another expiry', async () => {
      let busy = true;
      const rig = await createExpiringApi({
        [moment]: retrying(),
        answer({ url }, response) {
          json(response, busy ? 503 : 200, { url });
          if (busy) rig.expire();
          busy = false;
        },
      });
      const { data } = await rig.api.get<unknown>('/thing');
      expect(data).toEqual({ url: '/thing' });
      expect(rig.requests.map(tokenOf)).toEqual(['token-0', 'token-1', 'token-1', 'token-2']);
      expect(rig.refreshes()).toBe(2);
    });

    test('a retry goes out with the token of its time, not of the first attempt', async () => {
      let drops = 1;
      let retryNow: (retry: boolean) => void = () => undefined;
      const renewed = new Promise<boolean>((resolve) => {
        retryNow = resolve;
      });
      const rig = await createExpiringApi({
        [moment]: retrying({ retryCondition: () => renewed }),
        answer({ url }, response) {
          if (url === '/thing' && drops-- > 0) response.destroy();
          else json(response, 200, {});
        },
      });
      await rig.api.get('/warm');
      const retried = rig.api.get('/thing');
      await until(() => rig.at('/thing').length === 1);
      rig.expire();
      await rig.auth.refresh();
      retryNow(true);
      await retried;
      expect(rig.at('/thing').map(tokenOf)).toEqual(['token-1', 'token-2']);
    });

    test('the body of a form is whole on a retry after a recovery', async () => {
      let busy = true;
      const { api, requests } = await createExpiringApi({
        [moment]: retrying(),
        answer(_request, response) {
          json(response, busy ? 503 : 200, {});
          busy = false;
        },
      });
      const form = new FormData();
      form.append('file', new Blob(['the content']), 'file.txt');
      await api.put('/thing', form);
      expect(requests).toHaveLength(3);
      for (const { body } of requests) expect(body.toString()).toContain('the content');
    });

    test('gives up with the error of the server, as it does without us', async () => {
      const { api, requests } = await createExpiringApi({
        [moment]: retrying(),
        answer: (_request, response) => json(response, 503, { code: 'BUSY' }),
      });
      const error = await rejection(api.get('/thing'));
      expect(error).toMatchObject({ response: { status: 503, data: { code: 'BUSY' } } });
      expect(requests.map(tokenOf)).toEqual(['token-0', 'token-1', 'token-1', 'token-1']);
    });

    test('sends nothing for what was aborted while held', async () => {
      const rig = await createExpiringApi({ [moment]: retrying() });
      rig.hold();
      const first = rig.api.get('/first');
      await until(() => rig.refreshes() === 1);
      const controller = new AbortController();
      const held = rejection(rig.api.get('/held', { signal: controller.signal }));
      await settled(rig.api);
      controller.abort();
      expect((await held).code).toBe('ERR_CANCELED');
      rig.release();
      await first;
      await settled(rig.api);
      expect(rig.at('/held')).toEqual([]);
    });
  });

  describe.each(moments)('a session that is over, with axios-retry attached %s', (moment) => {
    const secret = { password: 'hunter-2', note: 'keep me' };

    /** The first request waits after its 401; the others were held, or kept back on their way out. */
    async function refused(status: number) {
      let letGo = (): void => undefined;
      const kept = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const rig = await createExpiringApi({
        before(api) {
          api.interceptors.request.use(async (config) => {
            if (config.url === '/kept') await kept;
            return config;
          });
          if (moment === 'before') retrying()(api);
        },
        after(api) {
          if (moment === 'after') retrying()(api);
        },
      });
      rig.hold();
      const leaving = rejection(rig.api.put('/kept', secret));
      await settled(rig.api);
      const first = rejection(rig.api.get('/first'));
      await until(() => rig.refreshes() === 1);
      const held = [rejection(rig.api.get('/held')), rejection(rig.api.post('/held', secret))];
      await settled(rig.api);
      letGo();
      await settled(rig.api);
      rig.failRefresh(status);
      rig.release();
      const errors = await Promise.all([leaving, first, ...held]);
      await settled(rig.api);
      return { ...rig, errors };
    }

    function expectNothingRedacted({ requests }: { requests: ApiRequest[] }): void {
      for (const { headers, body } of requests) {
        expect(JSON.stringify(headers)).not.toContain('redacted');
        expect(body.toString()).not.toContain('redacted');
      }
    }

    test('rejects every caller with ERR_AUTH_SESSION_EXPIRED', async () => {
      const { errors } = await refused(401);
      expect(errors.map(({ code }) => code)).toEqual(Array(4).fill('ERR_AUTH_SESSION_EXPIRED'));
    });

    test('sends nothing more, with or without a token', async () => {
      const { requests } = await refused(401);
      expect(requests.map(({ url }) => url)).toEqual(['/first']);
    });

    test('refreshes once', async () => {
      const { refreshes } = await refused(401);
      expect(refreshes()).toBe(1);
    });

    test('a transient fault of the refresh rejects every caller with ERR_AUTH_REFRESH_FAILED', async () => {
      const { errors } = await refused(503);
      expect(errors.map(({ code }) => code)).toEqual(Array(4).fill('ERR_AUTH_REFRESH_FAILED'));
    });

    test.each([401, 503])('no redacted body or header is sent (refresh: %d)', async (status) => {
      expectNothingRedacted(await refused(status));
    });

    test('a caller that sends the config of its error again sends nothing redacted', async () => {
      const rig = await refused(503);
      rig.failRefresh(200);
      for (const { config } of rig.errors) {
        await rig.api.request(config as object).catch(() => undefined);
      }
      expectNothingRedacted(rig);
    });
  });
});

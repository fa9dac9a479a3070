import type { InternalAxiosRequestConfig } from 'axios';
import { memoryStore } from '../../src/index';
import { abortBy, abortKinds, expectCanceled } from '../support/aborting';
import { aMoment, createExpiringApi, tokenOf, tokensOf, until } from '../support/expiring-api';
import { pending } from '../support/pending';
import { cleanUp } from '../support/rig';

afterEach(cleanUp);

/** A request that has met its 401 and waits for the refresh, which is held. */
async function waiting(adapter = 'http') {
  const rig = await createExpiringApi({ axios: { adapter } });
  rig.hold();
  const first = rig.api.get('/first');
  await until(() => rig.refreshes() === 1);
  return { ...rig, first };
}

describe.each(abortKinds)('aborting by %s', (kind) => {
  describe.each(['http', 'fetch'])('with the %s adapter', (adapter) => {
    it('G20: before sending', async () => {
      const { config, abort } = abortBy(kind);
      const { api, requests, refreshes } = await createExpiringApi({ axios: { adapter } });
      abort();
      await expectCanceled(api.get('/thing', config));
      await aMoment();
      expect(requests).toEqual([]);
      expect(refreshes()).toBe(0);
    });

    it('G20: before an answer comes', async () => {
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

    it('G20: while held, at once; nothing is sent for it, the others go on', async () => {
      const { config, abort } = abortBy(kind);
      const { api, at, first, release, refreshes } = await waiting(adapter);
      const aborted = api.get('/aborted', config);
      const other = api.get('/other');
      await aMoment();
      abort();
      await expectCanceled(aborted);
      release();
      await Promise.all([first, other]);
      await aMoment();
      expect(at('/aborted')).toEqual([]);
      expect(at('/other').map(tokenOf)).toEqual(['token-1']);
      expect(refreshes()).toBe(1);
    });

    it('G20: while held, when it was aborted already', async () => {
      const { config, abort } = abortBy(kind);
      const { api, at, first, release } = await waiting(adapter);
      abort();
      await expectCanceled(api.get('/aborted', config));
      release();
      await first;
      expect(at('/aborted')).toEqual([]);
    });

    it('G20: the request that started the refresh, which goes on for the others', async () => {
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
      await aMoment();
      expect(at('/starter').map(tokenOf)).toEqual(['token-0']);
      expect(refreshes()).toBe(1);
      expect(await store.get()).toMatchObject(tokensOf(1));
    });

    it('G20: the only request that waits; its refresh is stored all the same', async () => {
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

    it('G20: another request that waits after its 401', async () => {
      const { config, abort } = abortBy(kind);
      const { api, requests, at, hold, release, refreshes } = await createExpiringApi({
        axios: { adapter },
      });
      hold();
      const all = [api.get('/a'), api.get('/aborted', config), api.get('/b')];
      await until(() => requests.length === 3 && refreshes() === 1);
      await aMoment();
      abort();
      await expectCanceled(all[1]!);
      release();
      await Promise.all([all[0], all[2]]);
      await aMoment();
      expect(at('/aborted').map(tokenOf)).toEqual(['token-0']);
    });

    it('G20: while replaying', async () => {
      const { config, abort } = abortBy(kind);
      const { api, requests, refreshes } = await createExpiringApi({
        axios: { adapter },
        answer: () => undefined,
      });
      const aborted = api.get('/thing', config);
      await until(() => requests.length === 2);
      abort();
      await expectCanceled(aborted);
      await aMoment();
      expect(requests).toHaveLength(2);
      expect(refreshes()).toBe(1);
    });
  });

  it('G20: while onReplay is busy', async () => {
    const { config, abort } = abortBy(kind);
    let finish = (): void => undefined;
    let called = false;
    const { api, requests } = await createExpiringApi({
      options: {
        onReplay: () =>
          new Promise<void>((resolve) => {
            called = true;
            finish = resolve;
          }),
      },
    });
    const aborted = api.get('/thing', config);
    await until(() => called);
    abort();
    await expectCanceled(aborted);
    finish();
    await aMoment();
    expect(requests).toHaveLength(1);
  });

  it('G20: by onReplay itself', async () => {
    const { config, abort } = abortBy(kind);
    const { api, requests } = await createExpiringApi({ options: { onReplay: abort } });
    await expectCanceled(api.get('/thing', config));
    await aMoment();
    expect(requests).toHaveLength(1);
  });

  it('G20: by onReplay itself, with an adapter that looks at no signal', async () => {
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
      options: { onReplay: abort, refresh: () => tokensOf(1) },
    });
    await expectCanceled(api.get('/thing', config));
    expect(adapter).toHaveBeenCalledTimes(1);
  });

  it('G20: while the body of its 401 is still coming', async () => {
    const start = performance.now();
    const { config, abort } = abortBy(kind);
    const { api, requests, refreshes } = await createExpiringApi({
      options: { refreshTimeout: 20_000 },
      refuse(response) {
        response.writeHead(401, { 'content-type': 'application/json' }).write('{"code":"TOK');
      },
    });
    const aborted = api.get('/thing', { ...config, responseType: 'stream' });
    await until(() => requests.length === 1);
    await aMoment();
    abort();
    await expectCanceled(aborted);
    // Far from the time after which the body is given up.
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(refreshes()).toBe(0);
  });

  it('G20: one that was aborted before it was made starts no refresh', async () => {
    const { config, abort } = abortBy(kind);
    const expired = { ...tokensOf(0), expiresAt: Date.now() - 60_000 };
    const { api, refreshes } = await createExpiringApi({
      options: { tokenStore: memoryStore(expired) },
    });
    abort();
    await expectCanceled(api.get('/thing', config));
    await aMoment();
    expect(refreshes()).toBe(0);
  });

  it('G20: while the token store has not answered', async () => {
    const { config, abort } = abortBy(kind);
    const tokenStore = { ...memoryStore(), get: () => pending(null) };
    const { api, requests } = await createExpiringApi({ options: { tokenStore } });
    const aborted = api.get('/thing', config);
    await aMoment();
    abort();
    await expectCanceled(aborted);
    expect(requests).toEqual([]);
  });
});

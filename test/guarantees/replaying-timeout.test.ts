import axios from 'axios';
import type { AxiosRequestConfig } from 'axios';
import { isAuthError, memoryStore } from '../../src/index';
import { aMoment, createExpiringApi, rejection, tokenOf, until } from '../support/expiring-api';
import { startServer } from '../support/http-server';
import { pending } from '../support/pending';
import { cleanUp } from '../support/rig';

afterEach(cleanUp);

const variants: [string, AxiosRequestConfig][] = [
  ['by default', {}],
  ['with clarifyTimeoutError', { transitional: { clarifyTimeoutError: true } }],
  ['without clarifyTimeoutError', { transitional: { clarifyTimeoutError: false } }],
  ['with a timeoutErrorMessage', { timeoutErrorMessage: 'too slow' }],
];

/** What axios itself says when a server does not answer in time. */
async function byAxios(config: AxiosRequestConfig) {
  const { url } = await startServer(() => undefined);
  return rejection(axios.get(url, config));
}

async function holding() {
  const rig = await createExpiringApi();
  rig.hold();
  const first = rig.api.get('/first');
  await until(() => rig.refreshes() === 1);
  return { ...rig, first };
}

describe('the timeout of a request', () => {
  it.each(variants)('G20: ends its hold with the error of axios, %s', async (_name, variant) => {
    const config = { timeout: 80, ...variant };
    const wanted = await byAxios(config);
    const { api, at, first, release } = await holding();
    const error = await rejection(api.get('/held', config));
    const { name, message, code } = wanted;
    expect(error).toMatchObject({ name, message, code });
    expect(axios.isAxiosError(error)).toBe(true);
    expect(isAuthError(error)).toBe(false);
    release();
    await first;
    expect(at('/held')).toEqual([]);
  });

  it('G20: the code is ECONNABORTED, or ETIMEDOUT with clarifyTimeoutError', async () => {
    const { api, first, release } = await holding();
    const transitional = { clarifyTimeoutError: true };
    const errors = await Promise.all([
      rejection(api.get('/held', { timeout: 50 })),
      rejection(api.get('/held', { timeout: 50, transitional })),
    ]);
    expect(errors.map(({ code }) => code)).toEqual(['ECONNABORTED', 'ETIMEDOUT']);
    release();
    await first;
  });

  it('G20: the error tells which request it was', async () => {
    const { api, first, release } = await holding();
    const error = await rejection(api.post('/held', { a: 1 }, { timeout: 50 }));
    expect(error).toMatchObject({ config: { url: '/held', method: 'post', timeout: 50 } });
    release();
    await first;
  });

  it('G20: ends the wait after a 401, also of the request that started the refresh', async () => {
    const { api, at, hold, release, refreshes } = await createExpiringApi();
    hold();
    const starter = rejection(api.get('/starter', { timeout: 1_000 }));
    await until(() => refreshes() === 1);
    const other = api.get('/other');
    expect((await starter).code).toBe('ECONNABORTED');
    release();
    await expect(other).resolves.toMatchObject({ status: 200 });
    await aMoment();
    expect(at('/starter').map(tokenOf)).toEqual(['token-0']);
    expect(refreshes()).toBe(1);
  });

  it('G20: ends only its own wait', async () => {
    const { api, at, first, release } = await holding();
    const patient = api.get('/patient');
    await rejection(api.get('/hurried', { timeout: 50 }));
    release();
    await Promise.all([first, patient]);
    expect(at('/patient').map(tokenOf)).toEqual(['token-1']);
    expect(at('/hurried')).toEqual([]);
  });

  it('G20: ends the wait for a token store that does not answer', async () => {
    const tokenStore = { ...memoryStore(), get: () => pending(null) };
    const { api, requests } = await createExpiringApi({ options: { tokenStore } });
    const error = await rejection(api.get('/thing', { timeout: 50 }));
    expect(error.code).toBe('ECONNABORTED');
    expect(requests).toEqual([]);
  });

  it('G20: ends the wait for the body of a 401 that does not end', async () => {
    const start = performance.now();
    const { api } = await createExpiringApi({
      options: { refreshTimeout: 20_000 },
      refuse(response) {
        response.writeHead(401, { 'content-type': 'application/json' }).write('{"code":"TOK');
      },
    });
    const error = await rejection(api.get('/thing', { timeout: 400, responseType: 'stream' }));
    // Which timer is first, the one of the adapter or ours, is left open.
    expect(['ECONNABORTED', 'ERR_BAD_REQUEST']).toContain(error.code);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('G20: ends the wait for an onReplay that hangs', async () => {
    const { api, requests } = await createExpiringApi({
      options: { onReplay: () => pending(undefined) },
    });
    const error = await rejection(api.get('/thing', { timeout: 400 }));
    expect(error.code).toBe('ECONNABORTED');
    expect(requests).toHaveLength(1);
  });

  it('G20: of the instance counts as well', async () => {
    const { api, first, release } = await holding();
    api.defaults.timeout = 50;
    expect((await rejection(api.get('/held'))).code).toBe('ECONNABORTED');
    release();
    await first;
  });

  it('G20: of 0 means none, and the request waits as long as the refresh takes', async () => {
    const { api, first, release } = await holding();
    let settled = false;
    const held = api.get('/held', { timeout: 0 }).finally(() => {
      settled = true;
    });
    await aMoment();
    expect(settled).toBe(false);
    release();
    await Promise.all([first, held]);
  });

  it('G20: that is long enough changes nothing', async () => {
    const { api } = await createExpiringApi();
    const answers = await Promise.all([
      api.get('/a', { timeout: 4_000 }),
      api.get('/b', { timeout: 4_000 }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });
});

import { getEventListeners } from 'node:events';
import axios from 'axios';
import { abortBy, expectCanceled } from '../support/aborting';
import { aMoment, createExpiringApi, until } from '../support/expiring-api';
import { cleanUp } from '../support/rig';

afterEach(cleanUp);

describe('the errors and traces of aborting', () => {
  it('G20: the message given to cancel() reaches the caller of a held request', async () => {
    const { api, hold, release, refreshes } = await createExpiringApi();
    hold();
    const first = api.get('/first');
    await until(() => refreshes() === 1);
    const { token, cancel } = axios.CancelToken.source();
    const aborted = api.get('/aborted', { cancelToken: token });
    await aMoment();
    cancel('no longer wanted');
    await expect(aborted).rejects.toMatchObject({ message: 'no longer wanted' });
    release();
    await first;
  });

  it('G20: a signal that serves many requests keeps no listeners', async () => {
    const { signal } = new AbortController();
    const { api } = await createExpiringApi();
    await Promise.all(Array.from({ length: 5 }, (_, n) => api.get(`/things/${n}`, { signal })));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('G20: an abort while the body of a 401 is still coming frees its connection', async () => {
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
    await aMoment();
    abort();
    await expectCanceled(aborted);
    await until(() => closed);
  });

  it('G20: an abort after the answer changes nothing', async () => {
    const { config, abort } = abortBy('signal');
    const { api } = await createExpiringApi();
    const { data } = await api.get<{ url: string }>('/thing', config);
    abort();
    expect(data.url).toBe('/thing');
  });

  it('G20: one signal for many aborts them all, wherever they are', async () => {
    const { config, abort } = abortBy('signal');
    const { api, requests, hold, release, refreshes } = await createExpiringApi();
    hold();
    const refused = [api.get('/a', config), api.get('/b', config)];
    await until(() => requests.length === 2 && refreshes() === 1);
    const all = [...refused, api.get('/held', config), api.get('/held-too', config)];
    abort();
    await Promise.all(all.map(expectCanceled));
    release();
    await aMoment();
    expect(requests.map(({ url }) => url).sort()).toEqual(['/a', '/b']);
  });
});

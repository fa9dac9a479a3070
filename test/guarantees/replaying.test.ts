import { json } from '../support/http-server';
import { createExpiringApi, tokenOf, until } from '../support/expiring-api';
import { cleanUp } from '../support/rig';

afterEach(cleanUp);

const NUMBERS = Array.from({ length: 100 }, (_, index) => index);

describe('every caller gets its own answer', () => {
  it('G15: a hundred different requests come through one expiry with their own answers', async () => {
    const { api, at, refreshes } = await createExpiringApi();
    const answers = await Promise.all(
      NUMBERS.map((n) => api.get<{ url: string }>(`/things/${n}`, { params: { n } })),
    );
    expect(answers.map(({ data }) => data.url)).toEqual(NUMBERS.map((n) => `/things/${n}?n=${n}`));
    expect(answers.map(({ config }) => config.url)).toEqual(NUMBERS.map((n) => `/things/${n}`));
    expect(refreshes()).toBe(1);
    for (const n of NUMBERS) expect(at(`/things/${n}`).length).toBeLessThanOrEqual(2);
  });

  it('G15: a hundred bodies come through one expiry, each to its own caller', async () => {
    const { api, refreshes } = await createExpiringApi({
      answer: ({ method, body }, response) => {
        json(response, 200, { method, echo: JSON.parse(body.toString()) as unknown });
      },
    });
    const methods = ['post', 'put', 'patch'] as const;
    const answers = await Promise.all(
      NUMBERS.map(async (n) => (await api[methods[n % 3]!]<unknown>('/echo', { n })).data),
    );
    expect(answers).toEqual(
      NUMBERS.map((n) => ({ method: methods[n % 3]!.toUpperCase(), echo: { n } })),
    );
    expect(refreshes()).toBe(1);
  });

  it('G15: answers that come in the reverse order still reach their own callers', async () => {
    const pending: (() => void)[] = [];
    const { api } = await createExpiringApi({
      answer: ({ url }, response) => {
        pending.push(() => {
          json(response, 200, url);
        });
        if (pending.length === 10) for (const answer of pending.reverse()) answer();
      },
    });
    const urls = NUMBERS.slice(0, 10).map((n) => `/things/${n}`);
    const answers = await Promise.all(urls.map(async (url) => (await api.get<string>(url)).data));
    expect(answers).toEqual(urls);
  });

  it('G15: a replay that fails rejects its own caller, and no other', async () => {
    const { api } = await createExpiringApi({
      answer: ({ url }, response) => {
        json(response, url === '/things/3' ? 404 : 200, { url });
      },
    });
    const settled = await Promise.allSettled(
      NUMBERS.slice(0, 6).map((n) => api.get(`/things/${n}`)),
    );
    expect(settled.map(({ status }) => status)).toEqual(
      [0, 1, 2, 3, 4, 5].map((n) => (n === 3 ? 'rejected' : 'fulfilled')),
    );
    expect(settled[3]).toMatchObject({
      reason: { response: { status: 404, data: { url: '/things/3' } } },
    });
  });

  it('G15: requests of two expiries at once get their own answers with the newest token', async () => {
    const { api, expire, hold, release, requests, refreshes } = await createExpiringApi();
    await api.get('/warm');
    expire();
    hold();
    const first = NUMBERS.slice(0, 5).map((n) => api.get<{ url: string }>(`/first/${n}`));
    await until(() => refreshes() === 2);
    const second = NUMBERS.slice(0, 5).map((n) => api.get<{ url: string }>(`/second/${n}`));
    release();
    const urls = (await Promise.all([...first, ...second])).map(({ data }) => data.url);
    const wanted = (name: string): string[] => NUMBERS.slice(0, 5).map((n) => `/${name}/${n}`);
    expect(urls).toEqual([...wanted('first'), ...wanted('second')]);
    expect(tokenOf(requests.at(-1)!)).toBe('token-2');
  });
});

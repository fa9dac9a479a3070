import axios from 'axios';
import { cleanUp } from '../support/clean-up';
import { codeOf } from '../support/outcomes';
import { openSession, startTokenServer } from '../support/token-server';

afterEach(cleanUp);

describe('G1: a request whose gate was taken away gets its token after all', () => {
  test('where another interceptor has replaced the adapter and the transforms', async () => {
    const server = await startTokenServer();
    const { api } = openSession(server);
    let parsed = 0;
    api.interceptors.request.use((config) => ({
      ...config,
      adapter: axios.getAdapter('http'),
      transformRequest: [(data: unknown) => JSON.stringify(data)],
      transformResponse: [(text: string) => (parsed++, JSON.parse(text) as unknown)],
    }));
    const { data } = await api.post<{ user: string }>('/a', { text: 'mine' });
    expect(data).toMatchObject({ user: 'alice', body: '{"text":"mine"}' });
    expect(server.at('/a').map(({ token }) => token)).toEqual([undefined, 'access-alice-1']);
    // Once for the refusal, and once for the final outcome.
    expect(parsed).toBe(2);
  });

  test('and renews it where it has expired, with three sends at most', async () => {
    const server = await startTokenServer();
    const { api } = openSession(server);
    server.expire();
    api.interceptors.request.use((config) => ({
      ...config,
      adapter: axios.getAdapter('http'),
      transformRequest: [(data: unknown) => data],
    }));
    expect(await codeOf(api.get('/a'))).toBe('ok');
    expect(server.at('/a')).toHaveLength(3);
  });

  test.each([undefined, null, '', 'text'])(
    'and another interceptor may put %p in the place of the answer',
    async (value) => {
      const server = await startTokenServer();
      const { api } = openSession(server, {
        before: ({ interceptors }) => interceptors.response.use(() => value as never),
      });
      expect(await api.get('/a')).toBe(value);
    },
  );

  test('but is left alone with skipAuth', async () => {
    const server = await startTokenServer();
    const { api } = openSession(server);
    api.interceptors.request.use((config) => ({
      ...config,
      adapter: axios.getAdapter('http'),
      transformRequest: [(data: unknown) => data],
    }));
    expect(await codeOf(api.get('/a', { skipAuth: true }))).toBe('ERR_BAD_REQUEST');
    expect(server.at('/a')).toHaveLength(1);
  });

  test('an instance that does not ask runWhen calls the interceptor', async () => {
    const server = await startTokenServer();
    const { api } = openSession(server, {
      before(instance) {
        const { request } = instance.interceptors;
        const use = request.use.bind(request);
        request.use = (fulfilled, rejected) => use(fulfilled, rejected);
      },
    });
    expect(await codeOf(api.get('/a'))).toBe('ok');
    expect(server.at('/a').map(({ token }) => token)).toEqual(['access-alice-1']);
  });
});

import type { CreateAxiosDefaults } from 'axios';
import type { AuthOptions } from '../../src/index';
import { axiosHas } from '../support/axios-features';
import { answering, json, startServer, type TestServer } from '../support/http-server';
import { attached, cleanUp } from '../support/session';

afterEach(cleanUp);

const CUSTOM = { headerName: 'X-Auth-Token', scheme: '' };

const STATUSES = [301, 302, 303, 307, 308];

/** Sends whoever asks for anything but `/end` to where `target` says. */
const redirecting = (target: () => string, status = 302): Promise<TestServer> =>
  startServer(({ url }, response) => {
    if (url === '/end') {
      json(response, 200, { ok: true });
      return;
    }
    response.writeHead(status, { location: target() });
    response.end();
  });

const tokensIn = (server: TestServer): string[] =>
  server.requests.flatMap(({ headers }) =>
    Object.values(headers)
      .flat()
      .filter((value) => value?.includes('access-')),
  ) as string[];

interface Route {
  axios?: CreateAxiosDefaults;
  options?: Partial<AuthOptions>;
  status?: number;
}

/** A GET that is redirected to a server on another port. */
async function crossing({ axios, options = {}, status }: Route): Promise<TestServer[]> {
  const other = await answering();
  const own = await redirecting(() => `${other.url}/end`, status);
  const { api } = attached({ axios: { ...axios, baseURL: own.url }, options });
  await api.get('/start');
  return [own, other];
}

describe('G3: no token to another origin by a redirect', () => {
  describe.each([
    ['http', 'Authorization', {}],
    ['http', 'a header of another name', CUSTOM],
    ['fetch', 'Authorization', {}],
  ] as const)('with the %s adapter and %s', (adapter, _what, options) => {
    test.each(STATUSES)('a %i to another origin does not take the token along', async (status) => {
      const [own, other] = await crossing({ axios: { adapter }, options, status });
      expect(tokensIn(own!)).toHaveLength(1);
      expect(other?.requests).toHaveLength(1);
      expect(tokensIn(other!)).toEqual([]);
    });

    test('a redirect within the origin keeps the token', async () => {
      const own: TestServer = await redirecting(() => '/end');
      const { api } = attached({ axios: { adapter, baseURL: own.url }, options });
      await api.get('/start');
      expect(tokensIn(own)).toHaveLength(2);
    });

    test('a second redirect, to the other origin by way of the own, does not carry the token', async () => {
      const other = await answering();
      const own = await startServer(({ url }, response) => {
        response.writeHead(302, { location: url === '/start' ? '/middle' : `${other.url}/end` });
        response.end();
      });
      const { api } = attached({ axios: { adapter, baseURL: own.url }, options });
      await api.get('/start');
      expect(tokensIn(own)).toHaveLength(2);
      expect(tokensIn(other)).toEqual([]);
    });

    test('a redirect of the replay after a refresh does not carry the token', async () => {
      const other = await answering();
      const own = await startServer((_request, response, index) => {
        if (index === 0) {
          json(response, 401, { code: 'TOKEN_EXPIRED' });
          return;
        }
        response.writeHead(307, { location: `${other.url}/end` });
        response.end();
      });
      const { api } = attached({ axios: { adapter, baseURL: own.url }, options });
      await api.post('/start', { a: 1 });
      expect(tokensIn(own)).toHaveLength(2);
      expect(other.requests).toHaveLength(1);
      expect(tokensIn(other)).toEqual([]);
    });

    test('a POST that is redirected keeps its body but not the token', async () => {
      const other = await answering();
      const own = await redirecting(() => `${other.url}/end`, 308);
      const { api } = attached({ axios: { adapter, baseURL: own.url }, options });
      await api.post('/start', { a: 1 });
      expect(other.requests[0]).toMatchObject({ method: 'POST' });
      expect(other.requests[0]?.body.toString()).toBe('{"a":1}');
      expect(tokensIn(other)).toEqual([]);
    });

    test('with maxRedirects 0 nothing is followed', async () => {
      const other = await answering();
      const own = await redirecting(() => `${other.url}/end`);
      const validateStatus = (status: number) => status < 400;
      const { api } = attached({
        axios: { adapter, baseURL: own.url, maxRedirects: 0, validateStatus },
        options,
      });
      await api.get('/start');
      const isFollowed = adapter === 'fetch' && !axiosHas.fetchMaxRedirects;
      expect(other.requests).toHaveLength(isFollowed ? 1 : 0);
      expect(tokensIn(other)).toEqual([]);
    });
  });

  test.each([
    ['Authorization', {}],
    ['a header of another name', CUSTOM],
  ])('a beforeRedirect of the request still runs, and does not see %s', async (_what, options) => {
    const seen: unknown[] = [];
    const beforeRedirect = ({ headers }: Record<string, unknown>) => {
      seen.push(
        Object.values(headers as object).filter((value) => String(value).includes('access-')),
      );
    };
    const [, other] = await crossing({ axios: { adapter: 'http', beforeRedirect }, options });
    expect(seen).toEqual([[]]);
    expect(tokensIn(other!)).toEqual([]);
  });

  test('a beforeRedirect that throws stops the request, and still leaks nothing', async () => {
    const other = await answering();
    const own = await redirecting(() => `${other.url}/end`);
    const beforeRedirect = () => {
      throw new Error('stay here');
    };
    const { api } = attached({ axios: { adapter: 'http', baseURL: own.url, beforeRedirect } });
    await expect(api.get('/start')).rejects.toThrow('stay here');
    expect(other.requests).toHaveLength(0);
  });

  test('a header of another name reaches a second allowed origin by a redirect', async () => {
    const other = await answering();
    const own = await redirecting(() => `${other.url}/end`);
    const allowedOrigins = [own.url, other.url];
    const { api } = attached({
      axios: { adapter: 'http', baseURL: own.url },
      options: { ...CUSTOM, allowedOrigins },
    });
    await api.get('/start');
    expect(tokensIn(other)).toEqual(['access-1']);
  });
});

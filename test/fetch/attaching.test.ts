import axios from 'axios';
import { createAuthFetch } from '../../src/fetch/index';
import { answering, json, startServer, type TestServer } from '../support/http-server';
import { attached, cleanUp, codeOf, onCleanUp, rejection, settle } from '../support/session';
import { setGlobal } from '../support/web-globals';
import { openFetch } from './open';

afterEach(cleanUp);

const tokensIn = ({ requests }: TestServer): unknown[] =>
  requests.map(({ headers }) => headers.authorization ?? headers['x-auth-token']);

describe('G1: an attached fetch carries the token', () => {
  test('to an allowed origin, from a string, a URL and a Request', async () => {
    const { authFetch, at, server } = await openFetch();
    await authFetch(at('/a'));
    await authFetch(new URL(at('/b')));
    await authFetch(new Request(at('/c')));
    const answer = await authFetch(at('/d'), { method: 'POST', body: 'text' });
    expect(await answer.json()).toMatchObject({ user: 'alice', body: 'text' });
    expect(server.arrivals.map(({ token }) => token)).toEqual(Array(4).fill('access-alice-1'));
  });

  test('without tokens there is no header, and after detach() neither', async () => {
    const { authFetch, at, auth, server } = await openFetch({ tokens: null });
    expect((await authFetch(at('/open'))).status).toBe(200);
    await auth.signIn(server.issue());
    auth.detach();
    expect((await authFetch(at('/a'))).status).toBe(401);
    expect(server.arrivals.map(({ token }) => token)).toStrictEqual([undefined, undefined]);
  });

  test('the fetch that is global is looked up at each call, a given one is used instead', async () => {
    const { authFetch, at, auth, server } = await openFetch();
    const asked: unknown[] = [];
    const double = (...given: unknown[]): Promise<Response> => {
      asked.push(given[0]);
      return Promise.resolve(new Response('double'));
    };
    const own = createAuthFetch(auth, { allowedOrigins: [server.url], fetch: double });
    expect(await (await own(at('/own'))).text()).toBe('double');
    setGlobal('fetch', double);
    expect(await (await authFetch(at('/global'))).text()).toBe('double');
    expect(asked).toEqual([at('/own'), at('/global')]);
  });

  test('the defaults of axios, which an application may have changed, have no influence', async () => {
    const before = { ...axios.defaults };
    onCleanUp(() => {
      for (const key of ['auth', 'params', 'data'] as const) delete axios.defaults[key];
      Object.assign(axios.defaults, before);
    });
    const auth = { username: 'u', password: 'p' };
    Object.assign(axios.defaults, { auth, params: { a: 1 }, data: 'x', method: 'post' });
    const { authFetch, at, server } = await openFetch();
    const answer = await authFetch(at('/a'));
    expect([answer.url, await answer.json()]).toMatchObject([
      at('/a'),
      { user: 'alice', body: '' },
    ]);
    expect(server.at('/a').map(({ method, token }) => [method, token])).toEqual([
      ['GET', 'access-alice-1'],
    ]);
  });

  test('what a platform adds to an init arrives at the fetch below', async () => {
    const { auth, server, at } = await openFetch();
    const inits: unknown[] = [];
    const double = (_input: unknown, init: unknown): Promise<Response> => {
      inits.push(init);
      return Promise.resolve(new Response());
    };
    const own = createAuthFetch(auth, { allowedOrigins: [server.url], fetch: double });
    const extra = { next: { revalidate: 1 }, credentials: 'include' } as RequestInit;
    await own(at('/a'), { ...extra, skipAuth: false });
    await own(new Request(at('/a')), extra);
    expect(inits).toEqual([expect.objectContaining(extra), expect.objectContaining(extra)]);
    expect(inits[0]).not.toHaveProperty('skipAuth');
  });

  test('a Request keeps its referrer, also where the gate changes how it is sent', async () => {
    const sent: Request[] = [];
    const { auth } = attached({ options: { headerName: 'X-Auth-Token', scheme: '' } });
    const own = createAuthFetch(auth, {
      allowedOrigins: ['https://api.example.com'],
      fetch: (input, init) => {
        sent.push(new Request(input, init));
        return Promise.resolve(new Response());
      },
    });
    const referrerPolicy = 'no-referrer';
    await own(new Request('https://api.example.com/', { referrer: '', referrerPolicy }));
    const [{ headers, redirect, referrer, referrerPolicy: policy } = new Request('x:y')] = sent;
    expect(headers.get('x-auth-token')).toBe('access-1');
    expect({ redirect, referrer, policy }).toEqual({
      redirect: 'manual',
      referrer: '',
      policy: referrerPolicy,
    });
  });
});

describe('G2: a fetch with a header of its own, or with skipAuth, is left alone', () => {
  test.each<[string, HeadersInit]>([
    ['an object', { authorization: 'Basic abc' }],
    ['Headers', new Headers({ Authorization: 'Basic abc' })],
    ['a list', [['AUTHORIZATION', 'Basic abc']]],
  ])('the header is in %s', async (_, headers) => {
    const { authFetch, at, auth } = await openFetch({}, {});
    const own = await answering(401);
    const other = createAuthFetch(auth, { allowedOrigins: [own.url] });
    expect((await other(own.url, { headers })).status).toBe(401);
    expect((await other(new Request(own.url, { headers }))).status).toBe(401);
    expect(tokensIn(own)).toEqual(['Basic abc', 'Basic abc']);
    expect((await authFetch(at('/a'))).status).toBe(200);
  });

  test('a token of this session in the header is replaced by the current one', async () => {
    const { authFetch, at, auth, server } = await openFetch();
    const token = await auth.getAccessToken();
    await auth.refresh();
    const headers = { Authorization: `Bearer ${token!}` };
    expect((await authFetch(at('/a'), { headers })).status).toBe(200);
    expect(server.at('/a').map((arrival) => arrival.token)).toEqual(['access-alice-2']);
  });

  test('skipAuth sends without the token, and hands a 401 on', async () => {
    const { authFetch, at, server } = await openFetch();
    expect((await authFetch(at('/a'), { skipAuth: true })).status).toBe(401);
    expect((await authFetch(new Request(at('/a')), { skipAuth: true })).status).toBe(401);
    expect(server.arrivals.map(({ token }) => token)).toStrictEqual([undefined, undefined]);
  });
});

describe('G3: the token of a fetch reaches no other origin', () => {
  test('not by the URL, and not by a Request', async () => {
    const { authFetch } = await openFetch();
    const other = await answering();
    await authFetch(other.url);
    await authFetch(new Request(other.url));
    expect(other.requests).toHaveLength(2);
    expect(tokensIn(other)).toStrictEqual([undefined, undefined]);
  });

  test.each([301, 302, 303, 307, 308])('not by a redirect with %i', async (status) => {
    const other = await answering(401);
    const own = await startServer((_request, response) => {
      response.writeHead(status, { location: other.url }).end();
    });
    const { auth, options } = openAt();
    const authFetch = createAuthFetch(auth, { allowedOrigins: [own.url] });
    const answer = await authFetch(own.url, { method: 'POST', body: 'x' });
    // What another host answers says nothing about the session.
    expect([answer.status, answer.redirected, await answer.json()]).toEqual([
      401,
      true,
      { code: 'TOKEN_EXPIRED' },
    ]);
    expect([tokensIn(own), tokensIn(other)]).toEqual([['Bearer access-1'], [undefined]]);
    expect(options.refresh).not.toHaveBeenCalled();
  });

  test.each<[string, (url: string) => [string | Request, RequestInit?]]>([
    ['a URL', (url) => [url]],
    ['a Request', (url) => [new Request(url)]],
    ['redirect: follow', (url) => [url, { redirect: 'follow' }]],
  ])('with a custom headerName a redirect of %s is refused', async (_, given) => {
    const other = await answering();
    const own = await startServer((_request, response) => {
      response.writeHead(302, { location: other.url }).end();
    });
    const { auth } = attached({ options: { headerName: 'X-Auth-Token', scheme: '' } });
    const authFetch = createAuthFetch(auth, { allowedOrigins: [own.url] });
    const error = await rejection(authFetch(...given(own.url)));
    expect(error.code).toBe('ERR_AUTH_CONFIG');
    expect(error.message).toMatch(/redirect.*allowRedirects: true/s);
    expect([tokensIn(own), other.requests]).toEqual([['access-1'], []]);
  });

  test('with a custom headerName, a caller that follows by itself gets the redirect', async () => {
    const own = await startServer((_request, response) => {
      response.writeHead(302, { location: '/end' }).end();
    });
    const { auth } = attached({ options: { headerName: 'X-Auth-Token', scheme: '' } });
    const authFetch = createAuthFetch(auth, { allowedOrigins: [own.url] });
    const init = { redirect: 'manual' } as const;
    expect((await authFetch(own.url, init)).status).toBe(302);
    expect((await authFetch(new Request(own.url, init))).status).toBe(302);
  });

  test('with allowRedirects a redirect is followed, with a custom headerName too', async () => {
    const own = await startServer(({ url }, response) => {
      if (url === '/end') json(response, 200, {});
      else response.writeHead(302, { location: '/end' }).end();
    });
    const custom = { headerName: 'X-Auth-Token', scheme: '', allowRedirects: true };
    const { auth } = attached({ options: custom });
    const authFetch = createAuthFetch(auth, { allowedOrigins: [own.url] });
    expect((await authFetch(own.url)).status).toBe(200);
    expect(tokensIn(own)).toEqual(['access-1', 'access-1']);
  });

  test('with a custom headerName nothing is sent on React Native, which follows redirects', async () => {
    const own = await answering();
    setGlobal('navigator', { product: 'ReactNative' });
    const { auth } = attached({ options: { headerName: 'X-Auth-Token', scheme: '' } });
    const authFetch = createAuthFetch(auth, { allowedOrigins: [own.url] });
    for (const init of [{}, { redirect: 'manual' as const }]) {
      const error = await rejection(authFetch(own.url, init));
      expect([error.code, error.name]).toEqual(['ERR_AUTH_CONFIG', 'AuthError']);
    }
    expect(own.requests).toEqual([]);
    const standard = createAuthFetch(attached().auth, { allowedOrigins: [own.url] });
    expect((await standard(own.url, { redirect: 'manual' })).status).toBe(200);
  });

  test('plain http is for loopback only', async () => {
    const { auth } = openAt();
    const url = 'http://api.example.com';
    const options = { allowedOrigins: [url] };
    expect(await codeOf(createAuthFetch(auth, options)(url))).toBe('ERR_AUTH_INSECURE_URL');
    const send = jest.fn(() => Promise.resolve(new Response()));
    await createAuthFetch(auth, { ...options, allowInsecureHttp: true, fetch: send })(url);
    expect(send).toHaveBeenCalledTimes(1);
  });

  test('without allowedOrigins it is the page, whose base may lead elsewhere', async () => {
    const page = await answering();
    const other = await answering();
    setGlobal('location', { href: `${page.url}/index.html` });
    setGlobal('document', { baseURI: `${page.url}/app/` });
    const authFetch = createAuthFetch(openAt().auth);
    await authFetch('items?a=1');
    await authFetch(`${page.url}/absolute`);
    expect(page.requests.map(({ url }) => url)).toEqual(['/app/items?a=1', '/absolute']);
    expect(tokensIn(page)).toEqual(['Bearer access-1', 'Bearer access-1']);
    setGlobal('document', { baseURI: `${other.url}/app/` });
    expect(await codeOf(authFetch('items'))).toBe('ERR_AUTH_CONFIG');
    const allowing = createAuthFetch(openAt().auth, { allowedOrigins: [page.url] });
    await allowing('items');
    expect(tokensIn(other)).toStrictEqual([undefined]);
  });

  test('a URL that no base can be put in front of is left to fetch', async () => {
    setGlobal('document', { baseURI: 'about:blank' });
    const authFetch = createAuthFetch(openAt().auth);
    const error = await rejection(authFetch('/items'));
    expect(error.name).toBe('TypeError');
    expect(error.message).toContain('/items');
  });

  test('without a page and without allowedOrigins nothing is guessed', async () => {
    const { auth } = openAt();
    const error = await rejection(createAuthFetch(auth)('https://api.example.com/'));
    expect(error.code).toBe('ERR_AUTH_CONFIG');
    expect(error.message).toContain('allowedOrigins');
  });

  test('onSend may send it elsewhere, without the token', async () => {
    const other = await answering();
    const { authFetch, at } = await openFetch({
      onSend(config) {
        config.url = `${other.url}/elsewhere`;
        config.method = 'PUT';
        config.data = 'changed';
        config.headers.set('X-Changed', 'yes');
        config.headers.delete('X-Gone');
      },
    });
    const init = { method: 'POST', body: 'given', headers: { 'X-Gone': '1', 'X-Kept': '2' } };
    await authFetch(at('/a'), init);
    await authFetch(new Request(at('/a'), init));
    expect(other.requests).toHaveLength(2);
    expect(tokensIn(other)).toStrictEqual([undefined, undefined]);
    for (const { method, url, headers, body } of other.requests) {
      expect([method, url, body.toString()]).toEqual(['PUT', '/elsewhere', 'changed']);
      expect(headers).toMatchObject({ 'x-changed': 'yes', 'x-kept': '2' });
      expect(headers).not.toHaveProperty('x-gone');
    }
  });

  test('a polluted Object.prototype adds nothing to a request', async () => {
    const { authFetch, at, server } = await openFetch();
    const other = await answering();
    const polluted = Object.prototype as Record<string, unknown>;
    Object.assign(polluted, { skipAuth: true, baseURL: other.url, allowInsecureHttp: true });
    onCleanUp(() => {
      for (const key of ['skipAuth', 'baseURL', 'allowInsecureHttp']) delete polluted[key];
    });
    await authFetch(at('/a'), {});
    await settle(server);
    expect(server.at('/a').map(({ token }) => token)).toEqual(['access-alice-1']);
    expect(other.requests).toEqual([]);
  });
});

function openAt() {
  const options = { refresh: jest.fn(() => Promise.resolve({ accessToken: 'access-2' })) };
  return { ...attached({ options }), options };
}

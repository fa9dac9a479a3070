import type { ServerResponse } from 'node:http';
import { anyUnauthorized } from '../../src/index';
import { createAuthFetch } from '../../src/fetch/index';
import { controlClocks } from '../support/clocks';
import { json, startServer } from '../support/http-server';
import {
  attached,
  cleanUp,
  codeOf,
  createRig,
  recordEvents,
  REFRESH_PATH,
  refuseFreshTokens,
  rejection,
  settle,
  until,
  withoutAsyncContext,
} from '../support/session';
import { openFetch } from './open';

afterEach(cleanUp);

describe('G5: an attached fetch shares the renewals of the session', () => {
  test('ten fetches and ten axios requests with an expired token refresh once', async () => {
    const { authFetch, at, api, server } = await openFetch();
    server.expire();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => [
        authFetch(at(`/fetch-${n}`)).then((answer) => answer.json() as Promise<unknown>),
        api.get<unknown>(`/axios-${n}`).then(({ data }) => data),
      ]).flat(),
    );
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
    const paths = answers.map((answer) => (answer as { path: string }).path);
    // G15: each has the answer to its own request.
    expect(paths).toEqual(
      Array.from({ length: 10 }, (_, n) => [`/fetch-${n}`, `/axios-${n}`]).flat(),
    );
  });

  test('against the reference server, which detects a refresh token that is used twice', async () => {
    const { server, auth, api } = await createRig();
    const authFetch = createAuthFetch(auth, { allowedOrigins: [server.url] });
    for (let round = 0; round < 2; round++) {
      server.controls.expireAllAccessTokens();
      const answers = await Promise.all([
        authFetch(`${server.url}/profile`),
        authFetch(new Request(`${server.url}/items`, { method: 'POST', body: '{}' })),
        api.get('/profile'),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 201, 200]);
    }
    expect(server.stats.refreshes).toBe(2);
  });
});

describe('G6: while a renewal is under way', () => {
  test('fetches are held, and released in the order of their arrival', async () => {
    const { authFetch, at, api, server } = await openFetch();
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const first = authFetch(at('/first'));
    await until(() => server.at(REFRESH_PATH).length === 1);
    const held = [authFetch(at('/1')), api.get('/2'), authFetch(new Request(at('/3')))];
    await settle(server);
    expect(server.arrivals.filter(({ path }) => /^\/\d$/.test(path))).toEqual([]);
    release();
    await Promise.all([first, ...held]);
    expect(server.arrivals.filter(({ path }) => /^\/\d$/.test(path))).toHaveLength(3);
  });
});

describe('G7: a late 401', () => {
  test('of a fetch for a token that was replaced is sent again, without another refresh', async () => {
    const { authFetch, at, auth, server } = await openFetch();
    const release = server.hold('/late');
    server.expire();
    const late = authFetch(at('/late'));
    await until(() => server.at('/late').length === 1);
    await auth.refresh();
    release();
    expect((await late).status).toBe(200);
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });
});

describe('G8: the refresh may go through an attached fetch', () => {
  async function refreshed(
    by: (url: string, init: RequestInit) => [string | Request, RequestInit?],
  ) {
    const opened = await openFetch({
      refresh: async (tokens) => {
        const init = { method: 'POST', body: JSON.stringify(tokens) };
        await Promise.resolve();
        const answer = await authFetch(...by(at(REFRESH_PATH), init));
        return (await answer.json()) as { accessToken: string };
      },
    });
    const { authFetch, at, server } = opened;
    server.expire();
    expect((await authFetch(at('/a'))).status).toBe(200);
    expect(server.at(REFRESH_PATH).map(({ token }) => token)).toStrictEqual([undefined]);
  }

  test('with its URL as a string, and as a Request', async () => {
    await refreshed((url, init) => [url, init]);
    await refreshed((url, init) => [new Request(url, init)]);
  });

  test('also where asynchronous calls cannot be followed: by its body, or by skipAuth', async () => {
    withoutAsyncContext();
    await refreshed((url, init) => [url, init]);
    await refreshed((url, init) => [new Request(url, init), { skipAuth: true } as RequestInit]);
  });
});

describe('G11: a refused refresh', () => {
  test('ends the session once: every fetch and axios request rejects, and G14: signing in works', async () => {
    const notified: unknown[] = [];
    const { authFetch, at, api, auth, server } = await openFetch({
      onSignedOut: (error) => void notified.push(error?.code),
    });
    server.expire();
    server.refreshAnswers.push((_request, response) => json(response, 401, {}));
    const codes = await Promise.all(
      [authFetch(at('/a')), api.get('/b'), authFetch(at('/c'))].map(codeOf),
    );
    expect(new Set(codes)).toEqual(new Set(['ERR_AUTH_SESSION_EXPIRED']));
    expect(notified).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
    await auth.signIn(server.issue());
    expect((await authFetch(at('/a'))).status).toBe(200);
  });

  test('G13: an answer of the refresh without a token changes nothing', async () => {
    const { authFetch, at, auth, server } = await openFetch();
    server.expire();
    server.refreshAnswers.push((_request, response) => json(response, 200, { no: 'token' }));
    expect(await codeOf(authFetch(at('/a')))).toBe('ERR_AUTH_INVALID_TOKENS');
    expect(auth.status).toBe('signed-in');
    expect((await authFetch(at('/a'))).status).toBe(200);
  });
});

describe('G12: no fetch is sent more than three times', () => {
  test('whatever the server answers', async () => {
    const { authFetch, at, server } = await openFetch({ refreshLimit: false });
    server.expire();
    refuseFreshTokens(server, 9);
    expect(await codeOf(authFetch(at('/a')))).toBe('ERR_AUTH_REFRESH_LOOP');
    expect(server.at('/a').length).toBeLessThanOrEqual(3);
  });
});

describe('Verdicts on the answers of an attached fetch', () => {
  async function answered(status: number, body: string | Buffer, headers = {}, options = {}) {
    const server = await startServer((request, response) => {
      const isNew = request.headers.authorization === 'Bearer access-2';
      response.writeHead(isNew ? 200 : status, { 'content-type': 'application/json', ...headers });
      response.end(isNew ? 'new' : body);
    });
    const { auth } = attached({ options });
    const authFetch = createAuthFetch(auth, { allowedOrigins: [server.url] });
    return { server, answer: await authFetch(server.url) };
  }

  test.each<[string, string, object, object]>([
    ['a code in the body', '{"error":{"code":"token_expired"}}', {}, {}],
    ['a challenge', '', { 'www-authenticate': 'Basic, Bearer error="invalid_token"' }, {}],
    ['classify', 'no JSON', {}, { classify: anyUnauthorized }],
  ])('%s renews', async (_, body, headers, options) => {
    const { answer } = await answered(401, body, headers, options);
    expect(await answer.text()).toBe('new');
  });

  test('a body that is larger than what is looked at arrives whole', async () => {
    const body = JSON.stringify({ code: 'SOMETHING', fill: 'ä'.repeat(200_000) });
    const { answer, server } = await answered(401, body);
    expect(await answer.clone().text()).toBe(body);
    expect(await answer.text()).toBe(body);
    expect(server.requests).toHaveLength(1);
  });

  test('where the platform hides the stream (React Native), the code is found all the same', async () => {
    const server = await startServer((request, response) => {
      const isNew = request.headers.authorization === 'Bearer access-2';
      json(response, isNew ? 200 : 401, isNew ? { ok: true } : { code: 'TOKEN_EXPIRED' });
    });
    const { auth } = attached();
    const authFetch = createAuthFetch(auth, {
      allowedOrigins: [server.url],
      fetch: async (input, init) => {
        const answer = await fetch(input, init);
        return Object.defineProperty(answer, 'body', { value: undefined });
      },
    });
    expect(await (await authFetch(server.url)).json()).toEqual({ ok: true });
  });

  test('a test double that has only what its test needs is handed on', async () => {
    const double = { status: 401, json: () => Promise.resolve({ code: 'NONE' }) };
    const { auth } = attached();
    const authFetch = createAuthFetch(auth, {
      allowedOrigins: ['https://api.example.com'],
      fetch: () => Promise.resolve(double as never),
    });
    expect(await authFetch('https://api.example.com/')).toBe(double);
  });

  test('the sockets of answers that nobody reads are freed', async () => {
    const open = new Set<ServerResponse>();
    const server = await startServer((request, response) => {
      if (request.headers.authorization === 'Bearer access-2') {
        json(response, 200, {});
        return;
      }
      open.add(response);
      response.on('close', () => open.delete(response));
      // More than is looked at, and it never ends.
      response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' });
      response.write('x'.repeat(300_000));
    });
    const { auth } = attached();
    const authFetch = createAuthFetch(auth, { allowedOrigins: [server.url] });
    expect((await authFetch(server.url)).status).toBe(200);
    await until(() => open.size === 0);
  });

  test('what the session has not read of a 401 that it hands on is not kept for it', async () => {
    const closed = jest.fn();
    const server = await startServer((_request, response) => {
      response.on('close', closed);
      response.writeHead(401, { 'content-type': 'text/plain' }).write('x'.repeat(300_000));
    });
    const { auth } = attached();
    const authFetch = createAuthFetch(auth, { allowedOrigins: [server.url] });
    const answer = await authFetch(server.url);
    await answer.body!.cancel();
    await until(() => closed.mock.calls.length === 1);
  });

  test('so are those of a fetch that is rejected', async () => {
    const open = new Set<ServerResponse>();
    const server = await startServer((_request, response) => {
      open.add(response);
      response.on('close', () => open.delete(response));
      response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' });
      response.write('x'.repeat(300_000));
    });
    const { auth } = attached({ options: { refresh: () => null } });
    const authFetch = createAuthFetch(auth, { allowedOrigins: [server.url] });
    expect(await codeOf(authFetch(server.url))).toBe('ERR_AUTH_SESSION_EXPIRED');
    await until(() => open.size === 0);
  });
});

describe('G17: streams of an attached fetch', () => {
  test('server-sent events go on through a renewal, and connect anew with the new token', async () => {
    const streams: ServerResponse[] = [];
    const server = await startServer(({ headers }, response) => {
      if (headers.authorization === 'Bearer access-1' && streams.length > 0) {
        json(response, 401, { code: 'TOKEN_EXPIRED' });
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${headers.authorization ?? ''}\n\n`);
      streams.push(response);
    });
    const { auth } = attached();
    const events = recordEvents(auth);
    const authFetch = createAuthFetch(auth, { allowedOrigins: [server.url] });
    const connect = async () => {
      const { body } = await authFetch(server.url, { headers: { accept: 'text/event-stream' } });
      return body!.pipeThrough(new TextDecoderStream()).getReader();
    };
    const first = await connect();
    expect(await first.read()).toMatchObject({ value: 'data: Bearer access-1\n\n' });
    const second = await connect();
    expect(await second.read()).toMatchObject({ value: 'data: Bearer access-2\n\n' });
    expect(events.map(({ type }) => type)).toEqual(['refreshing', 'refreshed']);
    streams[0]!.end('data: still here\n\n');
    expect(await first.read()).toMatchObject({ value: 'data: still here\n\n' });
    expect(await first.read()).toEqual({ done: true, value: undefined });
    await second.cancel();
    await until(() => streams[1]!.closed || streams[1]!.destroyed);
  });

  test('onSend is called before every send, with what a caller gave', async () => {
    const seen: unknown[] = [];
    const { authFetch, at, server } = await openFetch({
      onSend({ url, method, data, headers }, { attempt }) {
        seen.push([attempt, method, url, data, headers.get('x-a'), headers.get('Authorization')]);
        headers.set('X-Attempt', String(attempt));
      },
    });
    server.expire();
    const init = { method: 'post', body: 'text', headers: { 'X-A': '1' } };
    expect((await authFetch(at('/a'), init)).status).toBe(200);
    expect(seen).toEqual([
      [1, 'POST', at('/a'), 'text', '1', 'Bearer access-alice-1'],
      [2, 'POST', at('/a'), 'text', '1', 'Bearer access-alice-2'],
    ]);
  });

  test('a token that is known to be over is renewed before the fetch is sent', async () => {
    const clocks = controlClocks();
    const { authFetch, at, auth, server } = await openFetch({ tokens: null });
    await auth.signIn({ ...server.issue(), expiresIn: 600 });
    clocks.pass(700_000);
    expect((await authFetch(at('/a'))).status).toBe(200);
    expect(server.at('/a').map(({ token }) => token)).toEqual(['access-alice-2']);
  });

  test('a network error is that of fetch, and no part of the session', async () => {
    const { authFetch, at, server } = await openFetch({
      onSend(config) {
        config.url = config.url!.replace(/\d+\/gone$/, '1/gone');
      },
    });
    const error = await rejection(authFetch(at('/gone')));
    expect([error.name, error.isAxiosError, error.config]).toEqual([
      'TypeError',
      undefined,
      undefined,
    ]);
    expect(server.arrivals).toEqual([]);
  });
});

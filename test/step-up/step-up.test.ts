import type { AxiosError, AxiosRequestConfig } from 'axios';
import { memoryStore } from '../../src/index';
import { stepUp } from '../../src/step-up/index';
import { json, startServer } from '../support/http-server';
import { ask, openScoped } from '../support/scoped-server';
import { attached, cleanUp, until } from '../support/session';
import { withStepUp } from '../support/step-up';

afterEach(cleanUp);

/** How often the handler is asked about one answer, and what the caller gets. */
async function met(status: number, header: string | string[], body: unknown = {}) {
  const server = await startServer((request, response) => {
    const renewed = /access-[23]/.test(request.headers.authorization ?? '');
    if (renewed) json(response, 200, { token: request.headers.authorization });
    else json(response, status, body, { 'www-authenticate': header });
  });
  const handler = jest.fn(() => ({ accessToken: 'access-3' }));
  const { api } = attached({ axios: { baseURL: server.url }, options: withStepUp(handler) });
  const got = await api.get<{ token: string }>('/').then(
    ({ data }) => data.token,
    (error: unknown) => (error as AxiosError).response?.status,
  );
  return { asked: handler.mock.calls.length, got };
}

describe('Step-up: a challenge is met with better tokens', () => {
  test.each([
    ['write', 403, 'insufficient_scope', { scope: 'write', realm: 'a, b' }],
    ['acr-2', 401, 'insufficient_user_authentication', { acr_values: 'acr-2', max_age: '60' }],
  ])(
    'a challenge for %s (%i %s) is put to the handler, and its request is sent again with what it gives',
    async (right, status, error, params) => {
      const scoped = await openScoped();
      const { server, questions, store } = scoped;
      const answer = ask(scoped, right);
      await until(() => questions.length === 1);

      const [{ challenge, context } = questions[0]!] = questions;
      expect(challenge).toMatchObject({ scheme: 'Bearer', params: { error, ...params } });
      expect(context.tokens).toEqual(await store.get());
      expect(context.response).toMatchObject({ status, config: { url: `/needs/${right}` } });
      expect(context.signal.aborted).toBe(false);
      questions[0]!.answer(server.issue(right));

      expect((await answer).token).toBe('access-scoped-2');
      expect(server.at(`/needs/${right}`).map(({ token }) => token)).toEqual([
        'access-scoped-1',
        'access-scoped-2',
      ]);
      expect(server.at('/auth/refresh')).toEqual([]);
      expect(await store.get()).toMatchObject({ refreshToken: 'refresh-scoped-2' });
    },
  );

  test.each(['http', 'fetch'])('it works with the %s adapter, body and all', async (adapter) => {
    const { api, server } = await openScoped({
      axios: { adapter },
      handler: () => server.issue('write'),
    });
    const { data } = await api.post('/needs/write', { name: 'first' });
    expect(data).toMatchObject({ token: 'access-scoped-2', body: '{"name":"first"}' });
  });

  test('an answer that validateStatus resolves is stepped up as well', async () => {
    const { api, server } = await openScoped({
      axios: { validateStatus: () => true },
      handler: () => server.issue('write'),
    });
    expect((await api.get('/needs/write')).status).toBe(200);
  });

  test('what the handler gives may be an OAuth token response, and keeps the refresh token', async () => {
    const scoped = await openScoped({
      handler: () => ({ access_token: scoped.server.issue('write').accessToken, expires_in: 60 }),
    });
    expect((await ask(scoped, 'write')).token).toBe('access-scoped-2');
    expect(await scoped.store.get()).toMatchObject({
      accessToken: 'access-scoped-2',
      refreshToken: 'refresh-scoped-1',
      expiresAt: expect.any(Number) as number,
    });
  });

  test.each([
    ['in other case', 403, 'bearer ERROR="Insufficient_Scope"'],
    ['after another one', 403, 'Basic realm="x", Bearer error="insufficient_scope"'],
    ['in a second header', 403, ['Basic realm="x"', 'Bearer error=insufficient_scope']],
    ['of another scheme', 401, 'DPoP error="insufficient_user_authentication", algs="ES256"'],
  ])('a challenge is found %s', async (_, status, header) => {
    expect(await met(status, header)).toEqual({ asked: 1, got: 'Bearer access-3' });
  });

  test.each([
    ['a 403 without a challenge', 403, []],
    ['a 403 with a challenge of another error', 403, 'Bearer error="invalid_request"'],
    ['a 403 that asks for a sign-in', 403, 'Bearer error="insufficient_user_authentication"'],
    ['a 401 that asks for scope', 401, 'Bearer error="insufficient_scope"'],
    ['a 404 with the challenge', 404, 'Bearer error="insufficient_scope"'],
    ['a realm that looks like the challenge', 403, 'Bearer realm="error=insufficient_scope"'],
  ])('%s is none', async (_, status, header) => {
    expect(await met(status, header)).toEqual({ asked: 0, got: status });
  });

  test('a body code that the table knows wins over the challenge: the token has expired', async () => {
    const header = 'Bearer error="insufficient_user_authentication"';
    const expired = { code: 'TOKEN_EXPIRED' };
    expect(await met(401, header, expired)).toEqual({ asked: 0, got: 'Bearer access-2' });
  });

  test.each<[string, AxiosRequestConfig]>([
    ['with skipAuth', { skipAuth: true }],
    ['with an Authorization of its own', { headers: { Authorization: 'Basic access-scoped-1:' } }],
  ])('nobody is asked for a request %s', async (_, config) => {
    const scoped = await openScoped();
    await expect(ask(scoped, 'write', config)).rejects.toMatchObject({
      name: 'AxiosError',
      response: { status: config.skipAuth ? 401 : 403 },
    });
    expect(scoped.questions).toEqual([]);
  });

  test('nobody is asked for a request to another origin, nor for one without tokens', async () => {
    const header = { 'www-authenticate': 'Bearer error="insufficient_scope"' };
    const elsewhere = await startServer((_request, response) => json(response, 403, {}, header));
    const { api, auth, questions } = await openScoped();
    await expect(api.get(`${elsewhere.url}/`)).rejects.toMatchObject({ response: { status: 403 } });
    expect(elsewhere.requests[0]?.headers.authorization).toBeUndefined();

    auth.detach();
    const handler = jest.fn();
    const options = { ...withStepUp(handler), tokenStore: memoryStore() };
    const signedOut = attached({ axios: { baseURL: elsewhere.url }, options });
    await expect(signedOut.api.get('/')).rejects.toMatchObject({ response: { status: 403 } });
    expect([questions.length, handler.mock.calls.length]).toEqual([0, 0]);
  });
});

describe('Step-up: a handler or a timeout that cannot work', () => {
  const handler = () => null;

  test.each([undefined, null, {}, 'a text'])('the handler %j is a TypeError', (none) => {
    expect(() => stepUp(none as never)).toThrow(TypeError);
    expect(() => stepUp(none as never)).toThrow('handler must be a function');
  });

  test.each([0, -1, NaN, Infinity, 2_147_483_648, '5', null])(
    'the timeout %p is a TypeError',
    (timeout) => {
      expect(() => stepUp(handler, { timeout } as never)).toThrow('timeout must be milliseconds');
    },
  );

  test.each([0.5, 2_147_483_647, undefined])('the timeout %p is none', (timeout) => {
    expect(() => stepUp(handler, { timeout } as never)).not.toThrow();
  });
});

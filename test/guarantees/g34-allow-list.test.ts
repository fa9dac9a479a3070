import { AxiosError } from 'axios';
import type { AxiosResponse } from 'axios';
import { Agent } from 'node:http';
import { isAuthError } from '../../src/index';
import type { AuthError, AuthOptions } from '../../src/index';
import { attached } from '../support/attached';
import { digFor } from '../support/digger';
import { rejection } from '../support/outcomes';
import { json, startServer } from '../support/http-server';
import { cleanUp, onCleanUp } from '../support/rig';
import { openSession, REFRESH_PATH, startTokenServer, type Opened } from '../support/token-server';

afterEach(cleanUp);

/** With every character that one encoding takes and another leaves; one credential contains the other. */
const TOKENS = {
  accessToken: "acc~ess!'(1)*tok/en+5",
  refreshToken: "acc~ess!'(1)*tok/en+5.refresh=~",
};

const inForm = (text: string): string => new URLSearchParams({ x: text }).toString().slice(2);
const inLowerCase = (text: string): string =>
  text.replace(/%[\dA-F]{2}/g, (code) => code.toLowerCase());

/** The credentials in every form that a server may give them back in. */
const SECRETS = [TOKENS.accessToken, '.refresh=~'].flatMap((text) => [
  text,
  inForm(text),
  inLowerCase(inForm(text)),
  inLowerCase(encodeURIComponent(text)),
]);

const expired: Partial<AuthOptions> = {
  classify: () => 'refresh',
  refresh: () => null,
};

/** The AuthError of a request that was refused with this answer. */
async function refusedWith(
  body: string,
  headers: Record<string, string> = {},
): Promise<AuthError & { response: AxiosResponse }> {
  const server = await startServer((_request, response) => {
    response.writeHead(401, { 'content-type': 'application/json', ...headers }).end(body);
  });
  const { api } = attached({
    axios: { baseURL: server.url },
    tokens: TOKENS,
    options: expired,
  });
  const error: unknown = await rejection(api.get('/a'));
  expect(isAuthError(error)).toBe(true);
  return error as AuthError & { response: AxiosResponse };
}

const { accessToken, refreshToken } = TOKENS;

describe('G34: no credential in the body of its 401 that an AuthError carries', () => {
  test.each([
    ['as they are', JSON.stringify({ message: `${accessToken} and ${refreshToken}` })],
    ['form-encoded', JSON.stringify({ message: inForm(refreshToken) })],
    ['form-encoded, in lower case', JSON.stringify({ message: inLowerCase(inForm(refreshToken)) })],
    [
      'percent-encoded, in lower case',
      JSON.stringify({ message: inLowerCase(encodeURIComponent(refreshToken)) }),
    ],
    ['as keys', JSON.stringify({ seen: { [accessToken]: 1, [refreshToken]: { deep: true } } })],
    ['in a nested list', JSON.stringify([[[[[[[[[[{ [refreshToken]: refreshToken }]]]]]]]]]])],
    ['with slashes escaped', JSON.stringify({ a: refreshToken }).replaceAll('/', '\\/')],
    ['with letters escaped', JSON.stringify({ a: refreshToken }).replace('acc', '\\u0061cc')],
    ['one right after the other', JSON.stringify({ a: accessToken + refreshToken })],
    ['in text', `no JSON: ${refreshToken}, ${accessToken}`],
  ])('%s', async (_, body) => {
    const error = await refusedWith(body);
    expect(await digFor(SECRETS, error)).toEqual([]);
    expect(error.response.status).toBe(401);
  });

  test('nor in the challenge', async () => {
    const error = await refusedWith('{}', {
      'www-authenticate': `tok-${accessToken.replace(/[^a-z]/g, '')} realm="${accessToken}"`,
    });
    expect(await digFor(SECRETS, error)).toEqual([]);
  });

  test('nor where a server takes the token for a scheme', async () => {
    const server = await startServer((_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'access-1 realm="x"' }).end();
    });
    const { api } = attached({ axios: { baseURL: server.url }, options: expired });
    const error = await rejection(api.get('/a'));
    expect(isAuthError(error)).toBe(true);
    expect(await digFor(['access-1'], error)).toEqual([]);
  });

  test('a body without any is given as it came', async () => {
    const error = await refusedWith('{"code":"NO_ACCESS","details":[1,null,{"a":true}]}');
    expect(error.response.data).toEqual({ code: 'NO_ACCESS', details: [1, null, { a: true }] });
  });

  test('G33: __proto__ in a body is a key like any other', async () => {
    const error = await refusedWith('{"code":"X","__proto__":{"polluted":true}}');
    const data = error.response.data as { polluted?: unknown };
    expect(data.polluted).toBeUndefined();
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
  });
});

describe('G34: what an AuthError does not carry', () => {
  const OWN = 'own-secret-of-the-application';

  test.each(['http', 'fetch'] as const)('anything of the request, over %s', async (adapter) => {
    const server = await startServer((_request, response) => {
      json(response, 401, { code: 'TOKEN_EXPIRED' }, { 'set-cookie': `sid=${OWN}`, 'x-y': OWN });
    });
    const httpAgent = new Agent({ keepAlive: true });
    onCleanUp(() => {
      httpAgent.destroy();
    });
    const { api } = attached({
      axios: { baseURL: server.url, adapter, httpAgent },
      tokens: TOKENS,
      options: expired,
    });
    const error = (await rejection(
      api.post(
        `/a?key=${OWN}#${OWN}`,
        { password: OWN, nested: { token: Buffer.from(refreshToken).toString('base64') } },
        {
          params: { q: OWN },
          headers: {
            Cookie: `sid=${OWN}`,
            'X-Api-Key': OWN,
            'X-Basic': Buffer.from(`me:${accessToken}`).toString('base64'),
          },
        },
      ),
    )) as unknown as AuthError;

    expect(error.code).toBe('ERR_AUTH_SESSION_EXPIRED');
    expect(await digFor([...SECRETS, OWN], error)).toEqual([]);
    expect([error.request, error.config?.data, error.config?.httpAgent]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(error.config?.method).toBe('post');
    expect(String(error.config?.url)).toMatch(/\/a$/);
    expect(error.response?.status).toBe(401);
    expect(JSON.stringify(error.response?.headers ?? {})).toMatch(/content-type/i);
  });

  test('the user info of a URL', async () => {
    const { api } = attached({
      axios: {
        baseURL: `https://me:${OWN}@api.example.com`,
        adapter: (config) => {
          const data = { code: 'TOKEN_EXPIRED' };
          const response = { data, status: 401, statusText: '', headers: {}, config };
          return Promise.reject(
            new AxiosError('no', AxiosError.ERR_BAD_REQUEST, config, null, response),
          );
        },
      },
      options: expired,
    });
    const error = await rejection(api.get(`https://me:${OWN}@api.example.com/a`));
    expect(isAuthError(error)).toBe(true);
    expect(await digFor([OWN], error)).toEqual([]);
  });
});

describe('G34: ordinary AxiosErrors of an attached instance have the token in `headers` only', () => {
  const withoutHeaders = (error: unknown): object => {
    const { config = {}, response } = error as AxiosError;
    const configs = [config, (response as AxiosResponse | undefined)?.config ?? {}];
    return configs.map((one) => {
      const copy: { headers?: unknown } = {};
      Object.defineProperties(copy, Object.getOwnPropertyDescriptors(one));
      delete copy.headers;
      return copy;
    });
  };

  test.each([
    ['http', 'Authorization'],
    ['fetch', 'Authorization'],
    ['http', 'X-Auth-Token'],
    ['fetch', 'X-Auth-Token'],
  ] as const)('over %s, with the header %s', async (adapter, headerName) => {
    const server = await startServer((_request, response, index) => {
      if (index === 0) json(response, 401, { code: 'TOKEN_EXPIRED' });
      else json(response, 500, {});
    });
    const { api } = attached({
      axios: { baseURL: server.url, adapter },
      tokens: { accessToken: 'access-1', refreshToken: 'refresh-1' },
      options: {
        headerName,
        refresh: () => ({ accessToken: 'access-2', refreshToken: 'refresh-2' }),
      },
    });
    for (let n = 0; n < 2; n++) {
      const error = await rejection(api.post('/a', { n }));
      expect(isAuthError(error)).toBe(false);
      const secrets = ['access-1', 'refresh-1', 'access-2', 'refresh-2'];
      expect(await digFor(secrets, withoutHeaders(error))).toEqual([]);
    }
  });

  test('nor has one of a request that refresh makes through the attached instance', async () => {
    const server = await startTokenServer();
    server.refreshAnswers.push((_request, response) => {
      json(response, 418, {});
    });
    let fault: unknown;
    const opened: Opened = openSession(server, {
      refresh: async (tokens) => {
        const headers = { Cookie: `refresh=${String(tokens?.refreshToken)}` };
        fault = await rejection(opened.api.post(REFRESH_PATH, null, { headers }));
        throw fault as Error;
      },
    });
    server.expire();
    await rejection(opened.api.get('/a'));
    expect((fault as AxiosError).response?.status).toBe(418);
    expect(await digFor(['access-alice-1', 'refresh-alice-1'], withoutHeaders(fault))).toEqual([]);
  });
});

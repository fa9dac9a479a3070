import { memoryStore } from '../../src/index';
import { attached } from '../support/attached';
import { json, startServer, type TestServer } from '../support/http-server';
import { cleanUp } from '../support/rig';

afterEach(cleanUp);

const answering = (): Promise<TestServer> =>
  startServer((_request, response) => json(response, 200, { ok: true }));

const authorizations = (server: TestServer) =>
  server.requests.map(({ headers }) => headers.authorization);

describe.each(['http', 'fetch'] as const)('with the %s adapter', (adapter) => {
  test('G1: a request to the origin of baseURL carries the token', async () => {
    const server = await answering();
    const { api } = attached({ axios: { baseURL: server.url, adapter } });
    await api.get('/profile');
    expect(authorizations(server)).toEqual(['Bearer access-1']);
  });

  test.each(['get', 'delete', 'head', 'options', 'post', 'put', 'patch'])(
    'G1: so does a %s request',
    async (method) => {
      const server = await answering();
      const { api } = attached({ axios: { baseURL: server.url, adapter } });
      await api.request({ method, url: '/items' });
      expect(authorizations(server)).toEqual(['Bearer access-1']);
    },
  );

  test('G1: without tokens there is no header', async () => {
    const server = await answering();
    const { api } = attached({ axios: { baseURL: server.url, adapter }, tokens: null });
    await api.get('/profile');
    expect(authorizations(server)).toEqual([undefined]);
  });

  test('G1: the header follows the session through sign-in and sign-out', async () => {
    const server = await answering();
    const { api, auth } = attached({ axios: { baseURL: server.url, adapter }, tokens: null });
    await auth.signIn({ accessToken: 'one' });
    await api.get('/');
    await auth.signIn({ accessToken: 'two' });
    await api.get('/');
    await auth.signOut();
    await api.get('/');
    expect(authorizations(server)).toEqual(['Bearer one', 'Bearer two', undefined]);
  });
});

test('G1: an absolute URL of the same origin carries the token', async () => {
  const server = await answering();
  const { api } = attached({ axios: { baseURL: `${server.url}/v1` } });
  await api.get(`${server.url}/v2/profile`);
  expect(authorizations(server)).toEqual(['Bearer access-1']);
});

test('G1: the instance itself can be called, with a URL or with a config', async () => {
  const server = await answering();
  const { api } = attached({ axios: { baseURL: server.url } });
  await api('/a');
  await api({ url: '/b' });
  await api({});
  expect(authorizations(server)).toEqual(Array(3).fill('Bearer access-1'));
});

test('G1: a baseURL that is set after attaching counts', async () => {
  const server = await answering();
  const { api } = attached();
  api.defaults.baseURL = server.url;
  await api.get('/profile');
  expect(authorizations(server)).toEqual(['Bearer access-1']);
});

test('G1: headerName and scheme decide how the token is sent', async () => {
  const server = await answering();
  const { api } = attached({
    axios: { baseURL: server.url },
    options: { headerName: 'X-Auth-Token', scheme: '' },
  });
  await api.get('/profile');
  expect(server.requests[0]?.headers).toMatchObject({ 'x-auth-token': 'access-1' });
  expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
});

test.each(['DPoP', 'Token', 'JWT'])('G1: the scheme %s stands before the token', async (scheme) => {
  const server = await answering();
  const { api } = attached({ axios: { baseURL: server.url }, options: { scheme } });
  await api.get('/profile');
  expect(authorizations(server)).toEqual([`${scheme} access-1`]);
});

test('G1: two instances of one session send the same token, each to its own origin', async () => {
  const [first, second] = [await answering(), await answering()];
  const { api, auth } = attached({ axios: { baseURL: first.url } });
  const other = api.create({ baseURL: second.url });
  auth.attach(other);
  await Promise.all([api.get('/'), other.get('/')]);
  expect([...authorizations(first), ...authorizations(second)]).toEqual([
    'Bearer access-1',
    'Bearer access-1',
  ]);
});

describe('a token that cannot be sent', () => {
  const unusable = {
    'a line break': 'abc\ndef',
    'a second header': 'abc\r\nX-Admin: 1',
    'a carriage return': 'abc\r',
    'a trailing line break': 'abc\n',
    'a space': 'abc def',
    'the scheme with it': 'Bearer abc',
    'a tab': 'abc\tdef',
    'a NUL': 'abc\0def',
    'a DEL': 'abc\x7f',
    'a letter beyond ASCII': 'abcdé',
    'a surrogate pair': 'abc😀',
    'a line separator': 'abc\u2028',
  };

  test.each(Object.entries(unusable))(
    'G4: with %s from the store is refused before anything is sent',
    async (_what, accessToken) => {
      const server = await answering();
      const { api } = attached({ axios: { baseURL: server.url }, tokens: { accessToken } });
      await expect(api.get('/')).rejects.toMatchObject({ code: 'ERR_AUTH_INVALID_TOKENS' });
      expect(server.requests).toHaveLength(0);
    },
  );

  test.each(Object.entries(unusable))(
    'G4: with %s is no sign-in, and the session stays as it was',
    async (_what, accessToken) => {
      const { auth } = attached();
      await expect(auth.signIn({ accessToken })).rejects.toMatchObject({
        code: 'ERR_AUTH_INVALID_TOKENS',
      });
      expect(await auth.getAccessToken()).toBe('access-1');
    },
  );

  test.each([[42], [true], [{}], [['access-1']]])(
    'G4: %j in place of a string is refused as well',
    async (accessToken) => {
      const server = await answering();
      const { api } = attached({
        axios: { baseURL: server.url },
        tokens: { accessToken: accessToken as never },
      });
      await expect(api.get('/')).rejects.toMatchObject({ code: 'ERR_AUTH_INVALID_TOKENS' });
      expect(server.requests).toHaveLength(0);
    },
  );

  test('G4: from a refresh is refused, and the old tokens are kept', async () => {
    const server = await startServer((_request, response) =>
      json(response, 401, { code: 'TOKEN_EXPIRED' }),
    );
    const tokenStore = memoryStore({ accessToken: 'access-1' });
    const { api } = attached({
      axios: { baseURL: server.url },
      options: { tokenStore, refresh: () => Promise.resolve({ accessToken: 'a\nb' }) },
    });
    await expect(api.get('/')).rejects.toMatchObject({ code: 'ERR_AUTH_INVALID_TOKENS' });
    expect(server.requests).toHaveLength(1);
    expect(tokenStore.get()).toEqual({ accessToken: 'access-1' });
  });

  test('G4: is not given out by getAccessToken either', async () => {
    const { auth } = attached({ tokens: { accessToken: 'a b' } });
    await expect(auth.getAccessToken()).rejects.toMatchObject({ code: 'ERR_AUTH_INVALID_TOKENS' });
  });

  test('G4: with every visible ASCII character is sent as it is', async () => {
    const accessToken = Array.from({ length: 94 }, (_, n) => String.fromCharCode(33 + n)).join('');
    const server = await answering();
    const { api } = attached({ axios: { baseURL: server.url }, tokens: { accessToken } });
    await api.get('/');
    expect(authorizations(server)).toEqual([`Bearer ${accessToken}`]);
  });
});

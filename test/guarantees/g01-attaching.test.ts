import { answering, authorizations } from '../support/http-server';
import { attached, cleanUp, recorder } from '../support/session';

afterEach(cleanUp);

describe('G1: requests to allowed origins carry the current token', () => {
  describe.each(['http', 'fetch'] as const)('with the %s adapter', (adapter) => {
    test('a request to the origin of baseURL carries the token', async () => {
      const server = await answering();
      const { api } = attached({ axios: { baseURL: server.url, adapter } });
      await api.get('/profile');
      expect(authorizations(server)).toEqual(['Bearer access-1']);
    });

    test.each(['get', 'delete', 'head', 'options', 'post', 'put', 'patch'])(
      'so does a %s request',
      async (method) => {
        const server = await answering();
        const { api } = attached({ axios: { baseURL: server.url, adapter } });
        await api.request({ method, url: '/items' });
        expect(authorizations(server)).toEqual(['Bearer access-1']);
      },
    );

    test('without tokens there is no header', async () => {
      const server = await answering();
      const { api } = attached({ axios: { baseURL: server.url, adapter }, tokens: null });
      await api.get('/profile');
      expect(authorizations(server)).toStrictEqual([undefined]);
    });

    test('the header follows the session through sign-in and sign-out', async () => {
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

  test('an absolute URL of the same origin carries the token', async () => {
    const server = await answering();
    const { api } = attached({ axios: { baseURL: `${server.url}/v1` } });
    await api.get(`${server.url}/v2/profile`);
    expect(authorizations(server)).toEqual(['Bearer access-1']);
  });

  test('the instance itself can be called, with a URL or with a config', async () => {
    const server = await answering();
    const { api } = attached({ axios: { baseURL: server.url } });
    await api('/a');
    await api({ url: '/b' });
    await api({});
    expect(authorizations(server)).toEqual(Array(3).fill('Bearer access-1'));
  });

  test('a baseURL that is set after attaching counts', async () => {
    const server = await answering();
    const { api } = attached();
    api.defaults.baseURL = server.url;
    await api.get('/profile');
    expect(authorizations(server)).toEqual(['Bearer access-1']);
  });

  test('headerName and scheme decide how the token is sent', async () => {
    const server = await answering();
    const { api } = attached({
      axios: { baseURL: server.url },
      options: { headerName: 'X-Auth-Token', scheme: '' },
    });
    await api.get('/profile');
    expect(server.requests[0]?.headers).toMatchObject({ 'x-auth-token': 'access-1' });
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  test.each(['DPoP', 'Token', 'JWT'])('the scheme %s stands before the token', async (scheme) => {
    const server = await answering();
    const { api } = attached({ axios: { baseURL: server.url }, options: { scheme } });
    await api.get('/profile');
    expect(authorizations(server)).toEqual([`${scheme} access-1`]);
  });

  test('two instances of one session send the same token, each to its own origin', async () => {
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

  test('shouldAttach decides request by request', async () => {
    const server = await answering();
    const shouldAttach = ({ url = '' }) => !url.startsWith('/public');
    const { api } = attached({ axios: { baseURL: server.url }, options: { shouldAttach } });
    await api.get('/public/news');
    await api.get('/profile');
    expect(authorizations(server)).toEqual([undefined, 'Bearer access-1']);
  });

  test.each([
    'HTTPS://API.example.com/x',
    'https://api.example.com:443/x',
    'https://someone@api.example.com/x',
    'https://api.exa\tmple.com/x',
    'https://api。example。com/x',
  ])('%j is the own origin in another spelling, and gets the token', async (url) => {
    const { adapter, sent } = recorder();
    const { api } = attached({ axios: { adapter, baseURL: 'https://api.example.com' } });
    await api.get(url);
    expect(sent).toMatchObject([{ authorization: 'Bearer access-1' }]);
  });
});

describe('G1: defaults of the instance', () => {
  test('a token of the session among the defaults does not outlive the sign-out', async () => {
    const server = await answering();
    const { api, auth } = attached({ axios: { baseURL: server.url } });
    api.defaults.headers.common.Authorization = `Bearer ${await auth.getAccessToken()}`;
    await auth.signOut();
    await api.get('/');
    expect(authorizations(server)).toStrictEqual([undefined]);
  });
});

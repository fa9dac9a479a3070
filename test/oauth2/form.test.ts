import axios from 'axios';
import { cleanUp } from '../support/rig';
import { fieldsOf, openBareSession, startBareServer, told } from './bare-server';

afterEach(cleanUp);

describe.each(['http', 'fetch'] as const)('by the %s adapter', (adapter) => {
  test('a refresh is a form with the grant and the refresh token (RFC 6749 §6)', async () => {
    const server = await startBareServer();
    await openBareSession(server, { axios: { adapter } }).auth.refresh();
    const [request] = server.requests;
    expect(server.requests).toHaveLength(1);
    expect(request).toMatchObject({ method: 'POST', url: '/token' });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    });
    expect(request?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(fieldsOf(request!))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-token-0',
      client_id: 'client-1',
    });
  });

  test('nothing that the application says to its own API goes to the auth server', async () => {
    const server = await startBareServer();
    const { api, auth } = openBareSession(server, {
      axios: {
        adapter,
        baseURL: 'https://api.example.test/base',
        headers: { common: { 'X-Api-Key': 'of-the-api' }, post: { 'Content-Type': 'text/csv' } },
        params: { tenant: 'acme' },
        auth: { username: 'of-the-api', password: 'of-the-api' },
        transformRequest: () => 'transformed',
        transformResponse: () => 'transformed',
        validateStatus: () => false,
        responseType: 'arraybuffer',
      },
    });
    const interceptor = jest.fn(<C>(config: C): C => config);
    api.interceptors.request.use(interceptor);
    expect((await auth.refresh()).accessToken).toBe('access-token-1');
    const [request] = server.requests;
    expect(request?.url).toBe('/token');
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(JSON.stringify(request?.headers)).not.toContain('of-the-api');
    expect(fieldsOf(request!)).toContainEqual(['refresh_token', 'refresh-token-0']);
    expect(interceptor).not.toHaveBeenCalled();
  });

  test('nor what axios says to everybody', async () => {
    const server = await startBareServer();
    axios.defaults.headers.common['X-Everybody'] = 'yes';
    try {
      await openBareSession(server, { axios: { adapter } }).auth.refresh();
    } finally {
      delete axios.defaults.headers.common['X-Everybody'];
    }
    expect(server.requests[0]?.headers).not.toHaveProperty('x-everybody');
  });
});

test('scope is one field, resource is repeated (RFC 6749 §3.3, RFC 8707 §2)', async () => {
  const server = await startBareServer();
  const { auth } = openBareSession(server, {
    scope: ['read', 'write'],
    resource: ['https://a.example.test', 'https://b.example.test/x?y=1&z'],
  });
  await auth.refresh();
  const fields = fieldsOf(server.requests[0]!);
  expect(fields.filter(([name]) => name === 'scope')).toEqual([['scope', 'read write']]);
  expect(fields.filter(([name]) => name === 'resource')).toEqual([
    ['resource', 'https://a.example.test'],
    ['resource', 'https://b.example.test/x?y=1&z'],
  ]);
});

test('scope and resource may be one string each', async () => {
  const server = await startBareServer();
  const resource = 'https://a.example.test';
  await openBareSession(server, { scope: 'read write', resource }).auth.refresh();
  expect(Object.fromEntries(fieldsOf(server.requests[0]!))).toMatchObject({
    scope: 'read write',
    resource,
  });
});

test('extraParameters go along, and take the place of nothing', async () => {
  const server = await startBareServer();
  const { auth } = openBareSession(server, {
    scope: 'read',
    extraParameters: {
      audience: 'https://api.example.test/ä',
      grant_type: 'password',
      refresh_token: 'other',
      client_id: 'other',
      scope: 'other',
    },
  });
  await auth.refresh();
  const fields = fieldsOf(server.requests[0]!);
  expect(Object.fromEntries(fields)).toEqual({
    audience: 'https://api.example.test/ä',
    grant_type: 'refresh_token',
    refresh_token: 'refresh-token-0',
    client_id: 'client-1',
    scope: 'read',
  });
  expect(fields).toHaveLength(5);
});

test('the client credentials grant sends no refresh token (RFC 6749 §4.4)', async () => {
  const server = await startBareServer();
  const { auth } = openBareSession(server, { grantType: 'client_credentials', clientSecret: 's' });
  await auth.refresh();
  expect(fieldsOf(server.requests[0]!)).toEqual([['grant_type', 'client_credentials']]);
});

test('without a refresh token nobody is asked, and the session is over', async () => {
  const server = await startBareServer();
  const { auth, store, onSignedOut } = openBareSession(server);
  await store.set({ accessToken: 'access-token-0' });
  await expect(auth.refresh()).rejects.toMatchObject({ code: 'ERR_AUTH_SESSION_EXPIRED' });
  expect(server.requests).toEqual([]);
  await told();
  expect(onSignedOut).toHaveBeenCalledTimes(1);
});

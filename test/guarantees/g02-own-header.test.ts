import axios from 'axios';
import { answering, authorizations } from '../support/http-server';
import { attached, cleanUp } from '../support/session';

afterEach(cleanUp);

describe('G2: a header of the request itself and skipAuth are left alone', () => {
  describe.each([
    ['Authorization', 'Basic YWxpY2U6'],
    ['authorization', 'Bearer from-elsewhere'],
    ['AUTHORIZATION', 'Digest username="alice"'],
  ])('a request that brings its own %s: %s', (name, value) => {
    test('is sent with it', async () => {
      const server = await answering();
      const { api } = attached({ axios: { baseURL: server.url } });
      await api.get('/', { headers: { [name]: value } });
      expect(authorizations(server)).toEqual([value]);
    });

    test('gets its own 401, without a refresh', async () => {
      const server = await answering(401);
      const refresh = jest.fn();
      const { api } = attached({ axios: { baseURL: server.url }, options: { refresh } });
      const request = api.get('/', { headers: { [name]: value } });
      await expect(request).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST' });
      expect(refresh).not.toHaveBeenCalled();
      expect(server.requests).toHaveLength(1);
    });
  });

  test('basic credentials for one request are left alone', async () => {
    const server = await answering();
    const { api } = attached({ axios: { baseURL: server.url } });
    await api.get('/', { auth: { username: 'alice', password: 'wonderland' } });
    expect(authorizations(server)).toEqual([`Basic ${btoa('alice:wonderland')}`]);
  });

  test('a 401 to basic credentials of its own starts no refresh', async () => {
    const server = await answering(401);
    const refresh = jest.fn();
    const { api } = attached({ axios: { baseURL: server.url }, options: { refresh } });
    const request = api.get('/', { auth: { username: 'alice', password: 'wonderland' } });
    await expect(request).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST' });
    expect(refresh).not.toHaveBeenCalled();
  });

  test('a header that an interceptor added earlier put in is left alone', async () => {
    const server = await answering();
    const { api } = attached({ axios: { baseURL: server.url } });
    // Request interceptors run last-added-first.
    api.interceptors.request.use((config) => {
      config.headers.set('Authorization', 'Basic signed');
      return config;
    });
    await api.get('/');
    expect(authorizations(server)).toEqual(['Basic signed']);
  });

  test('a header that an interceptor puts in after the token wins, and its 401 is its own', async () => {
    const server = await answering(401);
    const refresh = jest.fn();
    const api = axios.create({ baseURL: server.url });
    api.interceptors.request.use((config) => {
      config.headers.set('Authorization', 'Basic signed');
      return config;
    });
    const { auth } = attached({ options: { refresh } });
    auth.attach(api);
    await expect(api.get('/')).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST' });
    expect(authorizations(server)).toEqual(['Basic signed']);
    expect(refresh).not.toHaveBeenCalled();
  });

  test('with a custom headerName, an Authorization of the request is left alone', async () => {
    const server = await answering();
    const { api } = attached({
      axios: { baseURL: server.url },
      options: { headerName: 'X-Auth-Token', scheme: '' },
    });
    await api.get('/', { headers: { Authorization: 'Basic YWxpY2U6' } });
    await api.get('/', { auth: { username: 'a', password: 'b' } });
    await api.get('/', { headers: { 'x-auth-token': 'mine' } });
    expect(server.requests.map(({ headers }) => headers['x-auth-token'])).toEqual([
      'access-1',
      'access-1',
      'mine',
    ]);
  });

  describe('a request with skipAuth', () => {
    test('carries no token', async () => {
      const server = await answering();
      const { api } = attached({ axios: { baseURL: server.url } });
      await api.get('/', { skipAuth: true });
      expect(authorizations(server)).toStrictEqual([undefined]);
    });

    test('gets its own 401, without a refresh', async () => {
      const server = await answering(401);
      const refresh = jest.fn();
      const { api } = attached({ axios: { baseURL: server.url }, options: { refresh } });
      await expect(api.get('/', { skipAuth: true })).rejects.toMatchObject({
        code: 'ERR_BAD_REQUEST',
      });
      expect(refresh).not.toHaveBeenCalled();
    });

    test('does not wait for the store', async () => {
      const server = await answering();
      const get = () => new Promise<null>(() => undefined);
      const tokenStore = { get, set: jest.fn(), clear: jest.fn() };
      const { api } = attached({ axios: { baseURL: server.url }, options: { tokenStore } });
      await api.get('/', { skipAuth: true });
      expect(authorizations(server)).toStrictEqual([undefined]);
    });

    test('is not held while a refresh runs', async () => {
      let finish: (tokens: { accessToken: string }) => void = () => undefined;
      const refresh = () => new Promise<{ accessToken: string }>((resolve) => (finish = resolve));
      const server = await answering();
      const { api, auth } = attached({ axios: { baseURL: server.url }, options: { refresh } });
      const refreshing = auth.refresh();
      await api.get('/public', { skipAuth: true });
      expect(auth.status).toBe('refreshing');
      finish({ accessToken: 'access-2' });
      await refreshing;
    });

    test('can be the default of an instance, and be undone for one request', async () => {
      const server = await answering();
      const { api } = attached({ axios: { baseURL: server.url } });
      Object.assign(api.defaults, { skipAuth: true });
      await api.get('/');
      await api.get('/', { skipAuth: false });
      expect(authorizations(server)).toEqual([undefined, 'Bearer access-1']);
    });
  });

  describe('defaults of the instance', () => {
    test.each(['common', 'get'])('an Authorization in headers.%s is overridden', async (bucket) => {
      const server = await answering();
      const { api } = attached({ axios: { baseURL: server.url } });
      Object.assign(api.defaults.headers, { [bucket]: { authorization: 'Bearer stale' } });
      await api.get('/');
      expect(authorizations(server)).toEqual(['Bearer access-1']);
    });

    test('an Authorization that was given to axios.create is overridden', async () => {
      const server = await answering();
      const headers = { Authorization: 'Bearer stale' };
      const { api } = attached({ axios: { baseURL: server.url, headers } });
      await api.get('/');
      expect(authorizations(server)).toEqual(['Bearer access-1']);
    });

    test('the defaults of an instance that was attached later are overridden', async () => {
      const server = await answering();
      const { auth } = attached();
      const api = axios.create({ baseURL: server.url, headers: { Authorization: 'Bearer stale' } });
      auth.attach(api);
      await api.get('/');
      expect(authorizations(server)).toEqual(['Bearer access-1']);
    });

    test('another value than the default for one request is left alone', async () => {
      const server = await answering();
      const headers = { Authorization: 'Bearer stale' };
      const { api } = attached({ axios: { baseURL: server.url, headers } });
      await api.get('/', { headers: { Authorization: 'Basic own' } });
      expect(authorizations(server)).toEqual(['Basic own']);
    });
  });
});

describe('G2: shouldAttach', () => {
  test('a request that shouldAttach refuses gets its own 401', async () => {
    const server = await answering(401);
    const refresh = jest.fn();
    const { api } = attached({
      axios: { baseURL: server.url },
      options: { refresh, shouldAttach: () => false },
    });
    await expect(api.get('/')).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST' });
    expect(refresh).not.toHaveBeenCalled();
  });
});

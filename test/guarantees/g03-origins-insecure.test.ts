import { isAuthError } from '../../src/index';
import { json, startServer } from '../support/http-server';
import { attached, cleanUp, recorder } from '../support/session';

afterEach(cleanUp);

describe('G3: no token over plain http, and none to an origin that is not known', () => {
  describe('plain http', () => {
    test.each([
      'http://api.example.test',
      'http://api.example.test:8080',
      'http://192.168.1.20',
      'http://0.0.0.0',
      'http://128.0.0.1',
      'http://[2001:db8::1]',
      'http://localhost.example.test',
      'http://127.0.0.1.example.test',
      'http://notlocalhost',
      'HTTP://API.EXAMPLE.TEST',
    ])('to %s is refused before anything is sent', async (baseURL) => {
      const { adapter, sent } = recorder();
      const { api } = attached({ axios: { baseURL, adapter } });
      const error: unknown = await api.get('/profile').catch((fault: unknown) => fault);
      expect(error).toMatchObject({ code: 'ERR_AUTH_INSECURE_URL', name: 'AuthError' });
      expect(isAuthError(error)).toBe(true);
      expect(sent).toHaveLength(0);
    });

    test.each([
      'http://localhost:3000',
      'http://LOCALHOST',
      'http://app.localhost',
      'http://127.0.0.1:8080',
      'http://127.1.2.3',
      'http://2130706433',
      'http://[::1]:3000',
      'https://api.example.test',
    ])('to %s is loopback or not plain, and gets the token', async (baseURL) => {
      const { adapter, sent } = recorder();
      const { api } = attached({ axios: { baseURL, adapter } });
      await api.get('/profile');
      expect(sent).toMatchObject([{ authorization: 'Bearer access-1' }]);
    });

    test('is allowed by allowInsecureHttp', async () => {
      const { adapter, sent } = recorder();
      const { api } = attached({
        axios: { baseURL: 'http://api.example.test', adapter },
        options: { allowInsecureHttp: true },
      });
      await api.get('/profile');
      expect(sent).toMatchObject([{ authorization: 'Bearer access-1' }]);
    });

    test('to an origin in allowedOrigins is refused as well', async () => {
      const { adapter, sent } = recorder();
      const { api } = attached({
        axios: { adapter },
        options: { allowedOrigins: ['http://api.example.test'] },
      });
      await expect(api.get('http://api.example.test/')).rejects.toMatchObject({
        code: 'ERR_AUTH_INSECURE_URL',
      });
      expect(sent).toHaveLength(0);
    });

    test('with skipAuth, with its own header, or with no token at all is sent', async () => {
      const { adapter, sent } = recorder();
      const { api, auth } = attached({ axios: { baseURL: 'http://api.example.test', adapter } });
      await api.get('/', { skipAuth: true });
      await api.get('/', { headers: { Authorization: 'Basic own' } });
      await auth.signOut();
      await api.get('/');
      expect(sent.map(({ authorization }) => authorization)).toEqual([
        undefined,
        'Basic own',
        undefined,
      ]);
    });

    test('the error says what to do, and carries the request without the token', async () => {
      const { api } = attached({ axios: { baseURL: 'http://api.example.test' } });
      await expect(api.get('/profile')).rejects.toMatchObject({
        message: expect.stringContaining('allowInsecureHttp') as string,
        config: { url: '/profile', baseURL: 'http://api.example.test' },
      });
    });
  });

  describe('no baseURL and no allowedOrigins', () => {
    test('an absolute URL is an error', async () => {
      const server = await startServer((_request, response) => json(response, 200, {}));
      const { api } = attached();
      const error: unknown = await api.get(server.url).catch((fault: unknown) => fault);
      expect(error).toMatchObject({ code: 'ERR_AUTH_CONFIG', name: 'AuthError' });
      expect((error as Error).message).toMatch(/baseURL.*allowedOrigins|allowedOrigins.*baseURL/s);
      expect(server.requests).toHaveLength(0);
    });

    test('a protocol-relative URL is an error', async () => {
      const { adapter, sent } = recorder();
      const { api } = attached({ axios: { adapter } });
      await expect(api.get('//api.example.test/x')).rejects.toMatchObject({
        code: 'ERR_AUTH_CONFIG',
      });
      expect(sent).toHaveLength(0);
    });

    test('with skipAuth or a header of its own a request is sent', async () => {
      const server = await startServer((_request, response) => json(response, 200, {}));
      const { api } = attached();
      await api.get(server.url, { skipAuth: true });
      await api.get(server.url, { headers: { Authorization: 'Basic own' } });
      expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
        undefined,
        'Basic own',
      ]);
    });
  });
});

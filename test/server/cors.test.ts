import { TestClient } from './client';
import { startAuthServer, type AuthServer } from './index';

describe('cross-origin requests', () => {
  const origin = 'https://app.example.test';
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await startAuthServer({ corsOrigin: origin });
    client = new TestClient(server);
  });
  afterAll(() => server.close());

  function preflight(from: string) {
    return client.http.options('/profile', {
      headers: {
        Origin: from,
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'authorization',
      },
    });
  }

  it('answers a preflight without a token', async () => {
    const { status, headers } = await preflight(origin);
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': expect.stringContaining('POST'),
      'access-control-allow-headers': expect.stringContaining('Authorization'),
      vary: 'Origin',
    });
  });

  it('allows another origin nothing', async () => {
    const { status, headers } = await preflight('https://evil.test');
    expect(status).toBe(204);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('exposes the headers a client needs, on errors too', async () => {
    const { status, headers } = await client.http.get('/profile', { headers: { Origin: origin } });
    expect(status).toBe(401);
    expect(headers['access-control-allow-origin']).toBe(origin);
    expect(headers['access-control-expose-headers']).toBe('WWW-Authenticate, Retry-After');
  });

  it('accepts several origins, and none by default', async () => {
    const several = await startAuthServer({ corsOrigin: ['https://a.test', origin] });
    const none = await startAuthServer();
    try {
      const config = { headers: { Origin: origin } };
      const ask = async (asked: AuthServer) =>
        (await new TestClient(asked).http.get('/public', config)).headers;
      expect((await ask(several))['access-control-allow-origin']).toBe(origin);
      expect(await ask(none)).not.toHaveProperty('access-control-allow-origin');
    } finally {
      await Promise.all([several.close(), none.close()]);
    }
  });
});

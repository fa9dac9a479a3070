import { createHash } from 'node:crypto';
import { bearer, TestClient } from './client';
import { startAuthServer, type AuthServer } from './index';

describe('resources', () => {
  let server: AuthServer;
  let client: TestClient;
  let config: ReturnType<typeof bearer>;
  let token: string;

  beforeAll(async () => {
    server = await startAuthServer();
    client = new TestClient(server);
    token = (await client.login()).accessToken;
    config = bearer(token);
  });
  afterAll(() => server.close());

  const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

  it.each(['/health', '/public'])('serves %s to everyone', async (path) => {
    expect((await client.get(path)).status).toBe(200);
  });

  it.each(['/items', '/slow', '/download', '/redirect?to=/', '/admin'])(
    'protects %s',
    async (path) => {
      expect((await client.get(path)).data.code).toBe('TOKEN_MISSING');
    },
  );

  it.each(['/items', '/orders', '/upload', '/raw'])('protects POST %s', async (path) => {
    const body = new Uint8Array(300_000);
    expect((await client.http.post(path, body)).data.code).toBe('TOKEN_MISSING');
  });

  it('lists items by page', async () => {
    const { data } = await client.get('/items?page=3', token);
    expect(data).toHaveLength(10);
    expect(data[0]).toEqual({ id: 21, name: 'item 21', page: 3 });
    expect((await client.get('/items?page=x', token)).status).toBe(400);
  });

  it('echoes items', async () => {
    const received = { text: 'grüße', list: [1, null] };
    const { status, data } = await client.http.post('/items', received, config);
    expect(status).toBe(201);
    expect(data).toEqual({ id: server.stats.items, received });
  });

  it('counts orders by key, executions only', async () => {
    const headers = { ...config.headers, 'Idempotency-Key': 'k1' };
    expect((await client.http.post('/orders', { id: 'other' })).status).toBe(401);
    expect((await client.http.post('/orders', {}, { headers })).data.executions).toBe(1);
    const { status, data } = await client.http.post('/orders', { id: 'k1' }, config);
    expect({ status, data }).toEqual({ status: 201, data: { key: 'k1', executions: 2 } });
    expect([...server.stats.orders]).toEqual([['k1', 2]]);
    expect((await client.http.post('/orders', {}, config)).status).toBe(400);
  });

  it('takes multipart uploads', async () => {
    const content = new TextEncoder().encode('file content');
    const form = new FormData();
    form.append('title', 'a title');
    form.append('doc', new Blob([content]), 'a.txt');
    const { data } = await client.http.post('/upload', form, config);
    expect(data).toEqual({
      fields: { title: 'a title' },
      files: [{ field: 'doc', name: 'a.txt', size: content.length, sha256: sha256(content) }],
    });
    const broken = { headers: { ...config.headers, 'Content-Type': 'multipart/form-data' } };
    expect((await client.http.post('/upload', 'x', broken)).status).toBe(400);
  });

  it.each(['application/json', 'text/plain', 'image/x-unknown'])('takes raw %s', async (type) => {
    const body = Buffer.from('{"not": parsed');
    const headers = { ...config.headers, 'Content-Type': type };
    const { data } = await client.http.post('/raw', body, { headers });
    expect(data).toEqual({ contentType: type, length: body.length, sha256: sha256(body) });
  });

  it('takes an empty raw body', async () => {
    const { data } = await client.http.post('/raw', undefined, config);
    expect(data).toMatchObject({ length: 0, sha256: sha256(new Uint8Array()) });
  });

  it('downloads the same bytes every time', async () => {
    const options = { ...config, responseType: 'arraybuffer' } as const;
    const { data, headers } = await client.http.get('/download?bytes=100000', options);
    expect(headers['content-type']).toBe('application/octet-stream');
    const expected = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    expect(sha256(data)).toBe(sha256(expected));
  });

  it('answers slowly', async () => {
    const start = performance.now();
    expect((await client.get('/slow?ms=40', token)).data).toEqual({ waited: 40 });
    expect(performance.now() - start).toBeGreaterThan(35);
  });

  it('redirects', async () => {
    const answer = await client.get('/redirect?to=http://other.test/x&status=307', token);
    expect(answer.status).toBe(307);
    expect(answer.headers.location).toBe('http://other.test/x');
    expect((await client.get('/redirect?to=/x&status=200', token)).status).toBe(400);
  });

  it('answers an unknown path', async () => {
    expect(await client.get('/no')).toMatchObject({ status: 404, data: { code: 'NOT_FOUND' } });
  });
});

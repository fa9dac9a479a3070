import type { AxiosRequestConfig } from 'axios';
import { createExpiringApi } from '../support/expiring-api';
import { cleanUp } from '../support/rig';
import { expectSameTwice } from '../support/same-request';

afterEach(cleanUp);

const adapters = ['http', 'fetch'] as const;
const methods = ['get', 'delete', 'options', 'post', 'put', 'patch', 'query', 'link'];

describe.each(adapters)('a replay is the same request, with the %s adapter', (adapter) => {
  async function sendTwice(config: AxiosRequestConfig) {
    const rig = await createExpiringApi({
      axios: { adapter, headers: { 'X-Instance': 'of the instance' } },
    });
    await rig.api.request(config);
    expectSameTwice(rig.requests);
    return rig.requests[1]!;
  }

  it.each(methods)('G17: method %s', async (method) => {
    const { method: sent } = await sendTwice({ method, url: '/thing' });
    expect(sent).toBe(method.toUpperCase());
  });

  it('G17: a HEAD request, whose 401 has no body, by its challenge', async () => {
    const { api, requests } = await createExpiringApi({
      axios: { adapter },
      refuse(response) {
        response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' });
        response.end();
      },
      answer: (_request, response) => response.end(),
    });
    await api.head('/thing');
    expectSameTwice(requests);
  });

  it('G17: URL with its query, its escapes and its fragment', async () => {
    const { url } = await sendTwice({ url: '/a%2Fb/%C3%A9?q=a+b&q=%26#fragment' });
    expect(url).toBe('/a%2Fb/%C3%A9?q=a+b&q=%26');
  });

  it('G17: params, once', async () => {
    const params = { q: 'a b&c', list: [1, 2], at: new Date(0), nested: { deep: 'x' }, no: null };
    const { url } = await sendTwice({ url: '/thing?fixed=1', params });
    expect(new URL(url, 'http://any').searchParams.getAll('q')).toEqual(['a b&c']);
  });

  it('G17: params of a URLSearchParams', async () => {
    const { url } = await sendTwice({
      url: '/thing',
      params: new URLSearchParams('a=1&a=2&b=%20'),
    });
    expect(url).toBe('/thing?a=1&a=2&b=+');
  });

  it('G17: params through a paramsSerializer', async () => {
    const serialize = (params: Record<string, unknown>): string => `json=${JSON.stringify(params)}`;
    const { url } = await sendTwice({
      url: '/thing',
      params: { a: [1] },
      paramsSerializer: { serialize },
    });
    expect(decodeURIComponent(url)).toBe('/thing?json={"a":[1]}');
  });

  it('G17: params through a paramsSerializer that is a function', async () => {
    const paramsSerializer = (params: { a: number }): string => `a-is-${params.a}`;
    const { url } = await sendTwice({
      url: '/thing',
      params: { a: 1 },
      paramsSerializer: paramsSerializer as never,
    });
    expect(url).toBe('/thing?a-is-1');
  });

  it('G17: another baseURL on the same origin', async () => {
    const rig = await createExpiringApi({ axios: { adapter } });
    await rig.api.get('thing', { baseURL: `${rig.url}/v2/` });
    expectSameTwice(rig.requests);
    expect(rig.requests[1]!.url).toBe('/v2/thing');
  });

  it('G17: headers of the request and of the instance', async () => {
    const headers = {
      'X-Request': 'a, b',
      'X-Number': 7,
      'X-List': ['a', 'b'],
      'If-Match': '"etag"',
      Accept: 'text/plain',
      Cookie: 'a=b',
      'User-Agent': 'own/1.0',
    };
    const { headers: sent } = await sendTwice({ url: '/thing', headers });
    expect(sent).toMatchObject({
      'x-instance': 'of the instance',
      'x-request': 'a, b',
      'x-number': '7',
      'if-match': '"etag"',
      accept: 'text/plain',
      'user-agent': 'own/1.0',
    });
  });

  it('G17: a header that was taken away stays away', async () => {
    const { headers } = await sendTwice({
      method: 'post',
      url: '/thing',
      data: { a: 1 },
      headers: { 'X-Instance': null },
    });
    expect(headers).not.toHaveProperty('x-instance');
  });

  it('G17: a JSON body', async () => {
    const data = { text: 'größer "als" \u2028', list: [1, null, true], nested: { a: {} } };
    const { headers, body } = await sendTwice({ method: 'post', url: '/thing', data });
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body.toString())).toEqual(data);
  });

  it('G17: a JSON body that is a string by itself, encoded once', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const { body } = await sendTwice({
      method: 'put',
      url: '/thing',
      data: 'just "text"',
      headers,
    });
    expect(body.toString()).toBe('"just \\"text\\""');
  });

  it('G17: a JSON body of a DELETE', async () => {
    const { body } = await sendTwice({ method: 'delete', url: '/thing', data: { ids: [1, 2] } });
    expect(body.toString()).toBe('{"ids":[1,2]}');
  });

  it('G17: a urlencoded body, made from an object', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const data = { a: 'b c', list: ['x', 'y'] };
    const { body } = await sendTwice({ method: 'post', url: '/thing', data, headers });
    expect(new URLSearchParams(body.toString()).get('a')).toBe('b c');
  });

  it('G17: a body of text', async () => {
    const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
    const data = 'zwölf\r\n\0\u{1F600}';
    const { body } = await sendTwice({ method: 'post', url: '/thing', data, headers });
    expect(body.toString()).toBe(data);
  });

  it('G17: an empty body', async () => {
    const { body } = await sendTwice({ method: 'post', url: '/thing' });
    expect(body).toHaveLength(0);
  });
});

import { Readable } from 'node:stream';
import { getAdapter } from 'axios';
import type { AxiosRequestConfig } from 'axios';
import { json, startServer, type TestServer } from '../support/http-server';
import { attached, cleanUp } from '../support/session';

afterEach(cleanUp);

// `fetch` would take a header of another name along to wherever a redirect leads.
const CUSTOM = { headerName: 'X-Auth-Token', scheme: '' };

/** `/own` leads to `/end` of the same server, anything else but `/end` to the other one. */
async function twoServers(status = 302): Promise<{ own: TestServer; other: TestServer }> {
  const end = (response: Parameters<typeof json>[0]): void => json(response, 200, { end: true });
  const other = await startServer((_request, response) => end(response));
  const own = await startServer(({ url }, response) => {
    if (url.startsWith('/end')) {
      end(response);
      return;
    }
    response.writeHead(status, { location: url === '/own' ? '/end?a=1' : `${other.url}/end` });
    response.end();
  });
  return { own, other };
}

const send = (own: TestServer, config: AxiosRequestConfig) =>
  attached({ axios: { adapter: 'fetch', baseURL: own.url }, options: CUSTOM }).api.request(config);

describe('G3: redirects of the fetch adapter with a custom headerName', () => {
  test('redirects that the request asks fetch to follow carry no token', async () => {
    const { own, other } = await twoServers();
    await send(own, { url: '/other', fetchOptions: { redirect: 'follow' } });
    expect(other.requests).toHaveLength(1);
    expect(other.requests[0]?.headers).not.toHaveProperty('x-auth-token');
  });

  test.each([
    ['as a function', getAdapter('fetch')],
    ['in a list', ['xhr', 'fetch']],
  ])('redirects carry no token where the adapter is given %s', async (_what, adapter) => {
    const { own, other } = await twoServers();
    await send(own, { url: '/other', adapter });
    expect(own.requests[0]?.headers).toMatchObject({ 'x-auth-token': 'access-1' });
    expect(other.requests[0]?.headers).not.toHaveProperty('x-auth-token');
  });

  test('credentials that fetch takes away by itself do not go to another origin either', async () => {
    const { own, other } = await twoServers();
    const headers = {
      Authorization: 'Basic YTpi',
      Cookie: 'sid=1',
      'Proxy-Authorization': 'Basic c',
    };
    await send(own, { url: '/other', headers });
    expect(own.requests[0]?.headers).toMatchObject({ authorization: 'Basic YTpi' });
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(other.requests[0]?.headers).not.toHaveProperty('cookie');
    expect(other.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  test('a redirect to the own origin and back from another one does not bring the token back', async () => {
    const other = await startServer((_request, response) => {
      response.writeHead(302, { location: `${own.url}/end` });
      response.end();
    });
    const own = await startServer(({ url }, response) => {
      if (url === '/end') {
        json(response, 200, {});
        return;
      }
      response.writeHead(302, { location: other.url });
      response.end();
    });
    await send(own, { url: '/start' });
    expect(other.requests[0]?.headers).not.toHaveProperty('x-auth-token');
    expect(own.requests.map(({ url }) => url)).toEqual(['/start', '/end']);
  });

  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [301, 'PUT', 'PUT', '{"a":1}'],
    [307, 'POST', 'POST', '{"a":1}'],
    [308, 'DELETE', 'DELETE', '{"a":1}'],
  ])('a %i of a %s goes on as a %s, as fetch has it', async (status, method, as, body) => {
    const { own } = await twoServers(status);
    await send(own, { method, url: '/own', data: { a: 1 } });
    expect(own.requests[1]).toMatchObject({ method: as, url: '/end?a=1' });
    expect(own.requests[1]?.body.toString()).toBe(body);
    expect(own.requests[1]?.headers['content-type']).toBe(body ? 'application/json' : undefined);
  });

  test('the params of the request are not added to the target again', async () => {
    const { own } = await twoServers();
    await send(own, { url: '/own', params: {} });
    const elsewhere = await startServer(({ url }, response) => {
      if (url.startsWith('/end')) {
        json(response, 200, {});
        return;
      }
      response.writeHead(302, { location: '/end' });
      response.end();
    });
    await send(elsewhere, { url: '/start', params: { q: 1 } });
    expect(elsewhere.requests.map(({ url }) => url)).toEqual(['/start?q=1', '/end']);
  });

  test('redirects without end are an error, as with fetch', async () => {
    const own = await startServer((_request, response) => {
      response.writeHead(302, { location: '/again' });
      response.end();
    });
    await expect(send(own, { url: '/start' })).rejects.toHaveProperty('message');
    expect(own.requests.length).toBeLessThanOrEqual(21);
  });

  test('a redirect that would need a consumed stream again is an error, as with fetch', async () => {
    const { own } = await twoServers(307);
    const data = Readable.toWeb(Readable.from([Buffer.from('body')]));
    await expect(send(own, { method: 'post', url: '/own', data })).rejects.toHaveProperty(
      'message',
    );
    expect(own.requests).toHaveLength(1);
  });

  test('an error after a redirect is the one that axios gives', async () => {
    const own = await startServer(({ url }, response) => {
      if (url === '/end') {
        json(response, 404, { missing: true });
        return;
      }
      response.writeHead(302, { location: '/end' });
      response.end();
    });
    await expect(send(own, { url: '/start' })).rejects.toMatchObject({
      code: 'ERR_BAD_REQUEST',
      response: { status: 404, data: { missing: true } },
    });
  });

  test('an answer that is a redirect without a target is left to validateStatus', async () => {
    const own = await startServer((_request, response) => {
      response.writeHead(302);
      response.end();
    });
    await expect(send(own, { url: '/start' })).rejects.toMatchObject({ response: { status: 302 } });
  });
});

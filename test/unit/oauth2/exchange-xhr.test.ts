import '../../support/xhr';
import axios from 'axios';
import { getJson, postForm } from '../../../src/oauth2/exchange';
import { cleanUp } from '../../support/clean-up';
import { json, startServer } from '../../support/http-server';

afterEach(cleanUp);

/** No request can be sent by this XHR: whatever arrives was sent by fetch. */
const lineOf = (adapter?: 'xhr') => ({
  client: axios.create(adapter && { adapter }),
  signal: new AbortController().signal,
});

test.each([undefined, 'xhr'] as const)(
  'G3: fetch takes the place of XHR (adapter: %s)',
  async (adapter) => {
    const server = await startServer((_request, response) => json(response, 200, { a: 1 }));
    expect((await getJson(lineOf(adapter), server.url)).data).toEqual({ a: 1 });
    expect(server.requests).toHaveLength(1);
  },
);

test('G3: and the credentials do not go along with a redirect', async () => {
  const elsewhere = await startServer((_request, response) => response.end());
  const headers = { location: elsewhere.url };
  const server = await startServer((_request, response) => response.writeHead(307, headers).end());
  expect((await postForm(lineOf(), server.url, { a: '1' }, {})).status).toBe(307);
  expect([server.requests.length, elsewhere.requests.length]).toEqual([1, 0]);
});

test('the fetch of the application (env.fetch) carries it', async () => {
  const asked: string[] = [];
  const ownFetch = ((input: Request) => {
    asked.push(input.url);
    return Promise.resolve(new Response('{"a":1}'));
  }) as typeof fetch;
  const client = axios.create({ adapter: 'xhr', env: { fetch: ownFetch } });
  const { data } = await getJson({ ...lineOf(), client }, 'https://id.example.com/');
  expect({ data, asked }).toEqual({ data: { a: 1 }, asked: ['https://id.example.com/'] });
});

test('G39: on React Native, where fetch is made of it, XHR stays', async () => {
  const given = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  const navigator = { product: 'ReactNative' };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  try {
    await expect(getJson(lineOf('xhr'), 'https://id.example.com/')).rejects.toThrow(
      'XMLHttpRequest is not a constructor',
    );
  } finally {
    if (given) Object.defineProperty(globalThis, 'navigator', given);
    else delete (globalThis as { navigator?: unknown }).navigator;
  }
});

import type { ApiRequest } from './expiring-api';

/** What arrived, without the token, and with the boundary of a form under a fixed name. */
function shapeOf({ method, url, headers, body }: ApiRequest): object {
  const boundary = /boundary=([^;\s]+)/.exec(headers['content-type'] ?? '')?.[1];
  const plain = (text: string): string =>
    (boundary ? text.replaceAll(boundary, 'BOUNDARY') : text).replace(
      /formdata-undici-\d+/g,
      'BOUNDARY',
    );
  return {
    method,
    url,
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => name !== 'authorization')
        .map(([name, value]) => [name, plain(String(value))]),
    ),
    // latin1 keeps every byte apart.
    body: plain(body.toString('latin1')),
  };
}

/** Two attempts arrived, with different tokens and nothing else between them. */
export function expectSameTwice(requests: ApiRequest[]): void {
  expect(requests.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer token-0',
    'Bearer token-1',
  ]);
  const [first, second] = requests.map(shapeOf);
  expect(second).toEqual(first);
}

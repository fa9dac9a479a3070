import { attached } from '../support/attached';
import { rejection } from '../support/outcomes';
import { json, startServer } from '../support/http-server';
import { cleanUp, onCleanUp } from '../support/rig';

afterEach(cleanUp);

const METHODS = [
  'replaceAll',
  'replace',
  'includes',
  'indexOf',
  'split',
  'match',
  'matchAll',
  'search',
  'toLowerCase',
] as const;

/** Counts how often a text of a megabyte or more is gone through. */
function countPasses(): { passes(): number } {
  let passes = 0;
  const prototype = String.prototype as unknown as Record<string, (...given: unknown[]) => unknown>;
  for (const method of METHODS) {
    const original = prototype[method]!;
    prototype[method] = function (this: string, ...given: unknown[]): unknown {
      if (this.length > 1_000_000) passes++;
      return original.apply(this, given);
    };
    onCleanUp(() => {
      prototype[method] = original;
    });
  }
  return { passes: () => passes };
}

/** How often a body is gone through after 20 renewals, until its request is rejected. */
async function passesOver(body: unknown): Promise<number> {
  let renewals = 0;
  const server = await startServer((_request, response) => {
    json(response, 401, { code: 'TOKEN_EXPIRED' });
  });
  const { api, auth } = attached({
    axios: { baseURL: server.url },
    tokens: { accessToken: 'access-number-0', refreshToken: 'refresh-number-0' },
    options: {
      refreshLimit: false,
      refresh: () => {
        const number = ++renewals;
        if (number > 20) return null;
        return {
          accessToken: `access-number-${number}`,
          refreshToken: `refresh-number-${number}`,
        };
      },
    },
  });
  for (let n = 0; n < 20; n++) await auth.refresh();
  const { passes } = countPasses();
  const error = await rejection(api.post('/a', body));
  expect(error.code).toBe('ERR_AUTH_SESSION_EXPIRED');
  return passes();
}

describe('G40: a large body does not make an error slow, whatever the session has been through', () => {
  test.each([
    ['an object', { text: 'x'.repeat(3_000_000) }],
    ['a text', 'x'.repeat(3_000_000)],
    ['many fields', Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`key${n}`, n]))],
  ])('%s is gone through a few times at most', async (_, body) => {
    expect(await passesOver(body)).toBeLessThanOrEqual(20);
  });

  test('at most 64 KiB of a large refusal are looked at', async () => {
    const large = JSON.stringify({ code: 'TOKEN_EXPIRED', text: 'x'.repeat(3_000_000) });
    const server = await startServer((_request, response) => {
      response.writeHead(401, { 'content-type': 'application/json' }).end(large);
    });
    const { api } = attached({
      axios: { baseURL: server.url },
      options: { classify: () => 'refresh', refresh: () => null },
    });
    const { passes } = countPasses();
    const error = await rejection(api.get('/a'));
    expect(error.code).toBe('ERR_AUTH_SESSION_EXPIRED');
    expect(passes()).toBeLessThanOrEqual(20);
  });
});

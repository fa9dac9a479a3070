import type { AuthOptions, TokenStore, Verdict } from '../../src/index';
import { attached } from '../support/attached';
import { json, startServer } from '../support/http-server';
import { cleanUp } from '../support/rig';
import { codeOf } from '../support/token-server';

afterEach(cleanUp);

/** Gives another token at each read, as one that asks a sign-in of its own does. */
function mintingStore(): TokenStore {
  let minted = 0;
  return {
    get: () => ({ accessToken: `minted-${++minted}`, refreshToken: 'r' }),
    set: () => undefined,
    clear: () => undefined,
  };
}

/** The number of sends of one request to a server that refuses every token. */
async function sends(
  code: (index: number) => string,
  options: Partial<AuthOptions>,
): Promise<{ sent: number; outcome: string }> {
  const server = await startServer((_request, response, index) => {
    // An end to it, so that a request without a limit fails in the comparison.
    json(response, index < 50 ? 401 : 200, { code: code(index) });
  });
  let renewals = 0;
  const { api } = attached({
    axios: { baseURL: server.url },
    options: {
      refreshLimit: false,
      refresh: () => ({ accessToken: `renewed-${++renewals}`, refreshToken: 'r' }),
      ...options,
    },
  });
  const outcome = await codeOf(api.post('/a', { once: true }));
  return { sent: server.requests.length, outcome };
}

const CODES: [string, (index: number) => string][] = [
  ['TOKEN_INVALID', () => 'TOKEN_INVALID'],
  ['TOKEN_EXPIRED', () => 'TOKEN_EXPIRED'],
  ['TOKEN_EXPIRED and TOKEN_REVOKED in turn', (n) => (n % 2 ? 'TOKEN_REVOKED' : 'TOKEN_EXPIRED')],
  ['TOKEN_REVOKED and TOKEN_EXPIRED in turn', (n) => (n % 2 ? 'TOKEN_EXPIRED' : 'TOKEN_REVOKED')],
];

describe('G12: no request is sent more than three times', () => {
  test.each(CODES)('%s, over a store that mints tokens', async (_, code) => {
    const { sent, outcome } = await sends(code, { tokenStore: mintingStore() });
    expect(sent).toBeLessThanOrEqual(3);
    expect(outcome).not.toBe('ok');
  });

  test.each(CODES)('%s, over a store that keeps them', async (_, code) => {
    const { sent, outcome } = await sends(code, {});
    expect(sent).toBeLessThanOrEqual(3);
    expect(outcome).toMatch(/^ERR_AUTH_/);
  });

  test.each(['refresh', 'sign-out'] as Verdict[])(
    'a classify that says %s to everything',
    async (verdict) => {
      const classify = (): Verdict => verdict;
      const tokenStore = mintingStore();
      expect((await sends(() => 'X', { tokenStore, classify })).sent).toBeLessThanOrEqual(3);
      expect((await sends(() => 'X', { classify })).sent).toBeLessThanOrEqual(3);
    },
  );
});

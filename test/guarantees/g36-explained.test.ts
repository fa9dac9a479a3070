import { memoryStore } from '../../src/index';
import type { AuthOptions } from '../../src/index';
import { cleanUp, openSession, settle, startTokenServer } from '../support/session';

afterEach(cleanUp);

/** The debug lines that explain, not those of events, and the server. */
async function explained(options: Partial<AuthOptions> = {}) {
  const server = await startTokenServer();
  const lines: unknown[][] = [];
  const logger = { debug: (...line: unknown[]): void => void lines.push(line) };
  const session = openSession(server, { logger, ...options });
  const explanations = async (): Promise<unknown[][]> => {
    await settle(server);
    return lines.filter(([message]) => !String(message).startsWith('auth: '));
  };
  return { server, ...session, explanations };
}

describe('G36: standing aside is explained', () => {
  test('a request that goes without a token names itself and the empty store, once', async () => {
    const { api, explanations } = await explained({ tokenStore: memoryStore() });
    await Promise.allSettled([api.get('/open?secret=1'), api.get('/open')]);
    const lines = await explanations();
    expect(lines[0]).toEqual([expect.stringMatching(/^GET \/open: .*Call signIn\(\)/)]);
    expect(lines.filter(([message]) => String(message).includes('signIn'))).toHaveLength(1);
  });

  test('a request with a header of its own is named', async () => {
    const { api, explanations } = await explained();
    await Promise.allSettled([api.post('/open', {}, { headers: { Authorization: 'Basic a' } })]);
    expect(await explanations()).toEqual([
      [expect.stringMatching(/^POST \/open: .*remove that interceptor/)],
    ]);
  });
});

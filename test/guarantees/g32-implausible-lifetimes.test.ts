import { memoryStore } from '../../src/index';
import { attached, recorder } from '../support/attached';
import { jwt } from '../support/clocks';
import { cleanUp } from '../support/rig';

afterEach(cleanUp);

describe('G32: a lifetime that is no plausible number of seconds says nothing', () => {
  test.each([
    ['nearly nought', { exp: 1e-323, iat: 5e-324 }],
    ['nought', { exp: 1, iat: 1 }],
    ['negative', { exp: 1, iat: 100 }],
    ['of fractions of a second', { exp: 2e-9, iat: 1e-9 }],
  ])('one that is %s costs one renewal at most', async (_, claims) => {
    const { adapter, sent } = recorder();
    let renewals = 0;
    const { api } = attached({
      axios: { baseURL: 'https://api.example.com', adapter },
      options: {
        refreshLimit: false,
        tokenStore: memoryStore({ accessToken: jwt({ exp: 1 }) }),
        refresh: () => ({ accessToken: jwt({ ...claims, jti: ++renewals }) }),
      },
    });
    for (let n = 0; n < 6; n++) {
      await api.get('/a');
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(renewals).toBeLessThanOrEqual(1);
    expect(sent).toHaveLength(6);
  });
});

describe('G13, G32: a lifetime in an answer that says nothing', () => {
  /** Signs in with it, renews to it, and gives what the logger got at the level `warn`. */
  async function warningsOf(lifetime: object): Promise<unknown[][]> {
    const lines: unknown[][] = [];
    const { auth } = attached({
      options: {
        logger: { warn: (...line) => lines.push(line) },
        refresh: () => Promise.resolve({ accessToken: 'access-2', ...lifetime }),
      },
    });
    await auth.signIn({ accessToken: 'first', refreshToken: 'r1', ...lifetime });
    await auth.refresh();
    await auth.refresh();
    expect(await auth.getTokens()).not.toHaveProperty('expiresAt');
    return lines;
  }

  test.each([
    { expiresIn: '15m' },
    { expires_in: '15m' },
    { expiresIn: '' },
    { expiresIn: -5 },
    { expiresIn: 1_790_000_000_000 },
  ])('%j: one line names the field, and not the value; the token works', async (lifetime) => {
    const lines = await warningsOf(lifetime);
    expect(lines).toEqual([[expect.stringContaining('expiresIn (expires_in)')]]);
    expect(JSON.stringify(lines)).not.toContain(String(Object.values(lifetime)[0] || '15m'));
  });

  test.each([{}, { expiresIn: null }, { expires_in: undefined }, { expiresIn: () => 5 }])(
    'none in the answer is none: %p',
    async (lifetime) => {
      expect(await warningsOf(lifetime)).toEqual([]);
    },
  );
});

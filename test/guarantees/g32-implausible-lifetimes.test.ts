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

import { controlClocks } from '../support/clocks';
import { attached, recorder } from '../support/attached';
import { cleanUp } from '../support/rig';

afterEach(async () => {
  jest.restoreAllMocks();
  await cleanUp();
});

const LIFETIME = 10_000_000;
const CLIENTS = 500;

interface Fleet {
  /** How many have renewed by this share of the lifetime. */
  renewedAt(share: number): Promise<number>;
}

/** Clients that have all got their tokens at the same moment, as after a deployment. */
async function fleet(refreshAhead?: number): Promise<Fleet> {
  const clocks = controlClocks();
  const renewed = new Set<number>();
  const { adapter } = recorder();
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, number) => {
      const { api, auth } = attached({
        axios: { baseURL: 'https://api.example.com', adapter },
        tokens: null,
        options: {
          ...(refreshAhead !== undefined && { refreshAhead }),
          refresh: () => {
            renewed.add(number);
            return { accessToken: 'access-2', expiresIn: LIFETIME };
          },
        },
      });
      await auth.signIn({ accessToken: 'access-1', expiresIn: LIFETIME / 1_000 });
      return api;
    }),
  );
  let passed = 0;
  return {
    async renewedAt(share) {
      clocks.pass(share * LIFETIME - passed);
      passed = share * LIFETIME;
      await Promise.all(clients.map((api) => api.get('/')));
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      return renewed.size;
    },
  };
}

test('G31: 500 clients with the same lifetime renew between 0.8 and 0.9 of it, not at one moment', async () => {
  const { renewedAt } = await fleet();
  expect(await renewedAt(0.799)).toBe(0);
  const steps: number[] = [];
  let before = 0;
  for (let step = 1; step <= 10; step++) {
    const now = await renewedAt(0.8 + step * 0.01);
    steps.push(now - before);
    before = now;
  }
  // The clocks go on while 500 clients ask, so the last of them may come a step later.
  expect(await renewedAt(0.902)).toBe(CLIENTS);
  // Fifty of them in each step: twenty would be five standard deviations off.
  expect(Math.max(...steps)).toBeLessThan(100);
  expect(Math.min(...steps)).toBeGreaterThan(10);
});

test('G31: the share where it begins is refreshAhead, and half of the rest is used', async () => {
  const { renewedAt } = await fleet(0.5);
  expect(await renewedAt(0.499)).toBe(0);
  const half = await renewedAt(0.625);
  expect(Math.abs(half - CLIENTS / 2)).toBeLessThan(70);
  expect(await renewedAt(0.752)).toBe(CLIENTS);
});

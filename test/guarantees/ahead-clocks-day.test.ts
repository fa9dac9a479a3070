import { memoryStore } from '../../src/index';
import type { Tokens } from '../../src/index';
import { attached, recorder } from '../support/attached';
import { controlClocks, jwt, type Clocks } from '../support/clocks';
import { cleanUp } from '../support/rig';

afterEach(cleanUp);

const DAY = 86_400_000;
const MINUTE = 60_000;

/** The clock of the auth server, which nobody sets; it counts what has really gone by. */
interface World {
  clocks: Clocks;
  /** Time that really goes by. */
  pass(ms: number): void;
  /** Makes requests, and gives how many refreshes they cost. */
  request(times?: number): Promise<number>;
}

type Kind = 'expiresIn' | 'a JWT' | 'a JWT without iat';

function open(kind: Kind, onRefresh?: (clocks: Clocks) => void): World {
  const clocks = controlClocks();
  const origin = Date.now();
  const startedAt = performance.now();
  let slept = 0;
  let refreshes = 0;
  const serverNow = (): number => origin + slept + performance.now() - startedAt;
  const issue = (): Tokens => {
    const seconds = Math.floor(serverNow() / 1_000);
    const exp = seconds + 900;
    if (kind === 'expiresIn') return { accessToken: `opaque-${refreshes}`, expiresIn: 900 };
    const iat = kind === 'a JWT' ? { iat: seconds } : {};
    return { accessToken: jwt({ exp, ...iat, jti: refreshes }) };
  };
  const { adapter } = recorder();
  const { api } = attached({
    axios: { baseURL: 'https://api.example.com', adapter },
    options: {
      tokenStore: memoryStore(),
      cookieRefresh: true,
      refreshAhead: false,
      refreshLimit: false,
      refresh: () => {
        refreshes++;
        const tokens = issue();
        onRefresh?.(clocks);
        return tokens;
      },
    },
  });
  return {
    clocks: {
      ...clocks,
      sleep(ms) {
        slept += ms;
        clocks.sleep(ms);
      },
    },
    pass: (ms) => {
      clocks.pass(ms);
    },
    async request(times = 5) {
      const before = refreshes;
      for (let n = 0; n < times; n++) await api.get('/');
      return refreshes - before;
    },
  };
}

describe.each<Kind>(['expiresIn', 'a JWT', 'a JWT without iat'])('with %s', (kind) => {
  test.each([
    ['forward', DAY],
    ['back', -DAY],
  ])('G32: a clock set %s by a day costs one needless refresh at most', async (_, jump) => {
    const { clocks, request } = open(kind);
    expect(await request()).toBe(1);
    clocks.set(jump);
    expect(await request()).toBeLessThanOrEqual(1);
    expect(await request()).toBe(0);
  });

  test('G32: so does each jump of a clock that is set to and fro', async () => {
    const { clocks, request } = open(kind);
    await request();
    for (let round = 0; round < 4; round++) {
      clocks.set(round % 2 ? -DAY : DAY);
      expect(await request()).toBeLessThanOrEqual(1);
      expect(await request()).toBe(0);
    }
  });

  test.each([
    ['forward', DAY],
    ['back', -DAY],
  ])('G32: so does one set %s while the refresh is under way', async (_, jump) => {
    let jumps = 1;
    const { request } = open(kind, (clocks) => {
      if (jumps-- > 0) clocks.set(jump);
    });
    expect(await request()).toBeLessThanOrEqual(2);
    expect(await request()).toBe(0);
  });

  test('G32: a laptop that slept renews before it sends, once, although its steady clock stood still', async () => {
    const { clocks, request } = open(kind);
    await request();
    clocks.sleep(8 * 60 * MINUTE);
    expect(await request()).toBe(1);
    clocks.sleep(MINUTE);
    expect(await request()).toBe(0);
  });
});

test.each<Kind>(['expiresIn', 'a JWT'])(
  'G30: with %s, a token got before the clock was set back is still renewed in time',
  async (kind) => {
    const { clocks, pass, request } = open(kind);
    await request();
    clocks.set(-DAY);
    await request();
    pass(14 * MINUTE);
    expect(await request()).toBe(0);
    pass(MINUTE);
    expect(await request()).toBe(1);
  },
);

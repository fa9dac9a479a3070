import { ours } from '../contenders/index.mjs';
import { createApi, inProcess } from '../in-process.mjs';
import { installClock } from './clock.mjs';
import { live, ROUND_TRIP, RULES } from './rules.mjs';

const HOUR = 3_600_000;
const OUTAGE = { from: 1_500_000, to: 1_800_000 };
const isDown = (at) => at >= OUTAGE.from && at < OUTAGE.to;

/** Lives through an outage in the package and by the rules: the auth server is called at the same moments. */
export async function compareWithPackage(sessions) {
  let calls = 0;
  let same = 0;
  for (let n = 0; n < sessions; n++) {
    // One draw for all of a session, so that the order in which the package draws does not matter.
    const chance = (n + 0.5) / sessions;
    const client = {
      signedIn: ((n * 0.618) % 1) * RULES.lifetime,
      every: 8_000 + 4_000 * ((n * 0.382) % 1),
    };
    const expected = [];
    live(client, {
      until: HOUR,
      isDown,
      random: () => chance,
      call: (at) => expected.push(at),
    });
    const actual = await liveInPackage(client, chance);
    calls += actual.length;
    if (isSame(actual, expected)) same++;
  }
  return { calls, same };
}

const isSame = (actual, expected) =>
  actual.length === expected.length &&
  actual.every((at, index) => Math.abs(at - expected[index]) < 1);

async function liveInPackage({ signedIn, every }, chance) {
  const calls = [];
  const clock = installClock(chance);
  try {
    const renew = async () => {
      calls.push(clock.now());
      const refused = isDown(clock.now());
      await new Promise((resolve) => setTimeout(resolve, ROUND_TRIP));
      if (refused) throw Object.assign(new Error('Service Unavailable'), { status: 503 });
      return { accessToken: `token-${calls.length}`, expiresIn: RULES.lifetime / 1000 };
    };
    await clock.runTo(signedIn);
    const api = createApi(inProcess());
    const session = ours.attach(api, { renew });
    void session.signIn({
      accessToken: 'token',
      refreshToken: 'refresh',
      expiresIn: RULES.lifetime / 1000,
    });
    for (let request = 1; ; request++) {
      const at = signedIn + request * every;
      if (at >= HOUR) break;
      await clock.runTo(at);
      // During the outage it is rejected once the token is over.
      api.get('/x').catch(() => undefined);
    }
    await clock.runTo(HOUR);
    session.detach();
  } finally {
    clock.uninstall();
  }
  return calls;
}

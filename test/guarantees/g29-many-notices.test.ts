import { attached } from '../support/attached';
import { cleanUp } from '../support/rig';
import { until } from '../support/until';

afterEach(cleanUp);

describe('G29: notices of the store', () => {
  test('of which there are many cost one look at a time', async () => {
    let tokens: { accessToken: string } | null = { accessToken: 'access-1' };
    let reads = 0;
    let underWay = 0;
    let most = 0;
    let notify: () => void = () => undefined;
    const { auth } = attached({
      options: {
        tokenStore: {
          async get() {
            reads++;
            most = Math.max(most, ++underWay);
            const found = tokens;
            await new Promise((resolve) => setImmediate(resolve));
            underWay--;
            return found;
          },
          set: () => undefined,
          clear: () => undefined,
          subscribe(changed) {
            notify = changed;
            return () => undefined;
          },
        },
      },
    });
    await auth.getTokens();
    reads = 0;
    most = 0;
    for (let notice = 0; notice < 10_000; notice++) notify();
    // The last notice is about something: no look that began before it is enough.
    tokens = null;
    for (let notice = 0; notice < 10_000; notice++) notify();
    await until(() => auth.status === 'signed-out');
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(most).toBe(1);
    expect(reads).toBeLessThanOrEqual(3);
  });
});

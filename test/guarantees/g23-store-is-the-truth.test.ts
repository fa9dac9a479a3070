import { cleanUp } from '../support/session';
import { openSlow, userOf } from '../support/slow-session';

afterEach(cleanUp);

describe('G23: the store is the truth', () => {
  test('a request during a slow signIn is sent as the new user', async () => {
    const opened = await openSlow();
    const { auth, server, slow } = opened;
    slow.hold('set');
    const signIn = auth.signIn(server.issue('bob'));
    expect(await userOf(opened)).toBe('bob');
    slow.release();
    await signIn;
    expect(await userOf(opened)).toBe('bob');
  });

  test('code that writes to the store by itself is seen by the next request', async () => {
    const opened = await openSlow();
    const { server, slow } = opened;
    expect(await userOf(opened)).toBe('alice');
    slow.held = server.issue('bob');
    expect(await userOf(opened)).toBe('bob');
    slow.held = null;
    expect(await userOf(opened)).toBeNull();
  });

  test('the store is read for each request', async () => {
    const opened = await openSlow();
    let reads = 0;
    const get = opened.slow.get.bind(opened.slow);
    opened.slow.get = () => {
      reads++;
      return get();
    };
    for (let n = 1; n <= 3; n++) {
      await userOf(opened);
      // At the call, and again at the send.
      expect(reads).toBeGreaterThanOrEqual(n);
      expect(reads).toBeLessThanOrEqual(2 * n);
    }
  });
});

import { memoryStore } from '../../src/index';
import { attached } from '../support/attached';
import { cleanUp } from '../support/rig';
import { openSlow, userOf } from '../support/slow-session';
import { codeOf } from '../support/token-server';
import { until } from '../support/until';

afterEach(cleanUp);

/** What a hung write is waited for depends on it; everything else waits for conditions. */
const REFRESH_TIMEOUT = 3_000;

describe('G9: a write that lands late', () => {
  test('does not leave an older token over a newer one of a peer', async () => {
    const { api, auth, server, slow } = await openSlow(true, { refreshTimeout: REFRESH_TIMEOUT });
    await auth.getTokens();
    slow.hold('set');
    server.expire();
    // Served from memory when the time for the write is over.
    expect(await codeOf(api.get('/a'))).toBe('ok');
    const theirs = server.issue();
    slow.held = theirs;
    expect(await codeOf(api.get('/b'))).toBe('ok');
    await auth.getTokens();
    slow.release();

    await until(() => slow.done.includes('access-alice-2'));
    await until(() => slow.held?.accessToken === theirs.accessToken);
    expect(await auth.getTokens()).toMatchObject({ accessToken: theirs.accessToken });
  });

  test('does not sign in whom signIn() has rejected', async () => {
    const opened = await openSlow(false, { refreshTimeout: REFRESH_TIMEOUT });
    const { auth, server, slow } = opened;
    await auth.getTokens();
    slow.hold('set');
    expect(await codeOf(auth.signIn(server.issue('bob')))).toBe('ERR_AUTH_STORE');
    slow.release();

    await until(() => slow.done.includes('access-bob-1'));
    await until(() => slow.held === null);
    expect([await userOf(opened), auth.status]).toEqual([null, 'signed-out']);
  });

  test('nor over the sign-in that came after it', async () => {
    const opened = await openSlow(false, { refreshTimeout: REFRESH_TIMEOUT });
    const { auth, server, slow } = opened;
    await auth.getTokens();
    slow.hold('set');
    expect(await codeOf(auth.signIn(server.issue('bob')))).toBe('ERR_AUTH_STORE');
    const eve = server.issue('eve');
    const before = slow.waiting('set');
    const signIn = codeOf(auth.signIn(eve));
    await until(() => slow.waiting('set') > before);
    slow.last('set');
    expect(await signIn).toBe('ok');
    slow.release();

    await until(() => slow.done.includes('access-bob-1'));
    await until(() => slow.held?.accessToken === eve.accessToken);
    expect(await userOf(opened)).toBe('eve');
  });
});

describe('G9: a failed write is repeated', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('but not after detach()', async () => {
    let writes = 0;
    const memory = memoryStore({ accessToken: 'access-1' });
    const { auth } = attached({
      options: {
        tokenStore: {
          ...memory,
          set() {
            writes++;
            throw new Error('quota exceeded');
          },
        },
      },
    });
    const renewal = codeOf(auth.refresh());
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await renewal).toBe('ok');
    await jest.advanceTimersByTimeAsync(300_000);
    expect(writes).toBeGreaterThan(1);
    auth.detach();
    const before = writes;
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(writes).toBe(before);
  });

  test('nor is the next one arranged while detach() meets a write', async () => {
    const failures: (() => void)[] = [];
    const memory = memoryStore({ accessToken: 'access-1' });
    const { auth } = attached({
      options: {
        tokenStore: {
          ...memory,
          set: () =>
            new Promise((_, reject) => {
              failures.push(() => {
                reject(new Error('quota exceeded'));
              });
            }),
        },
      },
    });
    const renewal = codeOf(auth.refresh());
    await jest.advanceTimersByTimeAsync(1_000);
    auth.detach();
    for (const fail of failures) fail();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(await renewal).toBe('ok');
    const before = failures.length;
    for (const fail of failures) fail();
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(failures).toHaveLength(before);
  });
});

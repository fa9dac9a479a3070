import { controlTimers } from '../support/clocks';
import { createMutex, openLocked, type Lock, type Locked } from '../support/locked-store';
import { cleanUp, codeOf, gate, REFRESH_PATH, settle, until } from '../support/session';

afterEach(cleanUp);

async function expectRecovered({ server, api }: Locked): Promise<void> {
  server.expire();
  expect((await api.get<{ user: string }>('/a')).data.user).toBe('alice');
  expect(server.at(REFRESH_PATH)).toHaveLength(1);
}

describe('G28: a lock that fails does not stop the renewal', () => {
  test('a lock that is granted late is waited for', async () => {
    const granted = gate();
    const { server, api, auth } = await openLocked(async (critical) => {
      await granted.promise;
      return critical();
    });
    server.expire();
    const request = api.get<{ user: string }>('/a');
    await until(() => auth.status === 'refreshing');
    await settle(server);
    expect(server.at(REFRESH_PATH)).toEqual([]);
    granted.open();
    expect((await request).data.user).toBe('alice');
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test('a lock that is never granted does not stop the renewal', async () => {
    const { drive } = controlTimers();
    const opened = await openLocked(() => new Promise(() => undefined));
    await drive(opened.server, expectRecovered(opened));
  });

  test('a lock that is granted after the renewal went on without it runs no second refresh', async () => {
    const { drive } = controlTimers();
    const granted = gate();
    let critical: (() => Promise<unknown>) | undefined;
    const opened = await openLocked(async (given) => {
      critical = given;
      await granted.promise;
      return given();
    });
    await drive(opened.server, expectRecovered(opened));
    granted.open();
    await critical?.();
    await settle(opened.server);
    expect(opened.server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test.each<[string, Lock]>([
    [
      'throws',
      () => {
        throw new Error('no locks here');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no locks here'))],
    ['returns without calling', () => Promise.resolve()],
    ['is not asynchronous', (critical) => void critical()],
    ['calls twice', (critical) => Promise.all([critical(), critical()])],
    ['calls twice, one after the other', (critical) => critical().then(() => critical())],
    [
      'fails after the call',
      async (critical) => {
        await critical();
        throw new Error('could not be released');
      },
    ],
    [
      'calls and does not wait',
      (critical) => {
        void critical();
        return Promise.resolve();
      },
    ],
  ])('a lock that %s does not stop the renewal', async (_, lock) => {
    await expectRecovered(await openLocked(lock));
  });

  test('a lock that fails is reported to the logger', async () => {
    const warnings: string[] = [];
    const opened = await openLocked(() => Promise.reject(new Error('no locks here')), {
      logger: { warn: (message) => void warnings.push(message) },
    });
    await expectRecovered(opened);
    await until(() => warnings.length > 0);
    expect(warnings[0]).toContain('lock');
  });

  test('a refresh that hangs does not keep the lock beyond its time', async () => {
    const { drive } = controlTimers();
    const mutex = createMutex();
    const { server, api } = await openLocked(mutex.lock, {
      refresh: () => new Promise<never>(() => undefined),
    });
    server.expire();
    expect(await drive(server, codeOf(api.get('/a')))).toBe('ERR_AUTH_REFRESH_TIMEOUT');
    await drive(
      server,
      until(() => !mutex.held()),
    );
  });

  test('signOut during a refresh frees the lock', async () => {
    const mutex = createMutex();
    const { auth } = await openLocked(mutex.lock, {
      refresh: () => new Promise<never>(() => undefined),
    });
    const renewal = codeOf(auth.refresh());
    await until(() => mutex.held());
    await auth.signOut();
    await until(() => !mutex.held());
    expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
  });
});

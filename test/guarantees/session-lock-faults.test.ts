import { until } from '../server/client';
import { createMutex, openLocked, type Lock, type Locked } from '../support/locked-store';
import { cleanUp } from '../support/rig';
import { codeOf, gate, REFRESH_PATH, settle, type Pair } from '../support/token-server';

afterEach(cleanUp);

async function expectRecovered({ server, api }: Locked): Promise<void> {
  server.expire();
  expect((await api.get<{ user: string }>('/a')).data.user).toBe('alice');
  expect(server.at(REFRESH_PATH)).toHaveLength(1);
}

test('G28: a lock that is granted late is waited for', async () => {
  const opened = await openLocked(async (critical) => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    return critical();
  });
  await expectRecovered(opened);
});

test('G28: a lock that is never granted does not stop the renewal', async () => {
  const opened = await openLocked(() => new Promise(() => undefined), { refreshTimeout: 1_000 });
  await expectRecovered(opened);
});

test('G28: a lock that is granted after the renewal went on without it runs nothing again', async () => {
  const granted = gate();
  let critical: (() => Promise<unknown>) | undefined;
  const opened = await openLocked(
    async (given) => {
      critical = given;
      await granted.promise;
      return given();
    },
    { refreshTimeout: 1_000 },
  );
  await expectRecovered(opened);
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
])('G28: a lock that %s does not stop the renewal', async (_, lock) => {
  await expectRecovered(await openLocked(lock));
});

test('G28: a lock that fails is reported to the logger', async () => {
  const warnings: string[] = [];
  const opened = await openLocked(() => Promise.reject(new Error('no locks here')), {
    logger: { warn: (message) => void warnings.push(message) },
  });
  await expectRecovered(opened);
  await until(() => warnings.length > 0);
  expect(warnings[0]).toContain('lock');
});

test('G28: a refresh that hangs does not keep the lock beyond its time', async () => {
  const mutex = createMutex();
  const { server, api } = await openLocked(mutex.lock, {
    refreshTimeout: 200,
    refresh: () => new Promise<never>(() => undefined),
  });
  server.expire();
  expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_REFRESH_TIMEOUT');
  await until(() => !mutex.held());
});

test('G28: signOut during a refresh frees the lock', async () => {
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

test('G26: no listener and no onSignedOut runs inside the lock', async () => {
  const mutex = createMutex();
  const inside: string[] = [];
  const note = (what: string): void => {
    if (mutex.held()) inside.push(what);
  };
  let answer: Pair | null = null;
  const { server, auth } = await openLocked(mutex.lock, {
    refresh: () => answer,
    onSignedOut: () => {
      note('onSignedOut');
    },
  });
  auth.subscribe(({ type }) => {
    note(type);
  });
  answer = server.issue();
  await auth.refresh();
  await settle(server);
  answer = null;
  await codeOf(auth.refresh());
  await settle(server);

  expect(inside).toEqual([]);
});

test('G26: a listener that refreshes does not deadlock on the lock', async () => {
  const { lock } = createMutex();
  const { auth, server } = await openLocked(lock, { refreshLimit: false });
  let inner: Promise<string> | undefined;
  auth.subscribe(({ type }) => {
    if (type === 'refreshed') inner ??= codeOf(auth.refresh());
  });
  await auth.refresh();
  await until(() => inner !== undefined);
  expect(await inner).toBe('ok');
  expect(server.at(REFRESH_PATH)).toHaveLength(2);
});

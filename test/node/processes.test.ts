import { join } from 'node:path';
import { startAuthServer, type AuthServer } from '../server/index';
import { until } from '../server/client';
import { cleanUp, login, onCleanUp } from '../support/rig';
import { createFolder, startWorkers, type Worker } from './workers';

jest.setTimeout(120_000);

let server: AuthServer;
let file: string;
beforeEach(async () => {
  server = await startAuthServer();
  onCleanUp(() => server.close());
  file = join(createFolder(), 'tool', 'tokens.json');
});
afterEach(cleanUp);

async function startSignedIn(count: number, lease?: number): Promise<Worker[]> {
  const workers = await startWorkers(count, {
    server: server.url,
    file,
    ...(lease !== undefined && { lease }),
  });
  await workers[0]!.ask({ do: 'signIn', tokens: await login(server) });
  return workers;
}

const request = (worker: Worker, count = 20): Promise<(number | string)[]> =>
  worker.ask({ do: 'request', count });

const refreshesAsked = (): number =>
  server.stats.seen.filter(({ path }) => path === '/auth/refresh').length;

test('G27: eight processes refresh once for each expiry between them', async () => {
  const workers = await startSignedIn(8);
  for (let expiry = 1; expiry <= 20; expiry++) {
    server.controls.expireAllAccessTokens();
    const answers = await Promise.all(workers.map((worker) => request(worker)));
    expect(new Set(answers.flat())).toEqual(new Set([200]));
    expect(server.stats.refreshes).toBe(expiry);
  }
  expect(server.stats).toMatchObject({ refreshRefused: 0, reuseDetected: 0 });
});

test('G28: a process that is killed in the middle of its refresh does not block the others', async () => {
  const workers = await startSignedIn(3);
  const [owner, ...others] = workers as [Worker, ...Worker[]];
  server.controls.expireAllAccessTokens();
  server.controls.hold();
  void request(owner).catch(() => undefined);
  await until(() => refreshesAsked() === 1);
  const answers = Promise.all(others.map((worker) => request(worker)));
  await owner.kill();
  // The next one takes its place while the server still holds every refresh back.
  await until(() => refreshesAsked() === 2);
  server.controls.release();
  expect(new Set((await answers).flat())).toEqual(new Set([200]));
  expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
});

test('G28: a process that is stopped loses the lock when its lease is over, and harms nobody later', async () => {
  server.settings.graceWindow = 60_000;
  const [owner, other] = (await startSignedIn(2, 400)) as [Worker, Worker];
  server.controls.expireAllAccessTokens();
  server.controls.hold();
  const late = request(owner);
  await until(() => refreshesAsked() === 1);
  owner.child.kill('SIGSTOP');
  const answers = request(other);
  await until(() => refreshesAsked() === 2);
  server.controls.release();
  expect(new Set(await answers)).toEqual(new Set([200]));
  owner.child.kill('SIGCONT');
  expect(new Set(await late)).toEqual(new Set([200]));
  expect(new Set(await request(other))).toEqual(new Set([200]));
});

test('G29: a sign-out in one process is seen in the others', async () => {
  const [first, second] = (await startSignedIn(2)) as [Worker, Worker];
  expect(await request(second, 1)).toEqual([200]);
  await first.ask({ do: 'signOut' });
  await settled(async () => (await second.ask({ do: 'status' })) === 'signed-out');
  expect(await second.ask<string[]>({ do: 'events' })).toContain('signed-out');
  expect(await request(second, 1)).toEqual([401]);
});

test('G29: a sign-in in one process is seen in the others', async () => {
  const [first, second] = (await startWorkers(2, { server: server.url, file })) as [Worker, Worker];
  await settled(async () => (await second.ask({ do: 'status' })) === 'signed-out');
  await first.ask({ do: 'signIn', tokens: await login(server) });
  await settled(async () => (await second.ask({ do: 'status' })) === 'signed-in');
  expect(await second.ask<string[]>({ do: 'events' })).toContain('signed-in');
  expect(await request(second, 1)).toEqual([200]);
});

async function settled(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

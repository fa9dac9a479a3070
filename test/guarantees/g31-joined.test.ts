import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { bundleScript } from '../node/workers';
import { controlClocks } from '../support/clocks';
import { cleanUp } from '../support/rig';
import { openSession, settle, startTokenServer, type Pair } from '../support/token-server';

const start = promisify(execFile);

afterEach(cleanUp);

describe('G31: the process does not end under a request that has joined a renewal', () => {
  /** What the process said when it ended. */
  async function endOf(way: string): Promise<unknown> {
    const script = bundleScript('../support/joined-process');
    const { stdout } = await start(process.execPath, [script, way], { timeout: 25_000 });
    return JSON.parse(stdout);
  }

  test('while the refresh takes its time', async () => {
    expect(await endOf('slow')).toEqual({ outcome: '200', refreshes: 1 });
  });

  test('and that was called when the token had expired meanwhile', async () => {
    expect(await endOf('expires')).toEqual({ outcome: '200', refreshes: 1 });
  });

  test('while the refresh hangs', async () => {
    expect(await endOf('hangs')).toEqual({ outcome: 'ERR_AUTH_REFRESH_TIMEOUT', refreshes: 1 });
  });
});

describe('G31: a renewal whose timer was lost is given up by the clock', () => {
  /** A worker that is suspended: the timers that are set now never fire. */
  function loseTimers(): () => void {
    const spy = jest.spyOn(globalThis, 'setTimeout').mockImplementation((() => ({
      unref: () => undefined,
      ref: () => undefined,
    })) as unknown as typeof setTimeout);
    return () => {
      spy.mockRestore();
    };
  }

  test('and the next request gets a renewal of its own', async () => {
    const clocks = controlClocks();
    const server = await startTokenServer();
    let refreshes = 0;
    const { api, auth } = openSession(server, {
      tokens: null,
      refresh: (): Promise<Pair> => {
        refreshes++;
        // What was asked for before the worker was suspended never comes.
        return refreshes === 1 ? new Promise(() => undefined) : Promise.resolve(server.issue());
      },
    });
    await auth.signIn({ ...server.issue(), expiresIn: 1_000 });
    await api.get('/open');
    clocks.pass(990_000);
    const findTimers = loseTimers();
    const request = api.get('/open');
    while (refreshes === 0) await new Promise((resolve) => setImmediate(resolve));
    findTimers();
    await request;
    await settle(server);

    clocks.pass(60_000);
    server.expire();
    const { data } = await api.get<{ user: string; token: string }>('/a');
    expect(data).toMatchObject({ user: 'alice', token: 'access-alice-2' });
    expect([refreshes, auth.status]).toEqual([2, 'signed-in']);
  });
});

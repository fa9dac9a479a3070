import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { until } from '../server/client';
import { onCleanUp } from '../support/rig';

/** The tests of a real Redis: where none is installed they fail. */
export function describeRedis(name: string, tests: () => void): void {
  describe(name, () => {
    beforeAll(() => {
      const { error } = spawnSync('redis-server', ['--version']);
      if (error) throw new Error('These tests need redis-server: it is not installed.');
    });
    tests();
  });
}

export interface RedisServer {
  readonly port: number;
  /** Sends one command over a connection of its own. */
  command(...words: string[]): Promise<unknown>;
  stop(options?: { keep: boolean }): Promise<void>;
  /** On the same port; with the data where `stop` kept it. */
  start(): Promise<void>;
}

/** Starts a Redis that the clean-up of the test stops; its data are gone with it. */
export async function startRedis(...flags: string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const port = await freePort();
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const settings = `--port ${port} --bind 127.0.0.1 --appendonly no --dir ${folder}`;
    const started = spawn('redis-server', [...settings.split(' '), '--save', '', ...flags]);
    child = started;
    let output = '';
    started.stdout.on('data', (text: Buffer) => (output += text.toString()));
    started.stderr.on('data', (text: Buffer) => (output += text.toString()));
    await until(() => output.includes('Ready to accept') || started.exitCode !== null);
    if (started.exitCode !== null) throw new Error(`redis-server ended: ${output}`);
  }

  async function command(...words: string[]): Promise<unknown> {
    const client = createClient({ url: `redis://127.0.0.1:${port}` });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.sendCommand(words);
    } finally {
      client.destroy();
    }
  }

  async function stop({ keep } = { keep: false }): Promise<void> {
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    if (keep) await command('SHUTDOWN', 'SAVE').catch(() => undefined);
    else child.kill('SIGKILL');
    await exited;
  }

  onCleanUp(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  await start();
  return { port, command, stop, start };
}

/** A Cluster of one node that has all the slots. */
export async function startCluster(): Promise<RedisServer> {
  const bus = String(await freePort());
  const flags = `--cluster-enabled yes --cluster-port ${bus} --cluster-announce-ip 127.0.0.1`;
  const server = await startRedis(...flags.split(' '));
  await server.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  const isUp = async (): Promise<boolean> =>
    String(await server.command('CLUSTER', 'INFO')).includes('cluster_state:ok');
  while (!(await isUp())) await new Promise((resolve) => setTimeout(resolve, 20));
  return server;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

import axios from 'axios';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type * as Library from '../../src/index';
import type * as Stores from '../../src/redis/index';
import { equal } from '../runtimes/scenario';
import { onCleanUp } from '../support/clean-up';
import { json, startServer } from '../support/http-server';

/** A client of one of the libraries, with what the checks ask of it beside the store. */
export interface Connection {
  client: Stores.RedisClient;
  command(...words: string[]): Promise<unknown>;
  end(): unknown;
}

export interface RedisSetting {
  library: typeof Library;
  stores: typeof Stores;
  connect(): Promise<Connection>;
}

type Store = Required<Library.TokenStore>;

const OLD = { accessToken: 'token-0', refreshToken: 'refresh-0' };

const never = (): AbortSignal => new AbortController().signal;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(isSo: () => unknown): Promise<void> {
  for (let poll = 0; poll < 4_000; poll++) {
    if (await isSo()) return;
    await sleep(5);
  }
  throw new Error(`It did not come true: ${isSo.toString()}`);
}

async function connect(setting: RedisSetting): Promise<Connection> {
  const connection = await setting.connect();
  onCleanUp(connection.end);
  return connection;
}

/** Stores over one key, each with a client of its own, as in as many processes. */
async function open(setting: RedisSetting, count: number): Promise<Store[]> {
  const key = crypto.randomUUID();
  const clients = Array.from({ length: count }, async () => (await connect(setting)).client);
  return (await Promise.all(clients)).map(
    (client) => setting.stores.redisStore({ client, key }) as Store,
  );
}

function listen(store: Store): () => number {
  let times = 0;
  onCleanUp(store.subscribe(() => void times++));
  return () => times;
}

/** Takes the lock; resolves once it is taken, with how to let it go. */
async function hold(store: Store): Promise<() => Promise<void>> {
  let leave!: () => void;
  const left = new Promise<void>((resolve) => (leave = resolve));
  let done!: Promise<void>;
  await new Promise<void>((entered) => {
    done = store.lock(() => (entered(), left), never());
  });
  return () => (leave(), done);
}

const outcome = (write: unknown): Promise<string> =>
  Promise.resolve(write).then(
    () => 'written',
    (error: unknown) => (/the lock was lost/.exec(String(error)) ? 'lost' : String(error)),
  );

/** The version that is installed beside the program. */
export function versionBeside(name: string): string {
  const manifest = join(dirname(process.argv[1]!), 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

export const REDIS_CHECKS: Record<string, (setting: RedisSetting) => Promise<void>> = {
  async 'G23: what one store writes another reads'(setting) {
    const [one, other] = (await open(setting, 2)) as [Store, Store];
    equal(await other.get(), null);
    await one.set(OLD);
    equal(await other.get(), OLD);
    await other.clear();
    equal(await one.get(), null);
  },

  async 'G27: one at a time has the lock'(setting) {
    const stores = await open(setting, 3);
    let [inside, most] = [0, 0];
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await sleep(2);
      inside--;
    };
    await Promise.all([...stores, ...stores].map((store) => store.lock(work, never())));
    equal([most, inside], [1, 0]);
  },

  async 'G27: a release wakes who waits'(setting) {
    const [owner, waiter] = (await open(setting, 2)) as [Store, Store];
    const letGo = await hold(owner);
    const { random } = Math;
    // The next look without an announcement would be an hour away.
    Math.random = () => 3_600;
    const listening = listen(waiter);
    const granted = waiter.lock(() => Promise.resolve('granted'), never());
    await until(() => listening() > 0);
    await letGo();
    equal(await granted, 'granted');
    Math.random = random;
  },

  async 'G28: an owner that lost its lease does not overwrite a newer value'(setting) {
    const [owner, next] = (await open(setting, 2)) as [Store, Store];
    const { command } = await connect(setting);
    const late = await owner.lock(async () => {
      const locks = (await command('KEYS', '*:lock')) as unknown[];
      for (const lock of locks) await command('DEL', String(lock));
      await next.lock(() => Promise.resolve(next.set({ accessToken: 'newer' })), never());
      return outcome(owner.set({ accessToken: 'stale' }));
    }, never());
    equal([late, await owner.get()], ['lost', { accessToken: 'newer' }]);
  },

  async 'G21: a sign-out wins over the owner of the lock'(setting) {
    const [owner, other] = (await open(setting, 2)) as [Store, Store];
    await owner.set(OLD);
    const late = await owner.lock(async () => {
      await other.clear();
      return outcome(owner.set({ accessToken: 'renewed' }));
    }, never());
    equal([late, await owner.get()], ['lost', null]);
  },

  async 'G29: a write by another is told, one of its own is not'(setting) {
    const [one, other] = (await open(setting, 2)) as [Store, Store];
    const told = listen(one);
    await until(() => told() === 1);
    await one.set(OLD);
    await other.set(OLD);
    await until(() => told() > 1);
    await other.clear();
    await until(() => told() > 2);
    equal(told(), 3);
  },

  async 'G29: after a lost connection it listens again'(setting) {
    const [one, other] = (await open(setting, 2)) as [Store, Store];
    const told = listen(one);
    await until(() => told() === 1);
    const { command } = await connect(setting);
    await command('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
    await until(() => told() === 2);
    await other.set(OLD);
    await until(() => told() === 3);
  },

  async 'G9: after the client has connected again it reads and writes'(setting) {
    const [one, other] = (await open(setting, 2)) as [Store, Store];
    await one.set(OLD);
    const { command } = await connect(setting);
    await command('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'yes');
    const read = async (store: Store): Promise<boolean> =>
      (await Promise.resolve(store.get()).catch(() => null))?.accessToken === 'token-0';
    await until(() => read(one));
    await until(() => read(other));
    equal(await outcome(one.lock(() => Promise.resolve(one.clear()), never())), 'written');
    equal(await other.get(), null);
  },

  async 'G27: two sessions renew once at each expiry'(setting) {
    const { library } = setting;
    let renewed = 0;
    let expired = 0;
    const server = await startServer(({ url, headers, body }, response) => {
      if (url === '/refresh') {
        const isCurrent = body.toString().includes(`"refresh-${renewed}"`);
        if (isCurrent) renewed++;
        const next = { accessToken: `token-${renewed}`, refreshToken: `refresh-${renewed}` };
        json(response, isCurrent ? 200 : 401, next);
        return;
      }
      const isCurrent = headers.authorization === `Bearer token-${renewed}` && renewed >= expired;
      json(response, isCurrent ? 200 : 401, { code: 'TOKEN_EXPIRED' });
    });
    const stores = await open(setting, 2);
    await stores[0]!.set(OLD);
    const sessions = stores.map((store) => {
      const api = axios.create({ baseURL: server.url });
      const auth = library.attachAuthInterceptors(api, {
        tokenStore: library.cachedStore(store),
        refreshAhead: false,
        refresh: async (tokens, { client }) =>
          (await client.post('/refresh', tokens)).data as never,
      });
      onCleanUp(() => {
        auth.detach();
      });
      return api;
    });
    for (expired of [1, 2, 3]) {
      const requests = [...sessions, ...sessions, ...sessions].map((api) => api.get('/'));
      equal((await Promise.all(requests)).length, 6);
      equal(renewed, expired);
    }
  },
};

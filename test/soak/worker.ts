// One of several processes that share a session over Redis: `worker.cjs '{"name":…}'`.
import { Agent } from 'node:http';
import axios from 'axios';
import { cachedStore, type TokenResponse, type TokenStore } from '../../src/index';
import { redisStore } from '../../src/redis/index';
import { connect, type Library } from '../redis/clients';
import { serveParent, type Orders } from './child';
import { Load } from './load';
import { randomFrom } from './random';
import { axiosKinds } from './shared-kinds';
import { openShared } from './shared-session';

export interface WorkerSettings {
  seed: string;
  client: string;
  /** The name of the session, and of its key in Redis. */
  name: string;
  url: string;
  directUrl: string;
  redisPort: number;
  library: Library;
  isCached: boolean;
  leaseMs: number;
  inFlight: number;
  think: number;
}

async function open(settings: WorkerSettings) {
  const { name, client, library, redisPort, leaseMs, isCached } = settings;
  const own = await connect(library, redisPort);
  const store = redisStore({ client: own.client, key: name, leaseMs });
  const tokenStore: TokenStore = isCached ? cachedStore(store) : store;
  const httpAgent = new Agent({ keepAlive: true });
  const api = axios.create({ baseURL: settings.url, httpAgent, proxy: false, adapter: 'http' });
  const session = openShared({ ...settings, api, tokenStore, load: () => load });
  session.kinds.push(...axiosKinds(name, library, api));
  const load: Load = new Load({
    client,
    random: randomFrom(`${settings.seed} ${client}`),
    views: [session],
    inFlight: settings.inFlight,
    think: () => settings.think,
    report: (batch) => process.send?.({ batch }),
  });
  const orders = {
    start: () => Promise.resolve().then(() => load.start()),
    signIn: (tokens: TokenResponse) => session.signIn(tokens),
    signOut: () => session.signOut(),
    user: () => session.user(),
    progress: () => Promise.resolve(load.progress()),
    stop: () => Promise.resolve().then(() => load.stop()),
    /** Ends what is the application's own; the rest has to end by itself. */
    async end() {
      load.end();
      session.auth.detach();
      httpAgent.destroy();
      await own.end();
    },
  } satisfies Orders;
  serveParent(orders, load.noise);
  return orders;
}

export type WorkerOrders = Awaited<ReturnType<typeof open>>;

open(JSON.parse(process.argv[2] ?? '') as WorkerSettings).catch(() => process.exit(1));

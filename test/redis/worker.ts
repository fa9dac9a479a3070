// One process of a fleet: a session over a store in Redis, told what to do by its parent.
import { Agent } from 'node:http';
import axios from 'axios';
import {
  attachAuthInterceptors,
  cachedStore,
  type TokenResponse,
  type TokenStore,
} from '../../src/index';
import { redisStore } from '../../src/redis/index';
import { connect, KEY, type Library } from './clients';

export interface WorkerSettings {
  library: Library;
  redisPort: number;
  serverUrl: string;
  leaseMs: number;
  /** Put `cachedStore` around the store. */
  cached: boolean;
}

/** How many answers had which status, or which code where there was none. */
export type Outcomes = Record<string, number>;

export interface Order {
  id: number;
  does: keyof ReturnType<typeof createOrders>;
  argument?: never;
}

function createOrders(settings: WorkerSettings, own: Awaited<ReturnType<typeof connect>>) {
  const { leaseMs, cached, serverUrl } = settings;
  const shared = redisStore({ client: own.client, key: KEY, leaseMs }) as Required<TokenStore>;
  const api = axios.create({
    baseURL: serverUrl,
    httpAgent: new Agent({ keepAlive: true, maxSockets: 10 }),
  });
  const ends: string[] = [];
  const auth = attachAuthInterceptors(api, {
    tokenStore: cached ? cachedStore(shared) : shared,
    refreshLimit: false,
    refresh: async (tokens, { client }) => {
      const body = { refreshToken: tokens?.refreshToken };
      return (await client.post<TokenResponse>('/auth/refresh', body)).data;
    },
    onSignedOut: (error) => ends.push(error?.code ?? 'signed out'),
  });

  async function outcome(): Promise<string> {
    try {
      return String((await api.get('/profile')).status);
    } catch (error) {
      const { code, response } = error as { code?: string; response?: { status: number } };
      return `${code} ${response?.status}`;
    }
  }

  return {
    signIn: (tokens: TokenResponse) => auth.signIn(tokens),
    signOut: () => auth.signOut(),
    status: () => Promise.resolve(auth.status),
    tokens: () => auth.getTokens(),
    /** Why the session was said to be over, each time. */
    ends: () => Promise.resolve(ends),
    async requests(count: number): Promise<Outcomes> {
      const outcomes: Outcomes = {};
      const all = await Promise.all(Array.from({ length: count }, outcome));
      for (const name of all) outcomes[name] = (outcomes[name] ?? 0) + 1;
      return outcomes;
    },
    /** Writes in the lock, as soon as the parent says "go". */
    writeInLock: (accessToken: string) =>
      shared.lock(async () => {
        await new Promise((resolve) => process.once('message', resolve));
        await shared.set({ accessToken });
      }, new AbortController().signal),
    /** Ends the client and no more: the process has to end by itself. */
    async end(): Promise<void> {
      await own.end();
    },
  };
}

export type Orders = ReturnType<typeof createOrders>;

async function main(): Promise<void> {
  const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings;
  const orders = createOrders(settings, await connect(settings.library, settings.redisPort));
  process.on('message', ({ id, does, argument }: Order) => {
    if (!(does in orders)) return;
    const work = orders[does] as (argument: unknown) => Promise<unknown>;
    work(argument)
      .then(
        (result) => ({ id, result }),
        (error: unknown) => ({ id, error: String(error) }),
      )
      .then((answer) => {
        process.send?.(answer);
        if (does === 'end') process.disconnect();
      })
      .catch(() => process.exit(1));
  });
  process.send?.({ ready: true });
}

if (require.main === module) main().catch(() => process.exit(1));

import axios from 'axios';
import type { AxiosInstance, CreateAxiosDefaults } from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import type { AuthEvent, AuthOptions, AuthSession, TokenStore } from '../../src/index';
import { startAuthServer, type AuthServer, type AuthServerOptions } from '../server/index';

/** A session against the reference server, over real HTTP. */
export interface Rig {
  server: AuthServer;
  api: AxiosInstance;
  auth: AuthSession;
  store: TokenStore;
  events: AuthEvent[];
  /** Requests that arrived at `path`, in order. */
  seen(path: string): AuthServer['stats']['seen'][number][];
}

export interface RigOptions {
  server?: AuthServerOptions;
  axios?: CreateAxiosDefaults;
  options?: Partial<AuthOptions>;
  /** Sign in as alice first. @default true */
  signedIn?: boolean;
  /** Runs between `axios.create` and the attaching. */
  before?(api: AxiosInstance): void;
}

const cleanups: (() => unknown)[] = [];

/** Closes what the tests of a file have opened; give it to `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export function onCleanUp(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

export async function createRig(rig: RigOptions = {}): Promise<Rig> {
  const server = await startAuthServer(rig.server);
  onCleanUp(() => server.close());
  const api = axios.create({ baseURL: server.url, ...rig.axios });
  rig.before?.(api);
  const store = rig.options?.tokenStore ?? memoryStore();
  const auth = attachAuthInterceptors(api, {
    refresh: async (tokens, { client }) =>
      (await client.post('/auth/refresh', { refreshToken: tokens?.refreshToken })).data as never,
    ...rig.options,
    tokenStore: store,
  });
  onCleanUp(() => {
    auth.detach();
  });
  const events: AuthEvent[] = [];
  auth.subscribe((event) => {
    events.push(event);
  });
  if (rig.signedIn !== false) await auth.signIn(await login(server));
  return {
    server,
    api,
    auth,
    store,
    events,
    seen: (path) => server.stats.seen.filter((request) => request.path === path),
  };
}

/** Signs in at the server, past every session. */
export async function login(server: AuthServer, username = 'alice', password = 'wonderland') {
  const answer = await axios.post<{ accessToken: string; refreshToken: string; expiresIn: number }>(
    `${server.url}/auth/login`,
    { username, password },
  );
  return answer.data;
}

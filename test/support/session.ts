import axios from 'axios';
import type { AxiosInstance, AxiosResponse, CreateAxiosDefaults } from 'axios';
import type { InternalAxiosRequestConfig } from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import type {
  AuthError,
  AuthEvent,
  AuthOptions,
  AuthSession,
  Tokens,
  TokenStore,
} from '../../src/index';
import { startAuthServer, type AuthServer, type AuthServerOptions } from '../server/index';
import { onCleanUp } from './clean-up';
import { startWatching, watchCredentials, watchLogger } from './credentials';
import { REFRESH_PATH, startTokenServer, type TokenServer } from './scripted-server';

export { cleanUp, onCleanUp } from './clean-up';
export { codeOf, gate, rejection, settle, turns } from './outcomes';
export * from './scripted-server';
export { until } from './until';

/** What a session is opened over. */
export interface Backend {
  /** The baseURL of the instance; without one, only the adapter of the test is asked. */
  url?: string;
  /** The tokens that the session begins with. @default none */
  issue?(): Tokens | null;
  /** The `refresh` of the session. @default POST to REFRESH_PATH, through the client of the context */
  renew?: AuthOptions['refresh'];
}

export interface Opened {
  api: AxiosInstance;
  auth: AuthSession;
  store: TokenStore;
}

export interface OpenOptions extends Partial<AuthOptions> {
  axios?: CreateAxiosDefaults;
  /** What the default store holds. @default what the backend issues */
  tokens?: Tokens | null;
  /** Runs between `axios.create` and the attaching. */
  before?(api: AxiosInstance): void;
  /** Runs after the attaching. */
  after?(api: AxiosInstance): void;
}

const renewByPost: AuthOptions['refresh'] = async (tokens, { client }) =>
  (await client.post<Tokens>(REFRESH_PATH, { refreshToken: tokens?.refreshToken })).data;

/** The one way to a session in a test: over any backend, detached by `cleanUp`. */
export function openSession(backend: Backend, given: OpenOptions = {}): Opened {
  const { axios: defaults, tokens, before, after, ...options } = given;
  startWatching();
  const baseURL = backend.url === undefined ? {} : { baseURL: backend.url };
  const api = axios.create({ ...baseURL, ...defaults });
  before?.(api);
  const initial = options.tokenStore ? tokens : initialTokens(backend, tokens);
  const store = options.tokenStore ?? memoryStore(initial ?? null);
  const auth = attachAuthInterceptors(api, {
    refresh: backend.renew ?? renewByPost,
    ...options,
    ...(options.logger && { logger: watchLogger(options.logger) }),
    tokenStore: store,
  });
  watchCredentials(auth, store, initial, options.tokenStore !== undefined);
  onCleanUp(() => {
    auth.detach();
  });
  after?.(api);
  return { api, auth, store };
}

const initialTokens = (backend: Backend, tokens: Tokens | null | undefined): Tokens | null =>
  tokens === undefined ? (backend.issue?.() ?? null) : tokens;

/** Every event from now on. The session reads its store for the first listener. */
export function recordEvents(auth: AuthSession): AuthEvent[] {
  const events: AuthEvent[] = [];
  auth.subscribe((event) => {
    events.push(event);
  });
  return events;
}

/** The codes that `onSignedOut` was called with, in order. */
export function watchSignedOut(): {
  notified: (string | null)[];
  options: Pick<AuthOptions, 'onSignedOut'>;
} {
  const notified: (string | null)[] = [];
  const onSignedOut = (error: AuthError | null): void => {
    notified.push(error?.code ?? null);
  };
  return { notified, options: { onSignedOut } };
}

export interface Signed extends Opened {
  server: TokenServer;
}

/** Signed in at a token server. */
export async function openSigned(options: OpenOptions = {}): Promise<Signed> {
  const server = await startTokenServer();
  return { server, ...openSession(server, options) };
}

/** Signed in at a token server, with a token that lives for an hour. */
export async function openForAnHour(options: OpenOptions = {}): Promise<Signed> {
  const opened = await openSigned({ tokens: null, ...options });
  await opened.auth.signIn({ ...opened.server.issue(), expiresIn: 3_600 });
  return opened;
}

/** Where there is no server: tokens from a script, requests only through the adapter of the test. */
const withoutServer: Backend = {
  issue: () => ({ accessToken: 'access-1' }),
  renew: () => Promise.resolve({ accessToken: 'access-2' }),
};

export interface Attached {
  api: AxiosInstance;
  auth: AuthSession;
}

export interface AttachedOptions {
  axios?: CreateAxiosDefaults;
  options?: Partial<AuthOptions>;
  /** What the store holds. @default { accessToken: 'access-1' } */
  tokens?: Tokens | null;
}

/** A session that holds `access-1` and renews it to `access-2`, without any server. */
export const attached = ({ options, ...given }: AttachedOptions = {}): Attached =>
  openSession(withoutServer, { ...given, ...options });

/** A session against the reference server. */
export interface Rig extends Opened {
  server: AuthServer;
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

export async function createRig(rig: RigOptions = {}): Promise<Rig> {
  const { server: settings, options, signedIn = true, ...given } = rig;
  const server = await startAuthServer(settings);
  onCleanUp(() => server.close());
  const opened = openSession(server, { ...given, ...options });
  const events = recordEvents(opened.auth);
  if (signedIn) await opened.auth.signIn(await login(server));
  const seen: Rig['seen'] = (path) => server.stats.seen.filter((request) => request.path === path);
  return { server, ...opened, events, seen };
}

/** Signs in at the reference server, past every session. */
export async function login(server: AuthServer, username = 'alice', password = 'wonderland') {
  const answer = await axios.post<{ accessToken: string; refreshToken: string; expiresIn: number }>(
    `${server.url}/auth/login`,
    { username, password },
  );
  return answer.data;
}

export interface Recorder {
  adapter(config: InternalAxiosRequestConfig): Promise<AxiosResponse>;
  /** The headers of every request that was handed over, by lower-case name. */
  sent: Record<string, unknown>[];
}

/** An adapter that sends nothing and notes what it would have sent: for hosts that must not be asked. */
export function recorder(): Recorder {
  const sent: Recorder['sent'] = [];
  return {
    sent,
    adapter(config) {
      const fields = Object.entries(config.headers.toJSON());
      sent.push(Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value])));
      return Promise.resolve({ data: null, status: 200, statusText: 'OK', headers: {}, config });
    },
  };
}

/** As in a browser: what runs after an `await` cannot be followed. Call it before attaching. */
export function withoutAsyncContext(): void {
  const host = process as { getBuiltinModule?: unknown };
  const original = host.getBuiltinModule;
  host.getBuiltinModule = undefined;
  onCleanUp(() => {
    host.getBuiltinModule = original;
  });
}

// One process with many sessions, each over a store of its own: `application.cjs '{"worlds":…}'`.
import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios';
import {
  attachAuthInterceptors,
  memoryStore,
  type AuthOptions,
  type AuthSession,
  type TokenResponse,
  type Tokens,
  type TokenStore,
} from '../../src/index';
import { createAuthFetch } from '../../src/fetch/index';
import { LINES, pathFor, readAnswer, textFor } from './answers';
import { axiosKinds, configFor, fetchKinds } from './shared-kinds';
import { Load, RefreshCounter, type Call, type Kind, type View } from './load';
import type { Standing } from './protocol';
import { pick, randomFrom, type Random } from './random';
import { serveParent, type Orders } from './child';
import { PATIENT } from './shared-session';

export interface ApplicationSettings {
  seed: string;
  worlds: { name: string; url: string; directUrl: string; isForgiven: boolean }[];
  users: string[];
  inFlight: number;
  think: number;
}

type World = ApplicationSettings['worlds'][number];
interface TokenAnswer {
  accessToken: string;
  refreshToken: string;
  expiresIn?: number;
}
type Refresh = AuthOptions['refresh'];

const settings = JSON.parse(process.argv[2] ?? '') as ApplicationSettings;
const httpAgent = new Agent({ keepAlive: true });
const random = randomFrom(`${settings.seed} application`);
const sessions: OwnSession[] = [];

/** A session as an application would have it, with its own instances and users. */
class OwnSession implements View {
  readonly name: string;
  readonly kinds: Kind[];
  readonly refreshes = new RefreshCounter();
  readonly families: string[] = [];
  settled = 0;
  changes = 0;
  readonly auth: AuthSession;
  readonly #world: World;
  readonly #random: Random;
  #standing: Standing = { user: null, family: null };
  isEnding = false;

  constructor(world: World, variant: number) {
    this.name = `${world.name}-${variant}`;
    this.#world = world;
    this.#random = randomFrom(`${settings.seed} ${this.name}`);
    const defaults = { baseURL: world.url, httpAgent, proxy: false as const };
    const http = axios.create({ ...defaults, adapter: 'http' });
    const second = axios.create({ ...defaults, adapter: 'fetch' });
    if (variant % 2 === 0) countRuns(http);
    this.auth = attachAuthInterceptors(http, {
      // The tokens of no server are as short-lived.
      refreshLimit: false,
      refresh: (tokens, context) =>
        this.refreshes.run(context.signal, (number) =>
          this.#refresh(variant, http, tokens, context, number),
        ),
      revoke: async (tokens) => {
        await axios.post(`${world.directUrl}/auth/revoke`, { token: tokens?.refreshToken });
      },
      onSignedOut: (error, reason) => {
        load.note({
          session: this.name,
          what: `is signed out: ${reason} ${error?.message}`,
          signedOut: reason,
        });
        if (reason === 'expired') void this.signIn();
      },
      ...(world.isForgiven ? {} : PATIENT),
      ...VARIANTS[variant]?.(world),
    });
    this.auth.subscribe((event) => load.note({ session: this.name, what: event.type }));
    if (variant % 2 === 1) countRuns(http);
    this.auth.attach(second);
    const authFetch = createAuthFetch(this.auth, { allowedOrigins: [world.url] });
    this.kinds = [
      ...nodeKinds(this.name, 'http', http, true),
      ...nodeKinds(this.name, 'fetch', second, false),
      oneShot(this.name, http),
      ...fetchKinds(this.name, world.url, authFetch),
    ];
  }

  standing(): Standing {
    return this.#standing;
  }

  async signIn(): Promise<void> {
    const { data } = await axios.post<TokenAnswer>(
      `${this.#world.directUrl}/auth/login`,
      credentials(this.#random),
    );
    const { sub, sid } = claimsOf(data.accessToken);
    const done = this.auth.signIn(data);
    this.changes++;
    this.families.push(sid);
    this.#standing = { user: sub, family: sid };
    load.note({ session: this.name, what: `signs in as ${sub}, ${sid}` });
    await done;
  }

  async #signOut(): Promise<void> {
    const done = this.auth.signOut();
    this.changes++;
    this.#standing = { user: null, family: null };
    load.note({ session: this.name, what: 'signs out' });
    await done;
  }

  /** Now and then another user, with or without a time in which nobody is signed in. */
  async changeHands(): Promise<void> {
    for (;;) {
      const next = this.settled + 20 + this.#random() * 80;
      while (this.settled < next) {
        if (this.isEnding) return;
        await pause(20);
      }
      if (this.#random() < 0.5) {
        await this.#signOut();
        await pause(this.#random() * 150);
      }
      await this.signIn();
      if (this.#random() < 0.3) await this.auth.refresh().catch(() => undefined);
    }
  }

  async #refresh(
    variant: number,
    http: AxiosInstance,
    tokens: Tokens | null,
    { client, signal }: Parameters<Refresh>[1],
    number: number,
  ): Promise<TokenResponse> {
    const body = { refreshToken: tokens?.refreshToken };
    const headers = {
      'x-client': 'application',
      'x-session': this.name,
      'x-refresh': String(number),
    };
    switch (variant) {
      case 1:
        return (await http.post<TokenAnswer>('/auth/refresh', body, { headers, signal })).data;
      case 2:
        return refreshByFetch(this.#world.url, body, headers, signal);
      default:
        return (await client.post<TokenAnswer>('/auth/refresh', body, { headers, signal })).data;
    }
  }
}

/** How the sessions differ, beside how they refresh. */
const VARIANTS: Record<number, (world: World) => Partial<AuthOptions>> = {
  1: () => ({ refreshAhead: false }),
  // Nobody says how long the tokens live but a claim in whole seconds: every expiry is met by a 401.
  2: () => ({ expiryLeeway: 0 }),
  3: () => ({
    tokenStore: slowStore(),
    onSend: async (config, { attempt }) => {
      await pause(1);
      config.headers.set('x-attempt', String(attempt));
    },
  }),
  // A refresh that is given up may have been answered: for a server that forgives.
  4: ({ isForgiven }) => (isForgiven ? { refreshTimeout: 2_000 } : {}),
};

async function refreshByFetch(
  url: string,
  body: object,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<TokenResponse> {
  const response = await fetch(`${url}/auth/refresh`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
  const text = await response.text();
  if (!response.ok) throw Object.assign(new Error(text), { status: response.status });
  const { accessToken, refreshToken } = JSON.parse(text) as TokenAnswer;
  return { accessToken, refreshToken };
}

function slowStore(): TokenStore {
  const inner = memoryStore();
  return {
    async get() {
      await pause(1);
      return inner.get();
    },
    async set(tokens) {
      await pause(2);
      await inner.set(tokens);
    },
    async clear() {
      await pause(2);
      await inner.clear();
    },
  };
}

/** The interceptors of an application: each must see a call once, and its end once. */
function countRuns(instance: AxiosInstance): void {
  // Also an AuthError carries the path of its request.
  const idOf = (config: AxiosRequestConfig | undefined): string | undefined =>
    config?.url?.replace(/\?.*/, '').split('/').pop();
  instance.interceptors.request.use((config) => {
    load.counted(idOf(config), 'requests');
    return config;
  });
  instance.interceptors.response.use(
    (response) => {
      load.counted(idOf(response.config), 'responses');
      return response;
    },
    (error: Error & { config?: AxiosRequestConfig }) => {
      load.counted(idOf(error.config), 'responses');
      throw error;
    },
  );
}

/** The requests that need Node, beside those that a tab has as well. */
function nodeKinds(
  session: string,
  adapter: string,
  api: AxiosInstance,
  isCounted: boolean,
): Kind[] {
  const kind = (name: string, send: Kind['send']): Kind => ({
    name: `${adapter} ${name}`,
    isFetch: false,
    isCounted,
    send,
  });
  const post = (
    name: string,
    bodyFor: (id: string) => { data: unknown; bytes?: string | Buffer },
  ): Kind =>
    kind(name, async (call) => {
      const { data, bytes } = bodyFor(call.id);
      const response = await api.post<string>(pathFor(session, call), data, configFor(call));
      return readAnswer(response.data, call.id, 0, bytes);
    });
  return [
    ...axiosKinds(session, adapter, api).map((shared) => ({ ...shared, isCounted })),
    kind('GET of a stream', (call) => getStream(session, api, call)),
    post('POST of bytes', (id) => ({
      data: Buffer.from(textFor(id)),
      bytes: Buffer.from(textFor(id)),
    })),
    post('POST of a form', (id) => ({ data: new URLSearchParams({ id }), bytes: `id=${id}` })),
    post('POST of a multipart form', (id) => {
      const data = new FormData();
      data.append('text', textFor(id));
      return { data };
    }),
  ];
}

async function getStream(
  session: string,
  api: AxiosInstance,
  call: Call,
): ReturnType<Kind['send']> {
  const config = { ...configFor(call), responseType: 'stream' as const };
  try {
    const { data } = await api.get<AsyncIterable<Uint8Array>>(
      pathFor(session, call, LINES),
      config,
    );
    return readAnswer(await textOf(data), call.id, LINES);
  } catch (error) {
    const { response } = error as { response?: { data?: AsyncIterable<Uint8Array> } };
    // The caller owns the body of an error as well.
    if (response?.data) await textOf(response.data).catch(() => undefined);
    throw error;
  }
}

/** Its body can be sent once. */
const oneShot = (session: string, api: AxiosInstance): Kind => ({
  name: 'http POST of a one-shot stream',
  isFetch: false,
  isCounted: true,
  async send(call) {
    const text = textFor(call.id);
    const body = Readable.from([Buffer.from(text.slice(0, 500)), Buffer.from(text.slice(500))]);
    const config = { ...configFor(call), maxRedirects: 0 };
    const { data } = await api.post<string>(pathFor(session, call), body, config);
    return readAnswer(data, call.id, 0, text);
  },
});

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function credentials(from: Random): { username: string; password: string } {
  const username = pick(from, settings.users);
  return { username, password: username };
}

const claimsOf = (token: string): { sub: string; sid: string } =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    sub: string;
    sid: string;
  };

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const load = new Load({
  client: 'application',
  random,
  views: sessions,
  inFlight: settings.inFlight,
  think: () => settings.think * slowness(),
  report: (batch) => process.send?.({ batch }),
});

const changes: Promise<void>[] = [];

/** What a request to the server takes that has nothing to wait for, in milliseconds. */
let lag = 0;
let lagging: ReturnType<typeof setInterval> | undefined;

async function measureLag(): Promise<void> {
  const began = performance.now();
  await axios.get(`${settings.worlds[0]?.directUrl}/health`, { httpAgent, proxy: false });
  lag += 0.3 * (performance.now() - began - lag);
}

/**
 * 1 on a machine that has the time for this. On one that has not, requests and tokens get more time: else
 * every token would be over before it is used.
 */
const slowness = (): number => Math.min(50, Math.max(1, lag / 40));

const orders = {
  async start() {
    for (const world of settings.worlds) {
      for (const variant of [0, 1, 2, 3, 4]) sessions.push(new OwnSession(world, variant));
    }
    await Promise.all(sessions.map((session) => session.signIn()));
    for (let times = 0; times < 5; times++) await measureLag();
    load.start();
    lagging = setInterval(() => void measureLag(), 500);
    changes.push(...sessions.map((session) => session.changeHands()));
  },
  progress: () => Promise.resolve(load.progress()),
  sample: () => Promise.resolve({ inFlight: load.inFlight, slowness: slowness() }),
  heap() {
    for (let times = 0; times < 3; times++) globalThis.gc?.();
    return Promise.resolve(process.memoryUsage().heapUsed);
  },
  async stop() {
    load.stop();
    clearInterval(lagging);
    for (const session of sessions) session.isEnding = true;
    await Promise.all(changes);
  },
  /** Ends what is the application's own; the rest has to end by itself. */
  async end() {
    load.end();
    for (const session of sessions) session.auth.detach();
    httpAgent.destroy();
    // The connections of the global fetch are closed some seconds after their last request.
    for (let poll = 0; active().length > 0 && poll < 1_000; poll++) await pause(20);
    return active();
  },
  active: () => Promise.resolve(active()),
} satisfies Orders;

export type ApplicationOrders = typeof orders;

/** What keeps the process alive, beside the connection to its parent. */
function active(): string[] {
  return process.getActiveResourcesInfo().filter((name) => name !== 'Pipe' && name !== 'PipeWrap');
}

serveParent(orders, load.noise);

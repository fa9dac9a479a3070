import { setTimeout as pause } from 'node:timers/promises';
import axios from 'axios';
import type { AxiosInstance, AxiosProgressEvent, CreateAxiosDefaults } from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import { EXPIRED, GOOD, type Arrival, type Channel, type Mirror } from './mirror';
import { Snapshots, type Seen } from './snapshot';

/** A bare instance; one with a session; one whose session has to renew its token first. */
export const WAYS = ['bare', 'attached', 'replayed'] as const;
export type Way = (typeof WAYS)[number];

/** One call of axios, with all that belongs to it. The same is done in each way. */
export interface Scenario {
  name: string;
  defaults?(world: World): CreateAxiosDefaults;
  /** Runs before the session is attached. */
  before?(api: AxiosInstance, world: World): void;
  /** Runs after it. */
  after?(api: AxiosInstance, world: World): void;
  call(api: AxiosInstance, world: World): unknown;
  /** What the comparison has to know. */
  traits?: Trait[];
}

/**
 * `one-shot`: the body is a stream. `form`: it is a form of the package form-data. `given-up`: a timeout or an abort decides, so that it depends on the
 * moment what has arrived. `broken-off`: the server does, so that it depends on the moment how far a progress
 * has come. `same-turn`: it is aborted in the turn of the call. `masks`: the request is left alone, or ends
 * early, so that other choices have no effect. `url-object`: the URL is an object.
 * `unreadable`: axios cannot read the answer that refuses the token.
 */
export type Trait =
  | 'one-shot'
  | 'form'
  | 'given-up'
  | 'broken-off'
  | 'same-turn'
  | 'masks'
  | 'url-object'
  | 'unreadable';

/** What a scenario has at hand. Its URL has a part of its own, so that the server can tell the calls apart. */
export class World {
  readonly snapshots: Snapshots;
  readonly url: string;
  readonly surroundings: Surroundings;
  readonly #channel: Channel;
  /** What interceptors and transforms were given, in order. */
  readonly events: Seen[] = [];
  /** What belongs to sending, by the name of the function that was called. */
  readonly sending: Record<string, Seen[]> = {};
  /** The last event of each progress. */
  readonly progress: Record<string, Seen> = {};

  constructor(surroundings: Surroundings) {
    const { mirror, closed, http2Url = '', socketPath = '' } = surroundings;
    this.surroundings = surroundings;
    this.#channel = mirror.open();
    this.url = `${mirror.url}/${this.#channel.key}`;
    const names: [string, string][] = [
      [this.#channel.key, 'KEY'],
      [socketPath, 'SOCKET'],
      [portOf(mirror.url), 'PORT'],
      [portOf(mirror.foreignUrl), 'FOREIGN'],
      [portOf(http2Url), 'HTTP2'],
      [String(closed), 'CLOSED'],
    ];
    this.snapshots = new Snapshots(names.filter(([from]) => from));
  }

  get key(): string {
    return this.#channel.key;
  }

  get arrivals(): Arrival[] {
    return this.#channel.arrivals;
  }

  get refused(): Arrival[] {
    return this.#channel.refused;
  }

  /** What is to be done when a request has arrived that will be answered. */
  onArrival(then: () => void): void {
    this.#channel.onArrival = then;
  }

  note(who: string, given: Record<string, unknown>): void {
    const seen = Object.entries(given).map(([name, value]): [string, Seen] => [
      name,
      this.snapshots.take(`${who}, ${name}`, value),
    ]);
    this.events.push({ who, ...Object.fromEntries(seen) });
  }

  /** A function that notes its calls: one of those that are called for each attempt. */
  spy<A extends unknown[], R>(name: string, then: (...given: A) => R): (...given: A) => R {
    const calls = (this.sending[name] ??= []);
    const spied = (...given: A): R => {
      calls.push(this.snapshots.take(name, given));
      return then(...given);
    };
    return named(name, spied);
  }

  onProgress(name: string): (event: AxiosProgressEvent) => void {
    return named(name, (event: AxiosProgressEvent) => {
      const { loaded, total, progress, lengthComputable, upload, download } = event;
      const last = { loaded, total, progress, lengthComputable, upload, download };
      this.progress[name] = this.snapshots.take(name, last);
    });
  }
}

/** Functions are told by their names. */
export const named = <F extends object>(name: string, given: F): F =>
  Object.defineProperty(given, 'name', { value: name });

/** Everything that was seen of one run. */
export interface Observation {
  /** What the server has answered, in order. */
  server: Arrival[];
  /** What it has refused, as the token had expired. */
  refused: Arrival[];
  settlement: Seen;
  events: Seen[];
  sending: Record<string, Seen[]>;
  progress: Record<string, Seen>;
}

export interface Surroundings {
  mirror: Mirror;
  /** A port that nobody listens at. */
  closed: number;
  http2Url?: string;
  socketPath?: string;
}

const portOf = (url: string): string => url.slice('http://127.0.0.1:'.length);

export async function observe(
  scenario: Scenario,
  way: Way,
  surroundings: Surroundings,
): Promise<Observation> {
  const world = new World(surroundings);
  const api = axios.create({ baseURL: world.url, ...scenario.defaults?.(world) });
  scenario.before?.(api, world);
  const session = way === 'bare' ? undefined : attach(api, way, surroundings);
  scenario.after?.(api, world);
  const settlement = await settle(scenario, api, world);
  session?.detach();
  const normal = (arrivals: Arrival[]): Arrival[] =>
    JSON.parse(world.snapshots.text(JSON.stringify(arrivals))) as Arrival[];
  return {
    server: normal(world.arrivals),
    refused: normal(world.refused),
    settlement,
    events: world.events,
    sending: world.sending,
    progress: world.progress,
  };
}

function attach(api: AxiosInstance, way: Way, { mirror, closed, http2Url }: Surroundings) {
  const tokenOf = (header: string): string => header.slice('Bearer '.length);
  return attachAuthInterceptors(api, {
    tokenStore: memoryStore({ accessToken: tokenOf(way === 'replayed' ? EXPIRED : GOOD) }),
    refresh: () => ({ accessToken: tokenOf(GOOD) }),
    allowedOrigins: [
      mirror.url,
      `http://127.0.0.1:${closed}`,
      'http://localhost',
      ...(http2Url ? [http2Url] : []),
    ],
  });
}

async function settle(scenario: Scenario, api: AxiosInstance, world: World): Promise<Seen> {
  async function theCaller(): Promise<unknown> {
    return await scenario.call(api, world);
  }
  try {
    const value = await theCaller();
    await readBody(value, world);
    return { resolved: world.snapshots.take('settlement', value) };
  } catch (error) {
    await readBody((error as { response?: unknown } | undefined)?.response, world);
    const { toJSON } = (error ?? {}) as { toJSON?: () => { stack?: unknown } };
    const printed = toJSON?.call(error);
    if (printed) delete printed.stack;
    return {
      rejected: world.snapshots.take('settlement', error),
      toJSON: world.snapshots.take('toJSON', printed),
      isAxiosError: axios.isAxiosError(error),
      isInstance: error instanceof axios.AxiosError,
      isCancel: axios.isCancel(error),
    };
  } finally {
    // The last event of a progress may come in the next turn.
    await pause(0);
    await pause(0);
  }
}

/** Reads a body that the caller would have to read, and notes it for the snapshot. */
async function readBody(response: unknown, world: World): Promise<void> {
  const { data } = (response ?? {}) as { data?: unknown };
  if (typeof data !== 'object' || data === null) return;
  const tag = Object.prototype.toString.call(data);
  if (tag === '[object Blob]') {
    // Those of jsdom cannot be read so.
    const { text } = data as Partial<Blob>;
    if (text) world.snapshots.noteBody(data, await text.call(data));
  } else if (Symbol.asyncIterator in data) {
    const chunks: Buffer[] = [];
    let end = '';
    try {
      for await (const chunk of data as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk));
    } catch (error) {
      end = `, then ${(error as Error).name}: ${(error as Error).message}`;
    }
    world.snapshots.noteBody(data, Buffer.concat(chunks).toString('latin1') + end);
  }
}

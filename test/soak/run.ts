import type { Browser } from 'playwright-core';
import { bundleScript } from '../node/workers';
import { startRedis, type RedisServer } from '../redis/redis-server';
import type { ApplicationOrders, ApplicationSettings } from './application';
import type { Outage } from './faults';
import { Group, type Member } from './group';
import { Ledger } from './ledger';
import { startChild, type Child } from './processes';
import type { Batch, Progress } from './protocol';
import { pick, randomFrom, type Random } from './random';
import { startChromium } from '../support/chromium';
import { bundlePage, openContext, openTab } from './tabs';
import type { WorkerOrders, WorkerSettings } from './worker';
import { startWorld, USERS, type World } from './world';

export interface SoakOptions {
  seed: string;
  /** The whole, with the time in which everything comes to its end. */
  ms: number;
}

/** What the soak has found. */
export interface Findings {
  seed: string;
  ms: number;
  ledger: Ledger;
  worlds: { name: string; graceWindow: number; refreshes: number; reuses: number }[];
  /** Started and settled in the process of the application. */
  application: Progress;
  inFlight: { least: number; mean: number };
  /** By how much tokens lived longer than 300 ms, because the machine was slow. */
  slowness: number;
  heap: { middle: number; end: number };
  /** What kept the process of the application alive at its end, beside its parent. */
  left: string[];
  /** How its process, and those over Redis, have ended. */
  exits: (number | string)[];
  /** Connections to the proxies after all clients had ended. */
  connections: number;
  kills: number;
  signIns: number;
  /** Requests that nobody has settled. */
  hung: string[];
  /** More than one call of `refresh` at once in a client. */
  mostRefreshes: number;
  noise: string[];
}

/** Requests of the application that are under way at any time. */
const IN_FLIGHT = 200;

/** The last requests have this long, before it is looked whether they hang. */
const DRAIN = 8_000;

/** Longer than an outage with what it takes to get over it. */
const GRACE = 180_000;

/** Runs everything at once: faults, an application, tabs, and processes over Redis. */
export async function soak({ seed, ms }: SoakOptions): Promise<Findings> {
  const stage = await Stage.open(seed, ms);
  try {
    await stage.load();
    return await stage.wind();
  } finally {
    await stage.close();
  }
}

class Stage {
  readonly #seed: string;
  readonly #ms: number;
  readonly #random: Random;
  readonly #ledger = new Ledger();
  readonly #noise: string[] = [];
  #worlds: World[] = [];
  #groups: Group[] = [];
  #redis!: RedisServer;
  #browser!: Browser;
  #application!: Child<ApplicationOrders>;
  readonly #workers: Child<WorkerOrders>[] = [];
  readonly #inFlight: number[] = [];
  readonly #slowness: number[] = [];
  #heap = { middle: 0, end: 0 };
  #isOver = false;

  private constructor(seed: string, ms: number) {
    this.#seed = seed;
    this.#ms = ms;
    this.#random = randomFrom(`${seed} stage`);
  }

  static async open(seed: string, ms: number): Promise<Stage> {
    const stage = new Stage(seed, ms);
    try {
      await stage.#open();
    } catch (error) {
      await stage.close();
      throw error;
    }
    return stage;
  }

  async #open(): Promise<void> {
    const ledger = this.#ledger;
    const page = bundlePage();
    const shared = { seed: this.#seed, ledger, page };
    [this.#redis, this.#browser, ...this.#worlds] = await Promise.all([
      startRedis(),
      startChromium(),
      startWorld({ ...shared, name: 'forgiving', graceWindow: GRACE }),
      startWorld({ ...shared, name: 'strict', graceWindow: 0 }),
    ]);
    for (const world of this.#worlds) {
      world.proxy.onReuse = ({ session, usedBy, client }) =>
        this.#reused(session, [usedBy, client]);
    }
    const script = bundleScript('../soak/application');
    const settings: ApplicationSettings = {
      seed: this.#seed,
      worlds: this.#worlds.map(({ name, url, directUrl, graceWindow }) => {
        return { name, url, directUrl, isForgiven: graceWindow > 0 };
      }),
      users: USERS,
      inFlight: IN_FLIGHT,
      think: 1_000,
    };
    this.#application = await startChild(script, settings, this.#report, ['--expose-gc']);
    this.#groups = [...(await this.#groupsOfTabs()), ...this.#groupsOfProcesses()];
    await Promise.all([
      this.#application.ask('start'),
      ...this.#groups.map((group) => group.start()),
    ]);
  }

  readonly #report = ({ notes, settlements }: Batch): void => {
    for (const note of notes) this.#ledger.note(note);
    for (const settlement of settlements) this.#ledger.settle(settlement);
  };

  /**
   * With rotation, tokens that died with their client end the session: nobody else has them. So does what it
   * had sent before it was killed, where that arrives after the refresh of the next owner of the lock.
   */
  #reused(session: string, clients: string[]): void {
    const group = this.#groups.find(({ name }) => name === session);
    if (group && clients.some((client) => this.#ledger.isDead(client))) group.lose();
  }

  async #groupsOfTabs(): Promise<Group[]> {
    const groups: Group[] = [];
    for (const world of this.#worlds) {
      const name = `tabs-${world.name}`;
      const { url, directUrl } = world;
      const tabWorld = { url, report: this.#report, noise: this.#noise };
      const context = await openContext(this.#browser, tabWorld);
      const base = { seed: this.#seed, name, directUrl, inFlight: 4, think: 400 };
      groups.push(
        this.#group(name, world, (client) => openTab(context, tabWorld, { ...base, client })),
      );
    }
    return groups;
  }

  #groupsOfProcesses(): Group[] {
    const script = bundleScript('../soak/worker');
    return this.#worlds.map((world) => {
      const name = `processes-${world.name}`;
      const { url, directUrl } = world;
      return this.#group(name, world, async (client) => {
        const isOdd = Number(client.split('-').pop()) % 2 === 1;
        const settings: WorkerSettings = {
          seed: this.#seed,
          client,
          name,
          url,
          directUrl,
          redisPort: this.#redis.port,
          library: isOdd ? 'redis' : 'ioredis',
          isCached: isOdd,
          // A machine that is busy may not let a process run for seconds: its lease would be over.
          leaseMs: 15_000,
          inFlight: 8,
          think: 400,
        };
        const child = await startChild<WorkerOrders>(script, settings, this.#report);
        this.#workers.push(child);
        return memberOf(client, child);
      });
    });
  }

  #group(name: string, world: World, spawn: (client: string) => Promise<Member>): Group {
    const ledger = this.#ledger;
    const random = randomFrom(`${this.#seed} ${name}`);
    return new Group({ name, world, ledger, random, size: 2, pace: this.#ms / 14, spawn });
  }

  /** Until it is time to come to an end. */
  async load(): Promise<void> {
    const loadMs = this.#ms - DRAIN;
    const end = Date.now() + loadMs;
    const running = [
      this.#storms(loadMs),
      this.#outages(loadMs),
      this.#samples(end - loadMs / 2),
      ...this.#groups.map((group) => group.run()),
    ];
    const failed = Promise.all(running);
    await Promise.race([pause(loadMs), failed.then(() => undefined)]);
    this.#heap.end = await this.#application.ask('heap');
    this.#isOver = true;
    for (const group of this.#groups) group.isOver = true;
    // A group may be about to replace one of its members.
    await failed;
    await Promise.all([
      this.#application.ask('stop'),
      ...this.#groups.map((group) => group.stop()),
    ]);
  }

  async #storms(loadMs: number): Promise<void> {
    while (!this.#isOver) {
      await this.#wait(loadMs * (0.04 + 0.06 * this.#random()));
      const { proxy } = pick(this.#random, this.#worlds);
      proxy.inStorm = true;
      await this.#wait(loadMs * 0.02);
      proxy.inStorm = false;
    }
  }

  /** The token endpoint is down for half a minute, or for what that is of a shorter soak. */
  async #outages(loadMs: number): Promise<void> {
    const ms = Math.min(30_000, loadMs / 20);
    const kinds: Outage[] = ['reset', '503', 'silent'];
    for (const kind of kinds) {
      await this.#wait(loadMs * 0.2);
      const before = this.#ledger.downs();
      for (const { proxy, graceWindow } of this.#worlds) {
        // Whoever gives up waiting cannot know whether the server has acted.
        proxy.outage = graceWindow > 0 || kind !== 'silent' ? kind : 'reset';
      }
      await this.#wait(ms);
      while (!this.#isOver && this.#ledger.downs() === before) await pause(20);
      for (const { proxy } of this.#worlds) proxy.outage = null;
    }
  }

  async #samples(middle: number): Promise<void> {
    while (!this.#isOver) {
      const { inFlight, slowness } = await this.#application.ask('sample');
      this.#inFlight.push(inFlight);
      this.#slowness.push(slowness);
      for (const world of this.#worlds) world.slowDown(slowness);
      if (this.#heap.middle === 0 && Date.now() > middle) {
        this.#heap.middle = await this.#application.ask('heap');
      }
      await this.#wait(1_000);
    }
  }

  async #wait(ms: number): Promise<void> {
    const end = Date.now() + ms;
    while (!this.#isOver && Date.now() < end) await pause(20);
  }

  /** No new requests and no new faults: everything has to come to its end. */
  async wind(): Promise<Findings> {
    for (const { proxy } of this.#worlds) {
      proxy.isCalm = true;
      proxy.inStorm = false;
      proxy.outage = null;
    }
    const members = this.#groups.flatMap((group) => group.members);
    const progresses = await this.#settle(members);
    const [application] = progresses as [Progress];
    const left = await this.#application.ask('end');
    await Promise.all(members.map((member) => member.end()));
    const exits = await Promise.all([
      this.#application.ended,
      ...this.#workers.filter((worker) => worker.isAlive()).map((worker) => worker.ended),
    ]);
    await this.#browser.close();
    const unsettled = this.#ledger.unsettled();
    const hung = progresses.flatMap(({ pending }) => pending).map((pending) => this.#told(pending));
    return {
      seed: this.#seed,
      ms: this.#ms,
      ledger: this.#ledger,
      worlds: this.#worlds.map(({ name, graceWindow, stats, proxy: { reuses } }) => ({
        name,
        graceWindow,
        refreshes: stats.refreshes,
        reuses: reuses.length,
      })),
      application,
      inFlight: { least: Math.min(...this.#inFlight), mean: mean(this.#inFlight) },
      slowness: mean(this.#slowness),
      heap: this.#heap,
      left,
      exits,
      connections: await this.#connections(),
      kills: sum(this.#groups.map(({ kills }) => kills)),
      signIns: sum(this.#groups.map(({ signIns }) => signIns)),
      hung: [...hung, ...unsettled],
      mostRefreshes: Math.max(...progresses.map(({ mostRefreshes }) => mostRefreshes)),
      noise: this.#heard(progresses),
    };
  }

  /**
   * Until nothing is pending. It hangs when nothing moves any more: no request settles, no refresh begins,
   * nothing is under way at the proxies, for as many looks.
   */
  async #settle(members: Member[]): Promise<Progress[]> {
    let last = '';
    for (let still = 0; ; still++) {
      const progresses = await Promise.all([
        this.#application.ask('progress'),
        ...members.map((member) => member.progress()),
      ]);
      const open = this.#worlds.map(({ proxy }) => proxy.open);
      if (progresses.every(({ pending }) => pending.length === 0)) return progresses;
      const state = JSON.stringify([progresses, open]);
      if (state !== last) still = 0;
      // Longer than a lease of a process that has died.
      if (still === 1_500) return progresses;
      last = state;
      await pause(20);
    }
  }

  async #connections(): Promise<number> {
    const count = async (): Promise<number> =>
      sum(await Promise.all(this.#worlds.map(({ proxy }) => proxy.connections())));
    for (let poll = 0; poll < 250 && (await count()) > 0; poll++) await pause(20);
    return count();
  }

  #told({ id, kind, session }: Progress['pending'][number]): string {
    return `${id}, ${kind} of ${session}\n${this.#ledger.history(id).join('\n')}`;
  }

  #heard(progresses: Progress[]): string[] {
    const printed = [this.#application, ...this.#workers].map((child) => child.output());
    return [
      ...this.#noise,
      ...progresses.flatMap(({ noise }) => noise),
      ...this.#worlds.flatMap(({ proxy, noise }) => [...proxy.noise, ...noise]),
      ...printed.filter((text) => text !== ''),
    ];
  }

  async close(): Promise<void> {
    this.#isOver = true;
    // Where something has gone wrong on the way, they are still there.
    for (const child of [this.#application, ...this.#workers] as (Child<never> | undefined)[]) {
      if (child?.isAlive()) await child.kill();
    }
    await (this.#browser as Browser | undefined)?.close();
    for (const world of this.#worlds) await world.close();
  }
}

function memberOf(name: string, child: Child<WorkerOrders>): Member {
  return {
    name,
    isAlive: () => child.isAlive(),
    start: () => child.ask('start'),
    signIn: (tokens) => child.ask('signIn', tokens),
    signOut: () => child.ask('signOut'),
    user: () => child.ask('user'),
    progress: () => child.ask('progress'),
    stop: () => child.ask('stop'),
    end: () => child.ask('end'),
    kill: () => child.kill(),
  };
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

const mean = (numbers: number[]): number =>
  Math.round((10 * sum(numbers)) / Math.max(1, numbers.length)) / 10;

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

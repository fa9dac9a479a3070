import type { TokenResponse } from '../../src/index';
import type { Ledger } from './ledger';
import type { Progress } from './protocol';
import { pick, type Random } from './random';
import { USERS, type World } from './world';

/** A tab or a process, as the test sees it. */
export interface Member {
  name: string;
  isAlive(): boolean;
  start(): Promise<unknown>;
  signIn(tokens: TokenResponse): Promise<unknown>;
  signOut(): Promise<unknown>;
  user(): Promise<string | null>;
  progress(): Promise<Progress>;
  stop(): Promise<unknown>;
  end(): Promise<unknown>;
  /** Ends it without a word. */
  kill(): Promise<void>;
}

export interface GroupOptions {
  /** Of the session that they share. */
  name: string;
  world: World;
  ledger: Ledger;
  random: Random;
  size: number;
  /** Milliseconds between two steps, at most. */
  pace: number;
  spawn(name: string): Promise<Member>;
}

/** Tabs or processes that share a session: they die, others take their place, users come and go. */
export class Group {
  readonly name: string;
  readonly world: World;
  members: Member[] = [];
  kills = 0;
  signIns = 0;
  /** No more deaths and sign-ins. */
  isOver = false;
  readonly #options: GroupOptions;
  #spawned = 0;
  #isLost = false;
  #found: () => void = () => undefined;

  constructor(options: GroupOptions) {
    this.#options = options;
    this.name = options.name;
    this.world = options.world;
  }

  async start(): Promise<void> {
    const { size } = this.#options;
    this.members = await Promise.all(Array.from({ length: size }, () => this.#spawn()));
    await this.#signIn();
    await Promise.all(this.members.map((member) => member.start()));
  }

  /** The server has ended the session: it refused a refresh token that a client had used that died. */
  lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#found = this.#options.ledger.losing(this.name);
  }

  async run(): Promise<void> {
    const { random, pace } = this.#options;
    while (await this.#wait((0.5 + random() / 2) * pace)) {
      if (this.#isLost) await this.#signIn();
      else if (random() < 0.6) await this.#replace();
      else await this.#changeHands(random() < 0.5);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
  }

  /** False once it is over. */
  async #wait(ms: number): Promise<boolean> {
    const end = Date.now() + ms;
    while (!this.isOver && !this.#isLost && Date.now() < end) await pause(20);
    return !this.isOver;
  }

  async #spawn(): Promise<Member> {
    return this.#options.spawn(`${this.name}-${++this.#spawned}`);
  }

  async #replace(): Promise<void> {
    const { random, ledger } = this.#options;
    const victim = pick(random, this.members);
    ledger.died(victim.name);
    this.kills++;
    await victim.kill();
    const next = await this.#spawn();
    this.members = this.members.map((member) => (member === victim ? next : member));
    // A request of a tab that has not heard of the sign-in yet would go without a token.
    await this.#heard();
    await next.start();
  }

  async #changeHands(isSignedOutFirst: boolean): Promise<void> {
    const changed = this.#options.ledger.changing(this.name);
    if (isSignedOutFirst) await pick(this.#options.random, this.members).signOut();
    await this.#signIn();
    changed();
  }

  async #signIn(): Promise<void> {
    const { random, world, ledger } = this.#options;
    const changed = ledger.changing(this.name);
    const user = pick(random, USERS);
    this.signIns++;
    await pick(random, this.members).signIn(await world.login(user));
    await this.#heard(user);
    changed();
    this.#isLost = false;
    this.#found();
    this.#found = () => undefined;
  }

  /** Every member knows who is signed in. */
  async #heard(user?: string): Promise<void> {
    for (const member of this.members) {
      for (let poll = 0; !this.#isLost || user !== undefined; poll++) {
        const found = await member.user();
        if (user === undefined ? found !== null : found === user) break;
        // The session is over, and the ledger knows whether it had to be.
        if (poll === 500 && user === undefined) this.lose();
        if (poll === 3_000) throw new Error(deaf(member.name, user, found));
        await pause(10);
      }
    }
  }
}

const deaf = (name: string, user: string | undefined, found: string | null): string =>
  `${name} has not heard of ${user ?? 'anybody'}, but of ${found ?? 'nobody'}`;

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

import axios, { AxiosError, CanceledError } from 'axios';
import type {
  AxiosInstance,
  AxiosRequestConfig,
  AxiosResponse,
  InternalAxiosRequestConfig,
} from 'axios';
import { getEventListeners } from 'node:events';
import { attachAuthInterceptors } from '../../src/index';
import type { AuthSession, RefreshContext, Tokens } from '../../src/index';
import { Answers, type Outcome } from './answers';
import { drain, installClock, type VirtualClock } from './clock';
import { faultsAtEnd, faultsOfSend } from './invariants';
import { ModelServer, sessionOf, userOf, type User } from './server';
import { LATE, ModelStore, type StoreKind } from './store';

export type RequestKind = 'plain' | 'slow before' | 'slow after' | 'abortable' | 'timeout';

/** One step of a sequence. Everything that follows from it has run before the next one is made. */
export type Step =
  | ['request', 0 | 1, RequestKind]
  | ['abort']
  | ['expire']
  | ['revoke']
  | ['pass', number]
  | ['sign-in', User]
  | ['sign-out']
  | ['refresh']
  | ['ask']
  | ['peer', 'renews' | 'signs in' | 'is b' | 'signs out', 'tells' | 'is silent']
  /** Gives one of the answers that are owed, counted round from the oldest. */
  | ['answer', number, Outcome]
  | ['hang', number]
  | ['detach', 0 | 1 | 'all']
  | ['attach', 0 | 1]
  /** The next step comes so many microtasks after the one before; 0: in the same tick. */
  | ['turns', number];

export interface Setup {
  store: StoreKind;
  lock: boolean;
  /** There is an `onSend`, which takes its time. */
  onSend: boolean;
  /** Milliseconds that a token lives. */
  lifetime: number | null;
  /** Whose tokens are in the store at first. */
  holds: User | null;
}

/** One request of the application, from its call to its settlement. */
export interface ModelCall {
  id: number;
  kind: RequestKind;
  /** The instance was attached when it was called. */
  isAttached: boolean;
  /** Somebody was signed in when it was called, and these may it be sent for. */
  users: ReadonlySet<string>;
  /** How many reads of the store had found tokens before. */
  readsBefore: number;
  /** The step in which it was called. */
  step: number;
  epoch: number;
  ends: number;
  controller: AbortController | undefined;
  sends: (string | null)[];
  /** How often each of the other interceptors has run. */
  runs: Record<'first' | 'second' | 'answered' | 'answered too', number>;
  settlements: Settlement[];
}

export interface Settlement {
  data?: unknown;
  code?: string | undefined;
  status?: number | undefined;
}

interface RefreshCall {
  token: string;
  signal: AbortSignal;
  isSettled: boolean;
  /** New tokens were given to a renewal that still wanted them. */
  hasHelped: boolean;
}

/** What has happened so far that may justify an error. */
export interface Facts {
  refreshFaults: number;
  refusals: number;
  peerWrites: number;
  /** Ends of a session by the application or by a refusal. */
  ends: number;
  expiries: number;
  hung: number;
  manual: number;
  passed: number;
}

const ORIGIN = 'https://api.test';

/** A server, a store, peers and an application, in which nothing happens but by a step. */
export class World {
  readonly answers = new Answers();
  readonly clock: VirtualClock = installClock();
  readonly server: ModelServer;
  readonly store: ModelStore;
  readonly auth: AuthSession;
  readonly calls: ModelCall[] = [];
  readonly violations: string[] = [];
  readonly facts: Facts = {
    refreshFaults: 0,
    refusals: 0,
    peerWrites: 0,
    ends: 0,
    expiries: 0,
    hung: 0,
    manual: 0,
    passed: 0,
  };
  /** Who has signed in here last, until a sign-out. */
  localUser: User | null = null;
  /** Raised by each `signIn` and `signOut` of the application. */
  epoch = 0;
  /** Tokens up to this number are those of a session that was signed out. */
  signedOutUpTo = 0;
  /** Somebody is signed in for certain since this step. */
  certainSince = Infinity;
  /** The sign-in whose tokens are stored, while nobody else writes; 0: none. */
  lastSignIn = 0;
  /** Sign-outs that have not settled. */
  signingOut = 0;
  /** Since when a sign-in has failed that was not stored in time: the session undoes what still lands of it. */
  readonly failedSignIns = new Map<number, number>();
  stepNumber = 0;
  /** Promises of the application that have not settled. */
  readonly open = new Set<string>();
  readonly #setup: Setup;
  readonly #instances: AxiosInstance[];
  readonly #detach: ((() => void) | undefined)[];
  readonly #refreshes: RefreshCall[] = [];
  #promises = 0;

  constructor(setup: Setup) {
    this.#setup = setup;
    this.server = new ModelServer(setup.lifetime, () => this.clock.now());
    this.store = new ModelStore(setup.store, setup.lock, this.answers);
    if (setup.holds) this.store.land(stored(this.server.signIn(setup.holds)));
    this.#instances = [this.#createInstance(true), this.#createInstance(false)];
    const [first, second] = this.#instances as [AxiosInstance, AxiosInstance];
    this.auth = attachAuthInterceptors(first, {
      tokenStore: this.store.face,
      refresh: (tokens, context) => this.#refresh(tokens, context),
      sameUser: (before, after) => userOf(before.accessToken) === userOf(after.accessToken),
      refreshLimit: false,
      ...(setup.onSend && { onSend: () => this.#prepare() }),
    });
    this.#detach = [() => undefined, this.auth.attach(second)];
    this.#detach[0] = this.auth.attach(first);
    for (const instance of this.#instances) this.#addLateInterceptors(instance);
    this.auth.subscribe(({ type }) => {
      if (type === 'signed-out') this.#sessionEnded();
    });
  }

  /** Makes one step, and nothing of what follows from it. */
  async make(step: Step): Promise<void> {
    switch (step[0]) {
      case 'request':
        this.#request(step[1], step[2]);
        return;
      case 'abort':
        this.#abort();
        return;
      case 'expire':
        this.facts.expiries++;
        this.server.expireAll();
        return;
      case 'revoke':
        this.facts.refusals++;
        this.certainSince = Infinity;
        this.server.revokeAll();
        return;
      case 'pass':
        this.facts.passed += step[1];
        await this.clock.pass(step[1]);
        return;
      case 'sign-in':
        this.#signIn(step[1]);
        return;
      case 'sign-out':
        this.#signOut();
        return;
      case 'refresh':
        this.facts.manual++;
        this.#watch('refresh()', this.auth.refresh());
        return;
      case 'ask':
        this.#watch('getAccessToken()', this.auth.getAccessToken());
        return;
      case 'peer':
        this.#peer(step[1], step[2]);
        return;
      case 'answer':
        this.answers.give(step[1], step[2]);
        return;
      case 'hang':
        if (this.answers.hang(step[1])) this.facts.hung++;
        return;
      case 'detach':
        this.#detachFrom(step[1]);
        return;
      case 'attach':
        this.#detach[step[1]] ??= this.auth.attach(this.#instances[step[1]]!);
        return;
      case 'turns':
        for (let turn = 0; turn < step[1]; turn++) await Promise.resolve();
    }
  }

  async #prepare(): Promise<void> {
    if ((await this.answers.wait('onSend')) !== 'well') throw new Error('onSend failed');
  }

  #request(instance: 0 | 1, kind: RequestKind): void {
    const isAbortable = kind === 'abortable';
    const call: ModelCall = {
      id: this.calls.length,
      kind,
      isAttached: this.#detach[instance] !== undefined,
      users: this.#usersNow(),
      readsBefore: this.store.reads.length,
      step: this.stepNumber,
      epoch: this.epoch,
      ends: this.facts.ends,
      controller: isAbortable ? new AbortController() : undefined,
      sends: [],
      runs: { first: 0, second: 0, answered: 0, 'answered too': 0 },
      settlements: [],
    };
    this.calls.push(call);
    const config: AxiosRequestConfig = {};
    if (call.controller) config.signal = call.controller.signal;
    if (kind === 'timeout') config.timeout = 5_000;
    this.#watch(`request ${call.id}`, this.#instances[instance]!.get(`/${call.id}`, config), call);
  }

  /** Whose tokens a request of now may carry; empty: whoever is signed in when it is sent (G22). */
  #usersNow(): Set<string> {
    const { held, writing } = this.store;
    const isIn = ['signed-in', 'refreshing'].includes(this.auth.status);
    // After a sign-out nobody is, although the store has not been cleared yet.
    const isFound = this.#setup.store === 'sync' && held !== null && this.signingOut === 0;
    const isKnown = isIn ? held !== null || writing > 0 : isFound;
    const failedSince = held && this.failedSignIns.get(sessionOf(held.accessToken));
    const isUndone = failedSince != null && failedSince <= this.clock.now();
    if (!isKnown || isUndone) return new Set();
    return new Set(
      [held && userOf(held.accessToken), this.localUser].filter((user) => typeof user === 'string'),
    );
  }

  #abort(): void {
    const found = this.calls.find(
      ({ controller, settlements }) =>
        controller?.signal.aborted === false && settlements.length === 0,
    );
    found?.controller?.abort();
  }

  #signIn(user: User): void {
    const tokens = this.server.signIn(user);
    this.#localEnd();
    this.localUser = user;
    const { epoch } = this;
    const session = sessionOf(tokens.accessToken);
    // Its promise may be pending for longer, as the store is read before it rejects.
    this.failedSignIns.set(session, this.clock.now() + LATE);
    const signedIn = this.auth.signIn(tokens);
    this.#watch('signIn()', signedIn);
    signedIn.then(
      () => {
        this.failedSignIns.delete(session);
        const isHere = this.store.held?.accessToken === tokens.accessToken;
        if (this.epoch !== epoch || !isHere) return;
        this.certainSince = this.stepNumber;
        this.lastSignIn = session;
      },
      () => {
        this.facts.ends++;
        this.failedSignIns.set(session, 0);
        if (this.epoch === epoch) this.localUser = null;
      },
    );
  }

  #signOut(): void {
    const { issued } = this.server;
    this.#localEnd();
    this.localUser = null;
    const signedOut = this.auth.signOut();
    this.#watch('signOut()', signedOut);
    this.signingOut++;
    const ended = (): void => void this.signingOut--;
    signedOut.then(ended, ended);
    signedOut.then(
      () => {
        this.signedOutUpTo = Math.max(this.signedOutUpTo, issued);
      },
      () => undefined,
    );
  }

  #localEnd(): void {
    this.epoch++;
    this.facts.ends++;
    this.certainSince = Infinity;
    this.lastSignIn = 0;
  }

  /** An event says so: a refusal, or a peer. */
  #sessionEnded(): void {
    this.facts.ends++;
    if (this.auth.status === 'signed-out') this.localUser = null;
    this.certainSince = Infinity;
  }

  #peer(what: Extract<Step, ['peer', ...unknown[]]>[1], how: 'tells' | 'is silent'): void {
    const { held } = this.store;
    this.facts.peerWrites++;
    this.lastSignIn = 0;
    if (what === 'signs out') {
      this.certainSince = Infinity;
      this.store.land(null);
    } else if (what === 'signs in') this.store.land(stored(this.server.signIn('a')));
    else if (what === 'is b') this.store.land(stored(this.server.signIn('b')));
    else if (held) {
      const renewed = this.server.refresh(held, false);
      if (renewed) this.store.land(stored(renewed));
    }
    if (how === 'tells') this.store.notify();
  }

  #detachFrom(which: 0 | 1 | 'all'): void {
    if (which === 'all') this.auth.detach();
    else this.#detach[which]?.();
    for (const index of which === 'all' ? [0, 1] : [which]) this.#detach[index] = undefined;
  }

  /** A promise of the application: it settles once, before the end. */
  #watch(name: string, promise: Promise<unknown>, call?: ModelCall): void {
    const key = `${name}, the promise ${++this.#promises}`;
    this.open.add(key);
    const settled = (settlement: Settlement): void => {
      this.open.delete(key);
      if (call) call.settlements.push(settlement);
      else this.#checkCode(name, settlement.code);
    };
    promise.then(
      (value) => {
        settled({ data: (value as AxiosResponse | undefined)?.data, status: 200 });
      },
      (error: unknown) => {
        const { code, response } = error as AxiosError;
        settled({ code: code ?? String(error), status: response?.status });
      },
    );
  }

  #checkCode(name: string, code: string | undefined): void {
    if (code !== undefined && !code.startsWith('ERR_AUTH_')) {
      this.violations.push(`${name} rejected with ${code}`);
    }
    const isOfStore = /^sign(?:In|Out)/.test(name) && code !== undefined;
    if (
      isOfStore &&
      (code !== 'ERR_AUTH_STORE' || this.store.faults + this.facts.hung + this.facts.passed === 0)
    ) {
      this.violations.push(`${name} rejected with ${code} although the store is well`);
    }
  }

  #createInstance(isSlow: boolean): AxiosInstance {
    const instance = axios.create({
      baseURL: ORIGIN,
      adapter: (config) => this.#answer(config),
    });
    this.#addInterceptors(instance, 'first', 'answered', isSlow ? 'slow after' : undefined);
    return instance;
  }

  #addLateInterceptors(instance: AxiosInstance): void {
    const isSlow = instance === this.#instances[0];
    this.#addInterceptors(instance, 'second', 'answered too', isSlow ? 'slow before' : undefined);
  }

  /** Of the first instance they may be slow, those of the other are synchronous. */
  #addInterceptors(
    { interceptors }: AxiosInstance,
    request: 'first' | 'second',
    response: 'answered' | 'answered too',
    slow: RequestKind | undefined,
  ): void {
    const note = (
      config: InternalAxiosRequestConfig | undefined,
      name: keyof ModelCall['runs'],
    ) => {
      if (config) this.#callOf(config).runs[name]++;
    };
    if (slow) {
      interceptors.request.use(async (config) => {
        note(config, request);
        if (this.#callOf(config).kind === slow) await this.answers.wait(slow);
        return config;
      });
    } else {
      const synchronous = (config: InternalAxiosRequestConfig): InternalAxiosRequestConfig => {
        note(config, request);
        return config;
      };
      interceptors.request.use(synchronous, null, { synchronous: true });
    }
    interceptors.response.use(
      (answer) => {
        note(answer.config, response);
        return answer;
      },
      (error: AxiosError) => {
        note(error.config, response);
        throw error;
      },
    );
  }

  #callOf({ url }: { url?: string | undefined }): ModelCall {
    const path = url?.slice(url.lastIndexOf('/') + 1);
    return this.calls[Number(path)]!;
  }

  /** The API: it judges a request when it arrives, and answers when the sequence says so. */
  async #answer(config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
    const call = this.#callOf(config);
    const header = config.headers.get('Authorization');
    const token = typeof header === 'string' ? header.slice('Bearer '.length) : null;
    call.sends.push(token);
    this.violations.push(...faultsOfSend(this, call, token));
    const verdict = this.server.judge(token);
    const outcome = await this.#unlessLeft(this.answers.wait(`answer ${call.id}`), config);
    if (outcome !== 'well') throw new AxiosError('lost', AxiosError.ERR_NETWORK, config);
    const data =
      verdict === 'good'
        ? { id: call.id }
        : { code: verdict === 'revoked' ? 'TOKEN_REVOKED' : 'TOKEN_EXPIRED' };
    const status = verdict === 'good' ? 200 : 401;
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(data);
    const response: AxiosResponse = { status, statusText: '', data: body, headers, config };
    if (verdict === 'good') return response;
    throw new AxiosError('401', AxiosError.ERR_BAD_REQUEST, config, undefined, response);
  }

  /** As every adapter, it ends by the signal and the timeout of the request. */
  #unlessLeft(answer: Promise<Outcome>, config: InternalAxiosRequestConfig): Promise<Outcome> {
    const { signal, timeout } = config;
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        leave();
        reject(new CanceledError(undefined, config));
      };
      const timer = timeout
        ? setTimeout(() => {
            leave();
            reject(new AxiosError('timeout', AxiosError.ECONNABORTED, config));
          }, timeout)
        : undefined;
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener?.('abort', abort);
      };
      signal?.addEventListener?.('abort', abort);
      void answer.then((outcome) => {
        leave();
        resolve(outcome);
      });
    });
  }

  /** Requests wait for a refresh that was not given up. */
  get isRefreshing(): boolean {
    return this.#refreshes.some(({ isSettled, signal }) => !isSettled && !signal.aborted);
  }

  /** Without lifetimes there is no renewal in the background: requests wait for each. */
  get waitsForEach(): boolean {
    return this.#setup.lifetime === null;
  }

  async #refresh(tokens: Tokens | null, context: RefreshContext): Promise<Tokens | null> {
    if (!tokens) throw new Error('refresh without tokens');
    const refresh: RefreshCall = {
      token: tokens.accessToken,
      signal: context.signal,
      isSettled: false,
      hasHelped: false,
    };
    this.#checkRefresh(refresh, context);
    this.#refreshes.push(refresh);
    try {
      const outcome = await this.answers.wait('refresh');
      return this.#renewed(tokens, outcome, refresh);
    } finally {
      refresh.isSettled = true;
    }
  }

  #renewed(tokens: Tokens, outcome: Outcome, refresh: RefreshCall): Tokens {
    const { facts } = this;
    if (outcome === 'fail' || outcome === 'lose') {
      facts.refreshFaults++;
      // The server lets a client try again that has not got the answer.
      if (outcome === 'lose') this.server.refresh(tokens, true);
      throw new AxiosError('no answer', AxiosError.ERR_NETWORK);
    }
    const renewed = outcome === 'refuse' ? null : this.server.refresh(tokens, false);
    if (renewed) {
      refresh.hasHelped = !refresh.signal.aborted;
      return renewed;
    }
    if (outcome === 'refuse') {
      facts.refusals++;
      this.certainSince = Infinity;
      this.server.refresh(tokens, false);
    }
    throw Object.assign(new Error('refused'), { response: { status: 401, headers: {} } });
  }

  #checkRefresh({ token }: RefreshCall, { reason }: RefreshContext): void {
    const check = (holds: boolean, fault: string): void => {
      if (!holds) this.violations.push(`refresh of ${token} (${reason}): ${fault}`);
    };
    const { server, facts } = this;
    const lifetime = this.#setup.lifetime ?? Infinity;
    check(!this.isRefreshing, 'another one is in flight (G5)');
    const isRepeated = this.#refreshes.some((one) => one.token === token && one.hasHelped);
    check(!isRepeated || facts.manual > 0, 'it was renewed already');
    if (reason === 'rejected') check(server.hasExpired(token), 'the server takes the token still');
    if (reason === 'expired') check(server.ageOf(token) >= lifetime * 0.9, 'not expired');
    if (reason === 'ahead') check(server.ageOf(token) >= lifetime * 0.8, 'too soon');
    if (reason === 'manual') check(facts.manual > 0, 'nobody has asked');
    check(reason !== 'missing', 'nobody is signed in');
  }

  /** Answers everything, lets time pass, and looks at what is left. */
  async finish(): Promise<void> {
    await drain();
    await this.#settle();
    this.answers.wake();
    await this.#settle();
    for (const index of [0, 1] as const) await this.make(['attach', index]);
    await this.#settle();
    const tokens = this.auth.getTokens().catch(() => undefined);
    await this.#settle();
    this.violations.push(...faultsAtEnd(this, (await tokens) ?? null));
    await this.#probe();
    this.auth.detach();
    const left = this.clock.pending();
    if (left > 0) this.violations.push(`${left} timers are left`);
    if (this.store.listeners > 0) this.violations.push('the store is still listened to');
    for (const { id, controller } of this.calls) {
      const listeners = controller ? getEventListeners(controller.signal, 'abort').length : 0;
      if (listeners > 0) this.violations.push(`request ${id}: ${listeners} listeners are left`);
    }
  }

  /** Whatever has happened: signing in works at once, and so does a request after it (G14). */
  async #probe(): Promise<void> {
    this.stepNumber = Infinity;
    await this.make(['sign-in', 'a']);
    await this.make(['request', 1, 'plain']);
    await this.#answerAll();
    await this.make(['expire']);
    await this.make(['request', 1, 'plain']);
    await this.#answerAll();
    // No timer is for longer where nothing goes wrong.
    await this.clock.pass(3_000);
    const call = this.calls.at(-1)!;
    if (call.settlements[0]?.status !== 200) {
      this.violations.push(`a request after the last sign-in: ${call.settlements[0]?.code ?? ''}`);
    }
  }

  async #answerAll(): Promise<void> {
    do await drain();
    while (this.answers.give(0, 'well') !== undefined);
  }

  /** What is still asked for while the time passes is answered at once: nothing has hung. */
  async #settle(): Promise<void> {
    const answerAll = (): Promise<void> => this.#answerAll();
    await answerAll();
    for (const pass of [1_000, 35_000, 35_000]) {
      if (this.clock.pending() > 0) await this.clock.pass(pass, answerAll);
    }
  }
}

/** What a store keeps of an answer. */
function stored(answer: Tokens & { expiresIn?: number }): Tokens {
  const { expiresIn, ...tokens } = answer;
  return expiresIn === undefined ? tokens : { ...tokens, expiresAt: Date.now() + expiresIn * 1000 };
}

/** Makes the steps in a world of its own, lets everything come to its end, and returns what was wrong. */
export async function runSteps(setup: Setup, steps: readonly Step[]): Promise<string[]> {
  const world = new World(setup);
  try {
    for (const [index, step] of steps.entries()) {
      world.stepNumber = index;
      await world.make(step);
      const next = steps[index + 1];
      if (step[0] !== 'turns' && next?.[0] !== 'turns') await drain();
    }
    await world.finish();
  } finally {
    world.clock.uninstall();
  }
  return world.violations;
}

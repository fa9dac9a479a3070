import type { Batch, Note, Progress, Settlement, Standing } from './protocol';
import { pick, type Random } from './random';

/** One call that the load makes. */
export interface Call {
  id: string;
  /** Of a caller that gives up, or whose time is over. */
  signal: AbortSignal | undefined;
  /** For axios. */
  timeout: number | undefined;
  /** How long the server thinks, in milliseconds. */
  think: number;
}

/** One way to send a request. */
export interface Kind {
  name: string;
  /** Its time limit is a signal, as that of `fetch`. */
  isFetch: boolean;
  /** The application has interceptors that count. */
  isCounted: boolean;
  send(call: Call): Promise<NonNullable<Settlement['answer']>>;
}

/** What a client knows of one of its sessions. */
export interface View {
  name: string;
  kinds: Kind[];
  /** Asked in the turn of a call. */
  standing(): Standing | Promise<Standing>;
  refreshes: RefreshCounter;
  /** How many of its requests are settled. */
  settled: number;
  /** Sign-ins and sign-outs of this client so far, and the families of the sign-ins. */
  changes: number;
  /** Null where other clients have the session as well. */
  families: string[] | null;
}

/** Counts the calls of the option `refresh` of one session. */
export class RefreshCounter {
  calls = 0;
  failed = 0;
  hasFailed = false;
  inFlight = 0;
  most = 0;

  /** @param signal that of the renewal: whoever is told to stop is not under way any more */
  async run<R>(signal: AbortSignal, call: (number: number) => Promise<R>): Promise<R> {
    const number = ++this.calls;
    this.most = Math.max(this.most, ++this.inFlight);
    let isOver = false;
    const over = (): void => {
      if (!isOver) this.inFlight--;
      isOver = true;
    };
    signal.addEventListener('abort', () => {
      this.hasFailed = true;
      over();
    });
    try {
      const result = await call(number);
      this.hasFailed = false;
      return result;
    } catch (error) {
      this.hasFailed = true;
      this.failed++;
      throw error;
    } finally {
      over();
    }
  }
}

interface Pending {
  view: View;
  kind: string;
  runs: { requests: number; responses: number };
}

export interface LoadOptions {
  client: string;
  random: Random;
  views: View[];
  inFlight: number;
  /** The longest that the server thinks, in milliseconds. */
  think(): number;
  report(batch: Batch): void;
}

/** Keeps as many requests in flight, all the time, and reports how each of them ended. */
export class Load {
  readonly noise: string[] = [];
  readonly #options: LoadOptions;
  readonly #pending = new Map<string, Pending>();
  #batch: Batch = { settlements: [], notes: [] };
  #isOn = false;
  #started = 0;
  #settled = 0;
  #reporter: ReturnType<typeof setInterval> | undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isOn = true;
    this.#reporter = setInterval(() => this.flush(), 100);
    this.#fill();
  }

  /** No new requests. */
  stop(): void {
    this.#isOn = false;
  }

  end(): void {
    clearInterval(this.#reporter);
    this.flush();
  }

  /** For the interceptors of the application. */
  counted(id: string | undefined, what: 'requests' | 'responses'): void {
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (pending) pending.runs[what]++;
  }

  note(note: Omit<Note, 'at' | 'client'>): void {
    this.#batch.notes.push({ at: Date.now(), client: this.#options.client, ...note });
  }

  progress(): Progress {
    const counters = this.#options.views.map(({ refreshes }) => refreshes);
    return {
      started: this.#started,
      settled: this.#settled,
      pending: [...this.#pending].map(([id, { view, kind }]) => ({ id, kind, session: view.name })),
      refreshCalls: counters.reduce((sum, { calls }) => sum + calls, 0),
      mostRefreshes: Math.max(...counters.map(({ most }) => most)),
      noise: this.noise,
    };
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  flush(): void {
    const batch = this.#batch;
    if (batch.settlements.length + batch.notes.length === 0) return;
    this.#batch = { settlements: [], notes: [] };
    this.#options.report(batch);
  }

  #fill(): void {
    while (this.#isOn && this.#pending.size < this.#options.inFlight) void this.#one();
  }

  async #one(): Promise<void> {
    const { client, random, views, think } = this.#options;
    const view = pick(random, views);
    const kind = pick(random, view.kinds);
    const id = `${client}.${++this.#started}`;
    const pending: Pending = { view, kind: kind.name, runs: { requests: 0, responses: 0 } };
    this.#pending.set(id, pending);
    const { changes, families, refreshes } = view;
    const before = {
      changes,
      families: families?.length ?? 0,
      calls: refreshes.calls,
      failed: refreshes.failed,
    };
    const calledAt = Date.now();
    const fate = fateOf(random);
    const call: Call = { id, signal: undefined, timeout: undefined, think: random() * think() };
    let aborted = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (fate.kind === 'abort') {
      const controller = new AbortController();
      call.signal = controller.signal;
      timer = setTimeout(() => {
        aborted = true;
        controller.abort();
      }, fate.ms);
    } else if (fate.kind === 'timeout') {
      if (kind.isFetch) call.signal = AbortSignal.timeout(fate.ms);
      else call.timeout = fate.ms;
    }
    const standing = view.standing();
    let outcome: Pick<Settlement, 'answer' | 'error'>;
    try {
      outcome = { answer: await kind.send(call) };
    } catch (error) {
      outcome = { error: describe(error) };
    }
    clearTimeout(timer);
    this.#pending.delete(id);
    this.#settled++;
    view.settled++;
    const settledAt = Date.now();
    const { name } = view;
    const since = view.families?.slice(before.families) ?? null;
    const settlement: Settlement = {
      id,
      client,
      session: name,
      kind: kind.name,
      calledAt,
      settledAt,
      standing: await standing,
      changes: view.changes - before.changes,
      families: since,
      aborted,
      // Both are whole milliseconds: of a timeout of two of them, one may be seen.
      timedOut: fate.kind === 'timeout' && settledAt - calledAt >= fate.ms * 0.9 - 1,
      runs: kind.isCounted ? pending.runs : null,
      refreshCalls: view.families === null ? 0 : refreshes.calls - before.calls,
      refreshFailed:
        refreshes.hasFailed || refreshes.failed > before.failed || refreshes.inFlight > 0,
      ...outcome,
    };
    this.#batch.settlements.push(settlement);
    // In a later turn: a load that is refused at once must not keep everything else from running.
    setTimeout(() => this.#fill(), 1);
  }
}

function fateOf(random: Random): { kind: 'abort' | 'timeout' | 'none'; ms: number } {
  const share = random();
  const ms = Math.ceil(random() * 700);
  if (share < 0.06) return { kind: 'abort', ms };
  return { kind: share < 0.1 ? 'timeout' : 'none', ms };
}

interface Fault {
  name?: string;
  code?: unknown;
  message?: string;
  status?: number;
  response?: { status: number };
}

function describe(error: unknown): NonNullable<Settlement['error']> {
  const { name = '', code, message = '', response, status } = error as Fault;
  return {
    name,
    code: typeof code === 'string' ? code : null,
    status: response?.status ?? status ?? null,
    message,
  };
}

import axios, { AxiosError, CanceledError } from 'axios';
import type { AxiosAdapter, AxiosResponse } from 'axios';
import type { Scheduler } from 'fast-check';
import { attachAuthInterceptors } from '../../src/index';
import type { AuthSession, Tokens, TokenStore } from '../../src/index';

export type RefreshOutcome = 'ok' | 'slow' | 'transient' | 'permanent' | 'null' | 'refused';

export type Command =
  | { type: 'request'; instance: 0 | 1; abort: boolean }
  | { type: 'abort' }
  | { type: 'expire' }
  /** Other code puts new tokens of the same user into the store. */
  | { type: 'peer' }
  | { type: 'sign-in' }
  | { type: 'sign-out' }
  | { type: 'refresh' };

/** One call of the application, from its start to its settlement. */
export interface Call {
  id: number;
  /** The sign-in in whose time it was made; null while nobody was signed in. */
  session: number | null;
  controller: AbortController | undefined;
  sends: { token: string | null; aborted: boolean }[];
  settlements: { data?: unknown; code?: string | undefined }[];
}

/** A server, a store and an application whose every step is put in order by a scheduler. */
export interface World {
  calls: Call[];
  /** What went wrong on the way; empty in a world where all is well. */
  violations: string[];
  run(commands: Command[]): Promise<void>;
}

export function createWorld(
  scheduler: Scheduler,
  outcomes: RefreshOutcome[],
  asynchronousStore: boolean,
): World {
  const calls: Call[] = [];
  const violations: string[] = [];
  const valid = new Set<string>();
  const refreshable = new Set<string>();
  const inFlight = new Map<number, number>();
  let session: number | null = null;
  let sessions = 0;
  let issued = 0;
  let held: Tokens | null = null;

  const step = (label: string): Promise<void> => scheduler.schedule(Promise.resolve(), label);

  function issue(of: number): Tokens {
    const number = ++issued;
    const tokens = { accessToken: `a-${of}-${number}`, refreshToken: `r-${of}-${number}` };
    valid.add(tokens.accessToken);
    refreshable.add(tokens.refreshToken);
    return tokens;
  }

  const adapter: AxiosAdapter = async (config) => {
    const call = calls[Number(config.url?.slice(1))];
    if (!call) throw new Error(`No such call: ${config.url ?? ''}`);
    const header = config.headers.get('Authorization');
    const token = typeof header === 'string' ? header.slice('Bearer '.length) : null;
    call.sends.push({ token, aborted: call.controller?.signal.aborted === true });
    const good = token !== null && valid.has(token);
    await step(`answer ${call.id}`);
    if (config.signal?.aborted) throw new CanceledError(undefined, config);
    const response: AxiosResponse = {
      status: good ? 200 : 401,
      statusText: '',
      data: JSON.stringify(good ? { id: call.id } : { code: 'TOKEN_EXPIRED' }),
      headers: {},
      config,
    };
    if (good) return response;
    throw new AxiosError('401', AxiosError.ERR_BAD_REQUEST, config, undefined, response);
  };

  async function refresh(tokens: Tokens | null): Promise<Tokens | null> {
    const of = Number(String(tokens?.accessToken).split('-')[1]);
    const now = (inFlight.get(of) ?? 0) + 1;
    inFlight.set(of, now);
    if (now > 1) violations.push(`${now} refreshes at once in session ${of}`);
    try {
      return await answerRefresh(of, String(tokens?.refreshToken));
    } finally {
      inFlight.set(of, (inFlight.get(of) ?? 0) - 1);
    }
  }

  async function answerRefresh(of: number, refreshToken: string): Promise<Tokens | null> {
    const outcome = outcomes.shift() ?? 'ok';
    await step(`refresh ${outcome}`);
    if (outcome === 'slow') for (let n = 0; n < 4; n++) await step('refresh goes on');
    if (outcome === 'null') return null;
    if (outcome === 'refused') throw fault(401);
    if (outcome === 'transient') throw fault(503);
    if (outcome === 'permanent') throw fault(409);
    if (!refreshable.delete(refreshToken)) violations.push(`${refreshToken} was used twice`);
    return issue(of);
  }

  const tokenStore: TokenStore = asynchronousStore
    ? {
        async get() {
          await step('store');
          return held;
        },
        async set(tokens) {
          await step('store');
          held = tokens;
        },
        async clear() {
          await step('store');
          held = null;
        },
      }
    : {
        get: () => held,
        set: (tokens) => void (held = tokens),
        clear: () => void (held = null),
      };

  const instances = [0, 1].map(() => axios.create({ baseURL: 'https://api.test', adapter }));
  const auth: AuthSession = attachAuthInterceptors(instances[0]!, {
    tokenStore,
    refresh,
    refreshRetries: 1,
    refreshLimit: false,
  });
  auth.attach(instances[1]!);

  function observe(call: Call, promise: Promise<unknown>): Promise<void> {
    return promise.then(
      (value) => void call.settlements.push({ data: (value as AxiosResponse).data }),
      (error: unknown) => void call.settlements.push({ code: (error as AxiosError).code }),
    );
  }

  function perform(command: Command): Promise<unknown> {
    switch (command.type) {
      case 'request': {
        const controller = command.abort ? new AbortController() : undefined;
        const call: Call = { id: calls.length, session, controller, sends: [], settlements: [] };
        calls.push(call);
        const config = controller ? { signal: controller.signal } : {};
        const instance = instances[command.instance]!;
        return observe(call, instance.get(`/${call.id}`, config));
      }
      case 'abort':
        calls.find(({ controller }) => controller?.signal.aborted === false)?.controller?.abort();
        return Promise.resolve();
      case 'expire':
        valid.clear();
        return Promise.resolve();
      case 'peer':
        if (session !== null && held) held = issue(session);
        return Promise.resolve();
      case 'sign-in':
        session = ++sessions;
        return auth.signIn(issue(session));
      case 'sign-out':
        session = null;
        return auth.signOut();
      case 'refresh':
        return auth.refresh().catch(() => undefined);
    }
  }

  auth.subscribe(({ type }) => {
    if (type === 'signed-out' && auth.status === 'signed-out') session = null;
  });

  return {
    calls,
    violations,
    async run(commands) {
      const settled: Promise<unknown>[] = [perform({ type: 'sign-in' })];
      const script = async (): Promise<void> => {
        await settled[0];
        for (const command of commands) {
          await step(command.type);
          settled.push(perform(command));
        }
        await Promise.all(settled);
      };
      await scheduler.waitFor(script());
      await scheduler.waitIdle();
      auth.detach();
    },
  };
}

/** As axios reports it; a fault that passes is to be tried again at once. */
function fault(status: number): Error {
  const response = { status, headers: { 'retry-after': '0' } };
  return Object.assign(new Error(`answered ${status}`), { response });
}

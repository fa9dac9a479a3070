import { AxiosError, AxiosHeaders, isAxiosError } from 'axios';
import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import axios from 'axios';
import { attachAuthInterceptors, AuthError } from '../../src/index';
import type { AuthOptions, AuthSession, Tokens } from '../../src/index';
import { stepUp } from '../../src/step-up/index';
import { installClock, drain, type VirtualClock } from '../model/clock';
import { build, type Spec } from './values';
import { ERROR_CODES } from '../support/error-codes';

/** Every way by which a foreign value comes into the package. */
export const PLACES = [
  'refresh returns',
  'refresh throws',
  'refresh rejects with',
  'get returns',
  'get throws',
  'set returns',
  'set rejects with',
  'clear rejects with',
  'lock returns',
  'lock rejects with',
  'subscribe returns',
  'subscribe throws',
  'stop throws',
  'classify returns',
  'classify throws',
  'shouldAttach returns',
  'shouldAttach throws',
  'onSend returns',
  'onSend throws',
  'sameUser returns',
  'sameUser throws',
  'onSignedOut returns',
  'onSignedOut throws',
  'listener returns',
  'listener throws',
  'logger returns',
  'logger throws',
  'logger is',
  'revoke returns',
  'revoke throws',
  'step-up returns',
  'step-up throws',
  'signIn takes',
  'body is',
  'a header is',
  'statusText is',
  'peer stores',
] as const;

export type Place = (typeof PLACES)[number];

export type Hostility = [Place, Spec];

/** What the session holds at first; hostile values repeat it. */
export const SECRETS = [
  'access-secret-1',
  'refresh-secret-1',
  'access-secret-2',
  'refresh-secret-2',
];

/** Longer than every bound of the package, timers of retries included. */
const LONG = 10 * 60_000;

/** What came of one round. */
export interface Round {
  /** What is wrong; empty where all is well. */
  faults: string[];
  /** Everything that left the package: errors, events, log lines. */
  output: unknown[];
}

/**
 * One session in which some values are hostile: requests that are refused, a renewal, sign-in and sign-out.
 * Time is the model's; nothing is sent anywhere.
 */
export async function playRound(hostilities: Hostility[]): Promise<Round> {
  const clock = installClock();
  try {
    return await new World(clock, hostilities).play();
  } finally {
    clock.uninstall();
  }
}

class World {
  readonly #clock: VirtualClock;
  readonly #at: Map<Place, Spec>;
  readonly #faults: string[] = [];
  readonly #output: unknown[] = [];
  readonly #open = new Set<string>();
  #held: unknown = { accessToken: SECRETS[0], refreshToken: SECRETS[1] };
  #changed: () => void = () => undefined;

  constructor(clock: VirtualClock, hostilities: Hostility[]) {
    this.#clock = clock;
    this.#at = new Map(hostilities);
  }

  async play(): Promise<Round> {
    const { api, auth } = this.#open_();
    this.#watch('get', () => api.get('/a'));
    this.#watch('post', () => api.post('/b', { text: 'x' }));
    this.#watch('getAccessToken', () => auth.getAccessToken());
    await this.#settle();
    this.#watch('step-up', () => api.get('/step-up'));
    await this.#settle();
    const peer = this.#at.get('peer stores');
    if (peer) {
      this.#held = build(peer);
      this.#changed();
      await this.#settle();
    }
    this.#watch('refresh', () => auth.refresh());
    this.#watch('getTokens', () => auth.getTokens());
    await this.#settle();
    const tokens = this.#at.has('signIn takes')
      ? this.#value('signIn takes')
      : { accessToken: SECRETS[2], refreshToken: SECRETS[3], expiresIn: 60 };
    this.#watch('signIn', () => auth.signIn(tokens as Tokens));
    await this.#settle();
    this.#watch('get', () => api.get('/c'));
    await this.#settle();
    this.#watch('signOut', () => auth.signOut());
    await this.#settle();
    auth.detach();
    return { faults: this.#faults, output: this.#output };
  }

  #open_(): { api: ReturnType<typeof axios.create>; auth: AuthSession } {
    const api = axios.create({ baseURL: 'https://api.test', adapter: this.#adapter });
    const auth = attachAuthInterceptors(api, this.#options());
    auth.subscribe((event) => {
      this.#output.push(event);
      return this.#either('listener', undefined) as undefined;
    });
    return { api, auth };
  }

  #options(): AuthOptions {
    const at = this.#at;
    const has = (name: string): boolean =>
      at.has(`${name} returns` as Place) || at.has(`${name} throws` as Place);
    const hook = (name: string, otherwise?: unknown): Record<string, () => unknown> =>
      has(name) ? { [name]: () => this.#either(name, otherwise) } : {};
    const log = (...line: unknown[]): unknown => {
      this.#output.push(line);
      return this.#either('logger', undefined);
    };
    const options = {
      refresh: () => this.#refresh(),
      refreshRetries: 1,
      stepUp: stepUp(() => this.#either('step-up', null) as never, { timeout: 20_000 }),
      tokenStore: this.#store(),
      logger: at.has('logger is')
        ? (this.#value('logger is') as object)
        : { debug: log, warn: log, error: log },
      ...hook('classify', 'refresh'),
      ...hook('shouldAttach', true),
      ...hook('onSend'),
      ...hook('sameUser', true),
      ...hook('onSignedOut'),
      ...hook('revoke'),
    };
    // What is no object is refused by the check of the options, as it should be.
    const isObject = typeof options.logger === 'object' && (options.logger as unknown) !== null;
    return { ...options, logger: isObject ? options.logger : {} } as unknown as AuthOptions;
  }

  #refresh(): unknown {
    if (this.#at.has('refresh throws')) throw this.#value('refresh throws');
    if (this.#at.has('refresh rejects with')) {
      return reject(this.#value('refresh rejects with'));
    }
    if (this.#at.has('refresh returns')) return this.#value('refresh returns');
    return { accessToken: SECRETS[2], refreshToken: SECRETS[3] };
  }

  #store(): NonNullable<AuthOptions['tokenStore']> {
    const at = this.#at;
    const store = {
      get: () => {
        if (at.has('get throws')) throw this.#value('get throws');
        return at.has('get returns') ? this.#value('get returns') : this.#held;
      },
      set: (tokens: unknown) => {
        if (at.has('set rejects with')) return reject(this.#value('set rejects with'));
        this.#held = tokens;
        return at.has('set returns') ? this.#value('set returns') : undefined;
      },
      clear: () => {
        if (at.has('clear rejects with')) {
          return reject(this.#value('clear rejects with'));
        }
        this.#held = null;
        return undefined;
      },
      ...((at.has('lock returns') || at.has('lock rejects with')) && {
        lock: () =>
          at.has('lock returns')
            ? this.#value('lock returns')
            : reject(this.#value('lock rejects with')),
      }),
      subscribe: (changed: () => void) => {
        this.#changed = changed;
        if (at.has('subscribe throws')) throw this.#value('subscribe throws');
        if (at.has('subscribe returns')) return this.#value('subscribe returns');
        return () => {
          if (at.has('stop throws')) throw this.#value('stop throws');
        };
      },
    };
    return store as unknown as NonNullable<AuthOptions['tokenStore']>;
  }

  /** Refuses the first token as expired, and asks for a step-up at its own path. */
  readonly #adapter: AxiosAdapter = (config) => {
    const isGood = String(config.headers.get('Authorization')).includes(SECRETS[2]!);
    const isStepUp = config.url === '/step-up';
    const isRefused = !isGood && !isStepUp;
    const status = isStepUp ? 403 : isRefused ? 401 : 200;
    const at = this.#at;
    const header = at.has('a header is') ? acceptable(this.#value('a header is')) : undefined;
    const challenge = isStepUp
      ? 'Bearer error="insufficient_scope"'
      : 'Bearer error="invalid_token"';
    const response = {
      status,
      statusText: at.has('statusText is') ? this.#value('statusText is') : '',
      headers: { 'www-authenticate': header ?? challenge, 'content-type': header ?? 'text/plain' },
      data: this.#body(config) ?? '{"code":"TOKEN_EXPIRED"}',
      config,
    } as unknown as AxiosResponse;
    if (status < 300) return Promise.resolve(response);
    return Promise.reject(refusalOf(config, response));
  };

  /** What `onSend` returns is the config for the adapter: where reading it throws, no adapter can send it. */
  get #hasOwnConfig(): boolean {
    return /"(?:getter|proxy|thenable|realm)"/.test(
      JSON.stringify(this.#at.get('onSend returns') ?? ''),
    );
  }

  /** A body that axios itself cannot take is none of the package. */
  #body(config: InternalAxiosRequestConfig): unknown {
    if (!this.#at.has('body is')) return undefined;
    try {
      for (const transform of [axios.defaults.transformResponse].flat()) {
        transform!.call(config, this.#value('body is'), config.headers, 401);
      }
      return this.#value('body is');
    } catch {
      return undefined;
    }
  }

  /** A hook that returns or throws. */
  #either(name: string, otherwise: unknown): unknown {
    if (this.#at.has(`${name} throws` as Place)) throw this.#value(`${name} throws` as Place);
    const returns = `${name} returns` as Place;
    return this.#at.has(returns) ? this.#value(returns) : otherwise;
  }

  #value(place: Place): unknown {
    return build(this.#at.get(place)!);
  }

  #watch(name: string, call: () => Promise<unknown>): void {
    let promise: Promise<unknown>;
    try {
      promise = call();
    } catch (error) {
      this.#judge(name, error);
      return;
    }
    this.#open.add(name);
    promise.then(
      () => this.#open.delete(name),
      (error: unknown) => {
        this.#open.delete(name);
        this.#judge(name, error);
      },
    );
  }

  #judge(name: string, error: unknown): void {
    const isOurs = error instanceof AuthError && ERROR_CODES.includes(error.code);
    if (isOurs) this.#output.push(error);
    else if (!isRefusal(error) && !this.#hasOwnConfig) {
      this.#faults.push(`${name} rejects with ${nameOf(error)}`);
    }
  }

  async #settle(): Promise<void> {
    await drain();
    for (let spent = 0; this.#open.size > 0 && spent < LONG; spent += 1_000) {
      await this.#clock.pass(1_000);
    }
    for (const name of this.#open) this.#faults.push(`${name} never settles`);
    this.#open.clear();
    await drain();
  }
}

/** Headers that axios itself cannot take never get past it. */
function acceptable(header: unknown): unknown {
  try {
    AxiosHeaders.from({ a: header as string }).toJSON();
    return header;
  } catch {
    return undefined;
  }
}

/** Rejects with what need not be an error. */
const reject = async (reason: unknown): Promise<never> => {
  await Promise.resolve();
  throw reason;
};

const refusals = new WeakSet();

function refusalOf(config: InternalAxiosRequestConfig, response: AxiosResponse): AxiosError {
  const error = new AxiosError('refused', AxiosError.ERR_BAD_REQUEST, config, undefined, response);
  refusals.add(error);
  return error;
}

/** What the adapter has rejected with is handed on as it is. */
function isRefusal(error: unknown): boolean {
  try {
    return isAxiosError(error) && refusals.has(error);
  } catch {
    return false;
  }
}

function nameOf(error: unknown): string {
  try {
    const { stack } = error as { stack?: unknown };
    return `${typeof error} ${String(error)} ${String(stack)}`;
  } catch {
    return `a ${typeof error} that cannot be read`;
  }
}

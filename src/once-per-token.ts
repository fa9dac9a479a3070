import type { Refresh, RefreshContext } from './options';
import { judgeFault } from './session/judge-fault';
import { receiveTokens, type Tokens } from './tokens';
import { checkOptions } from './util/check-options';
import { MAX_TIMER, unref } from './util/time';
import { describe } from './util/values';

/** Options of {@link oncePerToken}. */
export interface OncePerTokenOptions {
  /**
   * For how long an answer serves callers that still hold the refresh token it was got with, in
   * milliseconds. It has to cover the time from reading the session of a request to its refresh.
   *
   * @default 10_000
   */
  keepFor?: number;
}

/** One call of `refresh`, and everybody who waits for it. */
interface SharedCall {
  answer: Promise<unknown>;
  controller: AbortController;
  /** The access token that it has brought: for whoever has it already, the answer is none. */
  brought?: string;
  /** How many callers have not aborted yet. */
  callers: number;
}

/**
 * For servers that make a session for each incoming request: sessions of one process that hold the same
 * refresh token share one call of `refresh` and its answer, also those that come up to `keepFor`
 * milliseconds after it. A refusal is shared in the same way; a transient fault is not kept. Without a
 * refresh token nothing is shared, as nothing tells one user from another.
 *
 * The first caller's `context.client` is used. The call is aborted when all its callers have aborted.
 * Other properties of `refresh`, such as `revoke`, are kept.
 *
 * @throws TypeError for options that cannot work, naming the option
 * @example
 * const refresh = oncePerToken(oauth2Refresh({ issuer, clientId, clientSecret })); // once, for all requests
 * app.use((request, response, next) => {
 *   request.api = axios.create({ baseURL });
 *   attachAuthInterceptors(request.api, { refresh, tokenStore: storeOf(request) });
 *   next();
 * });
 */
export function oncePerToken<T extends Tokens = Tokens, R extends Refresh<T> = Refresh<T>>(
  refresh: R & Refresh<T>,
  options: OncePerTokenOptions = {},
): Refresh<T> & Pick<R, keyof R> {
  const keepFor = checkArguments(refresh, options);
  const calls = new Map<string, SharedCall>();

  function start(key: string, tokens: T, context: RefreshContext): SharedCall {
    const controller = new AbortController();
    const call: SharedCall = { answer: Promise.resolve(), controller, callers: 0 };
    const forget = (): void => {
      if (calls.get(key) === call) calls.delete(key);
    };
    const keep = (): void => {
      // Also an answer that came too late for its callers, unless another call has begun since.
      if (!calls.has(key)) calls.set(key, call);
      unref(setTimeout(forget, keepFor));
    };
    calls.set(key, call);
    call.answer = (async () => refresh(tokens, shareContext(context, controller.signal)))().then(
      (answer) => {
        if (answer === null) keep();
        const received = answer && withExpiry(answer);
        if (received) {
          call.brought = received.accessToken;
          keep();
        } else if (answer !== null) forget();
        return received ?? answer;
      },
      (fault: unknown) => {
        if (judgeFault(fault) === 'refused') keep();
        else forget();
        throw fault;
      },
    );
    return call;
  }

  function once(tokens: T | null, context: RefreshContext): ReturnType<Refresh<T>> {
    const key = tokens?.refreshToken;
    if (!tokens || !key) return refresh(tokens, context);
    const known = calls.get(key);
    const isNews = known && known.brought !== tokens.accessToken;
    const call = isNews ? known : start(key, tokens, context);
    join(call, context.signal, () => {
      if (calls.get(key) === call) calls.delete(key);
    });
    return call.answer as ReturnType<Refresh<T>>;
  }

  return Object.assign(once, refresh);
}

/** @param abandoned called when the last caller aborts while the call is running */
function join(call: SharedCall, signal: AbortSignal, abandoned: () => void): void {
  const leave = (): void => {
    if (--call.callers > 0) return;
    abandoned();
    call.controller.abort(signal.reason);
  };
  const settled = (): void => {
    signal.removeEventListener('abort', leave);
  };
  call.callers++;
  signal.addEventListener('abort', leave, { once: true });
  call.answer.then(settled, settled);
  if (signal.aborted) leave();
}

/** The client is made when it is used: a session takes note of that. */
function shareContext(context: RefreshContext, signal: AbortSignal): RefreshContext {
  const { reason, response } = context;
  return {
    reason,
    ...(response && { response }),
    signal,
    get client() {
      return context.client;
    },
  };
}

/** A lifetime counts from now, for callers that come later, too. Undefined: no usable tokens. */
function withExpiry(answer: unknown): Tokens | undefined {
  try {
    return receiveTokens(answer, null);
  } catch {
    // Each session says by itself what is wrong with the answer.
    return undefined;
  }
}

function checkArguments(refresh: unknown, options: OncePerTokenOptions): number {
  if (typeof refresh !== 'function') {
    throw new TypeError(
      `oncePerToken(refresh, options): refresh must be a function, got ${describe(refresh)}.`,
    );
  }
  const isTime = (value: unknown): boolean =>
    typeof value === 'number' && value >= 0 && value <= MAX_TIMER;
  checkOptions(
    'oncePerToken(refresh, options)',
    options,
    { keepFor: ['a number of milliseconds, 0 or more', isTime] },
    undefined,
  );
  return options.keepFor ?? 10_000;
}

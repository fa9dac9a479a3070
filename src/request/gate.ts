import { isAxiosError } from 'axios';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { AuthError } from '../errors';
import type { ResolvedOptions } from '../options';
import { classify, isClassified, type Classified } from '../response/classify';
import { discardAfter, discardBody } from '../response/peek-body';
import { refreshLoopError } from '../session/backoff';
import type { Call, Session, TokenSnapshot } from '../session/session';
import type { StepUpRunner } from '../session/step-up-port';
import { ignoreRejection, isThenable } from '../util/awaitable';
import { settleWithin } from '../util/time';
import { ownValue, safely } from '../util/values';
import {
  adapterFor,
  asHeaders,
  bufferForm,
  isOneShot,
  nextAttempt,
  sendBy,
  type Adapter,
  type BufferedForm,
} from './attempt';
import type { AuthHeader } from './auth-header';
import { throwIfCancelled, waitFor } from './cancellation';
import { destinationError, type Origins } from './origins';
import { Redirects, type Saved } from './redirects';
import { isRefreshByBody } from './refresh-request';
import { toRequestError, type RefusedAnswer } from './request-error';

/** Once, once more with tokens of a peer that were found, once with tokens that were renewed (G12). */
const MAX_SENDS = 3;

type Transforms = InternalAxiosRequestConfig['transformRequest'] | undefined;

/** One request, from its call to its last answer. A class, so that axios does not copy it with a config. */
export class GatedCall implements Call {
  epoch: Call['epoch'] = null;
  isRefresh = false;
  binding: Call['binding'];
  /** The adapter that is left when every interceptor and transform has run. */
  adapter: Adapter;
  /** The adapter and the transforms that were there at the call. */
  readonly adapterAtCall: Adapter;
  readonly transformsAtCall: Transforms;
  /** What the entry has put in the place of the transforms, until these have run. */
  transforms: Transforms;
  /** The gate has had it: whatever calls its adapter from now on is another one around it. */
  hasEntered = false;
  /** How often the request has been sent. */
  sends = 0;
  /** The epoch that it was sent in last. Not the token: who has kept the config can see what stands here. */
  sentIn: number | null = null;

  constructor(adapter: Adapter, own: Transforms, transforms: Transforms) {
    this.adapter = this.adapterAtCall = adapter;
    this.transformsAtCall = own;
    this.transforms = transforms;
  }
}

/**
 * The gate stands between axios and the adapter: there, URL and headers of a request are final. It puts
 * the token in, sends, and sends again after a renewal, below every interceptor and transform (G16).
 */
export class Gate {
  readonly session: Session;
  /** The last transform of the requests of this instance. */
  lastTransform: ((data: unknown) => unknown) | undefined;
  readonly #options: ResolvedOptions;
  readonly #origins: Origins;
  readonly #header: AuthHeader | null;
  readonly #redirects: Redirects;
  readonly #instance: { defaults: object };
  readonly #stepUp: StepUpRunner | undefined;

  /** @param instance the attached one: its defaults may be replaced */
  constructor(
    session: Session,
    origins: Origins,
    header: AuthHeader | null,
    stepUp: StepUpRunner | undefined,
    instance: { defaults: object },
  ) {
    this.session = session;
    this.#options = session.options;
    this.#origins = origins;
    this.#header = header;
    this.#redirects = new Redirects(origins, header, session.options.allowRedirects === true);
    this.#stepUp = stepUp;
    this.#instance = instance;
  }

  /** Sends a request. Rejects with what axios would reject with, or with an AuthError. */
  async send(first: InternalAxiosRequestConfig, call: GatedCall): Promise<AxiosResponse> {
    const { session } = this;
    let config = first;
    call.hasEntered = true;
    config.adapter = call.adapter as NonNullable<Adapter>;
    normalise(config);
    if (this.#isExempt(config, call)) return this.#passOn(config, call.adapter);
    // In a later turn in any case: a sign-out in the turn of the call ends the session first (G22).
    await (call.binding && waitFor(call.binding, config));
    if (this.#isLeftAlone(config)) {
      // axios has looked at the signal in an earlier turn, and its http adapter sends what is aborted already.
      throwIfCancelled(config);
      return this.#passOn(config, call.adapter);
    }

    let refusal: RefusedAnswer | undefined;
    let prepared = 0;
    for (;;) {
      let sent: TokenSnapshot;
      let form: BufferedForm | undefined;
      let saved: Saved;
      try {
        do {
          form = bufferForm(config.data);
          const found = session.tokenFor(call, !form && isOneShot(config.data));
          sent = isThenable(found) ? await this.#hold(found, config) : found;
          this.#put(config, sent.token);
          // It may renew the tokens itself, each time that it is called: so often, and not for ever.
          const mayPrepare = this.#options.onSend && prepared++ < MAX_SENDS * MAX_SENDS;
          if (mayPrepare) config = await this.#prepare(config, call.sends + 1);
        } while (!session.isCurrent(sent));
        // axios has looked at the signal before the gate, which has waited since, if only for a microtask.
        throwIfCancelled(config);
        saved = this.#protect(config, call.adapter);
      } catch (error) {
        throw toRequestError(error, config, session.secrets, refusal);
      }
      call.sends++;
      call.sentIn = sent.epoch;
      let response: AxiosResponse | undefined;
      let error: unknown;
      let hasFailed = false;
      try {
        response = await sendBy(call.adapter, config);
      } catch (fault) {
        error = fault;
        hasFailed = true;
        response = (fault as { response?: AxiosResponse } | undefined)?.response;
      }
      const refused = this.#redirects.restore(config, saved, response);
      if (refused) throw toRequestError(refused, config, session.secrets);
      const classified =
        response && isClassified(this.#options, response.status)
          ? await this.#judge(config, sent, response)
          : undefined;
      if (response && classified && classified.action !== 'pass') {
        // Freed while the request waits: its stack is large. After a step-up the request may still reject with it.
        if (classified.action !== 'step-up') error = undefined;
        const next = await this.#recover(config, call, sent, response, classified, form);
        if (next) {
          ({ config, refusal } = next);
          continue;
        }
      }
      if (hasFailed) throw error as Error;
      return response as never;
    }
  }

  /** Sends a request that is none of ours as it is; only a token of ours must not go with it. */
  #passOn(config: InternalAxiosRequestConfig, adapter: Adapter): Promise<AxiosResponse> {
    this.#header?.removeOurs(config.headers);
    return sendBy(adapter, config);
  }

  /** Another adapter has taken ours as its inner one: the request has its token already. */
  async sendInner(
    config: InternalAxiosRequestConfig,
    { adapterAtCall, sentIn }: GatedCall,
  ): Promise<AxiosResponse> {
    let saved: Saved | undefined;
    try {
      // It may do so late: nothing is sent with a token of a session that is over (G21).
      this.session.checkEpoch(sentIn);
      // It may have made a config of its own.
      const hasToken = sentIn !== null && this.#origins.mayHaveToken(config);
      if (hasToken) saved = this.#protect(config, adapterAtCall);
    } catch (error) {
      throw toRequestError(error, config, this.session.secrets);
    }
    if (!saved) return this.#passOn(config, adapterAtCall);
    try {
      return await sendBy(adapterAtCall, config);
    } finally {
      this.#redirects.restore(config, saved, undefined);
    }
  }

  /** True for an answer that may concern the session, of a request that may have its token. */
  mayConcern(response: AxiosResponse): boolean {
    const { config } = response;
    return (
      response.status >= 400 &&
      isClassified(this.#options, response.status) &&
      !config.skipAuth &&
      !this.#header?.isOfOthers(config, this.#instance.defaults) &&
      this.#origins.mayHaveToken(config) &&
      this.#redirects.isFromAllowedOrigin(response) &&
      !isOneShot(config.data)
    );
  }

  /** What an answer means to the session; nothing where it is none of its own. */
  async #judge(
    config: InternalAxiosRequestConfig,
    { token }: TokenSnapshot,
    response: AxiosResponse,
  ): Promise<Classified | undefined> {
    if (!this.#redirects.isFromAllowedOrigin(response)) return undefined;
    if (token === null) {
      this.session.callSignedOutIfDue();
      return undefined;
    }
    let classified: Classified;
    try {
      classified = await this.#classify(config, response);
    } catch (error) {
      discardBody(response);
      throw toRequestError(error, config, this.session.secrets);
    }
    if (!classified.isKnown) this.#explainPass(config, classified, response.status);
    return classified;
  }

  /** The config of the next attempt, once the session has a token for it; nothing to hand the answer on. */
  async #recover(
    config: InternalAxiosRequestConfig,
    { sends }: GatedCall,
    sent: TokenSnapshot,
    response: AxiosResponse,
    classified: Classified,
    form: BufferedForm | undefined,
  ): Promise<{ config: InternalAxiosRequestConfig; refusal: RefusedAnswer } | undefined> {
    const { text, challenge } = classified;
    const refusal = { response, text, challenge };
    try {
      if (classified.action === 'step-up') {
        const isLast = sends >= MAX_SENDS;
        if (isLast || !challenge || !this.#stepUp) return undefined;
        const stepped = this.#stepUp(sent, challenge, response, sends);
        if (!(await waitFor(stepped, config))) return undefined;
      } else {
        if (sends >= MAX_SENDS) throw refreshLoopError(`the request was sent ${MAX_SENDS} times`);
        const recovered = this.session.refused(sent, classified, response, sends);
        if (isThenable(recovered)) await waitFor(recovered, config);
      }
      if (!form && isOneShot(config.data)) throw notReplayable();
      throwIfCancelled(config);
    } catch (error) {
      discardBody(response);
      throw toRequestError(error, config, this.session.secrets, refusal);
    }
    discardBody(response);
    return { config: nextAttempt(config, form), refusal };
  }

  /** Waits for a body that is still to be read; a caller that leaves meanwhile leaves it to nobody. */
  async #classify(
    config: InternalAxiosRequestConfig,
    response: AxiosResponse,
  ): Promise<Classified> {
    const { events } = this.session;
    const reading = classify(response, this.#options, (message, fault) => {
      if (fault === undefined) events.log('error', message);
      else events.logFault('error', message, fault);
    });
    if (!isThenable(reading)) return reading;
    try {
      return await waitFor(reading, config);
    } catch (error) {
      discardAfter(response, reading);
      throw error;
    }
  }

  #hold<R>(found: PromiseLike<R>, config: InternalAxiosRequestConfig): PromiseLike<R> {
    const { renewal } = this.session;
    if (renewal?.mayWaitForItself) renewal.suspect(this.#nameOf(config));
    return waitFor(found, config);
  }

  #put(config: InternalAxiosRequestConfig, token: string | null): void {
    const header = this.#header;
    if (token === null) {
      this.#explain(config, NOBODY);
      header?.removeOurs(config.headers);
      return;
    }
    const destination = this.#origins.judge(config);
    if (destination === 'insecure' || destination === 'unknown') {
      throw destinationError(destination);
    }
    if (destination === 'foreign') header?.removeOurs(config.headers);
    else header?.put(config, token);
  }

  /** Calls `onSend`: it may change the request, or return another config. */
  async #prepare(
    config: InternalAxiosRequestConfig,
    attempt: number,
  ): Promise<InternalAxiosRequestConfig> {
    const { data } = config as { data: unknown };
    const { onSend, refreshTimeout } = this.#options;
    let next = config;
    try {
      const called = settleWithin(refreshTimeout, () => onSend?.(config, { attempt }));
      const changed = (await waitFor(called, config)) as InternalAxiosRequestConfig | undefined;
      // A copy: a proxy whose traps throw would throw within the adapter, where nobody catches it.
      // And a config: `(config) => config.headers.set(…)` gives the headers.
      if (changed?.method && changed !== config) next = { ...changed };
      normalise(next);
    } catch (fault) {
      throwIfCancelled(config);
      if (safely(() => isAxiosError(fault) && fault.config === config)) throw fault;
      const message = 'onSend failed; the request is sent as it was.';
      this.session.events.logFault('error', message, fault);
      next = config;
    }
    // The adapter of an earlier attempt has noted the length of the first body.
    if (next.data !== data) next.headers.delete('Content-Length');
    // It may have changed the URL as well.
    if (!this.#origins.mayHaveToken(next)) this.#header?.removeOurs(next.headers);
    return next;
  }

  #protect(config: InternalAxiosRequestConfig, adapter: Adapter): Saved {
    const saved = this.#redirects.protect(config, adapterFor(adapter, config));
    const { proxy } = config;
    if (proxy === false || this.#origins.judge(config) !== 'loopback') return saved;
    // Through a proxy that the environment names, it would leave this machine in clear text (G3).
    config.proxy = false;
    saved.proxy = proxy;
    return saved;
  }

  /** The refresh itself, and requests that are marked to go without the token. */
  #isExempt(config: InternalAxiosRequestConfig, { isRefresh }: Call): boolean {
    if (isRefresh || ownValue(config, 'skipAuth') === true) return true;
    const { renewal } = this.session;
    return renewal !== undefined && isRefreshByBody(config, renewal);
  }

  /** A request to another origin, with a header of its own, or that `shouldAttach` rules out (G2, G3, G36). */
  #isLeftAlone(config: InternalAxiosRequestConfig): boolean {
    let reason: string | undefined;
    if (this.#origins.judge(config) === 'foreign') reason = FOREIGN_ORIGIN;
    else if (this.#header?.isOfOthers(config, this.#instance.defaults)) reason = OWN_HEADER;
    else if (this.#isRuledOut(config)) reason = RULED_OUT;
    if (reason !== undefined) this.#explain(config, reason);
    return reason !== undefined;
  }

  #explain(config: InternalAxiosRequestConfig, reason: string): void {
    this.session.events.explain(reason, () => `${this.#nameOf(config)}: ${reason}`);
  }

  /** Method and URL, for messages. */
  #nameOf({ method = 'get', url = '' }: InternalAxiosRequestConfig): string {
    return `${method.toUpperCase()} ${this.session.secrets.plainUrl(url)}`;
  }

  #isRuledOut(config: InternalAxiosRequestConfig): boolean {
    if (!this.#options.shouldAttach) return false;
    try {
      const answer: unknown = this.#options.shouldAttach(config);
      ignoreRejection(answer);
      // Nothing is no answer: it may only say `false` for some.
      return (!answer && answer !== undefined) || isThenable(answer);
    } catch (fault) {
      const message = 'shouldAttach threw; the token is not sent.';
      this.session.events.logFault('error', message, fault);
      return true;
    }
  }

  #explainPass(config: InternalAxiosRequestConfig, { code }: Classified, status: number): void {
    // A success without a code is what an application hopes for.
    if (status < 300) return;
    const what =
      code === undefined
        ? 'no code in "code", "error" or "errors" of its body or in its challenge'
        : `the code "${code.slice(0, 40)}", which the table does not know`;
    // Of a 403, most are about what the user may do, and a renewal for each would end in a loop.
    const otherwise =
      status === 401
        ? 'set classify: anyUnauthorized.'
        : 'set classify to a function that knows it by answer.data, or by the status if that means nothing else.';
    this.#explain(
      config,
      `the answer has the status ${status}, which is classified, and ${what}: it is handed to the caller. If ` +
        'it means that the token has expired, ' +
        (code === undefined ? '' : 'add it to the option codes, or ') +
        otherwise,
    );
  }
}

const FOREIGN_ORIGIN =
  'a request to another origin goes without the token. If that origin may see it, add it to the option ' +
  'allowedOrigins.';
const OWN_HEADER =
  'the request has an Authorization header (or auth) of its own, and is left alone: it is neither held nor ' +
  'renewed. If another interceptor sets the header, remove that interceptor.';
const RULED_OUT =
  'shouldAttach has ruled the request out (or gave a promise): it goes without the token.';
const NOBODY =
  'the request goes without a token: nobody is signed in, as the token store gives no accessToken. Call ' +
  'signIn(), or check the key of the store and the names in it.';

/**
 * What is judged must be what is sent. Interceptors and `onSend` may have put a plain object in place of the
 * headers, or an object that may change as the URL.
 */
function normalise(config: InternalAxiosRequestConfig): void {
  config.headers = asHeaders(config.headers);
  for (const key of ['url', 'baseURL'] as const) {
    const url = config[key] as string | number | undefined;
    if (url) config[key] = String(url);
  }
  // Before 1.15.2, axios takes a proxy or a transport from a polluted `Object.prototype` too (G3).
  for (const key in Object.prototype) {
    if (!Object.hasOwn(config, key)) Object.assign(config, { [key]: undefined });
  }
}

const notReplayable = (): AuthError =>
  new AuthError(
    'ERR_AUTH_NOT_REPLAYABLE',
    'The access token was refused and there is a new one now, but the body was a stream and cannot be ' +
      'read twice. Send the request anew with a new stream.',
  );

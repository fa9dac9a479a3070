import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { discardBody } from './answer/body';
import type { Challenge } from './answer/challenges';
import { createReader } from './answer/read';
import type { Verdict } from './answer/verdict';
import { AuthError, type AuthErrorCode } from './errors';
import type { ResolvedOptions } from './options';
import { asHeaders, describing, nextAttempt, type Adapter } from './request/attempt';
import type { Send } from './request/fetch-redirect';
import { isStream, spareOf, type Spare } from './request/body';
import type { AuthHeader } from './request/header';
import type { OriginRule } from './request/origin';
import type { Probe } from './request/probe';
import { throwIfCancelled, waitFor } from './request/wait';
import type { Core } from './session/core';
import type { Grant } from './session/state';
import { settleWithin } from './session/time';
import { isThenable } from './session/vault';

/** What is known of a request that carries our token, from its interceptor to its last answer. */
export interface Claim {
  grant: Grant;
  adapter: Adapter;
  /** The gate has run, so the response interceptor has nothing left to do. */
  gated: boolean;
  /** Found by the response interceptor, when transforms had already run. */
  isLate: boolean;
  /** Sent without a token, because it may be the refresh itself (G8). */
  probe: Probe | undefined;
  /** Where the request was to go when the token was put in. */
  url: string | undefined;
  baseURL: string | undefined;
  allowAbsoluteUrls: boolean | undefined;
}

export interface RecoveryParts {
  core: Core;
  options: ResolvedOptions;
  header: AuthHeader;
  origins: OriginRule;
  send: Send;
}

/** A 401, as the adapter gave it: with the error where `validateStatus` refused it. */
interface Refused {
  response: AxiosResponse;
  error?: unknown;
}

/** Sends a claimed request and mends its 401s, below every interceptor and transform (G16). */
export interface Recovery {
  send(config: InternalAxiosRequestConfig, claim: Claim): Promise<AxiosResponse>;
  mend(config: InternalAxiosRequestConfig, claim: Claim, refused: Refused): Promise<AxiosResponse>;
  /** Turns an error of the session into the one of this request. */
  personal(error: unknown, config: InternalAxiosRequestConfig): unknown;
}

/** Once, once more with another token that was found, once with one that was renewed (G12). */
const MAX_SENDS = 3;

export function createRecovery(parts: RecoveryParts): Recovery {
  const { core, options, header, origins } = parts;
  const { herald, redactor, lifetimes } = core;
  const read = createReader(options, herald);

  function send(
    config: InternalAxiosRequestConfig,
    claim: Claim,
    sends = 1,
  ): Promise<AxiosResponse> {
    if (!header.holds(config, claim.grant.token)) return parts.send(claim.adapter, config);
    if (!mayGo(config, claim)) {
      header.put(config, null);
      return parts.send(claim.adapter, config);
    }
    if (claim.probe || core.isValid(claim.grant)) return transmit(config, claim, sends);
    return readmit(config, claim).then(() => transmit(config, claim, sends));
  }

  /** An interceptor that ran after ours may have pointed the request somewhere else (G3). */
  function mayGo(config: InternalAxiosRequestConfig, claim: Claim): boolean {
    const isSame =
      config.url === claim.url &&
      config.baseURL === claim.baseURL &&
      config.allowAbsoluteUrls === claim.allowAbsoluteUrls;
    return isSame || origins.judge(config) === 'allowed';
  }

  function transmit(
    config: InternalAxiosRequestConfig,
    claim: Claim,
    sends: number,
  ): Promise<AxiosResponse> {
    const spare = spareOf(config.data);
    return parts.send(claim.adapter, config).then(
      (response) =>
        response.status === 401 ? mend(config, claim, { response }, sends, spare) : response,
      (error: unknown) => {
        const response = responseOf(error);
        if (response?.status !== 401) throw error;
        return mend(config, claim, { response, error }, sends, spare);
      },
    );
  }

  async function mend(
    config: InternalAxiosRequestConfig,
    claim: Claim,
    refused: Refused,
    sends = 1,
    spare?: Spare,
  ): Promise<AxiosResponse> {
    const { response } = refused;
    const reading = read(response, claim.isLate);
    const { challenge, verdict } = await waitFor(reading, config).then(
      undefined,
      (error: unknown) => {
        // At once where it can be, and when it can be: a stream that is being read is locked.
        discardBody(response);
        void reading.then(() => {
          discardBody(response);
        });
        throw error;
      },
    );
    const fail = (error: unknown): unknown => personal(error, config, response, challenge);
    const { probe } = claim;
    if (probe && !probe.isSecond && probe.refusedToken !== null) {
      claim.probe = { ...probe, isSecond: true };
      const second = nextAttempt(config, spare);
      header.put(second, probe.refusedToken);
      discardBody(response);
      return transmit(second, claim, sends + 1);
    }
    const hasToken = claim.grant.token !== null || probe?.isSecond;
    if (hasToken ? verdict === 'pass' : !probe) return handOn(refused);

    let next: InternalAxiosRequestConfig;
    try {
      const granted = await waitFor(regrant(claim, verdict, response, sends), config);
      if (granted === 'given up') return handOn(refused);
      claim.grant = granted;
      claim.probe = undefined;
      if (!spare && isStream(config.data)) throw notReplayable();
      next = await replayOf(config, claim, spare);
    } catch (error) {
      discardBody(response);
      throw fail(error);
    }
    discardBody(response);
    return send(next, claim, sends + 1);
  }

  function regrant(
    claim: Claim,
    verdict: Verdict,
    response: AxiosResponse,
    sends: number,
  ): Promise<Grant | 'given up'> {
    const { grant, probe } = claim;
    if (probe) return probe.isSecond ? probe.held : Promise.race([probe.held, probe.givenUp()]);
    if (verdict === 'sign-out') return core.revoke(grant, revokedMessage(response));
    if (sends >= MAX_SENDS || isStillFresh(grant)) return Promise.reject(freshRefused());
    return core.recover(grant, response);
  }

  /** The server refuses what it has just given; a token that has expired since is another matter. */
  function isStillFresh(grant: Grant): boolean {
    const held = core.state.last;
    return grant.fresh && held?.accessToken === grant.token && lifetimes.of(held) !== 'expired';
  }

  async function replayOf(
    config: InternalAxiosRequestConfig,
    claim: Claim,
    spare: Spare | undefined,
  ): Promise<InternalAxiosRequestConfig> {
    const next = nextAttempt(config, spare);
    const { data } = next as { data: unknown };
    header.put(next, claim.grant.token);
    const changed = options.onReplay ? await waitFor(replaced(next), config) : next;
    changed.headers = asHeaders(changed.headers);
    // The adapter of the first attempt has noted the length of the first body.
    if (changed.data !== data) changed.headers.delete('Content-Length');
    if (!core.isValid(claim.grant)) await readmit(changed, claim);
    throwIfCancelled(changed);
    return changed;
  }

  async function replaced(next: InternalAxiosRequestConfig): Promise<InternalAxiosRequestConfig> {
    try {
      return (await settleWithin(options.refreshTimeout, () => options.onReplay?.(next))) ?? next;
    } catch (fault) {
      herald.log('error', 'onReplay failed; the request is sent as it was.', redactor.error(fault));
      return next;
    }
  }

  /** Something happened since the token was put in: a renewal, a sign-in, a sign-out. */
  async function readmit(config: InternalAxiosRequestConfig, claim: Claim): Promise<void> {
    try {
      while (!core.isValid(claim.grant)) {
        const grant = core.readmit(claim.grant);
        claim.grant = isThenable(grant) ? await waitFor(grant, config) : grant;
      }
    } catch (error) {
      throw personal(error, config);
    }
    header.put(config, claim.grant.token);
    throwIfCancelled(config);
  }

  function personal(
    error: unknown,
    config: InternalAxiosRequestConfig,
    response?: AxiosResponse,
    challenge?: Challenge,
  ): unknown {
    if (!(error instanceof AuthError)) return error;
    const request = redactor.config(config);
    const mine = new AuthError(error.code, error.message, {
      cause: error.cause,
      config: request,
      response: response && redactor.response(response, request),
      challenge: challenge && redactor.challenge(challenge),
    });
    request.adapter = describing(mine);
    return mine;
  }

  return {
    send,
    mend: async (config, claim, refused) => mend(config, claim, refused),
    personal: (error, config) => personal(error, config),
  };
}

function handOn({ response, error }: Refused): AxiosResponse {
  if (error !== undefined) throw error as Error;
  return response;
}

function responseOf(error: unknown): AxiosResponse | undefined {
  return (error as { response?: AxiosResponse } | undefined | null)?.response;
}

const failure = (code: AuthErrorCode, message: string): AuthError => new AuthError(code, message);

const notReplayable = (): AuthError =>
  failure(
    'ERR_AUTH_NOT_REPLAYABLE',
    'The access token had expired and is renewed now, but the body was a stream and cannot be read ' +
      'twice. Send the request anew with a new stream.',
  );

const freshRefused = (): AuthError =>
  failure(
    'ERR_AUTH_REFRESH_LOOP',
    'The server refuses a token that was renewed just now as expired. Check the clocks of the servers, ' +
      'and that both use the same issuer and audience.',
  );

const revokedMessage = ({ status }: AxiosResponse): string =>
  `The session is over: the server answered ${status} with a code that ends it. Sign in again.`;

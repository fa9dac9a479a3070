import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { discardBody } from '../response/body';
import { createReader, type Judged } from '../response/read';
import { isThenable } from '../util/awaitable';
import type { ResolvedOptions } from '../options';
import { nextAttempt } from '../request/attempt';
import { spareOf, type Spare } from '../request/body';
import type { Send } from '../request/fetch-redirect';
import type { AuthHeader } from '../request/header';
import type { OriginRule } from '../request/origin';
import { waitFor } from '../request/wait';
import type { Core } from '../session/core';
import type { Claim } from './claim';
import { createPersonal } from './personal';
import { createRegrant } from './regrant';
import { createReplay } from './replay';

export interface RecoveryParts {
  core: Core;
  options: ResolvedOptions;
  header: AuthHeader;
  origins: OriginRule;
  send: Send;
}

/** An auth failure, as the adapter gave it: with the error where `validateStatus` refused it. */
export interface Refused {
  response: AxiosResponse;
  error?: unknown;
}

/** Sends a claimed request and mends its auth failures, below every interceptor and transform (G16). */
export interface Recovery {
  send(config: InternalAxiosRequestConfig, claim: Claim): Promise<AxiosResponse>;
  mend(config: InternalAxiosRequestConfig, claim: Claim, refused: Refused): Promise<AxiosResponse>;
  /** True for an answer that may be an auth failure: a 401; where step-ups are on, a 403 as well. */
  concerns(response: AxiosResponse | undefined | null): response is AxiosResponse;
  /** Turns an error of the session into the one of this request. */
  personal(error: unknown, config: InternalAxiosRequestConfig): unknown;
}

export function createRecovery(parts: RecoveryParts): Recovery {
  const { core, options, header, origins } = parts;
  const read = createReader(options, core.herald);
  const personal = createPersonal(core.redactor);
  const replay = createReplay(core, options, header, personal);
  const regrant = createRegrant(core);
  const statuses = options.onStepUp ? [401, 403] : [401];

  const concerns: Recovery['concerns'] = (response): response is AxiosResponse =>
    response != null && statuses.includes(response.status);

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
    return replay.readmit(config, claim).then(() => transmit(config, claim, sends));
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
        concerns(response) ? mend(config, claim, { response }, sends, spare) : response,
      (error: unknown) => {
        const response = responseOf(error);
        if (!concerns(response)) throw error;
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
    const judged = isThenable(reading) ? await untilRead(reading, refused, config) : reading;
    const { probe } = claim;
    if (probe && !probe.isSecond && probe.refusedToken !== null) {
      claim.probe = { ...probe, isSecond: true };
      const second = nextAttempt(config, spare);
      header.put(second, probe.refusedToken);
      discardBody(response);
      return transmit(second, claim, sends + 1);
    }
    const hasToken = claim.grant.token !== null || probe?.isSecond;
    if (hasToken ? judged.verdict === 'pass' : !probe) return handOn(refused);

    let next: InternalAxiosRequestConfig | undefined;
    try {
      const regranted = regrant(claim, judged, response, sends);
      const granted = isThenable(regranted) ? await waitFor(regranted, config) : regranted;
      if (granted) {
        claim.grant = granted;
        claim.probe = undefined;
        const replayed = replay.of(config, claim, spare);
        next = isThenable(replayed) ? await replayed : replayed;
      }
    } catch (error) {
      discardBody(response);
      throw personal(error, config, response, judged.challenge);
    }
    if (!next) return handOn(refused);
    discardBody(response);
    return send(next, claim, sends + 1);
  }

  return { send, mend, concerns, personal };
}

/** Waits for a body that is still to be read; whoever leaves meanwhile leaves it to nobody. */
async function untilRead(
  reading: PromiseLike<Judged>,
  { response }: Refused,
  config: InternalAxiosRequestConfig,
): Promise<Judged> {
  try {
    return await waitFor(reading, config);
  } catch (error) {
    // At once where it can be, and when it can be: a stream that is being read is locked.
    discardBody(response);
    void reading.then(() => {
      discardBody(response);
    });
    throw error;
  }
}

function handOn({ response, error }: Refused): AxiosResponse {
  if (error !== undefined) throw error as Error;
  return response;
}

function responseOf(error: unknown): AxiosResponse | undefined {
  return (error as { response?: AxiosResponse } | undefined | null)?.response;
}

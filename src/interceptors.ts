import type { AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { isThenable, swallow } from './util/awaitable';
import type { ResolvedOptions } from './options';
import { asHeaders, isDescription, sendWith } from './request/attempt';
import { followRedirects } from './request/fetch-redirect';
import { isStream } from './request/body';
import { createAuthHeader } from './request/header';
import { createOriginRule, refuseDestination, type Destination } from './request/origin';
import { createProbes, type Entry } from './request/probe';
import { createRedirectGuard } from './request/redirect';
import type { RefreshRequests } from './request/refresh-request';
import { transformOutcome } from './request/transform';
import { isCancelled, waitFor } from './request/wait';
import type { Claim } from './recovery/claim';
import { createRecovery } from './recovery/recovery';
import type { Core } from './session/core';

/** What one instance needs: the two interceptors, and what to know while the caller still runs. */
export interface Interceptors {
  onRequest(
    config: InternalAxiosRequestConfig,
  ): InternalAxiosRequestConfig | PromiseLike<InternalAxiosRequestConfig>;
  onResponse(response: AxiosResponse): AxiosResponse | Promise<AxiosResponse>;
  onError(error: unknown): Promise<AxiosResponse>;
  runWhen(config: InternalAxiosRequestConfig): boolean;
}

export function createInterceptors(
  core: Core,
  options: ResolvedOptions,
  instance: AxiosInstance,
  refreshRequests: RefreshRequests,
): Interceptors {
  const header = createAuthHeader(options, core.redactor, () => instance.defaults);
  const origins = createOriginRule(options, () => instance.defaults.baseURL);
  const guards = createRedirectGuard<Claim>(origins, header);
  const isStandard = options.headerName.toLowerCase() === 'authorization';
  const send = isStandard ? sendWith : followRedirects(sendWith, origins, header);
  const recovery = createRecovery({ core, options, header, origins, send });
  const probes = createProbes(core, refreshRequests);

  function wanted(config: InternalAxiosRequestConfig): boolean {
    if (!options.shouldAttach) return true;
    try {
      const answer: unknown = options.shouldAttach(config);
      swallow(answer);
      return answer !== false;
    } catch (fault) {
      core.herald.log(
        'error',
        'shouldAttach threw; the token is not sent.',
        core.redactor.error(fault),
      );
      return false;
    }
  }

  function onRequest(
    config: InternalAxiosRequestConfig,
  ): InternalAxiosRequestConfig | PromiseLike<InternalAxiosRequestConfig> {
    if (isDescription(config.adapter)) return config;
    // Another interceptor may have put a plain object in place of the headers.
    config.headers = asHeaders(config.headers);
    const bypass = config.skipAuth || refreshRequests.claim(config);
    if (bypass || isCancelled(config) || header.isOwn(config) || !wanted(config)) {
      return leave(config);
    }
    const destination = origins.judge(config);
    if (destination === 'foreign') return leave(config);
    try {
      if (destination === 'unknown') throw refuseDestination(destination);
      const entry = probes.admit(config, isStream(config.data));
      return isThenable(entry)
        ? claimLater(config, destination, entry)
        : claim(config, destination, entry);
    } catch (error) {
      throw recovery.personal(error, config);
    }
  }

  async function claimLater(
    config: InternalAxiosRequestConfig,
    destination: Destination,
    entry: PromiseLike<Entry>,
  ): Promise<InternalAxiosRequestConfig> {
    try {
      return claim(config, destination, await waitFor(entry, config));
    } catch (error) {
      throw recovery.personal(error, config);
    }
  }

  /** A request that is none of ours goes as it is; only a token of ours must not go with it. */
  function leave(config: InternalAxiosRequestConfig): InternalAxiosRequestConfig {
    header.put(config, null);
    guards.remove(config);
    return config;
  }

  function claim(
    config: InternalAxiosRequestConfig,
    destination: Destination,
    { grant, probe }: Entry,
  ): InternalAxiosRequestConfig {
    const { url, baseURL, allowAbsoluteUrls, adapter } = config;
    if (grant.token !== null && destination === 'insecure') throw refuseDestination(destination);
    const mine: Claim = {
      grant,
      probe,
      adapter,
      url,
      baseURL,
      allowAbsoluteUrls,
      gated: false,
      isLate: false,
    };
    header.put(config, grant.token);
    guards.put(config, mine);
    config.adapter = (sent) => {
      mine.gated = true;
      if (adapter) sent.adapter = adapter;
      const answer = recovery.send(sent, mine);
      return probe ? probes.watch(sent, answer) : answer;
    };
    return config;
  }

  /** The claim of an auth failure whose adapter another interceptor swapped after ours had run. */
  function ungated(response: AxiosResponse | undefined | null): Claim | undefined {
    if (!recovery.concerns(response)) return undefined;
    const mine = guards.noteOf(response.config);
    return mine?.gated ? undefined : mine;
  }

  function mendLate(mine: Claim, response: AxiosResponse, error?: unknown): Promise<AxiosResponse> {
    const { config } = response;
    mine.gated = true;
    mine.isLate = true;
    mine.adapter = config.adapter;
    const outcome = recovery.mend(config, mine, { response, error });
    return transformOutcome(outcome, config, { response, error });
  }

  return {
    onRequest,
    onResponse(response) {
      const mine = ungated(response);
      return mine ? mendLate(mine, response) : response;
    },
    async onError(error) {
      const { response } = (error ?? {}) as { response?: AxiosResponse };
      const mine = ungated(response);
      if (mine && response) return mendLate(mine, response, error);
      throw error as Error;
    },
    runWhen(config) {
      refreshRequests.note(config);
      return true;
    },
  };
}

import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { Awaitable } from '../options';
import type { Core } from '../session/core';
import type { Grant } from '../session/state';
import { isThenable } from '../session/vault';
import type { RefreshRequests } from './refresh-request';

/** Leave to send a request; as a probe, it goes without a token and waits again after a 401. */
export interface Entry {
  grant: Grant;
  probe?: Promise<Grant>;
}

/** How long a request is held, in milliseconds, that may be the refresh which it waits for. */
const LIKELY_WAIT = 400;
const UNLIKELY_WAIT = 900;

const ANONYMOUS: Grant = { token: null, epoch: -1, version: -1, failures: 0, fresh: false };

/**
 * Where nothing tells the refresh from other requests (a cookie only, sent after an `await`, in a
 * browser, for the first time), it would be held for itself. So a held request that may be the
 * refresh is sent without a token after a moment; if it is not, its 401 makes it wait again (G8).
 */
export interface Probes {
  admit(config: InternalAxiosRequestConfig, willWait: boolean): Awaitable<Entry>;
  watch(
    config: InternalAxiosRequestConfig,
    claim: { probe: Promise<Grant> | undefined },
    answer: Promise<AxiosResponse>,
  ): Promise<AxiosResponse>;
}

export function createProbes(core: Core, refreshRequests: RefreshRequests): Probes {
  return {
    admit(config, willWait) {
      const inFlight = core.renewal;
      const held = core.admit(willWait);
      if (!isThenable(held)) return { grant: held };
      const granted = held.then((grant) => ({ grant }));
      if (!inFlight?.waited || core.inside.exact || willWait) return granted;
      return Promise.race([granted, probeLater(config, inFlight, held as Promise<Grant>)]);
    },
    watch(config, claim, answer) {
      const inFlight = claim.probe && core.renewal;
      if (!inFlight) return answer;
      return answer.then((response) => {
        // Answered before the renewal has ended, and not refused: this was the refresh.
        if (claim.probe && core.renewal === inFlight && response.status < 300) {
          inFlight.identified = true;
          refreshRequests.learn(config);
        }
        return response;
      });
    },
  };

  function probeLater(
    config: InternalAxiosRequestConfig,
    inFlight: NonNullable<Core['renewal']>,
    held: Promise<Grant>,
  ): Promise<Entry> {
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => {
          if (core.renewal === inFlight && !inFlight.identified) {
            resolve({ grant: ANONYMOUS, probe: held });
          }
        },
        refreshRequests.looksLikeOne(config) ? LIKELY_WAIT : UNLIKELY_WAIT,
      );
      const stop = (): void => {
        clearTimeout(timer);
      };
      held.then(stop, stop);
    });
  }
}

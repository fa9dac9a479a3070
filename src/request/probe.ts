import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { isThenable, type Awaitable } from '../util/awaitable';
import type { Core } from '../session/core';
import type { Renewal } from '../session/renewal-host';
import type { Grant } from '../session/state';
import type { RefreshRequests } from './refresh-request';

/** Leave to send a request; as a probe, it goes without a token and waits again after a 401. */
export interface Entry {
  grant: Grant;
  probe?: Probe | undefined;
}

export interface Probe {
  /** What the request waits for if it is not the refresh. */
  held: Promise<Grant>;
  /** The token that is being renewed: what the server says to it tells one from the other. */
  refusedToken: string | null;
  /** It was sent with that token, too. */
  isSecond: boolean;
  /** Resolves when its 401 is to be handed on: it may be the refresh, and be refused. */
  givenUp(): Promise<null>;
}

/** How long a request is held, in milliseconds, that may be the refresh which it waits for. */
const LIKELY_WAIT = 400;
const UNLIKELY_WAIT = 900;

const ANONYMOUS: Grant = { token: null, epoch: -1, version: -1, failures: 0, fresh: false };

/**
 * Where nothing tells the refresh from other requests (a cookie only, sent after an `await`, in a
 * browser, for the first time), it would be held for itself. So a held request that may be the
 * refresh is sent without a token after a moment. If that is refused, it is sent with the token that
 * is over: a 401 that says so belongs to another request, which then waits again; any other 401 is the
 * answer to the refresh (G8).
 */
export interface Probes {
  admit(config: InternalAxiosRequestConfig, willWait: boolean): Awaitable<Entry>;
  /** Learns from the answer to a probe. */
  watch(config: InternalAxiosRequestConfig, answer: Promise<AxiosResponse>): Promise<AxiosResponse>;
}

export function createProbes(core: Core, refreshRequests: RefreshRequests): Probes {
  function probeLater(
    config: InternalAxiosRequestConfig,
    inFlight: Renewal,
    held: Promise<Grant>,
  ): Promise<Entry> {
    const isLikely = refreshRequests.looksLikeOne(config);
    return new Promise((resolve) => {
      const check = (): void => {
        if (core.renewal !== inFlight || inFlight.usesClient) return;
        if (inFlight.requests > 0) wait();
        else resolve({ grant: ANONYMOUS, probe });
      };
      let timer: ReturnType<typeof setTimeout>;
      const wait = (): void => {
        timer = setTimeout(check, isLikely ? LIKELY_WAIT : UNLIKELY_WAIT);
      };
      const probe: Probe = {
        held,
        refusedToken: inFlight.token,
        isSecond: false,
        givenUp: () =>
          new Promise((handOn) => {
            if (isLikely) setTimeout(handOn, LIKELY_WAIT, null);
          }),
      };
      const stop = (): void => {
        clearTimeout(timer);
      };
      wait();
      held.then(stop, stop);
    });
  }

  return {
    admit(config, willWait) {
      const inFlight = core.renewal;
      const held = core.admit(willWait);
      if (!isThenable(held)) return { grant: held };
      const granted = held.then((grant) => ({ grant }));
      if (!inFlight?.waited || core.inside.exact || willWait) return granted;
      return Promise.race([granted, probeLater(config, inFlight, held as Promise<Grant>)]);
    },
    async watch(config, answer) {
      const inFlight = core.renewal;
      const response = await answer;
      const isIt = inFlight && core.renewal === inFlight && response.status < 300;
      if (isIt && refreshRequests.looksLikeOne(config)) refreshRequests.learn(config);
      return response;
    },
  };
}

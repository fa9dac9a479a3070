import type { InternalAxiosRequestConfig } from 'axios';
import { isThenable, type Awaitable } from '../util/awaitable';
import { AuthError } from '../errors';
import type { ResolvedOptions } from '../options';
import { asHeaders, nextAttempt } from '../request/attempt';
import { isStream, type Spare } from '../request/body';
import type { AuthHeader } from '../request/header';
import { throwIfCancelled, waitFor } from '../request/wait';
import type { Core } from '../session/core';
import { settleWithin } from '../util/timers';
import type { Claim } from './claim';
import type { Personal } from './personal';

/** Makes the config of another attempt, with the token that the session has by now (G17). */
export interface Replay {
  /** Rejects where the body is gone, the request was cancelled, or its session is over. */
  of(
    config: InternalAxiosRequestConfig,
    claim: Claim,
    spare: Spare | undefined,
  ): Awaitable<InternalAxiosRequestConfig>;
  /** Something happened since the token was put in: a renewal, a sign-in, a sign-out. */
  readmit(config: InternalAxiosRequestConfig, claim: Claim): Promise<void>;
}

export function createReplay(
  core: Core,
  options: ResolvedOptions,
  header: AuthHeader,
  personal: Personal,
): Replay {
  const { herald, redactor } = core;

  async function replaced(next: InternalAxiosRequestConfig): Promise<InternalAxiosRequestConfig> {
    try {
      return (await settleWithin(options.refreshTimeout, () => options.onReplay?.(next))) ?? next;
    } catch (fault) {
      herald.log('error', 'onReplay failed; the request is sent as it was.', redactor.error(fault));
      return next;
    }
  }

  /** Takes what `onReplay` makes of it, and waits where something has happened since the grant. */
  async function finished(
    next: InternalAxiosRequestConfig,
    claim: Claim,
  ): Promise<InternalAxiosRequestConfig> {
    const { data } = next as { data: unknown };
    const found = options.onReplay ? await waitFor(replaced(next), next) : next;
    found.headers = asHeaders(found.headers);
    // The adapter of the first attempt has noted the length of the first body.
    if (found.data !== data) found.headers.delete('Content-Length');
    if (!core.isValid(claim.grant)) await readmit(found, claim);
    throwIfCancelled(found);
    return found;
  }

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

  return {
    readmit,
    of(config, claim, spare) {
      if (!spare && isStream(config.data)) throw notReplayable();
      const next = nextAttempt(config, spare);
      header.put(next, claim.grant.token);
      if (options.onReplay || !core.isValid(claim.grant)) return finished(next, claim);
      throwIfCancelled(next);
      return next;
    },
  };
}

const notReplayable = (): AuthError =>
  new AuthError(
    'ERR_AUTH_NOT_REPLAYABLE',
    'The access token was refused and there is a new one now, but the body was a stream and cannot be ' +
      'read twice. Send the request anew with a new stream.',
  );

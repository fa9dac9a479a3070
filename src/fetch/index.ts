import { Axios } from 'axios';
import { originChecks } from '../resolve-options';
import type { AttachOptions, AuthSession } from '../session/auth-session';
import { aFunction, checkOptions } from '../util/check-options';
import { describe, isRecord } from '../util/values';
import { FetchCall } from './fetch-call';
import { readGiven, type AuthRequestInit } from './given';

export type { AuthRequestInit };

/** Options of {@link createAuthFetch}. Where the token may go is as for the session, if it is left out. */
export interface AuthFetchOptions extends AttachOptions {
  /** What sends. @default the `fetch` that is global at the time of each call */
  fetch?: typeof fetch;
}

/** Goes wherever a `fetch` is wanted, and knows `skipAuth`. */
export type AuthFetch = typeof fetch &
  ((input: string | URL | Request, init?: AuthRequestInit) => Promise<Response>);

/**
 * Makes a `fetch` of a session: for server-sent events, streams, and SDKs that take a `fetch`. It shares
 * the queue and the renewals with the attached axios instances. It answers and rejects as the `fetch`
 * below it; what the session rejects with is an AuthError. After `auth.detach()` it adds nothing.
 *
 * There is no baseURL here: without `allowedOrigins`, and without that of the session, the token goes to
 * the page's own origin only.
 *
 * @throws TypeError for options that cannot work, naming the option
 * @example
 * const authFetch = createAuthFetch(auth, { allowedOrigins: ['https://api.example.com'] });
 * const response = await authFetch('https://api.example.com/stream');
 */
export function createAuthFetch(
  auth: Pick<AuthSession, 'attach'>,
  options: AuthFetchOptions = {},
): AuthFetch {
  if (!isRecord(auth) || typeof auth.attach !== 'function') {
    throw new TypeError(
      `createAuthFetch(auth, options): auth must be what attachAuthInterceptors returns, got ${describe(auth)}.`,
    );
  }
  const checks = { ...originChecks(), fetch: aFunction };
  checkOptions('createAuthFetch(auth, options)', options, checks, undefined);
  const own = Object.assign(Object.create(null), options) as AuthFetchOptions;
  const { fetch: send = globalFetch, ...where } = own;
  // Without the defaults of axios, which an application may have changed.
  const instance = new Axios({});
  auth.attach(instance, where);
  return async function authFetch(input: string | URL | Request, init?: AuthRequestInit) {
    const call = new FetchCall(send, readGiven(input, init));
    try {
      await instance.request(call.config());
    } catch (error) {
      throw call.failed(error);
    }
    return call.answered();
  } as AuthFetch;
}

const globalFetch: typeof fetch = (input, init) => globalThis.fetch(input, init);

import { getAdapter } from 'axios';
import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { AuthError } from '../errors';
import type { Adapter } from './attempt';
import { isStream } from './body';
import type { AuthHeader } from './header';
import type { OriginRule } from './origin';

/** As many as the Fetch standard allows. */
const MAX_REDIRECTS = 20;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

export type Send = (adapter: Adapter, config: InternalAxiosRequestConfig) => Promise<AxiosResponse>;

/**
 * `fetch` takes `Authorization` away when a redirect leads to another origin, and a header of any
 * other name along (Fetch §4.4). So with a header of another name its redirects are followed here, by
 * the same rules, and without the token where it may not go (G3). A browser does not show where a
 * redirect leads to: there it ends as an error.
 */
export function followRedirects(send: Send, origins: OriginRule, header: AuthHeader): Send {
  return async (adapter, config) => {
    const { fetchOptions, maxRedirects = MAX_REDIRECTS } = config;
    if (!isFetch(adapter, config) || maxRedirects === 0 || fetchOptions?.redirect) {
      return send(adapter, config);
    }
    const { validateStatus } = config;
    let next: InternalAxiosRequestConfig = {
      ...config,
      fetchOptions: { ...fetchOptions, redirect: 'manual' },
      validateStatus: (status) => isRedirect(status) || !validateStatus || validateStatus(status),
    };
    for (let hops = 0; ; hops++) {
      const response = await send(adapter, next);
      if (response.status === 0) throw hiddenRedirect();
      const target = targetOf(response);
      if (!target || hops === maxRedirects || isStream(next.data)) return response;
      next = redirected(next, response.status, target);
      if (!origins.allows(target)) header.strip(next.headers);
    }
  };
}

const hiddenRedirect = (): AuthError =>
  new AuthError(
    'ERR_AUTH_INSECURE_URL',
    'The answer is a redirect, and a browser does not show where it leads: the token cannot be kept ' +
      'from another origin. Use the Authorization header, or a URL that does not redirect.',
  );

const isRedirect = (status: number): boolean => REDIRECTS.includes(status);

function isFetch(adapter: Adapter, config: InternalAxiosRequestConfig): boolean {
  const get = getAdapter as (adapter: Adapter, config: unknown) => AxiosAdapter;
  try {
    return typeof adapter !== 'function' && get(adapter, config) === get('fetch', config);
  } catch {
    return false;
  }
}

function targetOf({ status, headers, request }: AxiosResponse): string | undefined {
  const location: unknown = headers.location;
  const from = (request as { url?: string } | undefined)?.url;
  if (!isRedirect(status) || typeof location !== 'string') return undefined;
  return new URL(location, from).href;
}

/** Fetch §4.4: 303, and 301 or 302 after a POST, go on as a GET without the body. */
function redirected(
  config: InternalAxiosRequestConfig,
  status: number,
  url: string,
): InternalAxiosRequestConfig {
  const { method } = config;
  const headers = config.headers.concat();
  const next = { ...config, url, headers };
  delete next.baseURL;
  delete next.params;
  const becomesGet =
    status === 303 ? method !== 'get' && method !== 'head' : status < 303 && method === 'post';
  if (!becomesGet) return next;
  for (const name of ['content-type', 'content-length', 'content-encoding']) headers.delete(name);
  return { ...next, method: 'get', data: undefined };
}

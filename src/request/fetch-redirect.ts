import { AxiosError, getAdapter } from 'axios';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { AuthError } from '../errors';
import { adapterFor, type Adapter } from './attempt';
import { isStream } from './body';
import type { AuthHeader } from './header';
import type { OriginRule } from './origin';

/** As many as the Fetch standard allows. */
const MAX_REDIRECTS = 20;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** What fetch itself takes away when the origin changes. */
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization'];
const BODY_HEADERS = ['content-type', 'content-length', 'content-encoding', 'content-language'];

export type Send = (adapter: Adapter, config: InternalAxiosRequestConfig) => Promise<AxiosResponse>;

/**
 * `fetch` takes `Authorization` away when a redirect leads to another origin, and a header of any
 * other name along (Fetch §4.4). So with a header of another name its redirects are followed here, by
 * the same rules, and without the token where it may not go (G3). A browser does not show where a
 * redirect leads to: there it ends as an error.
 */
export function followRedirects(send: Send, origins: OriginRule, header: AuthHeader): Send {
  return async (adapter, config) => {
    const { fetchOptions, maxRedirects = MAX_REDIRECTS, validateStatus } = config;
    const mode: unknown = fetchOptions?.redirect;
    if (mode === 'manual' || mode === 'error' || !isFetch(adapter, config)) {
      return send(adapter, config);
    }
    const manual = { ...config, fetchOptions: { ...fetchOptions, redirect: 'manual' as const } };
    // Before 1.8, the fetch adapter of axios knew no `maxRedirects`.
    if (maxRedirects === 0) return send(adapter, manual);

    let next: InternalAxiosRequestConfig = {
      ...manual,
      validateStatus: (status) => isRedirect(status) || !validateStatus || validateStatus(status),
    };
    for (let hops = 0; ; hops++) {
      const response = await send(adapter, next);
      if (response.status === 0) throw hiddenRedirect();
      if (!isRedirect(response.status)) return response;
      const target = targetOf(response);
      if (!target) {
        if (validateStatus?.(response.status) === false) throw refused(response);
        return response;
      }
      if (hops === maxRedirects) throw refused(response, AxiosError.ERR_FR_TOO_MANY_REDIRECTS);
      next = redirected(next, response, target);
      if (!origins.allows(target.href)) {
        header.strip(next.headers);
      }
    }
  };
}

const isRedirect = (status: number): boolean => REDIRECTS.includes(status);

function isFetch(adapter: Adapter, config: InternalAxiosRequestConfig): boolean {
  try {
    const chosen = adapterFor(adapter, config);
    return chosen === adapterFor('fetch', config) || chosen === getAdapter('fetch');
  } catch {
    return false;
  }
}

const sourceOf = ({ request }: AxiosResponse): string => (request as Request).url;

function targetOf(response: AxiosResponse): URL | undefined {
  const location: unknown = response.headers.location;
  return typeof location === 'string' ? new URL(location, sourceOf(response)) : undefined;
}

/** Fetch §4.4: 303, and 301 or 302 after a POST, go on as a GET without the body. */
function redirected(
  config: InternalAxiosRequestConfig,
  response: AxiosResponse,
  target: URL,
): InternalAxiosRequestConfig {
  const { status } = response;
  const { method } = config;
  const headers = config.headers.concat();
  const next = { ...config, url: target.href, headers };
  delete next.baseURL;
  delete next.params;
  if (target.origin !== new URL(sourceOf(response)).origin) headers.delete(CREDENTIALS);
  const becomesGet =
    status === 303 ? method !== 'get' && method !== 'head' : status < 303 && method === 'post';
  if (becomesGet) {
    headers.delete(BODY_HEADERS);
    return { ...next, method: 'get', data: undefined };
  }
  if (isStream(config.data)) throw refused(response, AxiosError.ERR_NETWORK);
  return next;
}

function refused(response: AxiosResponse, code = AxiosError.ERR_BAD_RESPONSE): AxiosError {
  const { config } = response as AxiosResponse<unknown, unknown>;
  const message = `Request failed with status code ${response.status}`;
  return new AxiosError(message, code, config, response.request, response);
}

const hiddenRedirect = (): AuthError =>
  new AuthError(
    'ERR_AUTH_INSECURE_URL',
    'The answer is a redirect, and a browser does not show where it leads: the token cannot be kept ' +
      'from another origin. Use the Authorization header, or a URL that does not redirect.',
  );

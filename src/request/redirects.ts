import axios from 'axios';
import type { AxiosAdapter, AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { AuthError } from '../errors';
import { parseUrl } from '../util/url';
import { isRecord, ownValue } from '../util/values';
import { adapterFor, canUseFetch, isReactNative, kindOf, type AdapterKind } from './attempt';
import type { AuthHeader } from './auth-header';
import type { Origins } from './origins';

interface Workers {
  Cloudflare?: { compatibilityFlags?: { strip_authorization_on_cross_origin_redirect?: boolean } };
}

/** Workers with a compatibility date before September 2025 send `Authorization` on to another host. */
const sendsAuthorizationOn = (): boolean =>
  (globalThis as Workers).Cloudflare?.compatibilityFlags
    ?.strip_authorization_on_cross_origin_redirect === false;

type Config = InternalAxiosRequestConfig;
type BeforeRedirect = NonNullable<Config['beforeRedirect']>;

/** `fetchOptions.redirect` and `env.fetch`, which some supported versions of axios do not have in their types. */
interface FetchConfig {
  fetchOptions?: Record<string, unknown> | undefined;
  env?: Record<string, unknown> | undefined;
  transport?: unknown;
}

/** What stood in a config before; `undefined` for what did not stand there. */
export type Saved = Partial<
  Record<
    'beforeRedirect' | 'transport' | 'env' | 'fetchOptions' | 'maxRedirects' | 'proxy',
    unknown
  >
>;

/**
 * Keeps the token of one instance from an origin that a redirect leads to, and tells whose answer it is
 * that came (G3; an answer of another host says nothing about the session).
 *
 * axios' http adapter asks before each redirect. fetch takes `Authorization` away when the origin changes,
 * and no other header: with a header of another name its redirects are refused, and XHR, which cannot be
 * told to refuse them, is not used.
 */
export class Redirects {
  readonly #origins: Origins;
  readonly #header: AuthHeader | null;
  /** No redirect may be followed: the platform would send the header on. */
  readonly #mustRefuse: boolean;
  #lastKind: { adapter: AxiosAdapter; kind: AdapterKind } | undefined;
  /** Where fetch has ended up, by its request. */
  readonly #finalUrls = new WeakMap<object, string>();

  constructor(origins: Origins, header: AuthHeader | null, allowRedirects: boolean) {
    this.#origins = origins;
    this.#header = header;
    this.#mustRefuse =
      header !== null && !allowRedirects && (!header.isStandard || sendsAuthorizationOn());
  }

  /**
   * Prepares one attempt with its token, so that no redirect carries the token away.
   *
   * @returns what to give to `restore` when the answer is there
   * @throws AuthError `ERR_AUTH_CONFIG` where redirects cannot be kept from carrying the token away
   */
  protect(config: Config, adapter: AxiosAdapter): Saved {
    const kind = this.#kindOf(adapter, config);
    const alwaysFollows = kind === 'xhr' || (kind === 'fetch' && isReactNative());
    if (this.#mustRefuse && alwaysFollows) throw wouldGoAlong();
    const saved = this.#guardHttp(config);
    if (this.#mustRefuse && kind !== 'http') refuseFetchRedirects(config, saved);
    else if (kind === 'fetch') this.#recordFinalUrl(config, saved);
    return saved;
  }

  /** Takes out of the config what `protect` has put in. Returns the error for a redirect that was refused. */
  restore(
    config: Config,
    saved: Saved,
    response: AxiosResponse | undefined,
  ): AuthError | undefined {
    // The last first: deleting what was added last is all that V8 does without making the object a dictionary.
    for (const key of Object.keys(saved).reverse() as (keyof Saved)[]) {
      const value = saved[key];
      if (value === undefined) delete (config as Saved)[key];
      else (config as Saved)[key] = value;
    }
    const isRefused = 'fetchOptions' in saved && response && isRedirect(response);
    return isRefused ? wouldGoAlong() : undefined;
  }

  /** True where the answer came from an origin that may see the token, as far as the adapter tells. */
  isFromAllowedOrigin({ request }: AxiosResponse): boolean {
    const url = this.#finalUrlOf(request);
    return url === undefined || this.#origins.allows(url);
  }

  #finalUrlOf(request: unknown): string | undefined {
    if (!isRecord(request)) return undefined;
    const { res, responseURL, socketPath } = request as {
      res?: { responseUrl?: unknown };
      responseURL?: unknown;
      socketPath?: unknown;
    };
    // Over a Unix socket there is no host that a redirect could have led to; follow-redirects makes one up.
    if (socketPath) return undefined;
    const url = res?.responseUrl ?? responseURL ?? this.#finalUrls.get(request);
    return typeof url === 'string' && url ? url : undefined;
  }

  /** axios' http adapter calls it before each redirect. */
  readonly #strip: BeforeRedirect = (options) => {
    // A proxy gets the whole URL as the path.
    const hasProxy = /^\w+:/.test(String(options.path));
    if (this.#origins.allows(String(options.href), hasProxy)) return;
    this.#header?.removeAny(options.headers as Record<string, unknown>);
  };

  /** An own `beforeRedirect` is called as well, and an own `transport` is told to ask. */
  #guardHttp(config: Config): Saved {
    const own = ownValue(config, 'beforeRedirect') as BeforeRedirect | undefined;
    const transport = ownValue(config, 'transport');
    const both: BeforeRedirect = (...details) => {
      this.#strip(...details);
      own?.(...details);
      // It may have put the headers of the redirected request in again.
      this.#strip(...details);
    };
    const guard = own ? both : this.#strip;
    config.beforeRedirect = guard;
    if (!transport) return { beforeRedirect: own };
    config.transport = guardTransport(transport, guard);
    return { beforeRedirect: own, transport };
  }

  /** The `fetch` of `config.env` came with axios 1.12; an older one knows nothing of it. */
  #recordFinalUrl(config: Config & FetchConfig, saved: Saved): void {
    const { env } = config;
    const own = ownValue(env, 'fetch') as typeof fetch | undefined;
    saved.env = env;
    config.env = { ...env, fetch: own ? this.#recording(own) : this.#recordingGlobal };
  }

  /** One function for all requests: axios keeps what it makes for each `fetch` that it is given. */
  readonly #recordingGlobal = this.#recording((input, init) => globalThis.fetch(input, init));

  #recording(send: typeof fetch): typeof fetch {
    return (input, init) => {
      const answer = send(input, init);
      // A test double may answer anything.
      void Promise.resolve(answer)
        .then(({ url }) => isRecord(input) && this.#finalUrls.set(input, url))
        .catch(() => undefined);
      return answer;
    };
  }

  #kindOf(adapter: AxiosAdapter, config: Config): AdapterKind {
    if (this.#lastKind?.adapter === adapter) return this.#lastKind.kind;
    const kind = kindOf(adapter, config);
    this.#lastKind = { adapter, kind };
    return kind;
  }
}

/** With a transport of its own, axios hands `beforeRedirect` on only by this list. */
function guardTransport(transport: unknown, guard: BeforeRedirect): unknown {
  const { request } = transport as {
    request(options: { beforeRedirects?: Record<string, unknown> }, ...rest: unknown[]): unknown;
  };
  return {
    request(options: { beforeRedirects?: Record<string, unknown> }, ...rest: unknown[]) {
      if (options.beforeRedirects) options.beforeRedirects.config = guard;
      return request.call(transport, options, ...rest);
    },
  };
}

/**
 * Tells fetch, and adapters around it or around http, not to follow redirects; a request that says so itself
 * is left alone.
 */
function refuseFetchRedirects(config: Config & FetchConfig, saved: Saved): void {
  const { fetchOptions, maxRedirects } = config;
  const mode = ownValue(fetchOptions, 'redirect');
  if (mode === 'manual' || mode === 'error') return;
  Object.assign(saved, { fetchOptions, maxRedirects });
  config.fetchOptions = { ...fetchOptions, redirect: 'manual' };
  // An adapter around http may have a `beforeRedirect` of its own in the place of ours.
  config.maxRedirects = 0;
}

/** A browser shows nothing of a redirect that it was told not to follow, not even its status. */
const isRedirect = ({ status }: AxiosResponse): boolean => /^(?:0|30[12378])$/.test(String(status));

const wouldGoAlong = (): AuthError =>
  new AuthError(
    'ERR_AUTH_CONFIG',
    'The token would go along with a redirect to another host. Use a URL that does not redirect, ' +
      "adapter: 'fetch' in a browser, or allowRedirects: true if the server never redirects to another host.",
  );

/**
 * Keeps an instance from carrying the credentials in its requests to another origin: redirects are
 * followed within the origin by the http adapter, and refused by fetch. In browsers fetch is used in place
 * of XHR, which cannot be kept from following.
 */
export function refuseForeignRedirects(client: Pick<AxiosInstance, 'interceptors'>): void {
  const refused = new WeakMap<BeforeRedirect, AuthError>();
  client.interceptors.request.use((config) => {
    const own = ownValue(config, 'beforeRedirect') as BeforeRedirect | undefined;
    const { url = '', baseURL = '', allowAbsoluteUrls = true } = config;
    const guard: BeforeRedirect = (options, ...details) => {
      const from = axios.getUri({ url, baseURL, allowAbsoluteUrls });
      if (parseUrl(String(options.href))?.origin !== parseUrl(from)?.origin) {
        const error = credentialsWouldLeave();
        refused.set(guard, error);
        throw error;
      }
      own?.(options, ...details);
    };
    config.beforeRedirect = guard;
    const transport = ownValue(config, 'transport');
    if (transport) config.transport = guardTransport(transport, guard);
    const kind = kindOf(adapterFor(config.adapter, config), config);
    if (kind === 'xhr' && canUseFetch()) {
      config.adapter = 'fetch';
      // axios would set it, and Firefox asks the server by CORS whether it may: XHR sends none of axios.
      config.headers.set('User-Agent', false, false);
    }
    if (kind !== 'http') refuseFetchRedirects(config, {});
    return config;
  });
  const check = (response: AxiosResponse | undefined): void => {
    const { fetchOptions } = (response?.config ?? {}) as FetchConfig;
    const wasRefused = fetchOptions?.redirect === 'manual';
    if (wasRefused && response && isRedirect(response)) throw credentialsWouldLeave();
  };
  client.interceptors.response.use(
    (response) => {
      check(response);
      return response;
    },
    (error: unknown) => {
      const { config, response } = (error ?? {}) as { config?: Config; response?: AxiosResponse };
      const reason = config?.beforeRedirect && refused.get(config.beforeRedirect);
      if (reason) throw reason;
      check(response);
      throw error;
    },
  );
}

const credentialsWouldLeave = (): AuthError =>
  new AuthError(
    'ERR_AUTH_CONFIG',
    'The auth server answered with a redirect, and it was not followed: the credentials would go along. ' +
      'Give the URL that it redirects to.',
  );

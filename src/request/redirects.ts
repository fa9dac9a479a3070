import axios, { getAdapter } from 'axios';
import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { AuthError } from '../errors';
import { parseUrl } from '../util/url';
import { isRecord, ownValue } from '../util/values';
import { adapterFor } from './attempt';
import type { AuthHeader } from './auth-header';
import type { Origins } from './origins';

type Config = InternalAxiosRequestConfig;
type BeforeRedirect = NonNullable<Config['beforeRedirect']>;
type AdapterKind = 'http' | 'xhr' | 'fetch' | 'other';

/** `fetchOptions.redirect` and `env.fetch`, which some supported versions of axios do not have in their types. */
interface FetchConfig {
  fetchOptions?: Record<string, unknown> | undefined;
  env?: Record<string, unknown> | undefined;
  transport?: unknown;
}

/** The `fetch` of `config.env` came with axios 1.12. */
const knowsEnvFetch = (): boolean => !/^1\.(?:\d|1[01])\./.test(axios.VERSION);

/**
 * Keeps the token of one instance from an origin that a redirect leads to, and tells whose answer it is
 * that came (G3, and §3 of the verdicts: an answer of another host says nothing about the session).
 *
 * axios' http adapter asks before each redirect. fetch takes `Authorization` away when the origin changes,
 * and no other header: with a header of another name its redirects are refused, and XHR, which cannot be
 * told to refuse them, is not used.
 */
export class Redirects {
  readonly #origins: Origins;
  readonly #header: AuthHeader | null;
  readonly #allowRedirects: boolean;
  #lastKind: { adapter: AxiosAdapter; kind: AdapterKind } | undefined;
  /** Where fetch has ended up, by its request. */
  readonly #finalUrls = new WeakMap<object, string>();

  constructor(origins: Origins, header: AuthHeader | null, allowRedirects: boolean) {
    this.#origins = origins;
    this.#header = header;
    this.#allowRedirects = allowRedirects;
  }

  /**
   * Sends one attempt with its token. What is put into the config for that is taken out again when the
   * answer is there.
   *
   * @throws AuthError `ERR_AUTH_CONFIG` where redirects cannot be kept from carrying the token away
   */
  async send(config: Config): Promise<AxiosResponse> {
    const kind = this.#kindOf(adapterFor(config.adapter, config), config);
    const mustRefuse = this.#header !== null && !this.#header.isStandard && !this.#allowRedirects;
    if (mustRefuse && kind === 'xhr') throw cannotRefuseRedirects();
    const restore = [this.#guardHttp(config)];
    const refused = mustRefuse && kind !== 'http' ? refuseFetchRedirects(config) : undefined;
    if (refused) restore.push(refused);
    else if (kind === 'fetch') restore.push(this.#recordFinalUrl(config));
    try {
      const response = await adapterFor(config.adapter, config)(config);
      if (refused && isRedirect(response)) throw redirectRefused();
      return response;
    } catch (error) {
      const { response } = error as { response?: AxiosResponse };
      if (refused && response && isRedirect(response)) throw redirectRefused();
      throw error;
    } finally {
      for (const undo of restore) undo?.();
    }
  }

  /** True where the answer came from an origin that may see the token, as far as the adapter tells. */
  isOwnAnswer({ request }: AxiosResponse): boolean {
    const url = this.#finalUrlOf(request);
    return url === undefined || this.#origins.allows(url);
  }

  #finalUrlOf(request: unknown): string | undefined {
    if (!isRecord(request)) return undefined;
    const { res, responseURL } = request as {
      res?: { responseUrl?: unknown };
      responseURL?: unknown;
    };
    const url = res?.responseUrl ?? responseURL ?? this.#finalUrls.get(request);
    return typeof url === 'string' && url ? url : undefined;
  }

  /** The http adapter asks `beforeRedirect`; an own `transport` is told to do the same. */
  #guardHttp(config: Config): (() => void) | undefined {
    const header = this.#header;
    if (!header) return undefined;
    const own = ownValue(config, 'beforeRedirect') as BeforeRedirect | undefined;
    const transport = ownValue(config, 'transport');
    const guard: BeforeRedirect = (options, ...details) => {
      if (!this.#origins.allows(String(options.href))) {
        header.strip(options.headers as Record<string, unknown>);
      }
      own?.(options, ...details);
    };
    config.beforeRedirect = guard;
    if (transport) config.transport = guardTransport(transport, guard);
    return () => {
      if (own) config.beforeRedirect = own;
      else delete config.beforeRedirect;
      if (transport) config.transport = transport;
    };
  }

  #recordFinalUrl(config: Config & FetchConfig): (() => void) | undefined {
    if (!knowsEnvFetch()) return undefined;
    const { env } = config;
    const own = ownValue(env, 'fetch') as typeof fetch | undefined;
    config.env = { ...env, fetch: own ? this.#recording(own) : this.#recordingGlobal };
    return () => {
      if (env) config.env = env;
      else delete config.env;
    };
  }

  /** One function for all requests: axios keeps what it makes for each `fetch` that it is given. */
  readonly #recordingGlobal = this.#recording((input, init) => globalThis.fetch(input, init));

  #recording(send: typeof fetch): typeof fetch {
    return (input, init) => {
      const answer = send(input, init);
      answer.then(
        ({ url }) => {
          if (isRecord(input)) this.#finalUrls.set(input, url);
        },
        () => undefined,
      );
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

function kindOf(adapter: AxiosAdapter, config: Config): AdapterKind {
  for (const name of ['http', 'xhr', 'fetch'] as const) {
    try {
      if (adapterFor(name, config) === adapter || getAdapter(name) === adapter) return name;
    } catch {
      // Not supported here.
    }
  }
  return 'other';
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

/** Tells fetch, and adapters around it, not to follow redirects. */
function refuseFetchRedirects(config: Config & FetchConfig): (() => void) | undefined {
  const { fetchOptions } = config;
  const mode: unknown = fetchOptions?.redirect;
  if (mode === 'manual' || mode === 'error') return undefined;
  config.fetchOptions = { ...fetchOptions, redirect: 'manual' };
  return () => {
    if (fetchOptions) config.fetchOptions = fetchOptions;
    else delete config.fetchOptions;
  };
}

/** A browser shows nothing of a redirect that it was told not to follow, not even its status. */
const isRedirect = ({ status }: AxiosResponse): boolean =>
  status === 0 || [301, 302, 303, 307, 308].includes(status);

const cannotRefuseRedirects = (): AuthError =>
  new AuthError(
    'ERR_AUTH_CONFIG',
    "With a headerName of its own the token would follow a redirect to another host: XHR cannot be kept from that. Use adapter: 'fetch', or set allowRedirects: true if the server never redirects to another host.",
  );

const redirectRefused = (): AuthError =>
  new AuthError(
    'ERR_AUTH_CONFIG',
    'The answer is a redirect, and was not followed: with a headerName of its own the token would go ' +
      'along. Use a URL that does not redirect, or set allowRedirects: true if the server never redirects ' +
      'to another host.',
  );

/**
 * Keeps an instance from carrying the credentials in its requests to another origin: redirects are
 * followed within the origin by the http adapter, and refused by fetch. In browsers fetch is used in place
 * of XHR, which cannot be kept from following.
 */
export function refuseForeignRedirects(client: {
  interceptors: ReturnType<typeof axios.create>['interceptors'];
}): void {
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
    const kind = kindOf(adapterFor(config.adapter, config), config);
    if (kind === 'xhr' && canUseFetch()) config.adapter = 'fetch';
    if (kind !== 'http') refuseFetchRedirects(config);
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

/** React Native's fetch is made of its XMLHttpRequest, and follows redirects as that does. */
const canUseFetch = (): boolean =>
  typeof fetch === 'function' &&
  (globalThis as { navigator?: { product?: unknown } }).navigator?.product !== 'ReactNative';

const credentialsWouldLeave = (): AuthError =>
  new AuthError(
    'ERR_AUTH_CONFIG',
    'The auth server answered with a redirect, and it was not followed: the credentials in the request ' +
      'would go along. Give the URL that it redirects to.',
  );

import axios from 'axios';
import type { InternalAxiosRequestConfig } from 'axios';
import { AuthError } from '../errors';
import { isLoopback, type ParsedUrl, parseUrl } from '../util/url';
import { ownValue, safely } from '../util/values';

/** Where a request goes, as far as the token is concerned (G3). `loopback`: allowed, over plain http. */
export type Destination = 'allowed' | 'loopback' | 'foreign' | 'insecure' | 'unknown';

/** What one instance allows. */
export interface OriginOptions {
  allowedOrigins?: readonly (string | RegExp)[] | undefined;
  allowInsecureHttp?: boolean | undefined;
}

const ABSOLUTE = /^(?:[a-z][a-z\d+\-.]*:)?\/\//i;
const WITH_AUTHORITY = /^[a-z][a-z\d+\-.]*:\/\/[^/\\?#\s]/i;

/** Stands in for the page where there is none: a relative URL can then not leave for anywhere else. */
const NOWHERE = 'https://relative.invalid/';

/** Before 1.8, axios knew no `allowAbsoluteUrls`, and before 1.8.3 not every adapter did: an absolute URL won. */
const knowsAllowAbsolute = (): boolean => !/^1\.([0-7]\.|8\.[0-2]$)/.test(axios.VERSION);

/**
 * Decides which URLs may see the token of one instance: by the URL as the adapters will read it, never by
 * how it looks. What cannot be understood may not (G3).
 */
export class Origins {
  readonly #options: OriginOptions;
  readonly #instance: { defaults: object };
  #last: { base: string; own: string | undefined; destination: Destination } | undefined;

  /** @param instance its defaults are read anew for each request: they may be replaced */
  constructor(options: OriginOptions, instance: { defaults: object }) {
    this.#options = options;
    this.#instance = instance;
  }

  judge(config: InternalAxiosRequestConfig): Destination {
    const { baseURL, url, allowAbsoluteUrls } = config;
    const own = this.#ownBase();
    const hasProxy = !!config.proxy;
    const isPath = url === undefined || (typeof url === 'string' && !ABSOLUTE.test(url));
    const last = this.#last;
    const isKnown = last && isPath && !hasProxy && last.base === baseURL && last.own === own;
    if (isKnown) return last.destination;
    // Behind a base with an authority a relative URL is a path, whatever it contains.
    const isBelowBase =
      isPath && !hasProxy && baseURL !== undefined && WITH_AUTHORITY.test(baseURL);
    const target = isBelowBase ? baseURL : fullPath(url, baseURL, allowAbsoluteUrls);
    const destination = this.#judgeUrl(target, own, hasProxy);
    if (isBelowBase) this.#last = { base: baseURL, own, destination };
    return destination;
  }

  mayHaveToken(config: InternalAxiosRequestConfig): boolean {
    return maySeeToken(this.judge(config));
  }

  /** For a URL that a redirect leads to, or has led to. */
  allows(url: string, hasProxy = false): boolean {
    return maySeeToken(this.#judgeUrl(url, this.#ownBase(), hasProxy));
  }

  #ownBase(): string | undefined {
    const base = ownValue(this.#instance.defaults, 'baseURL');
    return typeof base === 'string' ? base : undefined;
  }

  #judgeUrl(url: string, own: string | undefined, hasProxy: boolean): Destination {
    const target = parse(url);
    if (!target) return 'foreign';
    const { allowedOrigins, allowInsecureHttp } = this.#options;
    if (!this.#isAllowed(target, own)) {
      return allowedOrigins || own || !ABSOLUTE.test(url) ? 'foreign' : 'unknown';
    }
    if (target.protocol !== 'http:' || allowInsecureHttp) return 'allowed';
    // Behind a proxy, loopback is no loopback: the token would go over the network in clear text.
    const { hostname } = target;
    const isLocal = isLoopback(hostname) && !hasProxy && !isProxiedByHost(hostname);
    return isLocal ? 'loopback' : 'insecure';
  }

  #isAllowed({ origin }: ParsedUrl, own: string | undefined): boolean {
    const { allowedOrigins } = this.#options;
    if (!allowedOrigins) {
      return [own, pageUrl()].some((url) => url !== undefined && parse(url)?.origin === origin);
    }
    return allowedOrigins.some((allowed) => {
      if (typeof allowed === 'string') return parseUrl(allowed)?.origin === origin;
      // A global RegExp remembers where it stopped; a copy of its source does not.
      return new RegExp(allowed.source, allowed.flags.replace(/[gy]/g, '')).test(origin);
    });
  }
}

const maySeeToken = (destination: Destination): boolean =>
  destination === 'allowed' || destination === 'loopback';

/** The same rule as axios: an absolute URL wins over baseURL, unless `allowAbsoluteUrls` is false. */
function fullPath(
  url: string | undefined,
  baseURL: string | undefined,
  allowAbsoluteUrls?: boolean,
): string {
  // An interceptor may have left an object in the place of the text.
  const requested = url ?? '';
  const absoluteWins = !(allowAbsoluteUrls === false && knowsAllowAbsolute());
  if (!baseURL || (ABSOLUTE.test(requested) && absoluteWins)) return requested;
  // Two slashes at most, as axios had it: with more, what follows may be read as a host.
  return requested ? `${baseURL.replace(/\/?\/$/, '')}/${requested.replace(/^\/+/, '')}` : baseURL;
}

/** Alone first: `https:host` is a path of an https page, and another host anywhere else. */
const parse = (url: string): ParsedUrl | null => parseUrl(url) ?? parseUrl(url, documentUrl());

/** What a page resolves a relative URL against: another origin, where its `<base>` says so. */
function documentUrl(): string {
  const { document } = globalThis as { document?: object };
  const base = document === (Object.prototype as { document?: object }).document ? null : document;
  const uri: unknown = (base as { baseURI?: unknown } | null)?.baseURI;
  return typeof uri === 'string' && WITH_AUTHORITY.test(uri) ? uri : pageUrl();
}

/** Not from a polluted `Object.prototype`, which every global inherits from. */
function pageUrl(): string {
  const { location } = globalThis as { location?: { href?: unknown } };
  const polluted = Object.prototype as { location?: unknown; href?: unknown };
  if (!location || location === polluted.location) return NOWHERE;
  const { href } = location;
  const isPage = typeof href === 'string' && href !== polluted.href && WITH_AUTHORITY.test(href);
  return isPage ? href : NOWHERE;
}

interface Host {
  process: {
    env: Partial<Record<string, string>>;
    execArgv?: readonly string[];
    versions?: Partial<Record<string, string>>;
  };
}

/** Bun and Deno send requests through the proxies of their environment; Node does when it is told to. */
const isProxiedByHost = (hostname: string): boolean =>
  // Deno throws where the environment may not be read: which proxy it takes from there is not to be known.
  safely(() => {
    const { env, execArgv, versions } = (globalThis as unknown as Host).process;
    const isNamed = env.http_proxy || env.HTTP_PROXY || env.all_proxy || env.ALL_PROXY;
    const exceptions = (env.no_proxy || env.NO_PROXY || '').split(/,\s*/);
    const isException = exceptions.some(
      (name) => name === hostname || (name === '*' && !versions?.deno),
    );
    const told = JSON.stringify([env.NODE_USE_ENV_PROXY, env.NODE_OPTIONS, execArgv, versions]);
    return isNamed && !isException && /^."1"|--use.env.proxy|"(bun|deno)"/.test(told);
  }) === true;

/** The error for a request that cannot go as it is. */
export function destinationError(destination: 'insecure' | 'unknown'): AuthError {
  if (destination === 'insecure') {
    return new AuthError(
      'ERR_AUTH_INSECURE_URL',
      'The access token would go over plain http, or to loopback through a proxy. Use https, or set ' +
        'allowInsecureHttp for a network that you trust.',
    );
  }
  return new AuthError(
    'ERR_AUTH_CONFIG',
    'Which origin may see the access token? Set allowedOrigins, give the axios instance a baseURL, or mark ' +
      'the request with skipAuth.',
  );
}

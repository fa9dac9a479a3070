import axios from 'axios';
import type { InternalAxiosRequestConfig } from 'axios';
import { AuthError } from '../errors';
import type { ResolvedOptions } from '../options';
import { isLoopback } from './loopback';

/** Where a request goes, as far as the token is concerned (G3). */
export type Destination = 'allowed' | 'foreign' | 'insecure' | 'unknown';

export interface OriginRule {
  judge(config: Target): Destination;
  /** For a URL that was followed by a redirect. */
  allows(url: string): boolean;
}

export type Target = Pick<InternalAxiosRequestConfig, 'url' | 'baseURL' | 'allowAbsoluteUrls'>;

const ABSOLUTE = /^(?:[a-z][a-z\d+\-.]*:)?\/\//i;
const WITH_AUTHORITY = /^[a-z][a-z\d+\-.]*:\/\/[^/\\?#\s]/i;

/** Stands in for the page where there is none: a relative URL can then not leave for anywhere else. */
const NOWHERE = 'https://relative.invalid/';

/** Before 1.8, axios knew no `allowAbsoluteUrls`: an absolute URL always won. */
const knowsAllowAbsolute = (): boolean => !/^1\.[0-7]\./.test(axios.VERSION);

/**
 * Decides by the URL as the adapters will read it, never by how it looks; fails closed.
 *
 * @param instanceBase gives the baseURL of the instance as it is now
 */
export function createOriginRule(
  { allowedOrigins, allowInsecureHttp }: ResolvedOptions,
  instanceBase: () => string | undefined,
): OriginRule {
  let cached: { base: string; own: string | undefined; destination: Destination } | undefined;

  function judge({ url, baseURL, allowAbsoluteUrls }: Target): Destination {
    const own = instanceBase();
    const isPath = url === undefined || (typeof url === 'string' && !ABSOLUTE.test(url));
    if (isPath && cached && cached.base === baseURL && cached.own === own) {
      return cached.destination;
    }
    // Behind a base with an authority a relative URL is a path, whatever it contains.
    if (!isPath || !baseURL || !WITH_AUTHORITY.test(baseURL)) {
      return judgeURL(fullPath(url, baseURL, allowAbsoluteUrls), own);
    }
    const destination = judgeURL(baseURL, own);
    cached = { base: baseURL, own, destination };
    return destination;
  }

  function judgeURL(url: string, own: string | undefined): Destination {
    const target = parse(url);
    if (!target) return 'foreign';
    if (!isAllowed(target, own)) {
      return allowedOrigins || own || !ABSOLUTE.test(url) ? 'foreign' : 'unknown';
    }
    const plain = target.protocol === 'http:' && !isLoopback(target.hostname);
    return plain && !allowInsecureHttp ? 'insecure' : 'allowed';
  }

  function isAllowed(target: URL, own: string | undefined): boolean {
    const origin = originOf(target);
    if (!allowedOrigins) {
      return [own, pageURL()].some((url) => {
        const allowed = url === undefined ? null : parse(url);
        return allowed !== null && originOf(allowed) === origin;
      });
    }
    return allowedOrigins.some((allowed) => {
      if (typeof allowed === 'string') return originOf(new URL(allowed)) === origin;
      // A global RegExp remembers where it stopped; a copy of its source does not.
      return new RegExp(allowed.source, allowed.flags.replace(/[gy]/g, '')).test(origin);
    });
  }

  return { judge, allows: (url) => judgeURL(url, instanceBase()) === 'allowed' };
}

/** The same rule as axios: an absolute URL wins over baseURL, unless `allowAbsoluteUrls` is false. */
function fullPath(
  url: string | undefined,
  baseURL: string | undefined,
  allowAbsoluteUrls?: boolean,
): string {
  const requested = url ?? '';
  const absoluteWins = !(allowAbsoluteUrls === false && knowsAllowAbsolute());
  if (!baseURL || (ABSOLUTE.test(requested) && absoluteWins)) return requested;
  return requested ? `${baseURL.replace(/\/+$/, '')}/${requested.replace(/^\/+/, '')}` : baseURL;
}

/** Alone first: `https:host` is a path of an https page, and another host anywhere else. */
function parse(url: string): URL | null {
  for (const base of [undefined, pageURL()]) {
    try {
      return new URL(url, base);
    } catch {
      // Not an absolute URL, or no URL at all.
    }
  }
  return null;
}

function pageURL(): string {
  const page = (globalThis as { location?: { href?: unknown } }).location?.href;
  return typeof page === 'string' && WITH_AUTHORITY.test(page) ? page : NOWHERE;
}

/** Schemes that the platform gives no origin for (`capacitor:`, `app:`) are told apart by host. */
const originOf = (url: URL): string =>
  url.origin === 'null' ? `${url.protocol}//${url.host}` : url.origin;

/** The error for a request that cannot go as it is. */
export function refuseDestination(destination: 'insecure' | 'unknown'): AuthError {
  if (destination === 'insecure') {
    return new AuthError(
      'ERR_AUTH_INSECURE_URL',
      'The access token would go over plain http. Use https, or set allowInsecureHttp for a network you trust.',
    );
  }
  return new AuthError(
    'ERR_AUTH_CONFIG',
    'Which origin may see the access token? Give the axios instance a baseURL, or set allowedOrigins, ' +
      'or mark the request with skipAuth.',
  );
}

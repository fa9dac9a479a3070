import type { InternalAxiosRequestConfig } from 'axios';
import { isRecord } from '../tokens';
import type { Core } from '../session/core';

/** Finds the refresh among the requests of an attached instance (G8). */
export interface RefreshRequests {
  /** To be asked synchronously, while the caller is still on the stack. */
  note(config: InternalAxiosRequestConfig): void;
  is(config: InternalAxiosRequestConfig): boolean;
  /** The URL of the refresh is known from here on. */
  learn(config: InternalAxiosRequestConfig): void;
  looksLikeOne(config: InternalAxiosRequestConfig): boolean;
}

/** Enumerable, so that it survives an interceptor that spreads the config. */
const MADE_INSIDE = Symbol('made inside refresh');

const LIKELY = /refresh|renew|token|session|auth|login|signin/i;
const MAX_LEARNED = 20;

type Marked = InternalAxiosRequestConfig & { [MADE_INSIDE]?: unknown };

export function createRefreshRequests(core: Core): RefreshRequests {
  const learned = new Set<string>();

  const learn = (config: InternalAxiosRequestConfig): void => {
    if (learned.size < MAX_LEARNED) learned.add(keyOf(config));
  };

  return {
    learn,
    note(config: Marked) {
      if (core.renewal && core.inside.is()) config[MADE_INSIDE] = core.renewal;
    },
    is(config: Marked) {
      const { renewal } = core;
      if (!renewal) return false;
      const made = config[MADE_INSIDE] === renewal || core.inside.is();
      const known = made || learned.has(keyOf(config)) || carries(config, renewal.refreshToken);
      if (!known) return false;
      renewal.identified = true;
      learn(config);
      return true;
    },
    looksLikeOne: ({ url }) => LIKELY.test(url ?? ''),
  };
}

const keyOf = ({ method, baseURL = '', url = '' }: InternalAxiosRequestConfig): string =>
  `${method ?? 'get'} ${baseURL} ${url.replace(/[?#].*/s, '')}`;

function carries(config: InternalAxiosRequestConfig, refreshToken: string | undefined): boolean {
  if (!refreshToken) return false;
  const parts: unknown[] = [config.data, config.params, config.headers, config.url];
  return parts.some((part) => contains(part, refreshToken, 4));
}

function contains(part: unknown, secret: string, depth: number): boolean {
  if (typeof part === 'string') {
    return part.includes(secret) || part.includes(encodeURIComponent(secret));
  }
  if (!isRecord(part) || depth === 0) return false;
  if (ArrayBuffer.isView(part) || part instanceof ArrayBuffer) return false;
  const values = isEntries(part) ? [...part].flat() : Object.values(part);
  return values.some((value) => contains(value, secret, depth - 1));
}

/** URLSearchParams and FormData. */
const isEntries = (part: object): part is Iterable<unknown> =>
  part instanceof URLSearchParams || (typeof FormData === 'function' && part instanceof FormData);

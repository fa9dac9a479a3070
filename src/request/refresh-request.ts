import type { InternalAxiosRequestConfig } from 'axios';
import { isRecord } from '../tokens';
import type { Core } from '../session/core';
import type { Renewal } from '../session/renewal-host';
import { sendWith } from './attempt';

/** Finds the refresh among the requests of an attached instance (G8). */
export interface RefreshRequests {
  /** To be asked synchronously, while the caller is still on the stack. */
  note(config: InternalAxiosRequestConfig): void;
  /** True for a request that `refresh` makes; counts it while it is under way. */
  claim(config: InternalAxiosRequestConfig): boolean;
  /** Where nothing else tells the refresh: its URL is known from here on. */
  learn(config: InternalAxiosRequestConfig): void;
  /** A guess, for a request of which nothing is known. */
  looksLikeOne(config: InternalAxiosRequestConfig): boolean;
}

/** Enumerable, so that it survives an interceptor that spreads the config. */
const MADE_INSIDE = Symbol('made inside refresh');

const LIKELY = /refresh|renew|token|session|auth|login|signin/i;
const MAX_LEARNED = 20;

type Marked = InternalAxiosRequestConfig & { [MADE_INSIDE]?: unknown };

export function createRefreshRequests(core: Core): RefreshRequests {
  const learned = new Set<string>();

  function learn(config: InternalAxiosRequestConfig): void {
    if (learned.size < MAX_LEARNED) learned.add(keyOf(config));
  }

  function isMade(config: Marked, renewal: Renewal): boolean {
    if (core.inside.is() || carries(config, renewal.refreshToken)) return true;
    if (config[MADE_INSIDE] !== renewal) return false;
    learn(config);
    return true;
  }

  return {
    learn,
    note(config: Marked) {
      if (core.renewal && core.inside.is()) config[MADE_INSIDE] = core.renewal;
    },
    claim(config) {
      const { renewal } = core;
      if (!renewal) return false;
      // One URL may serve everything: while the refresh uses it, the others are held.
      const isLearned = !core.inside.exact && renewal.requests === 0 && learned.has(keyOf(config));
      if (!isMade(config, renewal) && !isLearned) return false;
      count(config, renewal);
      return true;
    },
    looksLikeOne: ({ url, method }) => method !== 'get' && LIKELY.test(url ?? ''),
  };
}

/** While one of its requests is under way, the renewal waits for that one and for no other. */
function count(config: InternalAxiosRequestConfig, renewal: Renewal): void {
  const { adapter } = config;
  config.adapter = async (sent) => {
    if (adapter) sent.adapter = adapter;
    renewal.requests++;
    try {
      return await sendWith(adapter, sent);
    } finally {
      renewal.requests--;
    }
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

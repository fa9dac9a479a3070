import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios';
import type { ResolvedOptions } from '../options';
import type { Redactor } from '../redact';
import { isRecord } from '../tokens';

/** Puts the token of one session into requests, and tells it from what others put there (G2). */
export interface AuthHeader {
  /** True for a header (or `auth`) that was set for this very request. */
  isOwn(config: InternalAxiosRequestConfig): boolean;
  /** Sets the header, or takes away a stale one where there is no token. */
  put(config: InternalAxiosRequestConfig, token: string | null): void;
  /** True while the header is as `put` left it. */
  holds(config: InternalAxiosRequestConfig, token: string | null): boolean;
  /** Removes tokens of this session from the defaults of an instance. */
  removeFrom(defaults: AxiosInstance['defaults']): void;
  /** Removes the header by name, whatever its case. */
  strip(headers: Record<string, unknown>): void;
}

export function createAuthHeader(
  { headerName, scheme }: ResolvedOptions,
  redactor: Redactor,
  defaultsOf: () => AxiosInstance['defaults'],
): AuthHeader {
  const name = headerName.toLowerCase();
  const prefix = scheme && `${scheme} `;
  let latest = { token: '', value: prefix };

  function valueOf(token: string): string {
    if (latest.token !== token) latest = { token, value: prefix + token };
    return latest.value;
  }

  /** A retry plugin sends the config of an earlier attempt: that token is ours to replace. */
  const isOurs = (value: unknown): boolean =>
    typeof value === 'string' &&
    value.startsWith(prefix) &&
    redactor.isAccessToken(value.slice(prefix.length));

  function isDefault(value: unknown, method: string | undefined): boolean {
    const headers = defaultsOf().headers as unknown as Record<string, unknown>;
    return [headers, headers.common, headers[method ?? 'get']].some(
      (bucket) => isRecord(bucket) && fieldsOf(bucket, name).some((key) => bucket[key] === value),
    );
  }

  /** AxiosHeaders keep their fields as properties, and their methods bring every name into lower case. */
  function keyIn(headers: Headers): string {
    if (headers[headerName] !== undefined) return headerName;
    for (const key in headers) {
      if (key.length === name.length && key.toLowerCase() === name) return key;
    }
    return headerName;
  }

  function isOwn({ headers, auth, method }: InternalAxiosRequestConfig): boolean {
    if (auth && name === 'authorization') return true;
    const value: unknown = headers[keyIn(headers)];
    return value !== undefined && !isOurs(value) && !isDefault(value, method);
  }

  return {
    isOwn,
    put({ headers }, token) {
      const key = keyIn(headers);
      // `false` says that this header is not to be sent.
      if (token !== null && headers[key] !== false) headers[key] = valueOf(token);
      else if (token === null && isOurs(headers[key])) delete headers[key];
    },
    holds: (config, token) =>
      token === null ? !isOwn(config) : config.headers[keyIn(config.headers)] === valueOf(token),
    removeFrom({ headers }) {
      for (const bucket of [headers, ...Object.values(headers)] as unknown[]) {
        if (!isRecord(bucket)) continue;
        for (const key of fieldsOf(bucket, name)) if (isOurs(bucket[key])) delete bucket[key];
      }
    },
    strip(headers) {
      for (const key of fieldsOf(headers, name)) delete headers[key];
    },
  };
}

type Headers = InternalAxiosRequestConfig['headers'];

const fieldsOf = (fields: object, name: string): string[] =>
  Object.keys(fields).filter((key) => key.toLowerCase() === name);

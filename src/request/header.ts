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
  const valueOf = (token: string | null): string | undefined =>
    token === null ? undefined : prefix + token;

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

  function isOwn({ headers, auth, method }: InternalAxiosRequestConfig): boolean {
    if (auth && name === 'authorization') return true;
    if (!headers.has(headerName)) return false;
    const value: unknown = headers.get(headerName);
    return !isOurs(value) && !isDefault(value, method);
  }

  return {
    isOwn,
    put({ headers }, token) {
      const value = valueOf(token);
      if (value !== undefined) headers.set(headerName, value);
      else if (isOurs(headers.get(headerName))) headers.delete(headerName);
    },
    holds: (config, token) =>
      token === null ? !isOwn(config) : config.headers.get(headerName) === valueOf(token),
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

const fieldsOf = (fields: object, name: string): string[] =>
  Object.keys(fields).filter((key) => key.toLowerCase() === name);

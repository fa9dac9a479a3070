import type { InternalAxiosRequestConfig } from 'axios';
import type { Renewal } from '../session/renewal';
import { bytesOf } from '../response/peek-body';
import { isRecord } from '../util/values';

/** So many characters of a body are searched (G40: bounded work). */
const SEARCHED_LENGTH = 65_536;
const MAX_DEPTH = 4;

/**
 * Whether a request is the refresh itself, where the runtime cannot follow the call of `refresh`: a
 * non-GET whose body carries the refresh token that is being used, while requests wait for it (G8).
 */
export function isRefreshByBody(
  { method, data }: InternalAxiosRequestConfig,
  renewal: Renewal,
): boolean {
  if (!renewal.isWaited || renewal.scope.isExact) return false;
  const { refreshToken } = renewal;
  if (!refreshToken || !method || /^(?:get|head)$/i.test(method)) return false;
  return carries(data, refreshToken, MAX_DEPTH);
}

function carries(part: unknown, token: string, depth: number): boolean {
  if (typeof part === 'string') return textCarries(part.slice(0, SEARCHED_LENGTH), token);
  if (!isRecord(part) || depth === 0 || bytesOf(part)) return false;
  return valuesOf(part).some((value) => carries(value, token, depth - 1));
}

function textCarries(text: string, token: string): boolean {
  if (text.includes(token)) return true;
  try {
    // Form-encoded: what is decoded is compared, as encoders differ in what they leave alone.
    return decodeURIComponent(text.replaceAll('+', ' ')).includes(token);
  } catch {
    return false;
  }
}

/** The values of plain objects, URLSearchParams and forms; React Native's forms cannot be iterated. */
function valuesOf(part: object): unknown[] {
  const { entries } = part as { entries?: unknown };
  if (typeof entries !== 'function') return Object.values(part).slice(0, 100);
  try {
    return [...(entries.call(part) as Iterable<[unknown, unknown]>)]
      .slice(0, 100)
      .map(([, value]) => value);
  } catch {
    return [];
  }
}

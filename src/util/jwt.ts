import { isRecord } from './values';

/** A JWT longer than this is not decoded: no real one is. */
const MAX_JWT = 16_384;

/**
 * The claims of a JWT (RFC 7519 §4), without verifying anything; null for every other token. They serve
 * as hints only: when a token expires, and whether two tokens belong to the same user.
 */
export function readClaims(accessToken: string): Record<string, unknown> | null {
  if (accessToken.length > MAX_JWT) return null;
  const [, payload, signature, ...more] = accessToken.split('.');
  if (!payload || signature === undefined || more.length > 0) return null;
  try {
    // Base64 is Latin-1 to `atob`, and claims are UTF-8: names of users may come out garbled, which
    // changes nothing for a comparison.
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    return isRecord(claims) ? claims : null;
  } catch {
    return null;
  }
}

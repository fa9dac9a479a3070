import { decodeJwt, type JWTPayload } from 'jose';

export interface AccessClaims {
  readonly id: string;
  readonly username: string;
  readonly familyId: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
  readonly activeAt: number;
  readonly generation: number;
}

/** Undefined unless every claim this server puts into its own tokens is there. */
export function parseClaims(payload: JWTPayload): AccessClaims | undefined {
  const { jti, sub, sid, scope, exp_ms: expiresAt, nbf_ms: activeAt, gen: generation } = payload;
  if (typeof jti !== 'string' || typeof sub !== 'string' || typeof sid !== 'string')
    return undefined;
  if (typeof expiresAt !== 'number' || typeof activeAt !== 'number') return undefined;
  if (typeof generation !== 'number' || typeof scope !== 'string') return undefined;
  const scopes = scope.split(' ');
  return { id: jti, username: sub, familyId: sid, scopes, expiresAt, activeAt, generation };
}

/** Unverified: good for keeping records, never for a decision. */
export function peekTokenId(token: string): string | undefined {
  try {
    return decodeJwt(token).jti;
  } catch {
    return undefined;
  }
}

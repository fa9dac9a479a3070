import { readClaims, type Tokens } from '../tokens';

/** Options of {@link testTokens}. */
export interface TestTokensOptions {
  /** The user: the `sub` of the access token. @default 'alice' */
  user?: string;
  /**
   * Seconds until the access token expires. A negative number makes a token that has expired: give it to
   * a store, as `signIn()` counts the lifetime of a token from the moment that it gets it.
   *
   * @default 3_600
   */
  expiresIn?: number;
  /** `null` for none, as where it is a cookie. @default one that no other call gives */
  refreshToken?: string | null;
  /** More claims of the access token, or other values for `iss`, `sub`, `iat`, `exp`, `jti`. */
  claims?: Record<string, unknown>;
}

/** The lifetime of a token that has expired, in seconds. */
const LIFETIME = 3_600;

/**
 * Tokens as a server gives them: for `signIn()`, for a store, and as the answer of a refresh route. The
 * access token is an unsigned JWT (RFC 7519 §6): its lifetime and its user are read as those of a real
 * one, and no server takes it for one. Each call gives other tokens. The clock may be a fake one.
 *
 * @example
 * await auth.signIn(testTokens({ user: 'bob', expiresIn: 60 }));
 * mock.onPost('/auth/refresh').reply(() => [200, testTokens({ user: 'bob' })]);
 */
export function testTokens(options: TestTokensOptions = {}): Tokens {
  const { user = 'alice', expiresIn = LIFETIME, claims } = options;
  const id = Math.random().toString(36).slice(2);
  const exp = Date.now() / 1000 + expiresIn;
  const iat = exp - (expiresIn > 0 ? expiresIn : LIFETIME);
  const payload = { iss: 'https://auth.example.com', sub: user, iat, exp, jti: id, ...claims };
  const { refreshToken = `refresh-${id}` } = options;
  return {
    accessToken: `${encode({ alg: 'none', typ: 'JWT' })}.${encode(payload)}.`,
    refreshToken,
  };
}

/** Whose access token it is; undefined where it is no JWT. */
export function ownerOf({ accessToken }: Tokens): Record<'iss' | 'sub', unknown> | undefined {
  const claims = readClaims(accessToken);
  return claims ? { iss: claims.iss, sub: claims.sub } : undefined;
}

/** As base64url (RFC 4648 §5). `btoa` takes Latin-1 only, so other characters are written as JSON escapes. */
function encode(part: object): string {
  const json = JSON.stringify(part).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return btoa(json).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

import { randomBytes, randomUUID } from 'node:crypto';
import { errors, generateKeyPair, jwtVerify, SignJWT, type KeyLike } from 'jose';
import { parseClaims, type AccessClaims } from './access-claims';
import { tokenProblem } from './problems';
import type { AuthServerSettings } from './settings';
import type { User } from './users';

/** What a test may bend in a token that is otherwise signed by the server's own key. */
export interface AccessTokenOverrides {
  readonly lifetime?: number;
  readonly notBefore?: number;
  readonly issuer?: string;
  readonly audience?: string;
  readonly scope?: string;
}

interface Keys {
  readonly sign: KeyLike | Uint8Array;
  readonly verify: KeyLike | Uint8Array;
}

async function createKeys(algorithm: AuthServerSettings['algorithm']): Promise<Keys> {
  if (algorithm === 'HS256') {
    const secret = new Uint8Array(randomBytes(32));
    return { sign: secret, verify: secret };
  }
  const { privateKey, publicKey } = await generateKeyPair(algorithm);
  return { sign: privateKey, verify: publicKey };
}

export class AccessTokens {
  readonly #settings: AuthServerSettings;
  readonly #keys: Keys;
  /** Raising it expires every token signed before, without waiting for any clock. */
  #generation = 0;

  private constructor(settings: AuthServerSettings, keys: Keys) {
    this.#settings = settings;
    this.#keys = keys;
  }

  static async create(settings: AuthServerSettings): Promise<AccessTokens> {
    return new AccessTokens(settings, await createKeys(settings.algorithm));
  }

  async sign(
    user: User,
    family: { readonly id: string; accessExpiresAt: number },
    overrides: AccessTokenOverrides = {},
  ): Promise<string> {
    const settings = this.#settings;
    const now = Date.now();
    const expiresAt = now + (overrides.lifetime ?? settings.accessTokenLifetime) * 1000;
    const activeAt = now + (overrides.notBefore ?? settings.notBefore) * 1000;
    // Before the first await: a family revoked while its token is being signed must know its expiry.
    family.accessExpiresAt = Math.max(family.accessExpiresAt, expiresAt);
    const scope = overrides.scope ?? user.roles.join(' ');
    const own = { sid: family.id, scope, gen: this.#generation };
    return new SignJWT({ ...own, exp_ms: expiresAt, nbf_ms: activeAt })
      .setProtectedHeader({ alg: settings.algorithm, typ: 'JWT' })
      .setIssuer(overrides.issuer ?? settings.issuer)
      .setAudience(overrides.audience ?? settings.audience)
      .setSubject(user.username)
      .setJti(randomUUID())
      .setIssuedAt(Math.floor(now / 1000))
      .setNotBefore(Math.floor(activeAt / 1000))
      .setExpirationTime(Math.ceil(expiresAt / 1000))
      .sign(this.#keys.sign);
  }

  /** The claims of a token this server signed, whatever the time is. */
  async read(token: string): Promise<AccessClaims | undefined> {
    const { algorithm, issuer, audience } = this.#settings;
    try {
      const { payload } = await jwtVerify(token, this.#keys.verify, {
        algorithms: [algorithm],
        issuer,
        audience,
        // Whole seconds cannot express a fractional lifetime: `verify` judges by the *_ms claims.
        clockTolerance: Number.MAX_SAFE_INTEGER,
      });
      return parseClaims(payload);
    } catch (error) {
      // Whatever else is thrown is a defect of the server and must not pass for a bad token.
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  async verify(token: string): Promise<AccessClaims> {
    const claims = await this.read(token);
    if (claims === undefined) throw tokenProblem('TOKEN_INVALID');
    const now = Date.now();
    const tolerance = this.#settings.clockTolerance * 1000;
    if (claims.generation !== this.#generation || now >= claims.expiresAt + tolerance) {
      throw tokenProblem('TOKEN_EXPIRED', claims.username);
    }
    if (now < claims.activeAt - tolerance) throw tokenProblem('TOKEN_NOT_ACTIVE', claims.username);
    return claims;
  }

  expireAll(): void {
    this.#generation += 1;
  }
}

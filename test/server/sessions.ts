import type { AccessTokens } from './access-tokens';
import { credentialProblem } from './problems';
import type { Family, RefreshTokens } from './refresh-tokens';
import type { Revocations } from './revocations';
import type { AuthServerSettings } from './settings';
import type { AuthServerStats } from './stats';
import type { User, Users } from './users';

export interface IssuedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
}

export interface SessionParts {
  readonly settings: AuthServerSettings;
  readonly users: Users;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly revocations: Revocations;
  readonly stats: AuthServerStats;
}

export function assertUsable(user: User): void {
  if (user.status === 'suspended') throw credentialProblem('ACCOUNT_SUSPENDED', user.username);
  if (user.status === 'inactive') throw credentialProblem('USER_INACTIVE', user.username);
}

/** Ties both kinds of token together: what opens, prolongs and ends a login. */
export class Sessions {
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  async open(user: User): Promise<IssuedTokens> {
    const { family, refreshToken } = this.#parts.refreshTokens.open(user.username);
    return this.#issue(user, family, refreshToken);
  }

  async refresh(token: string): Promise<IssuedTokens> {
    const { refreshTokens, stats } = this.#parts;
    const redemption = refreshTokens.redeem(token, (username) => {
      assertUsable(this.#user(username));
    });
    const { outcome, family } = redemption;
    if (outcome === 'accepted') {
      return this.#issue(this.#user(family.username), family, redemption.refreshToken);
    }
    if (outcome === 'reused') {
      stats.reuseDetected += 1;
      await this.end(family);
    }
    throw credentialProblem('INVALID_REFRESH_TOKEN', family?.username);
  }

  /** Ends every token of the family, the access tokens too. */
  async end(family: Family): Promise<void> {
    const { revocations, settings } = this.#parts;
    family.revoked = true;
    const tolerance = settings.clockTolerance * 1000;
    await revocations.revokeFamily(family.id, family.accessExpiresAt + tolerance);
  }

  async endAll(username: string): Promise<void> {
    const families = this.#parts.refreshTokens.familiesOf(username);
    await Promise.all(families.map((family) => this.end(family)));
  }

  async endByRefreshToken(token: string): Promise<boolean> {
    const family = this.#parts.refreshTokens.familyOf(token);
    if (family !== undefined) await this.end(family);
    return family !== undefined;
  }

  /** Accepts an expired token: whoever logs out late must still be logged out. */
  async endByAccessToken(token: string): Promise<void> {
    const { accessTokens, refreshTokens } = this.#parts;
    const claims = await accessTokens.read(token);
    if (claims === undefined) return;
    await this.revokeAccessToken(token);
    const family = refreshTokens.family(claims.familyId);
    if (family !== undefined) await this.end(family);
  }

  async revokeAccessToken(token: string): Promise<boolean> {
    const { accessTokens, revocations, settings } = this.#parts;
    const claims = await accessTokens.read(token);
    if (claims === undefined) return false;
    const tolerance = settings.clockTolerance * 1000;
    await revocations.revokeToken(claims.id, claims.expiresAt + tolerance);
    return true;
  }

  async #issue(user: User, family: Family, refreshToken: string): Promise<IssuedTokens> {
    // Read before the await, like the token's own expiry, so that both tell the same lifetime.
    const expiresIn = this.#parts.settings.accessTokenLifetime;
    const accessToken = await this.#parts.accessTokens.sign(user, family);
    return { accessToken, refreshToken, expiresIn };
  }

  #user(username: string): User {
    const user = this.#parts.users.find(username);
    if (user === undefined) throw credentialProblem('INVALID_REFRESH_TOKEN');
    return user;
  }
}

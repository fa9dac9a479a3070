import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { LiveSettings } from './settings';

/** Every refresh token that descends from one login. */
export interface Family {
  readonly id: string;
  readonly username: string;
  revoked: boolean;
  refreshExpiresAt: number;
  accessExpiresAt: number;
}

export type Redemption =
  | { readonly outcome: 'accepted'; readonly family: Family; readonly refreshToken: string }
  | { readonly outcome: 'reused'; readonly family: Family }
  | { readonly outcome: 'refused'; readonly family: Family | undefined };

interface StoredToken {
  readonly family: Family;
  readonly expiresAt: number;
  usedAt: number | undefined;
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Only digests are kept, so a copy of the store opens nothing. */
export class RefreshTokens {
  readonly #settings: LiveSettings;
  readonly #tokens = new Map<string, StoredToken>();
  readonly #families = new Map<string, Family>();

  constructor(settings: LiveSettings) {
    this.#settings = settings;
  }

  open(username: string): { readonly family: Family; readonly refreshToken: string } {
    this.#forgetExpired();
    const id = randomUUID();
    const family = { id, username, revoked: false, refreshExpiresAt: 0, accessExpiresAt: 0 };
    this.#families.set(id, family);
    return { family, refreshToken: this.#issue(family) };
  }

  /**
   * Synchronous on purpose: nothing may run between finding a token unused and marking it used, or
   * two concurrent requests would both succeed. `admit` throws to refuse the user, which leaves the
   * token unused.
   */
  redeem(token: string, admit: (username: string) => void): Redemption {
    const stored = this.#tokens.get(digest(token));
    if (stored === undefined) return { outcome: 'refused', family: undefined };
    const { family } = stored;
    const now = Date.now();
    if (family.revoked || now >= stored.expiresAt) return { outcome: 'refused', family };
    const { rotation, reuseDetection, graceWindow } = this.#settings;
    if (stored.usedAt !== undefined && now >= stored.usedAt + graceWindow) {
      return { outcome: reuseDetection ? 'reused' : 'refused', family };
    }
    admit(family.username);
    if (!rotation) return { outcome: 'accepted', family, refreshToken: token };
    // The first use counts: a retry inside the grace window does not prolong the window.
    stored.usedAt ??= now;
    return { outcome: 'accepted', family, refreshToken: this.#issue(family) };
  }

  familyOf(token: string): Family | undefined {
    return this.#tokens.get(digest(token))?.family;
  }

  family(id: string): Family | undefined {
    return this.#families.get(id);
  }

  familiesOf(username: string): Family[] {
    return [...this.#families.values()].filter((family) => family.username === username);
  }

  clear(): void {
    this.#tokens.clear();
    this.#families.clear();
  }

  #issue(family: Family): string {
    const token = randomBytes(32).toString('base64url');
    const expiresAt = Date.now() + this.#settings.refreshTokenLifetime * 1000;
    family.refreshExpiresAt = Math.max(family.refreshExpiresAt, expiresAt);
    this.#tokens.set(digest(token), { family, expiresAt, usedAt: undefined });
    return token;
  }

  // An expired token is refused exactly like an unknown one, so forgetting it changes no answer.
  #forgetExpired(): void {
    const now = Date.now();
    for (const [key, token] of this.#tokens) {
      if (now >= token.expiresAt) this.#tokens.delete(key);
    }
    for (const [id, family] of this.#families) {
      const over = Math.max(family.refreshExpiresAt, family.accessExpiresAt);
      if (now >= over) this.#families.delete(id);
    }
  }
}

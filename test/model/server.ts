import type { Tokens } from '../../src/index';

export type User = 'a' | 'b';

interface Issued {
  user: User;
  session: number;
  issuedAt: number;
  isExpired: boolean;
  /** The refresh token was exchanged for another. */
  isUsed: boolean;
  isRevoked: boolean;
}

/** Tokens say whose they are: `a-1-3` is the third token, of user a in the first sign-in. */
export const numberOf = (token: string): number => Number(token.split('-')[2]);
export const sessionOf = (token: string): number => Number(token.split('-')[1]);
export const userOf = (token: string): string => token.split('-')[0]!;

/** The auth server and the API: knows for each token its user and session, and whether it still counts. */
export class ModelServer {
  readonly #tokens = new Map<number, Issued>();
  readonly #lifetime: number | null;
  readonly #now: () => number;
  #sessions = 0;
  issued = 0;

  constructor(lifetime: number | null, now: () => number) {
    this.#lifetime = lifetime;
    this.#now = now;
  }

  signIn(user: User): Tokens {
    return this.#issue(user, ++this.#sessions);
  }

  /** The answer to a refresh; null: the refresh token does not count any more. */
  refresh({ accessToken }: Tokens, keepsOld: boolean): Tokens | null {
    const before = this.#of(accessToken);
    if (before.isUsed || before.isRevoked) return null;
    before.isUsed = !keepsOld;
    return this.#issue(before.user, before.session);
  }

  judge(token: string | null): 'good' | 'expired' | 'revoked' | 'anonymous' {
    if (token === null) return 'anonymous';
    const { isRevoked } = this.#of(token);
    if (isRevoked) return 'revoked';
    return this.hasExpired(token) ? 'expired' : 'good';
  }

  hasExpired(token: string): boolean {
    const age = this.ageOf(token);
    return this.#of(token).isExpired || (this.#lifetime !== null && age >= this.#lifetime);
  }

  ageOf(token: string): number {
    return this.#now() - this.#of(token).issuedAt;
  }

  expireAll(): void {
    for (const token of this.#tokens.values()) token.isExpired = true;
  }

  /** All that stands so far. */
  revokeAll(): void {
    for (const token of this.#tokens.values()) token.isRevoked = true;
  }

  #of(token: string): Issued {
    const found = this.#tokens.get(numberOf(token));
    if (!found) throw new Error(`Nobody has issued ${token}`);
    return found;
  }

  #issue(user: User, session: number): Tokens {
    const number = ++this.issued;
    this.#tokens.set(number, {
      user,
      session,
      issuedAt: this.#now(),
      isExpired: false,
      isUsed: false,
      isRevoked: false,
    });
    const name = `${user}-${session}-${number}`;
    const tokens: Tokens & { expiresIn?: number } = {
      accessToken: name,
      refreshToken: `r-${name}`,
    };
    if (this.#lifetime !== null) tokens.expiresIn = this.#lifetime / 1000;
    return tokens;
  }
}

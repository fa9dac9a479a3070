import bcrypt from 'bcryptjs';
import type { SeedUser, UserStatus } from './settings';

export interface User {
  readonly id: string;
  readonly username: string;
  readonly roles: readonly string[];
  readonly status: UserStatus;
}

export type PublicUser = Pick<User, 'id' | 'username' | 'roles'>;

export interface PasswordCheck {
  /** The user the name belongs to, for the log only: it must not shape the answer. */
  readonly claimed: User | undefined;
  readonly user: User | undefined;
}

interface StoredUser extends User {
  status: UserStatus;
  readonly seededStatus: UserStatus;
  readonly passwordHash: string;
}

export function publicUser({ id, username, roles }: User): PublicUser {
  return { id, username, roles };
}

export class Users {
  readonly #byName: ReadonlyMap<string, StoredUser>;
  readonly #dummyHash: string;

  private constructor(users: readonly StoredUser[], dummyHash: string) {
    this.#byName = new Map(users.map((user) => [user.username, user]));
    this.#dummyHash = dummyHash;
  }

  static async seed(seeds: readonly SeedUser[], cost: number): Promise<Users> {
    const store = async (seed: SeedUser, index: number): Promise<StoredUser> => {
      const { username, password, roles, status = 'active' } = seed;
      const passwordHash = await bcrypt.hash(password, cost);
      return { id: `u${index + 1}`, username, roles, status, seededStatus: status, passwordHash };
    };
    const users = await Promise.all(seeds.map(store));
    return new Users(users, await bcrypt.hash('no user has this password', cost));
  }

  find(username: string): User | undefined {
    return this.#byName.get(username);
  }

  /** Costs exactly one bcrypt comparison, whether the user exists or not. */
  async check(username: string, password: string): Promise<PasswordCheck> {
    const claimed = this.#byName.get(username);
    const matches = await bcrypt.compare(password, claimed?.passwordHash ?? this.#dummyHash);
    return { claimed, user: matches ? claimed : undefined };
  }

  setStatus(username: string, status: UserStatus): void {
    const user = this.#byName.get(username);
    if (user === undefined) throw new Error(`No such user: ${username}`);
    user.status = status;
  }

  reset(): void {
    for (const user of this.#byName.values()) user.status = user.seededStatus;
  }
}

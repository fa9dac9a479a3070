import type { AccessTokenOverrides } from './access-tokens';
import type { ServerContext } from './context';
import type { RateLimits } from './rate-limits';
import type { DropMoment, RefreshFailureOptions } from './refresh-faults';
import type { AuthServerSettings } from './settings';
import { clearStats } from './stats';
import type { User } from './users';

export interface AuthServerControls {
  /** Fails that many refreshes, by default all until `clearFaults`. */
  failRefresh(times?: number, status?: number, options?: RefreshFailureOptions): void;
  /** Holds every refresh back that long, until set to 0. */
  delayRefresh(ms: number): void;
  /** Cuts the connection instead of answering; 'after' loses only the answer of a done rotation. */
  dropRefresh(times?: number, moment?: DropMoment): void;
  /** Keeps every refresh waiting until `release`. */
  hold(): void;
  release(): void;
  /** Undoes failRefresh, delayRefresh, dropRefresh and hold. */
  clearFaults(): void;
  expireAllAccessTokens(): void;
  revokeAccessToken(token: string): Promise<void>;
  /** Revokes every family of the user, access tokens included. */
  revokeFamily(username: string): Promise<void>;
  suspend(username: string): void;
  deactivate(username: string): void;
  /** An access token with the server's own signature and bent claims, outside any login. */
  mintAccessToken(username: string, overrides?: AccessTokenOverrides): Promise<string>;
  /** Back to the state and the settings of the start; earlier tokens are worth nothing. */
  reset(): Promise<void>;
}

function existingUser({ users }: ServerContext, username: string): User {
  const user = users.find(username);
  if (user === undefined) throw new Error(`No such user: ${username}`);
  return user;
}

export function createControls(context: ServerContext, limits: RateLimits): AuthServerControls {
  const { accessTokens, faults, refreshTokens, revocations, sessions, settings, stats } = context;
  const { users } = context;
  const initial: AuthServerSettings = { ...settings };
  return {
    failRefresh: (times = Infinity, status = 503, options = {}) => {
      faults.fail(times, status, options);
    },
    delayRefresh: (ms) => faults.delay(ms),
    dropRefresh: (times = 1, moment = 'before') => faults.drop(times, moment),
    hold: () => faults.hold(),
    release: () => faults.release(),
    clearFaults: () => faults.clear(),
    expireAllAccessTokens: () => accessTokens.expireAll(),
    revokeAccessToken: async (token) => {
      if (!(await sessions.revokeAccessToken(token))) throw new Error('Not a token of this server');
    },
    revokeFamily: (username) => sessions.endAll(existingUser(context, username).username),
    suspend: (username) => users.setStatus(username, 'suspended'),
    deactivate: (username) => users.setStatus(username, 'inactive'),
    mintAccessToken: (username, overrides) => {
      const family = { id: 'minted', accessExpiresAt: 0 };
      return accessTokens.sign(existingUser(context, username), family, overrides);
    },
    reset: async () => {
      faults.clear();
      users.reset();
      refreshTokens.clear();
      // The revocation list is about to be emptied: what it barred must not become valid again.
      accessTokens.expireAll();
      await revocations.clear();
      limits.reset();
      Object.assign(settings, initial);
      clearStats(stats);
    },
  };
}

import type { Logger } from 'pino';
import { AccessTokens } from './access-tokens';
import { createLogger } from './log';
import { RefreshFaults } from './refresh-faults';
import { RefreshTokens } from './refresh-tokens';
import { Revocations } from './revocations';
import { Sessions, type SessionParts } from './sessions';
import { resolveSettings, type AuthServerOptions } from './settings';
import { createStats } from './stats';
import { Users } from './users';

/** Everything one server owns; two servers in a process share nothing. */
export interface ServerContext extends SessionParts {
  readonly sessions: Sessions;
  readonly faults: RefreshFaults;
  readonly log: Logger;
}

export async function createContext(options: AuthServerOptions): Promise<ServerContext> {
  const settings = resolveSettings(options);
  const log = createLogger(options.logger);
  const parts: SessionParts = {
    settings,
    users: await Users.seed(settings.users, settings.bcryptCost),
    accessTokens: await AccessTokens.create(settings),
    refreshTokens: new RefreshTokens(settings),
    revocations: new Revocations(settings.redisUrl, log),
    stats: createStats(),
  };
  return { ...parts, sessions: new Sessions(parts), faults: new RefreshFaults(), log };
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createApp } from './app';
import { createContext } from './context';
import { createControls, type AuthServerControls } from './controls';
import { createRateLimits } from './rate-limits';
import type { AuthServerOptions, AuthServerSettings } from './settings';
import type { AuthServerStats } from './stats';

export type { AccessTokenOverrides } from './access-tokens';
export type { AuthServerControls } from './controls';
export type { CredentialProblemCode, TokenProblemCode } from './problems';
export type { DropMoment, RefreshFailureOptions } from './refresh-faults';
export type {
  AuthServerOptions,
  AuthServerSettings,
  FixedSettings,
  LiveSettings,
  RateLimitSettings,
  SeedUser,
  UserStatus,
} from './settings';
export type { AuthServerStats, SeenRequest } from './stats';
export type { PublicUser } from './users';

export interface AuthServer {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  readonly settings: AuthServerSettings;
  readonly stats: AuthServerStats;
  readonly controls: AuthServerControls;
  /** Cuts open connections instead of waiting for them; harmless when repeated. */
  close(): Promise<void>;
}

export async function startAuthServer(options: AuthServerOptions = {}): Promise<AuthServer> {
  const context = await createContext(options);
  const { settings, stats, revocations, faults } = context;
  const limits = createRateLimits(settings.rateLimit);
  const server = createServer(createApp(context, limits));
  // Else it closes connections that were idle for 5 s, while a client may be about to use them again.
  server.keepAliveTimeout = 0;
  server.listen(settings.port, settings.host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Not a TCP server');
  let closed: Promise<void> | undefined;

  const shutDown = async (): Promise<void> => {
    const ended = once(server, 'close');
    server.close();
    faults.clear();
    server.closeAllConnections();
    limits.close();
    await ended;
    await revocations.close();
  };

  return {
    url: `http://${settings.host}:${address.port}`,
    port: address.port,
    settings,
    stats,
    controls: createControls(context, limits),
    close: () => (closed ??= shutDown()),
  };
}

import type { DestinationStream, Logger } from 'pino';

export type UserStatus = 'active' | 'suspended' | 'inactive';

export interface SeedUser {
  readonly username: string;
  readonly password: string;
  readonly roles: readonly string[];
  readonly status?: UserStatus;
}

/** Read at every request, so a test may change them while the server runs. */
export interface LiveSettings {
  /** Seconds, may be fractional. */
  accessTokenLifetime: number;
  /** Seconds, may be fractional. */
  refreshTokenLifetime: number;
  /** Seconds after its issue at which an access token becomes valid. */
  notBefore: number;
  /** Seconds. */
  clockTolerance: number;
  /** Off: a refresh answers with the same refresh token again. */
  rotation: boolean;
  /** Off: a used refresh token is refused without harm to its family. */
  reuseDetection: boolean;
  /** Milliseconds during which a used refresh token is still honoured. */
  graceWindow: number;
  tokenDelivery: 'body' | 'cookie';
  /** Milliseconds added before every answer. */
  latency: number;
}

export interface RateLimitSettings {
  readonly windowMs: number;
  readonly limit: number;
}

export interface FixedSettings {
  readonly host: string;
  readonly port: number;
  readonly issuer: string;
  readonly audience: string;
  readonly realm: string;
  readonly algorithm: 'HS256' | 'ES256';
  /** Origins that get CORS headers; none by default. */
  readonly corsOrigin: string | readonly string[];
  /** Per address, counted separately for login and for refresh. */
  readonly rateLimit: RateLimitSettings | false;
  readonly bcryptCost: number;
  readonly users: readonly SeedUser[];
  /** Without it the revocation list lives in this process. */
  readonly redisUrl?: string;
}

export type AuthServerSettings = LiveSettings & FixedSettings;

export interface AuthServerOptions extends Partial<LiveSettings>, Partial<FixedSettings> {
  /** Silent by default. */
  readonly logger?: Logger | DestinationStream;
}

export const SEED_USERS: readonly SeedUser[] = [
  { username: 'alice', password: 'wonderland', roles: ['user', 'admin'] },
  { username: 'bob', password: 'builder', roles: ['user'] },
  { username: 'carol', password: 'suspended', roles: ['user'], status: 'suspended' },
  { username: 'dave', password: 'inactive', roles: ['user'], status: 'inactive' },
];

const DEFAULTS: Readonly<AuthServerSettings> = {
  accessTokenLifetime: 300,
  refreshTokenLifetime: 7 * 24 * 3600,
  notBefore: 0,
  clockTolerance: 0,
  rotation: true,
  reuseDetection: true,
  graceWindow: 0,
  tokenDelivery: 'body',
  latency: 0,
  host: '127.0.0.1',
  port: 0,
  issuer: 'https://auth.example.test',
  audience: 'https://api.example.test',
  realm: 'reference-auth-server',
  algorithm: 'HS256',
  corsOrigin: [],
  rateLimit: false,
  // The cheapest cost bcrypt allows: tests log in hundreds of times. Raise it for anything real.
  bcryptCost: 4,
  users: SEED_USERS,
};

export function resolveSettings(options: AuthServerOptions): AuthServerSettings {
  const { logger: _logger, ...settings } = options;
  return { ...DEFAULTS, ...settings };
}

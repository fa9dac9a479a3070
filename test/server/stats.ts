import type { RequestHandler } from 'express';
import { peekTokenId } from './access-claims';
import { bearerToken } from './credentials';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: 'none' | 'bearer' | 'other';
  /** The bearer token's jti, read without verification. */
  readonly tokenId: string | undefined;
  /** 0 until answered, and for good when the connection ended without an answer. */
  status: number;
  /** Arrival, in milliseconds since the epoch. */
  readonly at: number;
}

export interface AuthServerStats {
  requests: number;
  /** Answers with status 401, from any route. */
  unauthorized: number;
  /** Successful logins. */
  logins: number;
  /** Refreshes answered with new tokens. */
  refreshes: number;
  /** Refreshes answered with an error, injected ones included. */
  refreshRefused: number;
  reuseDetected: number;
  /** Executions of POST /items. */
  items: number;
  /** In order of arrival, preflights included. */
  readonly seen: SeenRequest[];
  /** Executions of POST /orders by idempotency key or body id. */
  readonly orders: Map<string, number>;
}

const ZERO = {
  requests: 0,
  unauthorized: 0,
  logins: 0,
  refreshes: 0,
  refreshRefused: 0,
  reuseDetected: 0,
  items: 0,
} as const;

export function createStats(): AuthServerStats {
  return { ...ZERO, seen: [], orders: new Map() };
}

/** Empties in place: tests hold references to the object and to its array. */
export function clearStats(stats: AuthServerStats): void {
  Object.assign(stats, ZERO);
  stats.seen.length = 0;
  stats.orders.clear();
}

function countAnswer(stats: AuthServerStats, { method, path, status }: SeenRequest): void {
  if (status === 401) stats.unauthorized += 1;
  if (method !== 'POST' || status === 0) return;
  if (path === '/auth/login' && status === 200) stats.logins += 1;
  if (path === '/auth/refresh') stats[status === 200 ? 'refreshes' : 'refreshRefused'] += 1;
}

export function recordRequests(stats: AuthServerStats): RequestHandler {
  return (req, res, next) => {
    const header = req.headers.authorization;
    const token = bearerToken(header);
    const seen: SeenRequest = {
      method: req.method,
      path: req.path,
      authorization: header === undefined ? 'none' : /^bearer\b/i.test(header) ? 'bearer' : 'other',
      tokenId: token === undefined ? undefined : peekTokenId(token),
      status: 0,
      at: Date.now(),
    };
    stats.requests += 1;
    stats.seen.push(seen);
    const settle = (): void => {
      res.off('prefinish', settle).off('close', settle);
      if (!res.headersSent) return;
      seen.status = res.statusCode;
      countAnswer(stats, seen);
    };
    // 'prefinish' comes before the answer's last byte leaves, so a client that has the whole
    // answer always finds it counted; 'finish' would only come afterwards.
    res.on('prefinish', settle).on('close', settle);
    next();
  };
}

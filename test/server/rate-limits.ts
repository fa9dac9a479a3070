import type { RequestHandler } from 'express';
import { MemoryStore, rateLimit } from 'express-rate-limit';
import { Problem } from './problems';
import type { RateLimitSettings } from './settings';

export interface RateLimits {
  readonly login: RequestHandler;
  readonly refresh: RequestHandler;
  readonly reset: () => void;
  readonly close: () => void;
}

const unlimited: RequestHandler = (_req, _res, next) => {
  next();
};

function limiter({ windowMs, limit }: RateLimitSettings, store: MemoryStore): RequestHandler {
  return rateLimit({
    windowMs,
    limit,
    store,
    standardHeaders: 'draft-7',
    legacyHeaders: false,
    // The limiter has set Retry-After by now.
    handler: (_req, _res, next) => {
      const init = { status: 429, code: 'RATE_LIMITED', message: 'Too many attempts' };
      next(new Problem({ ...init, audited: true }));
    },
  });
}

export function createRateLimits(settings: RateLimitSettings | false): RateLimits {
  if (settings === false) {
    const nothing = (): void => undefined;
    return { login: unlimited, refresh: unlimited, reset: nothing, close: nothing };
  }
  const stores = { login: new MemoryStore(), refresh: new MemoryStore() };
  const each = (act: (store: MemoryStore) => void): void => Object.values(stores).forEach(act);
  return {
    login: limiter(settings, stores.login),
    refresh: limiter(settings, stores.refresh),
    reset: () => each((store) => void store.resetAll()),
    close: () => each((store) => store.shutdown()),
  };
}

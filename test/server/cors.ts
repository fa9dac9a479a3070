import type { RequestHandler } from 'express';

// axios sets User-Agent over its adapter `fetch`; Firefox sends it, and asks for it before.
const PREFLIGHT_HEADERS = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
  'Access-Control-Allow-Headers':
    'Accept, Authorization, Content-Type, Idempotency-Key, User-Agent, X-Requested-With',
  'Access-Control-Max-Age': '600',
};

/** Answers every preflight before authentication: a browser never sends a token with one. */
export function cors(corsOrigin: string | readonly string[]): RequestHandler {
  const allowed = new Set(typeof corsOrigin === 'string' ? [corsOrigin] : corsOrigin);
  return (req, res, next) => {
    const { origin } = req.headers;
    res.vary('Origin');
    const trusted = origin !== undefined && allowed.has(origin);
    if (trusted) {
      // Credentials forbid the wildcard, so the one origin is named.
      res.setHeader('Access-Control-Allow-Origin', origin);
      res.setHeader('Access-Control-Allow-Credentials', 'true');
      res.setHeader('Access-Control-Expose-Headers', 'WWW-Authenticate, Retry-After');
    }
    if (req.method !== 'OPTIONS') {
      next();
      return;
    }
    if (trusted) res.set(PREFLIGHT_HEADERS);
    res.status(204).end();
  };
}

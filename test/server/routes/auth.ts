import express, {
  type CookieOptions,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import type { ServerContext } from '../context';
import { bearerToken, REFRESH_COOKIE, refreshTokenOf, stringField } from '../credentials';
import { credentialProblem, requestProblem } from '../problems';
import type { RateLimits } from '../rate-limits';
import { assertUsable, type IssuedTokens } from '../sessions';
import type { AuthServerSettings } from '../settings';
import { publicUser, type PublicUser } from '../users';

// Not Secure: this server speaks plain HTTP on the loopback address only.
const COOKIE: CookieOptions = { httpOnly: true, sameSite: 'strict', path: '/auth' };

const noStore: RequestHandler = (_req, res, next) => {
  res.setHeader('Cache-Control', 'no-store');
  next();
};

function sendTokens(
  res: Response,
  settings: AuthServerSettings,
  { accessToken, refreshToken, expiresIn }: IssuedTokens,
  user?: PublicUser,
): void {
  const inCookie = settings.tokenDelivery === 'cookie';
  if (inCookie) {
    const maxAge = settings.refreshTokenLifetime * 1000;
    res.cookie(REFRESH_COOKIE, refreshToken, { ...COOKIE, maxAge });
  }
  const body = { accessToken, ...(inCookie ? {} : { refreshToken }), expiresIn };
  res.json({ ...body, tokenType: 'Bearer', ...(user === undefined ? {} : { user }) });
}

function login({ users, sessions, settings }: ServerContext): RequestHandler {
  return async (req, res) => {
    const username = stringField(req.body, 'username');
    const password = stringField(req.body, 'password');
    if (username === undefined || password === undefined) {
      throw requestProblem(400, 'INVALID_REQUEST', 'username and password are required');
    }
    const { claimed, user } = await users.check(username, password);
    if (user === undefined) throw credentialProblem('INVALID_CREDENTIALS', claimed?.username);
    assertUsable(user);
    sendTokens(res, settings, await sessions.open(user), publicUser(user));
  };
}

function refresh({ sessions, settings, faults }: ServerContext): RequestHandler {
  return async (req, res) => {
    if (!(await faults.pass(res))) return;
    const token = refreshTokenOf(req);
    if (token === undefined) throw credentialProblem('REFRESH_TOKEN_MISSING');
    const tokens = await sessions.refresh(token);
    if (!faults.dropped(res, 'after')) sendTokens(res, settings, tokens);
  };
}

function logout({ sessions }: ServerContext): RequestHandler {
  return async (req, res) => {
    const refreshToken = refreshTokenOf(req);
    const accessToken = bearerToken(req.headers.authorization);
    if (refreshToken !== undefined) await sessions.endByRefreshToken(refreshToken);
    if (accessToken !== undefined) await sessions.endByAccessToken(accessToken);
    res.clearCookie(REFRESH_COOKIE, COOKIE).status(204).end();
  };
}

// RFC 7009 section 2.2: an unknown token is answered 200 too, it is as invalid as was asked for.
function revoke({ sessions }: ServerContext): RequestHandler {
  return async (req, res) => {
    const token = stringField(req.body, 'token');
    if (token !== undefined && !(await sessions.endByRefreshToken(token))) {
      await sessions.revokeAccessToken(token);
    }
    res.status(200).end();
  };
}

export function authRoutes(context: ServerContext, limits: RateLimits): Router {
  const router = express.Router();
  const json = express.json();
  router.use('/auth', noStore);
  router.post('/auth/login', limits.login, json, login(context));
  router.post('/auth/refresh', limits.refresh, json, refresh(context));
  router.post('/auth/logout', json, logout(context));
  router.post('/auth/revoke', json, express.urlencoded({ extended: false }), revoke(context));
  return router;
}

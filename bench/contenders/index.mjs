/**
 * A contender is `{ name, attach(api, session) }`, where the session is
 * `{ accessToken, expiresAt?, renew() }`: what a sign-in gave, and the call to the auth server.
 */
export { axiosAuthRefresh } from './axios-auth-refresh.mjs';
export { axiosJwtContender } from './axios-jwt.mjs';
export { bare } from './bare.mjs';
export { headerOnly } from './header-only.mjs';
export { ours } from './ours.mjs';
export { queue } from './queue.mjs';

import axios from 'axios';
import settle from 'axios/unsafe/core/settle.js';

/**
 * An adapter without a network, which settles as those of axios do.
 *
 * @param isRefused tells by the Authorization header of a request whether its token is over
 */
export function inProcess(isRefused = () => false) {
  return (config) =>
    new Promise((resolve, reject) => {
      const refused = isRefused(config.headers.get('Authorization'));
      settle(resolve, reject, {
        data: refused ? '{"code":"TOKEN_EXPIRED"}' : '{}',
        status: refused ? 401 : 200,
        statusText: '',
        headers: {},
        config,
      });
    });
}

/** A server that no longer takes this token, and takes any other. */
export function refusing(accessToken) {
  const stale = `Bearer ${accessToken}`;
  return inProcess((header) => header === stale);
}

export const createApi = (adapter) => axios.create({ adapter, baseURL: 'http://localhost' });

/** A JWT of the usual size, in its usual order of claims. */
export function createJwt(secondsLeft, lifetime = 900) {
  const now = Math.floor(Date.now() / 1000);
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const header = { alg: 'HS256', typ: 'JWT' };
  const exp = now + secondsLeft;
  const payload = { sub: 'f3b1c5d2-7a44-4c0e', scope: 'profile orders', iat: exp - lifetime, exp };
  return [encode(header), encode(payload), 's'.repeat(43)].join('.');
}

/** As long as the JWT, so that all headers are; nothing can be read from it. */
export const createOpaque = (letter) => letter.repeat(createJwt(0).length);

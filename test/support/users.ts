import { jwt } from './clocks';
import type { Pair, TokenServer } from './token-server';

/** A pair whose access token is a JWT that names its user, and that the token server accepts. */
export function issueJwt(server: TokenServer, user = 'alice'): Pair {
  const { accessToken, refreshToken } = server.issue(user);
  const claims = { iss: 'https://issuer.test', sub: user };
  return { accessToken: jwt(claims).replace(/[^.]*$/, accessToken), refreshToken };
}

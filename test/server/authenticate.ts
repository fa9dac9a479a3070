import type { RequestHandler, Response } from 'express';
import type { ServerContext } from './context';
import { bearerToken } from './credentials';
import { tokenProblem } from './problems';
import type { User } from './users';

export interface Principal {
  readonly user: User;
  readonly scopes: readonly string[];
}

export interface Guard {
  readonly authenticate: RequestHandler;
  readonly requireScope: (scope: string) => RequestHandler;
  /** Fails unless `authenticate` ran before. */
  readonly principal: (res: Response) => Principal;
}

async function identify(context: ServerContext, header: string | undefined): Promise<Principal> {
  const token = bearerToken(header);
  if (token === undefined) throw tokenProblem('TOKEN_MISSING');
  const claims = await context.accessTokens.verify(token);
  const { username } = claims;
  if (await context.revocations.has(claims.id, claims.familyId)) {
    throw tokenProblem('TOKEN_REVOKED', username);
  }
  // The token tells what was true at its issue; the user may have been barred since.
  const user = context.users.find(username);
  if (user === undefined) throw tokenProblem('TOKEN_INVALID', username);
  if (user.status === 'suspended') throw tokenProblem('ACCOUNT_SUSPENDED', username);
  if (user.status === 'inactive') throw tokenProblem('USER_INACTIVE', username);
  return { user, scopes: claims.scopes };
}

export function createGuard(context: ServerContext): Guard {
  const principals = new WeakMap<Response, Principal>();
  const principal = (res: Response): Principal => {
    const found = principals.get(res);
    if (found === undefined) throw new Error('The route is not behind authenticate');
    return found;
  };
  return {
    authenticate: async (req, res, next) => {
      principals.set(res, await identify(context, req.headers.authorization));
      next();
    },
    requireScope: (scope) => (_req, res, next) => {
      const { user, scopes } = principal(res);
      if (!scopes.includes(scope)) throw tokenProblem('INSUFFICIENT_SCOPE', user.username, scope);
      next();
    },
    principal,
  };
}

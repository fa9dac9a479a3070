export type TokenProblemCode =
  | 'TOKEN_MISSING'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_INVALID'
  | 'TOKEN_REVOKED'
  | 'TOKEN_NOT_ACTIVE'
  | 'USER_INACTIVE'
  | 'ACCOUNT_SUSPENDED'
  | 'INSUFFICIENT_SCOPE';

export type CredentialProblemCode =
  | 'INVALID_CREDENTIALS'
  | 'REFRESH_TOKEN_MISSING'
  | 'INVALID_REFRESH_TOKEN'
  | 'USER_INACTIVE'
  | 'ACCOUNT_SUSPENDED';

interface TokenProblemEntry {
  readonly status: 401 | 403;
  /** RFC 6750 section 3.1; absent when the request carried no token at all. */
  readonly error?: 'invalid_token' | 'insufficient_scope';
  readonly message: string;
}

function invalidToken(message: string): TokenProblemEntry {
  return { status: 401, error: 'invalid_token', message };
}

// Messages also travel in a quoted-string header parameter: ASCII, no quotes, no backslashes.
const TOKEN_PROBLEMS: Readonly<Record<TokenProblemCode, TokenProblemEntry>> = {
  TOKEN_MISSING: { status: 401, message: 'An access token is required' },
  TOKEN_EXPIRED: invalidToken('The access token expired'),
  TOKEN_INVALID: invalidToken('The access token is invalid'),
  TOKEN_REVOKED: invalidToken('The access token was revoked'),
  TOKEN_NOT_ACTIVE: invalidToken('The access token is not active yet'),
  USER_INACTIVE: invalidToken('The user is inactive'),
  ACCOUNT_SUSPENDED: invalidToken('The account is suspended'),
  INSUFFICIENT_SCOPE: {
    status: 403,
    error: 'insufficient_scope',
    message: 'The access token lacks the required scope',
  },
};

const CREDENTIAL_PROBLEMS: Readonly<
  Record<CredentialProblemCode, { readonly status: number; readonly message: string }>
> = {
  INVALID_CREDENTIALS: { status: 401, message: 'Wrong username or password' },
  REFRESH_TOKEN_MISSING: { status: 400, message: 'A refresh token is required' },
  INVALID_REFRESH_TOKEN: { status: 401, message: 'The refresh token is invalid' },
  USER_INACTIVE: { status: 401, message: 'The user is inactive' },
  ACCOUNT_SUSPENDED: { status: 403, message: 'The account is suspended' },
};

export interface ProblemInit {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Parameters of the Bearer challenge beside the realm. */
  readonly challenge?: Readonly<Record<string, string>>;
  readonly retryAfter?: number;
  /** Whether the failure belongs into the security log. */
  readonly audited?: boolean;
  readonly subject?: string | undefined;
}

/** Thrown anywhere below a route; the error handler turns it into the answer. */
export class Problem extends Error {
  readonly init: ProblemInit;

  constructor(init: ProblemInit) {
    super(init.message);
    this.name = 'Problem';
    this.init = init;
  }
}

/** A protected route refuses the bearer token. */
export function tokenProblem(code: TokenProblemCode, subject?: string, scope?: string): Problem {
  const { status, error, message } = TOKEN_PROBLEMS[code];
  const challenge: Record<string, string> = {};
  if (error !== undefined) Object.assign(challenge, { error, error_description: message });
  if (scope !== undefined) challenge.scope = scope;
  return new Problem({ status, code, message, challenge, audited: true, subject });
}

/** Login or refresh refuses what it was given: nothing is wrong with a bearer token. */
export function credentialProblem(code: CredentialProblemCode, subject?: string): Problem {
  return new Problem({ ...CREDENTIAL_PROBLEMS[code], code, audited: true, subject });
}

export function requestProblem(status: number, code: string, message: string): Problem {
  return new Problem({ status, code, message });
}

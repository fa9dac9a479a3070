import { randomUUID } from 'node:crypto';

const HOUR = 3_600_000;
const OVER = new Date(0);

const found = (value, what) => {
  if (value === undefined) throw new Error(`No such ${what}.`);
  return value;
};

/** The storage that the server leaves to its user, in memory. */
export function createRepositories(grantRevoked) {
  const clients = new Map();
  const codes = new Map();
  const tokens = new Set();
  const find = (test) => found([...tokens].find(test), 'token');

  function end(token) {
    token.accessTokenExpiresAt = OVER;
    token.refreshTokenExpiresAt = OVER;
  }

  /** A refresh token that comes twice is in two hands: its whole family ends. */
  function endFamily({ originatingAuthCodeId }) {
    const family = [...tokens].filter(
      (token) => token.originatingAuthCodeId === originatingAuthCodeId,
    );
    if (family.some((token) => token.refreshTokenExpiresAt > new Date())) grantRevoked();
    family.forEach(end);
  }

  return {
    register: ({ id, secret, grants, redirectUri }) => {
      clients.set(id, {
        id,
        name: id,
        secret,
        redirectUris: redirectUri ? [redirectUri] : [],
        allowedGrants: grants,
        scopes: [],
      });
    },
    clients: {
      getByIdentifier: async (id) => clients.get(id),
      isClientValid: async (_grant, client, secret) => secret === client.secret,
    },
    scopes: {
      getAllByIdentifiers: async (names) => names.map((name) => ({ name })),
      finalize: async (scopes) => scopes,
    },
    users: {
      getUserByCredentials: async (id) => ({ id }),
    },
    codes: {
      getByIdentifier: async (code) => found(codes.get(code), 'code'),
      issueAuthCode: (client, user, scopes) => ({
        code: randomUUID(),
        client,
        user,
        scopes,
        expiresAt: new Date(Date.now() + HOUR),
      }),
      persist: async (code) => void codes.set(code.code, code),
      isRevoked: async (code) => found(codes.get(code), 'code').expiresAt <= new Date(),
      revoke: async (code) => void (found(codes.get(code), 'code').expiresAt = OVER),
    },
    tokens: {
      issueToken: async (client, scopes, user) => ({
        accessToken: randomUUID(),
        accessTokenExpiresAt: new Date(Date.now() + HOUR),
        client,
        user,
        scopes,
      }),
      issueRefreshToken: async (token) => {
        token.refreshToken = randomUUID();
        token.refreshTokenExpiresAt = new Date(Date.now() + 24 * HOUR);
        return token;
      },
      persist: async (token) => void tokens.add(token),
      revoke: async (token) => end(token),
      isRefreshTokenRevoked: async (token) => {
        const revoked = token.refreshTokenExpiresAt <= new Date();
        if (revoked) endFamily(token);
        return revoked;
      },
      getByRefreshToken: async (id) => find(({ refreshToken }) => refreshToken === id),
      getByAccessToken: async (id) => find(({ accessToken }) => accessToken === id),
    },
  };
}

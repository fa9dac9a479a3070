import { json, startServer, type TestServer } from './http-server';

export interface CookieServer {
  server: TestServer;
  /** Answers the next refreshes with these, before any look at the cookie. */
  statuses: number[];
  at(url: string): TestServer['requests'];
  expire(): void;
}

export const CSRF = 'csrf-of-the-page';

/** Keeps the refresh token in an HttpOnly cookie, uses it once, and wants a header that no form sends. */
export async function startCookieServer(): Promise<CookieServer> {
  let issued = 0;
  let valid = new Set<string>();
  let cookie: string | undefined;
  const statuses: number[] = [];
  const server = await startServer(({ url, headers }, response) => {
    if (url === '/auth/login' || url === '/auth/refresh') {
      const status = url === '/auth/refresh' ? statuses.shift() : undefined;
      const isKnown = cookie !== undefined && headers.cookie?.includes(`refresh=${cookie}`);
      const isMeant = headers['x-csrf-token'] === CSRF;
      if (status !== undefined) json(response, status, {});
      else if (url === '/auth/refresh' && !(isKnown && isMeant)) json(response, 401, {});
      else {
        const accessToken = `access-${++issued}`;
        valid.add(accessToken);
        cookie = `secret-${issued}`;
        const field = `refresh=${cookie}; Path=/auth; HttpOnly; Secure; SameSite=Strict`;
        json(response, 200, { accessToken, expiresIn: 900 }, { 'set-cookie': field });
      }
      return;
    }
    const token = headers.authorization?.slice('Bearer '.length);
    if (token && valid.has(token)) json(response, 200, { token });
    else json(response, 401, { code: token ? 'TOKEN_EXPIRED' : 'TOKEN_MISSING' });
  });
  return {
    server,
    statuses,
    at: (url) => server.requests.filter((request) => request.url === url),
    expire: () => (valid = new Set()),
  };
}

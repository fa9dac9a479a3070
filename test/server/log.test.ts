import { pino } from 'pino';
import { bearer, TestClient } from './client';
import { startAuthServer } from './index';
import { createLogger } from './log';

interface Capture {
  readonly lines: string[];
  write(line: string): void;
}

function capture(): Capture {
  const lines: string[] = [];
  return { lines, write: (line) => void lines.push(line) };
}

describe('the log', () => {
  it('tells code, route and known subject of failures, and no secret', async () => {
    const output = capture();
    const server = await startAuthServer({ logger: output });
    try {
      const client = new TestClient(server);
      const { accessToken, refreshToken } = await client.login();
      const { data: second } = await client.refresh(refreshToken);
      await client.tryLogin('alice', 'wrong-password');
      await client.tryLogin('name-or-password', 'wrong-password');
      await client.tryLogin('carol');
      await client.profile();
      await client.profile('made-up-token');
      await client.refresh(refreshToken, { headers: { Cookie: 'refresh_token=made-up-cookie' } });
      await client.get(`/profile?access_token=${accessToken}`, accessToken);
      await client.http.post('/auth/login', '{"password":"hunter2', {
        headers: { 'Content-Type': 'application/json' },
      });
      const entries = output.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      const warning = { level: 40, msg: 'authentication failed' };
      const login = { ...warning, method: 'POST', route: '/auth/login' };
      const profile = { ...warning, method: 'GET', route: '/profile', status: 401 };
      expect(entries).toMatchObject([
        { ...login, code: 'INVALID_CREDENTIALS', subject: 'alice' },
        { ...login, code: 'INVALID_CREDENTIALS' },
        { ...login, code: 'ACCOUNT_SUSPENDED', subject: 'carol', status: 403 },
        { ...profile, code: 'TOKEN_MISSING' },
        { ...profile, code: 'TOKEN_INVALID' },
        { ...warning, route: '/auth/refresh', code: 'INVALID_REFRESH_TOKEN', subject: 'alice' },
        { ...profile, code: 'TOKEN_REVOKED', subject: 'alice' },
      ]);
      const tokens = [accessToken, refreshToken, second.accessToken, second.refreshToken];
      const typed = ['wrong-password', 'name-or-password', 'wonderland', 'hunter2'];
      for (const secret of [...tokens, ...typed, '"suspended"', 'made-up']) {
        expect(output.lines.join('')).not.toContain(secret);
      }
    } finally {
      await server.close();
    }
  });

  it.each(['stream', 'logger'])('redacts what a mistake would hand to a %s', (kind) => {
    const output = capture();
    const log = createLogger(kind === 'stream' ? output : pino({}, output));
    log.warn({ password: 's3cret', req: { headers: { authorization: 's3cret' } } }, 'oops');
    log.warn({ body: { refreshToken: 's3cret' } }, 'oops');
    expect(output.lines).toHaveLength(2);
    expect(output.lines.join('')).not.toContain('s3cret');
    expect(output.lines.join('')).toContain('[redacted]');
  });

  it('keeps an unexpected failure to the log', async () => {
    const output = capture();
    const server = await startAuthServer({ logger: output });
    try {
      const client = new TestClient(server);
      const { accessToken } = await client.login();
      server.stats.orders.get = () => {
        throw new Error('a bug');
      };
      const answer = await client.http.post('/orders', { id: 'x' }, bearer(accessToken));
      expect(answer.status).toBe(500);
      expect(answer.data).toEqual({ code: 'INTERNAL_ERROR', message: 'Internal error' });
      expect(JSON.parse(output.lines[0] ?? '{}')).toMatchObject({ level: 50, route: '/orders' });
    } finally {
      await server.close();
    }
  });
});

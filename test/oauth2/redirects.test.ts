import { inspect } from 'node:util';
import { cleanUp } from '../support/rig';
import { startServer } from '../support/http-server';
import { answerWith, openBareSession, startBareServer, told, TOKENS } from './bare-server';

afterEach(cleanUp);

describe.each(['http', 'fetch'] as const)('by the %s adapter', (adapter) => {
  test.each([301, 302, 303, 307, 308])(
    'a redirect (%i) takes no credentials along',
    async (status) => {
      const elsewhere = await startServer((_request, response) => response.end());
      const location = `${elsewhere.url}/token`;
      const server = await startBareServer(answerWith(status, '', { location }));
      const { auth } = openBareSession(server, { axios: { adapter }, clientSecret: 'secret-1' });
      await expect(auth.refresh()).rejects.toMatchObject({
        code: 'ERR_AUTH_CONFIG',
        message: expect.stringContaining('Give the URL that it redirects to') as string,
      });
      expect(elsewhere.requests).toEqual([]);
      expect(await auth.getTokens()).toEqual(TOKENS);
    },
  );

  test('nor does one of the revocation endpoint', async () => {
    const elsewhere = await startServer((_request, response) => response.end());
    const server = await startBareServer(answerWith(307, '', { location: elsewhere.url }));
    const { auth, lines } = openBareSession(server, {
      axios: { adapter },
      revocationEndpoint: `${server.url}/revoke`,
    });
    await auth.signOut();
    expect(server.requests).toHaveLength(1);
    expect(elsewhere.requests).toEqual([]);
    await told();
    expect(inspect(lines)).toContain('redirect');
  });

  test('nor are metadata read from elsewhere', async () => {
    const elsewhere = await startServer((_request, response) => response.end());
    const away = answerWith(302, '', { location: elsewhere.url });
    const server = await startBareServer(away, away);
    const { auth } = openBareSession(server, { axios: { adapter }, issuer: server.url });
    await expect(auth.refresh()).rejects.toMatchObject({ code: 'ERR_AUTH_CONFIG' });
    expect(server.requests).toHaveLength(2);
    expect(elsewhere.requests).toEqual([]);
  });
});

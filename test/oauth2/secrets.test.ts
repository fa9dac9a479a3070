import { inspect } from 'node:util';
import { digFor } from '../support/digger';
import { cleanUp } from '../support/rig';
import type { Handler } from '../support/http-server';
import {
  answerWith,
  openBareSession,
  refuseWith,
  startBareServer,
  told,
  TOKENS,
} from './bare-server';

afterEach(cleanUp);

const clientSecret = 'c1ient%secret-5d0c';
const SECRETS = [clientSecret, TOKENS.accessToken, TOKENS.refreshToken];

const FAULTS: [string, Handler][] = [
  ['a refusal', refuseWith('invalid_grant')],
  ['a wrong configuration', refuseWith('invalid_client', 401)],
  ['a fault that passes', answerWith(503, '')],
  ['a page', answerWith(400, '<h1>Bad request</h1>')],
  ['a broken connection', (_request, response) => response.destroy()],
  ['an answer without a token', answerWith(200, {})],
  ['a token of another type', answerWith(200, { access_token: 'a', token_type: 'mac' })],
  ['a redirect', answerWith(302, '', { location: 'https://id.example.test' })],
];

const WAYS = (['http', 'fetch'] as const).flatMap((adapter) =>
  (['client_secret_basic', 'client_secret_post'] as const).map((way) => [adapter, way] as const),
);

describe.each(WAYS)('by the %s adapter, with %s', (adapter, clientAuthentication) => {
  test.each(FAULTS)('G34: no secret is in the error of %s', async (_what, answer) => {
    const server = await startBareServer(answer);
    const session = openBareSession(server, {
      axios: { adapter },
      clientSecret,
      clientAuthentication,
    });
    const error = await session.auth.refresh().then(
      () => undefined,
      (fault: unknown) => fault as Error & { toJSON(): unknown },
    );
    await told();
    const basic = Buffer.from(`client-1:${encodeURIComponent(clientSecret)}`).toString('base64');
    const secrets = [...SECRETS, basic];
    const shown = [inspect(error, { depth: 10 }), JSON.stringify(error?.toJSON())].join();
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
    expect(await digFor(secrets, [error, session.lines])).toEqual([]);
  });

  test('G34: nor in what is logged of a revocation that fails', async () => {
    const server = await startBareServer(refuseWith('invalid_client', 401));
    const { auth, lines } = openBareSession(server, {
      axios: { adapter },
      clientSecret,
      clientAuthentication,
      revocationEndpoint: `${server.url}/revoke`,
    });
    await auth.signOut();
    await told();
    expect(lines.length).toBeGreaterThan(0);
    expect(await digFor(SECRETS, lines)).toEqual([]);
  });
});

import { digFor } from '../support/digger';
import type { Handler } from '../support/http-server';
import { cleanUp } from '../support/rig';
import { fieldsOf, openBareSession, startBareServer, told, TOKENS } from './bare-server';

afterEach(cleanUp);

const CLIENT_SECRET = 'c1ient%secret-5d0c';
const HELD = Object.values(TOKENS);
const SHOWN = [
  CLIENT_SECRET,
  Buffer.from(`client-1:${encodeURIComponent(CLIENT_SECRET)}`).toString('base64'),
];

/** Says back whatever it was told. */
const echo =
  (status: number, error: string): Handler =>
  (request, response) => {
    const said = [request.headers.authorization, ...fieldsOf(request).flat()];
    const body = { error, error_description: said.join(' ') };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };

const REFUSALS: [status: number, error: string][] = [
  [400, 'invalid_grant'],
  [401, 'invalid_client'],
  [503, 'temporarily_unavailable'],
  [400, 'some_other_error'],
];

const METHODS = ['client_secret_basic', 'client_secret_post'] as const;

/** Everything that an application can come by after a refresh and a sign-out, both refused. */
async function shownAfter(
  [status, error]: [number, string],
  clientAuthentication: (typeof METHODS)[number],
): Promise<unknown[]> {
  const answer = echo(status, error);
  const server = await startBareServer(answer, answer);
  const { auth, lines, onSignedOut } = openBareSession(server, {
    clientSecret: CLIENT_SECRET,
    clientAuthentication,
    revocationEndpoint: `${server.url}/revoke`,
  });
  const fault: unknown = await auth.refresh().catch((thrown: unknown) => thrown);
  await auth.signOut();
  await told();
  expect(String(fault)).toContain(error);
  return [fault, lines, onSignedOut.mock.calls];
}

describe.each(METHODS)('an auth server that quotes the request, with %s', (method) => {
  test.each(REFUSALS)('G34: its %i %s shows no token', async (...refusal) => {
    expect(await digFor(HELD, await shownAfter(refusal, method))).toEqual([]);
  });

  test.each(REFUSALS)('its %i %s shows no client secret', async (...refusal) => {
    expect(await digFor(SHOWN, await shownAfter(refusal, method))).toEqual([]);
  });
});

test('G34: a long token that is cut for a message is taken out before', async () => {
  const refreshToken = `begins-here.${'abcdefghij0123456789'.repeat(30)}`;
  const server = await startBareServer(echo(400, 'invalid_grant'));
  const { auth, store } = openBareSession(server);
  await store.set({ accessToken: 'access-token-0', refreshToken });
  const fault: unknown = await auth.refresh().catch((thrown: unknown) => thrown);
  expect(String(fault)).toContain('invalid_grant');
  expect(String(fault)).not.toContain('begins-here');
});
